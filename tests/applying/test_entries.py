"""Positions and PINs: brought after the files, read back, and never over what was set at the PBX itself later."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from tests.applying.conftest import BAD, NOON, POISON, World
from tests.rendering.making import thing
from vaxelflode.applying.compare import compare
from vaxelflode.applying.entries import SetThere
from vaxelflode.applying.proof import Prover
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.switch import Switch
from vaxelflode.domain.pin import kept
from vaxelflode.errors import PbxRefused
from vaxelflode.storage import changes

SWITCH = "switch/kris"
WAYS = {"normal": {"object": "menu/huvud"}, "kris": {"object": "announcement/natt"}}
MINUTE = dt.timedelta(minutes=1)
PIN = kept("4711")


def ms(at: dt.datetime) -> int:
    return round(at.timestamp() * 1000)


async def switched(world: World, **more: Any) -> None:
    """The world with a switch in it, live."""
    await world.create(thing(SWITCH, positions=WAYS, default="normal", **more))
    await world.applier.once()


async def set_to(world: World, at: str, **more: Any) -> str:
    """Set it as a save does."""
    return await world.edit(SWITCH, position={"at": at, "since": world.now.isoformat(), **more})


def by_phone(world: World, at: str, by: str = "201") -> None:
    world.node.pbx.astdb.setdefault("vx-switch", {})["kris"] = f"{at},,{ms(world.now)},{by}"


def in_astdb(world: World, family: str = "switch", key: str = "kris") -> str | None:
    return world.node.pbx.astdb.get(f"vx-{family}", {}).get(key)


async def spec_of(world: World) -> Switch:
    found = (await world.company()).everything[ObjectRef.parse(SWITCH)].spec
    assert isinstance(found, Switch)
    return found


async def phone_changes(world: World) -> list[Any]:
    async with world.database.read() as db:
        found = await changes.listed(db, objects=None, after=None, limit=50)
    return [c for c in found if c.origin in ("phone", "ami")]


async def test_a_position_changes_no_file_and_is_live_when_it_is_read_back(world: World) -> None:
    await switched(world)
    world.node.pbx.calls.clear()
    change = await set_to(world, "kris", until=(world.now + MINUTE).isoformat())
    await world.applier.once()
    assert await world.states(change) == ["live"]
    assert in_astdb(world) == f"kris,{ms(world.now + MINUTE) // 1000},{ms(world.now)},web"
    assert world.node.pbx.reloads == []
    assert [call for call in world.node.pbx.calls if "vx-switch" in call] == [
        "entry vx-switch/kris",
        "put_entry vx-switch/kris",
        "entry vx-switch/kris",
    ]
    assert not any(call.startswith(("put", "drop")) and "vx-switch" not in call for call in world.node.pbx.calls)


async def test_it_waits_while_the_connection_fails_and_is_never_shown_live(world: World) -> None:
    await switched(world)
    change = await set_to(world, "kris")

    def gone() -> None:
        world.node.pbx.connected = False

    world.node.pbx.hooks["put_entry"] = gone
    task = asyncio.create_task(world.applier.run())
    await until(lambda: world.applier.trouble is not None)
    assert await world.states(change) == ["pending"]
    world.node.pbx.hooks.clear()
    world.node.pbx.connected = True
    world.applier.wake(doubtful=True)
    await until(lambda: in_astdb(world) is not None and world.applier.settled)
    task.cancel()
    await asyncio.wait([task])
    assert await world.states(change) == ["live"]


async def until(condition: Any) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("waited in vain")


async def test_a_refused_entry_rejects_its_change_and_takes_the_files_back_too(world: World) -> None:
    await switched(world)
    await set_to(world, "normal")
    await world.applier.once()
    before = in_astdb(world)
    bad = await world.edit(SWITCH, code="*21", pin="4711")

    def refuse() -> None:
        world.node.pbx.hooks.clear()
        raise PbxRefused("Failed to update entry")

    world.node.pbx.hooks["put_entry"] = refuse
    await world.applier.once()
    made = await world.change(bad)
    assert (made.state, made.reason) == ("rejected", "Failed to update entry")
    assert (await spec_of(world)).code is None
    await world.applier.once()
    assert "vx-code-21" not in world.node.pbx.loaded["extensions.conf"]
    assert await world.is_whole()
    assert (in_astdb(world), in_astdb(world, "pin", "switch-kris")) == (before, None)


async def test_what_the_pbx_keeps_otherwise_than_asked_is_refused(world: World) -> None:
    await switched(world)
    change = await set_to(world, "kris")

    async def keeps(family: str, key: str, value: str) -> None:
        return

    world.node.pbx.put_entry = keeps  # type: ignore[method-assign]
    await world.applier.once()
    made = await world.change(change)
    assert made.state == "rejected"
    assert "otherwise than asked" in (made.reason or "")


async def test_a_refused_batch_takes_back_the_position_that_came_with_it_or_not(world: World) -> None:
    await switched(world)
    world.node.pbx.poison = POISON
    first = await set_to(world, "kris")
    bad = await world.edit("menu/huvud", timeout=BAD)
    world.now += MINUTE
    last = await set_to(world, "normal")
    await world.applier.once()
    assert await world.states(first, bad, last) == ["live", "rejected", "live"]
    await world.applier.once()
    assert in_astdb(world) == f"normal,,{ms(world.now)},web"
    assert await world.is_whole()


async def test_a_position_that_is_taken_back_is_newer_than_what_it_takes_back(world: World) -> None:
    """Else the PBX's entry would pass for one that a phone has set."""
    await switched(world)
    await set_to(world, "normal")
    await world.applier.once()
    world.now += MINUTE
    both = await world.edit(
        SWITCH,
        positions={**WAYS, "kris": BAD},
        position={"at": "kris", "since": world.now.isoformat()},
    )
    world.node.pbx.poison = POISON
    await world.applier.once()
    assert await world.states(both) == ["rejected"]
    world.node.pbx.poison = None
    await world.applier.once()
    await world.switches.once()
    position = (await spec_of(world)).position
    assert position is not None
    assert position.at == "normal"
    assert position.set_at > NOON + MINUTE
    assert in_astdb(world) == position.as_entry()
    assert await phone_changes(world) == []


