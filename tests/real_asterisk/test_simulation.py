"""What the simulation says is what a caller hears: real calls at drawn instants and keys are the oracle."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from tests.real_asterisk.town import GREETING, HOLIDAY, MENU, NIGHT, NUMBER, RECEPTION, Town, digest_of, town
from tests.sip import Pair
from tests.sip.outgoing import OutgoingCall
from vaxelflode.demo.choose import Maker
from vaxelflode.domain.simulate import Simulation
from vaxelflode.services.call_path import Question, simulated
from vaxelflode.storage import people

pytestmark = [pytest.mark.pbx, pytest.mark.call]

ZONE = ZoneInfo("Europe/Stockholm")
VOICES = {digest_of(voice): voice.name for voice in (NIGHT, HOLIDAY, MENU, GREETING, RECEPTION)}
DRAWN = 60
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
#: Instants that are easily judged wrong: half-open ends, midnight, leap day, holidays, both daylight-saving nights.
EDGES = (
    *("2027-03-16 07:59", "2027-03-16 08:00", "2027-03-16 16:59", "2027-03-16 17:00", "2027-03-19 23:59"),
    *("2027-03-20 00:00", "2028-02-29 12:00", "2027-12-24 12:00", "2027-12-25 12:00", "2028-01-01 00:00"),
    *("2027-03-28 01:59", "2027-03-28 03:00", "2027-10-31 02:30", "2027-06-26 10:00", "2027-04-06 23:30"),
    *("2027-04-07 00:30", "2027-04-07 06:00", "2027-04-08 12:00", "2027-04-12 13:00", "2027-04-12 10:00"),
    *(at for at, _ in KEPT_DAYS),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, town(pbx, tmp_path_factory.mktemp("data")) as made:
        impatient = {"wait": 1, "tries": 2, "timeout": {"object": "announcement/helgmeddelande"}}
        await _patch(made, "/objects/menu/huvudmeny", impatient)
        await _patch(made, "/objects/schedule/kundtjanst", {"holidays": KEPT})
        for body in (
            {"from": "2027-04-05", "to": "2027-04-06", "hours": [["22:00", "06:00"]]},
            {"from": "2027-04-08", "to": "2027-04-08", "hours": []},
            {
                "from": "2027-04-12",
                "to": "2027-04-13",
                "hours": [["12:00", "14:00"]],
                "closed": {"object": "announcement/helgmeddelande"},
            },
        ):
            answer = await made.supervisor("POST", "/objects/schedule/kundtjanst/overrides", body)
            assert answer.body["change"]["state"] == "live"
        yield made


async def _patch(here: Town, path: str, spec: dict[str, Any]) -> None:
    tag = (await here.people["admin"]("GET", path)).headers["ETag"]
    answer = await here.people["admin"]("PATCH", path, {"spec": spec}, if_match=tag)
    assert (answer.status, answer.body["change"]["state"]) == (200, "live"), answer.body


async def _expected(here: Town, at: dt.datetime, keys: str) -> Simulation:
    async with here.plane.context.reading(await _admin(here)) as desk:
        return simulated(desk.company, NUMBER, Question(at.isoformat(), digits=keys), dt.datetime.now(dt.UTC), {})[0]


async def _admin(here: Town) -> Any:
    async with here.plane.database.read() as db:
        found = await people.by_email(db, "admin@example.se")
    assert found is not None
    return found[0]


async def _heard(here: Town, at: dt.datetime, keys: str, prompts: int) -> list[str]:
    headers = {"X-Test-Time": str(int(at.timestamp()))}
    sip = here.pbx.sip_host, here.pbx.sip_port
    async with await here.trunk.call(NUMBER, sip, "+46701740601", headers=headers) as call:
        await call.answered(5)
        for key in keys:
            await call.hear(MENU, 8)
            await asyncio.sleep(2.1)
            await call.press(key)
        await _until_heard(call, prompts)
        return [h.name for h in call.heard]


async def _until_heard(call: OutgoingCall, prompts: int) -> None:
    for _ in range(200):
        if len(call.heard) >= prompts:
            return
        await asyncio.sleep(0.05)


async def _agree(here: Town, at: dt.datetime, keys: str) -> str | None:
    expected = await _expected(here, at, keys)
    wanted = [VOICES[p] for p in expected.prompts]
    in_menu = any(str(step.object) == "menu/huvudmeny" for step in expected.steps)
    heard = await _heard(here, at, keys if in_menu else "", len(wanted))
    if heard != wanted:
        return f"{at.astimezone(ZONE)} keys {keys!r}: simulated {expected.path} {wanted}, heard {heard}"
    return None


async def test_calls_go_where_the_simulation_says(here: Town) -> None:
    chance = Random(20270316)
    first = dt.datetime(2027, 1, 1, tzinfo=ZONE)
    drawn = [first + dt.timedelta(minutes=chance.randrange(500 * 24 * 60)) for _ in range(DRAWN)]
    edges = [dt.datetime.fromisoformat(text).replace(tzinfo=ZONE) for text in EDGES]
    calls = [(at, chance.choice(["", "1", "2", "9", "93", "99"])) for at in (*edges, *drawn)]
    gate = asyncio.Semaphore(10)

    async def one(at: dt.datetime, keys: str) -> str | None:
        async with gate:
            return await _agree(here, at, keys)

    found = await asyncio.gather(*(one(at, keys) for at, keys in calls))
    assert [line for line in found if line] == []


@pytest.mark.parametrize(("at", "voice"), KEPT_DAYS, ids=[at for at, _ in KEPT_DAYS])
async def test_eves_half_days_and_own_days_are_kept(here: Town, at: str, voice: Pair) -> None:
    instant = dt.datetime.fromisoformat(at).replace(tzinfo=ZONE)
    assert (await _heard(here, instant, "", 1))[:1] == [voice.name]


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
