"""A supervisor closes the switchboard, and the next caller hears it; undo, and the caller reaches an agent."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.real_asterisk.town import AGENT, CALLER, GREETING, HOLIDAY, MENU, NIGHT, RECEPTION, Town, town
from vaxelflode.demo.choose import Maker

pytestmark = [pytest.mark.pbx, pytest.mark.call]

#: A Tuesday at an open hour.
OPEN = "2027-03-16 10:42"
DAY = "2027-03-16"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, town(pbx, tmp_path_factory.mktemp("data")) as made:
        yield made


async def _heard_first(here: Town, at: str, number: str = "+46101022290") -> str:
    async with await here.call(number, at=at) as call:
        await call.answered(5)
        for _ in range(100):
            if call.heard:
                return call.heard[0].name
            await asyncio.sleep(0.05)
    return "nothing"


async def test_closing_a_day_is_heard_by_the_next_caller_and_undo_brings_the_menu_back(here: Town) -> None:
    assert await _heard_first(here, OPEN) == MENU.name

    body = {"from": DAY, "to": DAY, "hours": [], "note": "Sjuk"}
    closed = await here.supervisor("POST", "/objects/schedule/kundtjanst/overrides", body)
    assert closed.status == 200, closed.body
    assert closed.body["change"]["state"] == "live"
    assert closed.body["change"]["via"]["name"] == "Kundtjänst"

    async with await here.call(at=OPEN) as call:
        await call.answered(5)
        await call.hear(NIGHT, 5)
        await call.hear(GREETING, 5)
        await asyncio.sleep(6)  # the rest of the greeting, the beep, and a message: Asterisk keeps none below 2 s
        await call.hangup()
    assert [h.name for h in call.heard][:2] == [NIGHT.name, GREETING.name]
    await _message_left(here)

    undone = await here.supervisor("POST", f"/changes/{closed.body['change']['id']}/undo")
    assert (undone.status, undone.body["change"]["state"]) == (200, "live")

    added = await here.supervisor("PUT", "/queues/kundservice/agents/201", {})
    assert (added.status, added.body["change"]["state"]) == (200, "live")
    async with await here.phone("201") as phone, await here.call(at=OPEN) as call:
        await call.answered(5)
        await call.hear(MENU, 5)
        await call.press("1")
        at_phone = await phone.next_call(10)
        await call.hear(AGENT, 5)
        await at_phone.hear(CALLER, 5)
    gone = await here.supervisor("DELETE", "/queues/kundservice/agents/201")
    assert gone.body["change"]["state"] == "live"
    assert "201" not in await here.pbx.cli("queue show vx-kundservice")


async def _message_left(here: Town) -> None:
    folder = here.pbx.spool / "voicemail" / "vx" / "kundtjanst" / "INBOX"
    for _ in range(50):
        if found := sorted(folder.glob("msg*.wav")):
            with wave.open(str(found[0])) as message:
                assert message.getnframes() / message.getframerate() > 1.5
            return
        await asyncio.sleep(0.1)
    pytest.fail("no message in the mailbox")


async def test_somebody_elses_schedule_is_not_found_and_nothing_changes(here: Town) -> None:
    before = await here.people["admin"]("GET", "/objects/schedule/kundtjanst")
    release = here.plane.store.current()
    body = {"from": DAY, "to": DAY, "hours": []}
    refused = await here.people["other_supervisor"]("POST", "/objects/schedule/kundtjanst/overrides", body)
    assert refused.status == 404
    after = await here.people["admin"]("GET", "/objects/schedule/kundtjanst")
    assert after.body == before.body
    assert here.plane.store.current() == release
    assert await _heard_first(here, OPEN) == MENU.name


@pytest.mark.parametrize(
    ("at", "voice"),
    [
        ("2027-03-16 07:59", NIGHT),
        ("2027-03-16 08:00", MENU),
        ("2027-03-16 16:59", MENU),
        ("2027-03-16 17:00", NIGHT),
        ("2027-03-20 12:00", NIGHT),
        ("2027-03-26 12:00", HOLIDAY),
        ("2026-12-25 12:00", HOLIDAY),
        ("2028-02-29 12:00", MENU),
        ("2027-03-28 03:30", HOLIDAY),
    ],
)
async def test_hours_are_half_open_and_holidays_are_kept(here: Town, at: str, voice: object) -> None:
    assert await _heard_first(here, at) == getattr(voice, "name", None)


@pytest.mark.parametrize("dialled", ["+46101022290", "46101022290", "0046101022290", "0101022290"])
async def test_a_number_is_found_in_whatever_form_the_trunk_sends_it(here: Town, dialled: str) -> None:
    assert await _heard_first(here, OPEN, dialled) == MENU.name


async def test_another_number_is_another_flow(here: Town) -> None:
    assert await _heard_first(here, OPEN, "+46980319200") == RECEPTION.name


async def test_a_number_that_nobody_has_is_told_so(here: Town) -> None:
    async with await here.call("+46101022299", at=OPEN) as call:
        assert await call.refused(5) == 404


async def test_an_override_may_lead_callers_elsewhere_meanwhile(here: Town) -> None:
    body = {"from": DAY, "to": DAY, "hours": [["13:00", "15:00"]], "closed": {"object": "announcement/helgmeddelande"}}
    made = await here.supervisor("POST", "/objects/schedule/kundtjanst/overrides", body)
    assert made.body["change"]["state"] == "live", made.body
    assert await _heard_first(here, OPEN) == HOLIDAY.name
    assert await _heard_first(here, "2027-03-16 13:00") == MENU.name
    assert await _heard_first(here, "2027-03-17 07:00") == NIGHT.name
    gone = await here.supervisor("DELETE", f"/objects/schedule/kundtjanst/overrides/{made.body['override']['id']}")
    assert gone.body["change"]["state"] == "live"
    assert await _heard_first(here, OPEN) == MENU.name


async def test_the_tries_of_a_menu_end_where_its_settings_say(here: Town) -> None:
    async with await here.call(at=OPEN) as call:
        await call.answered(5)
        for _ in range(3):
            await call.hear(MENU, 5)
            await asyncio.sleep(2.2)  # a key after the prompt's end, so that the next prompt is heard as a new one
            await call.press("9")
        await call.ended(5)
    assert [h.name for h in call.heard] == [MENU.name] * 3