async def test_pins_come_and_go_with_their_objects_and_stand_in_no_file(world: World) -> None:
    await switched(world, code="*21", pin=PIN)
    assert in_astdb(world, "pin", "switch-kris") == PIN
    assert not any(PIN.partition(":")[2] in text for text in world.node.on_disk().values())
    world.node.pbx.astdb["vx-tries"] = {"switch-kris": "3,123", "switch-gone": "5,123"}
    await world.edit("voicemail/natt", code="*98", pin="4711")
    await world.applier.once()
    assert in_astdb(world, "pin", "voicemail-natt") is not None
    assert in_astdb(world, "tries", "switch-kris") == "3,123"
    await world.edit(SWITCH, pin=None)
    await world.applier.once()
    assert in_astdb(world, "pin", "switch-kris") is None
    assert in_astdb(world, "tries", "switch-kris") is None


async def test_a_deleted_switch_keeps_its_position_for_a_day_and_its_pin_no_longer(world: World) -> None:
    await switched(world, code="*21", pin=PIN)
    await set_to(world, "kris")
    await world.applier.once()
    await world.delete(SWITCH)
    await world.applier.once()
    assert in_astdb(world) is not None
    assert in_astdb(world, "pin", "switch-kris") is None
    assert "vx-code-21" not in world.node.pbx.loaded["extensions.conf"]
    assert "vx-switch-kris" in world.node.pbx.loaded["extensions.conf"]
    world.now += dt.timedelta(hours=25)
    await world.edit("queue/kund", length=11)
    await world.applier.once()
    assert in_astdb(world) is None


@pytest.mark.parametrize("text", ["kris", "nowhere,,1,201", "", "kris,,99999999999999,201", "normal,,1,web"])
async def test_what_is_garbled_is_put_right_at_the_next_look(world: World, text: str) -> None:
    await switched(world, pin=PIN)
    await set_to(world, "kris")
    await world.applier.once()
    right = in_astdb(world)
    world.node.pbx.astdb["vx-switch"] = {"kris": text, "stray": "kris,,1,201", "no key of ours": "x"}
    world.node.pbx.astdb["vx-pin"] = {}
    world.applier.wake(doubtful=True)
    await world.applier.once()
    assert world.node.pbx.astdb["vx-switch"] == {"kris": right, "no key of ours": "x"}
    assert in_astdb(world, "pin", "switch-kris") == PIN
    await world.switches.once()
    assert await phone_changes(world) == []


