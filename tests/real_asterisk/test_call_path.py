"""The path of a call in a whole town: days that are kept beside the public holidays, and the graph with the path."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.real_asterisk.town import HOLIDAY, MENU, NIGHT, Town, town
from tests.sip import Pair
from vaxelflode.demo.choose import Maker

pytestmark = [pytest.mark.pbx, pytest.mark.call]

#: Beside the public holidays: eves, a half day, and days of the company's own, some hours past midnight.
KEPT = {
    "also": {
        "christmas-eve": [],
        "maundy-thursday": [["08:00", "12:00"]],
        "midsummer-eve": [],
        "new-years-eve": [["20:00", "02:00"]],
    },
    "own": [
        {"date": "2027-05-14", "name": "Planeringsdag"},
        {"date": "11-11", "hours": [["22:00", "01:00"]], "name": "Grundandet"},
        {"date": "02-29", "hours": [["08:00", "12:00"]], "name": "Skottdagen"},
    ],
}
#: Instants on and around these days, and the voice that is heard first.
KEPT_DAYS = (
    ("2027-12-24 10:00", HOLIDAY),
    ("2027-06-25 10:00", HOLIDAY),
    ("2027-03-25 07:59", HOLIDAY),
    ("2027-03-25 08:00", MENU),
    ("2027-03-25 11:59", MENU),
    ("2027-03-25 12:00", HOLIDAY),
    ("2027-12-31 19:59", HOLIDAY),
    ("2027-12-31 20:00", MENU),
    ("2028-01-01 00:30", HOLIDAY),  # the public holiday cuts the evening before
    ("2027-05-14 10:00", HOLIDAY),
    ("2028-05-15 10:00", MENU),
    ("2027-11-11 10:00", HOLIDAY),
    ("2027-11-11 22:00", MENU),
    ("2027-11-12 00:59", MENU),
    ("2027-11-12 01:00", NIGHT),
    ("2028-11-11 22:00", MENU),  # a Saturday
    ("2028-02-29 11:59", MENU),
    ("2028-02-29 12:00", HOLIDAY),
    ("2027-03-01 12:00", MENU),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, town(pbx, tmp_path_factory.mktemp("data")) as made:
        await _patch(made, "/objects/schedule/kundtjanst", {"holidays": KEPT})
        yield made


async def _patch(here: Town, path: str, spec: dict[str, Any]) -> None:
    tag = (await here.people["admin"]("GET", path)).headers["ETag"]
    answer = await here.people["admin"]("PATCH", path, {"spec": spec}, if_match=tag)
    assert (answer.status, answer.body["change"]["state"]) == (200, "live"), answer.body


@pytest.mark.parametrize(("at", "voice"), KEPT_DAYS, ids=[at for at, _ in KEPT_DAYS])
async def test_eves_half_days_and_own_days_are_kept(here: Town, at: str, voice: Pair) -> None:
    async with await here.call(at=at) as call:
        await call.answered(5)
        for _ in range(100):
            if call.heard:
                break
            await asyncio.sleep(0.05)
        assert [h.name for h in call.heard] == [voice.name]


async def test_the_graph_shows_whose_the_nodes_are_and_the_path(here: Town) -> None:
    flow = (await here.supervisor("GET", "/flows")).body[0]
    shown = (await here.supervisor("GET", f"/flows/{flow['id']}/graph?at=2027-03-16T10:42&digits=2")).body
    assert shown["path"] == ["number/46101022290", "schedule/kundtjanst", "menu/huvudmeny", "queue/faktura"]
    nodes = {n["id"]: n for n in shown["nodes"]}
    assert nodes["schedule/kundtjanst"]["editable"]
    assert nodes["schedule/kundtjanst"]["aspects"] == ["hours", "override"]
    assert not nodes["queue/felanmalan"]["editable"]
    assert nodes["queue/felanmalan"]["aspects"] == ["watch"]
    assert "administrator" in nodes["announcement/helgmeddelande"]["reason"]
    assert "announcement/reception" not in nodes
    active = {(e["from"], e["to"], e["exit"]) for e in shown["edges"] if e["active"]}
    assert active == {
        ("number/46101022290", "schedule/kundtjanst", "route"),
        ("schedule/kundtjanst", "menu/huvudmeny", "open"),
        ("menu/huvudmeny", "queue/faktura", "2"),
    }
    night = (await here.supervisor("GET", f"/flows/{flow['id']}/graph?at=1805223600")).body
    assert night["path"][-1] in ("voicemail/kundtjanst", "announcement/helgmeddelande", "end/hangup")
    assert (await here.people["other_supervisor"]("GET", f"/flows/{flow['id']}/graph")).status == 404
    assert (await here.supervisor("GET", f"/flows/{flow['id']}/graph?at=igår")).status == 422
    assert (await here.supervisor("GET", f"/flows/{flow['id']}/graph?digits=abc")).status == 422
