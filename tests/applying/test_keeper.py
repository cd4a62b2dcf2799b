"""The keeper brings agents to what is written down, and writes down what the PBX does by itself."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from tests.applying.conftest import COMPANY, World
from tests.rendering.making import thing
from vaxelflode.applying.agents import AgentActions, Waiting
from vaxelflode.applying.keeper import AgentKeeper, _unasked
from vaxelflode.domain.agents import Agent
from vaxelflode.domain.company import EMPTY
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import PbxRefused
from vaxelflode.storage import agents, changes, objects

QUEUE, PHONE, NAME = ObjectRef("queue", "kund"), "PJSIP/201", "vx-kund"


PHONES = [thing(f"extension/20{n}", endpoint=f"20{n}") for n in (1, 2)]


@pytest.fixture
async def keeper(world: World) -> AgentKeeper:
    for o in [*[*COMPANY.everything.values()][::-1], *PHONES]:
        await world.create(o)
    await world.applier.once()
    async with world.database.write() as db:
        await agents.put(db, QUEUE, "201", Agent("201", added_at=world.now))
    return AgentKeeper(world.database, AgentActions(world.node.pbx, world.node.renderer.names), lambda: world.now)


async def written(world: World) -> Agent:
    async with world.database.read() as db:
        return (await agents.of_queue(db, QUEUE))["201"]


async def test_an_agent_is_brought_and_a_stray_is_taken_out(world: World, keeper: AgentKeeper) -> None:
    await keeper.once()
    assert PHONE in world.node.pbx.members[NAME]
    async with world.database.write() as db:
        await agents.put(db, QUEUE, "201", None)
    await keeper.once()
    assert PHONE not in world.node.pbx.members[NAME]


async def test_an_agent_waits_for_a_queue_that_is_not_live_yet(
    world: World, keeper: AgentKeeper, caplog: pytest.LogCaptureFixture
) -> None:
    """As when a company is founded: nothing is wrong, and whoever hears that it is live looks at once."""
    there = world.node.pbx.loaded["queues.conf"].pop(NAME)
    assert not keeper._wake.is_set()
    await keeper.once()
    assert caplog.records == []
    keeper.queues_may_have_come()
    assert keeper._wake.is_set()
    world.node.pbx.loaded["queues.conf"][NAME] = there
    await keeper.once()
    assert PHONE in world.node.pbx.members[NAME]
    await asyncio.wait_for(keeper.until_settled(), 1)
    keeper._wake.clear()
    keeper.queues_may_have_come()
    assert not keeper._wake.is_set(), "nobody is awaited: a save costs no look at every queue"


async def test_nobody_is_awaited_for_a_queue_that_was_deleted(world: World, keeper: AgentKeeper) -> None:
    """Else a start that waits until all are looked after would never be over."""
    async with world.database.write() as db:
        o = (await objects.refreshed(db, EMPTY, world.now)).everything[QUEUE]
        asked = _unasked(o, "201", (Agent("201"), None), "system", world.now, 1)
        await changes.add(db, asked, {})
        await agents.put(db, QUEUE, "201", None)
    await world.edit("menu/huvud", options={})
    await world.delete(str(QUEUE))
    world.node.pbx.loaded["queues.conf"].pop(NAME)
    await keeper.once()
    await asyncio.wait_for(keeper.until_settled(), 1)
    assert await world.states(asked.id) == ["rejected"], "it can never be done, and is not said to wait for ever"


async def test_a_pause_that_nobody_asked_for_is_ended(world: World, keeper: AgentKeeper) -> None:
    await keeper.once()
    await world.node.pbx.pause_member(NAME, PHONE, "", paused=True)
    await keeper.once()
    assert not world.node.pbx.members[NAME][PHONE].paused


async def test_a_pause_that_the_pbx_made_by_itself_holds_and_is_in_the_history(
    world: World, keeper: AgentKeeper
) -> None:
    await keeper.once()
    world.node.pbx.autopause(NAME, PHONE)
    await keeper.once()
    assert world.node.pbx.members[NAME][PHONE].paused
    assert (await written(world)).paused
    async with world.database.read() as db:
        (change,) = [c for c in await changes.listed(db, objects=[QUEUE], after=None, limit=9) if c.action == "agents"]
    assert (change.origin, change.actor, change.state) == ("ami", "pbx", "live")
    await keeper.once()
    async with world.database.read() as db:
        assert len(await changes.listed(db, objects=[QUEUE], after=None, limit=9)) == 2  # made, and paused once


async def test_who_is_an_agent_for_today_goes_at_midnight_and_who_is_permanent_stays(
    world: World, keeper: AgentKeeper
) -> None:
    async with world.database.write() as db:
        await agents.put(db, QUEUE, "202", Agent("202", permanent=True, added_at=world.now))
    await keeper.once()
    assert world.node.pbx.members[NAME].keys() == {PHONE, "PJSIP/202"}
    world.now = world.now.replace(hour=23, minute=59)
    await keeper.once()
    assert PHONE in world.node.pbx.members[NAME]
    world.now += dt.timedelta(minutes=1)
    await keeper.once()
    assert world.node.pbx.members[NAME].keys() == {"PJSIP/202"}
    async with world.database.read() as db:
        (change,) = [c for c in await changes.listed(db, objects=[QUEUE], after=None, limit=9) if c.action == "agents"]
        assert (await agents.of_queue(db, QUEUE)).keys() == {"202"}
    assert (change.origin, change.state) == ("system", "live")


async def test_a_deleted_queue_is_emptied_once_nobody_waits_there(world: World, keeper: AgentKeeper) -> None:
    await keeper.once()
    await world.edit("menu/huvud", options={})
    await world.delete("queue/kund")
    await world.applier.once()
    world.node.pbx.waiting[NAME] = (Waiting(1, "+46701740601", "", 3),)
    await keeper.once()
    assert PHONE in world.node.pbx.members[NAME]
    world.node.pbx.waiting.clear()
    await keeper.once()
    assert PHONE not in world.node.pbx.members[NAME]


async def test_a_pbx_that_says_no_ends_a_look_and_not_the_one_who_looks(world: World, keeper: AgentKeeper) -> None:
    await keeper.once()
    await world.edit("menu/huvud", options={})
    await world.delete("queue/kund")
    await world.applier.once()

    def refuse() -> None:
        raise PbxRefused("no")

    world.node.pbx.hooks["remove_member"] = refuse
    task = asyncio.create_task(keeper.run())
    for _ in range(500):
        if "remove_member" in world.node.pbx.calls:
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert "remove_member" in world.node.pbx.calls
    assert not task.done()
    world.node.pbx.hooks.clear()
    keeper.wake()
    for _ in range(500):
        if PHONE not in world.node.pbx.members[NAME]:
            break
        await asyncio.sleep(0.01)
    assert PHONE not in world.node.pbx.members[NAME]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
