"""Who answers a queue, and why somebody is paused, is for those who may watch it: not for whoever changes its music."""

from __future__ import annotations

from tests.api import company
from tests.api.house import House
from tests.web.test_events import told

QUEUE = "/api/v1/queues/mine/agents/202"


async def _only_audio(here: House) -> None:
    flow = f"/api/v1/flows/{company.FLOWS['mine']}"
    grants = [{"object": "queue/mine", "aspects": ["audio"]}]
    body = {"name": "Kundtjänst", "number": company.NUMBERS["mine"], "grants": grants}
    wanted = body | {"supervisors": [company.address("granted")]}
    assert (await here.ask("PUT", flow, "administrator", wanted, if_match="*")).status == 200


async def _paused(here: House) -> str:
    body = {"paused": True, "reason": "hemlig orsak"}
    answer = await here.ask("PUT", QUEUE, "administrator", body)
    assert answer.status == 200
    change_id: str = answer.body["change"]["id"]
    return change_id


async def test_history_and_events_keep_agents_to_themselves(here: House) -> None:
    await _only_audio(here)
    change = await _paused(here)
    for path in (
        "/api/v1/changes",
        "/api/v1/changes?object=queue/mine",
        f"/api/v1/changes?flow={company.FLOWS['mine']}",
    ):
        answer = await here.ask("GET", path, "granted")
        assert answer.status == 200
        assert "hemlig orsak" not in answer.raw.decode()
        assert change not in {one["id"] for one in answer.body}
    assert change not in {data.get("id") for _, _, data in await told(here, "granted", last=0)}


async def test_those_who_watch_know(here: House) -> None:
    change = await _paused(here)
    assert change in {one["id"] for one in (await here.ask("GET", "/api/v1/changes", "granted")).body}
    assert change in {data.get("id") for _, _, data in await told(here, "granted", last=0)}
