"""What is saved while the PBX is away waits, and is live when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.real_asterisk.town import MENU, NIGHT, Api, Town, town
from vaxelflode.demo.choose import Maker

pytestmark = [pytest.mark.pbx, pytest.mark.call]

OPEN = "2027-03-16 10:42"
SCHEDULE = "/objects/schedule/kundtjanst"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, town(pbx, tmp_path_factory.mktemp("data")) as made:
        yield made


async def _became(here: Town, change_id: str) -> dict[str, Any]:
    """The change once it waits no longer."""
    for _ in range(300):
        found = next(c for c in (await here.people["admin"]("GET", "/changes")).body if c["id"] == change_id)
        if found["state"] != "pending":
            return dict(found)
        await asyncio.sleep(0.1)
    pytest.fail("the change still waits")


async def _first_heard(here: Town, at: str) -> str:
    async with await here.call(at=at) as call:
        await call.answered(5)
        for _ in range(100):
            if call.heard:
                return call.heard[0].name
            await asyncio.sleep(0.05)
    return "nothing"


async def test_changes_wait_in_order_and_go_live_when_the_pbx_is_back(here: Town) -> None:
    await here.supervisor("PUT", "/queues/kundservice/agents/204", {})
    await here.pbx.kill()
    closed, added, removed = await asyncio.gather(
        here.supervisor(
            "POST", "/objects/schedule/kundtjanst/overrides", {"from": "2027-03-16", "to": "2027-03-16", "hours": []}
        ),
        here.supervisor("PUT", "/queues/kundservice/agents/203", {"permanent": True, "paused": True}),
        here.supervisor("DELETE", "/queues/kundservice/agents/204"),
    )
    for answer in (closed, added, removed):
        assert (answer.status, answer.body["change"]["state"]) == (202, "pending"), answer.body
    async with here.session.get("/readyz") as ready:
        assert ready.status == 503
    await here.pbx.start()
    for answer in (closed, added, removed):
        assert (await _became(here, answer.body["change"]["id"]))["state"] == "live"
    assert await _first_heard(here, OPEN) == NIGHT.name
    shown = await here.pbx.cli("queue show vx-kundservice")
    assert "203 (PJSIP/203)" in shown
    assert "paused" in shown
    assert "PJSIP/204" not in shown
    undone = await here.supervisor("POST", f"/changes/{closed.body['change']['id']}/undo")
    assert undone.body["change"]["state"] == "live"
    assert await _first_heard(here, OPEN) == MENU.name


async def test_a_killed_asterisk_boots_into_what_was_proven(here: Town) -> None:
    revision = (await here.people["admin"]("GET", "/system")).body["desired_revision"]
    await here.pbx.kill()
    await here.pbx.start()
    assert await _first_heard(here, OPEN) == MENU.name
    await here.plane.apply.wait_connected(20)
    for _ in range(100):
        if not here.plane.trouble():
            break
        await asyncio.sleep(0.1)
    system = (await here.people["admin"]("GET", "/system")).body
    assert system["desired_revision"] == revision
    assert not system["nodes"][0]["drift"]


async def test_what_still_waits_can_be_withdrawn_and_never_takes_effect(here: Town) -> None:
    await here.pbx.kill()
    body = {"from": "2027-03-16", "to": "2027-03-16", "hours": []}
    waiting = await here.supervisor("POST", "/objects/schedule/kundtjanst/overrides", body)
    agent = await here.supervisor("PUT", "/queues/kundservice/agents/206", {})
    assert (waiting.status, agent.status) == (202, 202)
    for answer in (waiting, agent):
        path = f"/changes/{answer.body['change']['id']}/withdraw"
        assert (await here.people["other_supervisor"]("POST", path)).status == 404
        withdrawn = await here.supervisor("POST", path)
        assert (withdrawn.status, withdrawn.body["change"]["state"]) == (200, "withdrawn"), withdrawn.body
        assert (await here.supervisor("POST", path)).status == 409
    assert (await here.supervisor("GET", "/objects/schedule/kundtjanst")).body["spec"]["overrides"] == []
    await here.pbx.start()
    assert await _first_heard(here, OPEN) == MENU.name
    for _ in range(100):
        if not here.plane.trouble():
            break
        await asyncio.sleep(0.1)
    assert not here.plane.trouble()
    assert "PJSIP/206" not in await here.pbx.cli("queue show vx-kundservice")
    states = {c["id"]: c["state"] for c in (await here.people["admin"]("GET", "/changes")).body}
    assert states[waiting.body["change"]["id"]] == states[agent.body["change"]["id"]] == "withdrawn"


async def test_several_edits_of_one_object_wait_in_order_some_are_withdrawn_and_each_is_told(here: Town) -> None:
    await _settled(here)
    admin = here.people["admin"]
    await here.pbx.kill()
    waiting = [
        await _waits(admin, "PATCH", "/objects/queue/faktura", {"spec": {"target": n}}) for n in (31, 32, 33, 34)
    ]
    days = [await _waits(here.supervisor, "POST", f"{SCHEDULE}/overrides", _closed(f"2028-03-1{n}")) for n in (3, 4, 5)]
    agents = [
        await _waits(here.supervisor, "PUT", "/queues/faktura/agents/205", {"permanent": True}),
        await _waits(here.supervisor, "PATCH", "/queues/faktura/agents/205", {"paused": True, "reason": "rast"}),
        await _waits(here.supervisor, "PUT", "/queues/faktura/agents/206", {"permanent": True}),
        await _waits(here.supervisor, "DELETE", "/queues/faktura/agents/206"),
    ]
    for person, change in ((admin, waiting[0]), (here.supervisor, days[0]), (here.supervisor, agents[0])):
        undone = await person("POST", f"/changes/{change}/undo")
        assert (undone.status, undone.body["state"]) == (409, "pending")
        assert "withdraw" in undone.body["detail"]
    gone = {waiting[1], waiting[3], days[1]}  # from the middle, the last one, and one of three that are apart
    for change in gone:
        assert (await admin("POST", f"/changes/{change}/withdraw")).body["change"]["state"] == "withdrawn"
    assert (await admin("GET", "/objects/queue/faktura")).body["spec"]["target"] == 33
    assert (await here.session.get("/readyz")).status == 503
    await here.pbx.start()
    every = [*waiting, *days, *agents]
    became = [await _became(here, change) for change in every]
    assert [c["state"] for c in became] == ["withdrawn" if change in gone else "live" for change in every]
    revisions = [c["revision"] for c in became if c["id"] in {*waiting, *days}]
    assert revisions == sorted(set(revisions))
    await _settled(here)
    shown = await here.pbx.cli("queue show vx-faktura")
    assert "within 33s" in shown
    assert "PJSIP/205" in shown
    assert "(paused:vx" in shown
    assert "PJSIP/206" not in shown
    rendered = await here.pbx.cli("dialplan show vx-schedule-kundtjanst")
    assert [f"2028-03-1{n}" in rendered for n in (3, 4, 5)] == [True, False, True]


async def test_what_was_undone_is_live_as_an_undo_once_the_change_was_live(here: Town) -> None:
    """What waits is withdrawn; the undo of what is live may wait in its turn, and be withdrawn as well."""
    await _settled(here)
    live = await here.supervisor("POST", f"{SCHEDULE}/overrides", _closed("2028-04-18"))
    assert live.status == 200
    await here.pbx.kill()
    undo = await _waits(here.supervisor, "POST", f"/changes/{live.body['change']['id']}/undo")
    assert (await here.supervisor("POST", f"/changes/{undo}/undo")).status == 409
    assert (await here.supervisor("POST", f"/changes/{undo}/withdraw")).status == 200
    await here.pbx.start()
    await _settled(here)
    assert "2028-04-18" in await here.pbx.cli("dialplan show vx-schedule-kundtjanst")
    assert (await here.supervisor("POST", f"/changes/{live.body['change']['id']}/undo")).status == 200
    assert "2028-04-18" not in await here.pbx.cli("dialplan show vx-schedule-kundtjanst")


def _closed(day: str) -> dict[str, Any]:
    return {"from": day, "to": day, "hours": []}


async def _waits(person: Api, method: str, path: str, body: Any = None) -> str:
    """The id of a change that was saved and waits for the PBX."""
    answer = await person(method, path, body, if_match="*")
    assert (answer.status, answer.body["change"]["state"]) == (202, "pending"), answer.body
    return str(answer.body["change"]["id"])


async def _settled(here: Town) -> None:
    async with asyncio.timeout(30):
        while here.plane.trouble():  # noqa: ASYNC110 - as whoever watches it does
            await asyncio.sleep(0.1)