async def test_a_phones_change_is_written_down_and_not_applied_again(world: World) -> None:
    await world.create(thing("extension/201", "Åsa", endpoint="desk-201"))
    await switched(world)
    await set_to(world, "normal")
    await world.applier.once()
    world.now += MINUTE
    by_phone(world, "kris")
    set_at = world.now
    world.now += MINUTE
    await world.switches.once()
    (made,) = await phone_changes(world)
    assert (made.origin, made.state, made.actor, made.actor_name) == ("phone", "live", "201", "Åsa")
    assert (made.at, made.aspects, made.via.flow, made.via.flow_name) == (set_at, ("position",), None, "phone")
    assert (made.edits[0].before["at"], made.edits[0].after["at"]) == ("normal", "kris")
    assert (await spec_of(world)).entries()["switch"] == in_astdb(world)
    world.node.pbx.calls.clear()
    await world.applier.once()
    await world.switches.once()
    assert [c for c in world.node.pbx.calls if c.startswith(("put", "drop", "reload"))] == []
    assert len(await phone_changes(world)) == 1
    assert world.applier.live_revision == made.revision


async def test_the_newest_wins_whoever_was_away(world: World) -> None:
    await switched(world)
    # The web is first, and waits; then a phone.
    web = await set_to(world, "normal")
    world.now += MINUTE
    by_phone(world, "kris")
    with pytest.raises(SetThere, match="vx-switch/kris"):
        await world.applier.once()
    assert await world.states(web) == ["pending"]
    await world.switches.once()
    await world.applier.once()
    assert await world.states(web) == ["live"]
    assert (await spec_of(world)).stands(world.now) == "kris"
    assert len(await phone_changes(world)) == 1
    # A phone is first, unheard of; then the web.
    world.now += MINUTE
    by_phone(world, "normal")
    world.now += MINUTE
    web = await set_to(world, "kris")
    await world.applier.once()
    await world.switches.once()
    assert await world.states(web) == ["live"]
    assert in_astdb(world) == f"kris,,{ms(world.now)},web"
    assert len(await phone_changes(world)) == 1


async def test_the_applier_asks_for_what_was_set_there_to_be_written_down(world: World) -> None:
    await switched(world)
    asked = asyncio.Event()
    world.applier.on_set_there = asked.set
    world.now += MINUTE
    by_phone(world, "kris")
    world.applier.wake(doubtful=True)
    task = asyncio.create_task(world.applier.run())
    async with asyncio.timeout(10):
        await asked.wait()
    await world.switches.once()
    await until(lambda: world.applier.settled)
    async with asyncio.timeout(10):
        await world.applier.until_settled()
    task.cancel()
    await asyncio.wait([task])
    assert (await spec_of(world)).stands(world.now) == "kris"


async def test_a_phone_that_sets_it_just_as_it_is_brought_is_not_overwritten(world: World) -> None:
    await switched(world)
    change = await set_to(world, "normal")
    world.now += MINUTE
    seen: list[str] = []

    def meanwhile() -> None:
        seen.append("put")
        by_phone(world, "kris", "202")

    original = world.node.pbx.put_entry

    async def put(family: str, key: str, value: str) -> None:
        await original(family, key, value)
        meanwhile()

    world.node.pbx.put_entry = put  # type: ignore[method-assign]
    with pytest.raises(SetThere):
        await world.applier.once()
    await world.switches.once()
    await world.applier.once()
    assert await world.states(change) == ["live"]
    assert seen == ["put"]
    assert in_astdb(world) == f"kris,,{ms(world.now)},202"


async def test_a_position_of_a_newer_database_is_taken_over_and_says_so(world: World) -> None:
    """A backup put back in haste must not take today's position with it."""
    await switched(world)
    world.now += MINUTE
    by_phone(world, "kris", "web")
    await world.switches.once()
    (made,) = await phone_changes(world)
    assert (made.origin, made.actor, made.via.flow_name) == ("ami", "web", None)
    assert (await spec_of(world)).stands(world.now) == "kris"


async def test_of_an_unknown_phone_its_digits_are_told(world: World) -> None:
    await switched(world)
    by_phone(world, "kris", "phone")
    await world.switches.once()
    (made,) = await phone_changes(world)
    assert (made.actor, made.actor_name) == ("phone", "phone")


async def test_check_tells_what_astdb_holds_otherwise(world: World) -> None:
    await switched(world, pin=PIN)
    await set_to(world, "kris")
    await world.applier.once()
    store, renderer = world.node.store, world.node.renderer
    prover = Prover(world.node.pbx, store, renderer.names, str(store.directory))

    async def found() -> tuple[bool, str]:
        last = (await compare(world.database, store, renderer, prover, world.entries, world.now))[-1]
        return last.agrees, last.words

    assert (await found())[0]
    world.node.pbx.astdb["vx-pin"].clear()
    world.node.pbx.astdb["vx-switch"]["kris"] = "x"
    assert await found() == (False, "vx-pin/switch-kris, vx-switch/kris differ")
