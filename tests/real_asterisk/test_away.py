"""What is saved while the PBX is away waits, and is live when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.real_asterisk.town import MENU, NIGHT, Town, town
from vaxelflode.demo.choose import Maker

pytestmark = [pytest.mark.pbx, pytest.mark.call]

OPEN = "2027-03-16 10:42"


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
