"""Closing and opening now: one flow, several at once, and what is said where one may not.

It is Tuesday 1 June 2027, 12:00 in Stockholm; each test gives the hours that it needs.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from tests.api import company
from tests.web.conftest import Visitor
from tests.web.test_hours_page import inputs, overrides, text
from vaxelflode.domain.flow import Flow, Grant
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import PbxRefused
from vaxelflode.storage import flows

FLOW = company.FLOWS["mine"]
CLOSE, OPEN = f"/flows/{FLOW}/close", f"/flows/{FLOW}/open"


async def hours(visitor: Visitor, *spans: list[str], key: str = "mine") -> None:
    """Give Tuesday hours."""
    patch = {"spec": {"weekly": {"tue": [*spans]}}}
    path = f"/api/v1/objects/schedule/{key}"
    assert (await visitor.house.ask("PATCH", path, "administrator", patch, if_match="*")).status == 200


async def second(visitor: Visitor, *objects: str, name: str = "Växel två", number: str | None = None) -> str:
    """Another flow of the person *granted*, with ``override`` of schedules."""
    grants = tuple(Grant(ObjectRef.parse(o), frozenset({"override"})) for o in objects)
    async with visitor.house.database.write() as db:
        flow = Flow("9" * 16, name, "", number, grants, (company.address("granted"),))
        await flows.save(db, flow, company.NOW, new=True)
    return flow.id


async def test_closing_keeps_the_morning_and_says_when_it_opens(granted: Visitor) -> None:
    await hours(granted, ["08:00", "17:00"])
    asked = await granted.get(CLOSE)
    said = text(asked)
    assert "Stäng mine" in said
    assert "Stäng hela dagen" in said
    assert "Öppnar som vanligt på fredag 08:00" in said
    shown = await granted.post(CLOSE, {**inputs(asked, "close"), "do": "save"})
    assert shown.path.startswith(f"/flows/{FLOW}?change=")
    (made,) = await overrides(granted)
    assert made["hours"] == [["08:00", "12:00"]]
    assert "Stängt idag" in text(await granted.get("/flows"))


async def test_closing_until_a_time_opens_again_by_itself(granted: Visitor) -> None:
    await hours(granted, ["08:00", "17:00"])
    there = inputs(await granted.get(CLOSE), "close") | {"until": "time", "time": "1430", "closed": "end:busy"}
    looked = await granted.post(CLOSE, {**there, "do": "look"})
    assert "Stäng till 14:30" in text(looked)
    assert await overrides(granted) == []
    await granted.post(CLOSE, {**there, "do": "save"})
    (made,) = await overrides(granted)
    assert (made["hours"], made["closed"]) == ([["08:00", "12:00"], ["14:30", "17:00"]], {"end": "busy"})


async def test_staying_closed_before_the_day_begins(granted: Visitor) -> None:
    await hours(granted, ["13:00", "17:00"])
    assert "Håll stängt idag" in text(await granted.get("/flows"))
    asked = await granted.get(CLOSE)
    assert "Håll mine stängd" in text(asked)
    assert "Håll stängt hela dagen" in text(asked)
    await granted.post(CLOSE, {**inputs(asked, "close"), "do": "save"})
    (made,) = await overrides(granted)
    assert made["hours"] == []


async def test_staying_closed_until_a_time_is_from_when_it_would_open(granted: Visitor) -> None:
    await hours(granted, ["13:30", "17:00"])
    asked = inputs(await granted.get(CLOSE), "close") | {"until": "time"}
    assert asked["time"] == ["15:00"]
    refused = await granted.post(CLOSE, {**asked, "time": "13", "do": "save"})
    assert refused.status == 422
    assert "Då är det stängt ändå" in text(refused)
    assert await overrides(granted) == []
    await granted.post(CLOSE, {**asked, "do": "save"})
    (made,) = await overrides(granted)
    assert made["hours"] == [["15:00", "17:00"]]


async def test_opening_and_going_back_to_the_regular_hours(granted: Visitor) -> None:
    await hours(granted, ["08:00", "17:00"])
    await granted.post(CLOSE, {"until": "day", "do": "save"})
    asked = await granted.get(OPEN)
    said = text(asked)
    assert "Till ordinarie stängning 12:00–17:00" in said
    assert "Återgå till ordinarie tider Idag 08:00–17:00" in said
    assert "Öppna till 17:00" in said
    await granted.post(OPEN, {"until": "ordinary", "do": "save"})
    (made,) = await overrides(granted)
    assert made["hours"] == [["08:00", "17:00"]]
    await granted.post(OPEN, {"until": "regular", "do": "save"})
    assert await overrides(granted) == []


async def test_opening_a_closed_day_until_a_time(granted: Visitor) -> None:
    asked = await granted.get(OPEN)
    assert "Till ordinarie stängning" not in text(asked)
    await granted.post(OPEN, {**inputs(asked, "close"), "until": "time", "time": "15", "do": "save"})
    (made,) = await overrides(granted)
    assert made["hours"] == [["12:00", "15:00"]]
    assert (await granted.post(OPEN, {"until": "ordinary", "do": "save"})).status == 422


@pytest.mark.parametrize(("time", "words"), [("halv tre", "Skriv tiden som"), ("12:00", "Tiden har redan passerat")])
async def test_a_time_that_is_none_is_said_and_kept(granted: Visitor, time: str, words: str) -> None:
    await hours(granted, ["08:00", "17:00"])
    refused = await granted.post(CLOSE, {"until": "time", "time": time, "note": "", "do": "save"})
    assert refused.status == 422
    assert words in text(refused)
    assert inputs(refused, "close")["time"] == [time]
    assert await overrides(granted) == []


async def test_what_the_pbx_refuses_is_said_in_its_words(granted: Visitor) -> None:
    await hours(granted, ["08:00", "17:00"])

    def refuse() -> None:
        raise PbxRefused("not that")

    granted.house.pbx.hooks["has_line"] = refuse
    refused = await granted.post(CLOSE, {"until": "time", "time": "15", "do": "save"})
    assert refused.status == 502
    assert "Växeln sade nej, så inget är ändrat. Växeln säger: ”not that”." in text(refused)
    assert inputs(refused, "close")["time"] == ["15:00"]
    assert await overrides(granted) == []


@pytest.mark.parametrize("person", ["partial", "onlooker"])
async def test_without_the_right_nothing_is_closed(visitor: Visitor, person: str) -> None:
    await visitor.log_in(person)
    there = company.FLOWS["partly" if person == "partial" else "onlookers"]
    before = await visitor.house.state()
    for what in ("close", "open"):
        assert (await visitor.get(f"/flows/{there}/{what}")).status == 403
        assert (await visitor.post(f"/flows/{there}/{what}", {"until": "day", "do": "save"})).status == 403
        assert (await visitor.get(f"/flows/{FLOW}/{what}")).status == 404
        assert (await visitor.post(f"/flows/{FLOW}/{what}", {"until": "day", "do": "save"})).status == 404
    assert await visitor.house.state() == before
    assert (await visitor.get(f"/flows/{company.FLOWS['numberless']}/close")).status == 404


async def test_where_one_goes_back_to_is_one_of_our_pages(granted: Visitor) -> None:
    await hours(granted, ["08:00", "17:00"])
    asked = await granted.get(CLOSE, hx_current_url=f"{granted.house.url}/flows")
    assert inputs(asked, "close")["back"] == ["/flows"]
    for place in ("https://evil.example/", "//evil.example", CLOSE):
        there = {"until": "day", "do": "look", "back": place}
        assert inputs(await granted.post(CLOSE, there), "close")["back"] == [f"/flows/{FLOW}"]


# ---- several at once


async def test_flows_that_share_hours_are_changed_once(granted: Visitor) -> None:
    await hours(granted, ["08:00", "17:00"])
    other = await second(granted, "schedule/mine")
    asked = await granted.get(f"/flows/close?flow={FLOW}&flow={other}")
    said = text(asked)
    assert "Stäng 2 flöden" in said
    assert "delar tider och ändras en gång" in said
    shown = await granted.post("/flows/close", {**inputs(asked, "close"), "do": "save"})
    assert shown.status == 200
    assert "Ändrat: Växel två och mine." in text(shown)
    assert len(await overrides(granted)) == 1
    assert "data-change=" in shown.html


@pytest.mark.parametrize(("person", "others"), [("granted", "mine"), ("administrator", "mine, onlookers, partly")])
async def test_who_else_has_the_hours_is_said(visitor: Visitor, person: str, others: str) -> None:
    """Of one's own flows; an administrator's are all."""
    await visitor.log_in(person)
    flow = await second(visitor, "schedule/mine")
    assert f"Det gäller också {others}." in text(await visitor.get(f"/flows/close?flow={flow}"))
    assert f"Det gäller också {others}." in text(await visitor.get(f"/flows/{flow}/close"))
    shown = text(await visitor.get(f"/flows/{flow}/schedule/mine"))
    assert f"det du ändrar här gäller också {others}." in shown
    chosen = f"/flows/close?flow={flow}&flow={FLOW}"
    assert ("Det gäller också onlookers, partly." in text(await visitor.get(chosen))) == (person == "administrator")


async def test_each_flow_is_told_of(granted: Visitor) -> None:
    await hours(granted, ["08:00", "17:00"])
    await hours(granted, ["09:00", "16:00"], key="other")
    open_too = await second(granted, "schedule/other", name="Öppen")
    locked = Flow("8" * 16, "Låst", "", company.NUMBERS["other"], (), (company.address("granted"),))
    async with granted.house.database.write() as db:
        await flows.save(db, locked, company.NOW, new=True)
    asked = await granted.get(f"/flows/close?flow={FLOW}&flow={open_too}&flow={'8' * 16}")
    shown = await granted.post("/flows/close", {**inputs(asked, "close"), "until": "time", "time": "14", "do": "save"})
    said = text(shown)
    assert "Ändrat:" in said
    found: dict[str, Any] = (await granted.house.ask("GET", "/api/v1/objects/schedule/other", "administrator")).body
    assert [o["hours"] for o in found["spec"]["overrides"] if o["from"] == "2027-06-01"] == [
        [["09:00", "12:00"], ["14:00", "16:00"]]
    ]
    assert [o["hours"] for o in await overrides(granted)] == [[["08:00", "12:00"], ["14:00", "17:00"]]]
    again = await granted.post("/flows/open", {"flow": [FLOW, open_too], "until": "regular", "do": "save"})
    assert "Ändrat:" in text(again)
    assert await overrides(granted) == []
    same = await granted.post("/flows/open", {"flow": [FLOW], "until": "regular", "do": "save"})
    assert "Som det redan var: mine." in text(same)


async def another_flow(granted: Visitor) -> Flow:
    """One of the same supervisor, that lets callers be led to one place only; it and theirs have hours today."""
    await hours(granted, ["08:00", "17:00"])
    await hours(granted, ["08:00", "17:00"], key="other")
    limited = Grant(ObjectRef.parse("schedule/other"), frozenset({"override"}), {"destinations": ["announcement/mine"]})
    there = Flow("9" * 16, "Växel två", "", None, (limited,), (company.address("granted"),))
    async with granted.house.database.write() as db:
        await flows.save(db, there, company.NOW, new=True)
    return there


async def test_callers_of_several_are_led_where_each_of_them_may_lead_them(granted: Visitor) -> None:
    there = await another_flow(granted)
    offered = [
        re.findall(r'<option value="([^"]+)"', (await granted.get(at)).html)
        for at in (
            f"/flows/close?flow={FLOW}",
            f"/flows/close?flow={there.id}",
            f"/flows/close?flow={FLOW}&flow={there.id}",
        )
    ]
    assert "object:announcement/mine" in offered[2]
    assert set(offered[2]) == set(offered[0]) & set(offered[1])
    assert set(offered[0]) - set(offered[1])
    asked = await granted.get(f"/flows/close?flow={FLOW}&flow={there.id}")
    sent = {**inputs(asked, "close"), "closed": "object:announcement/mine", "do": "save"}
    assert "Ändrat:" in text(await granted.post("/flows/close", sent))
    for key in ("mine", "other"):
        found = (await granted.house.ask("GET", f"/api/v1/objects/schedule/{key}", "administrator")).body
        made = [o for o in found["spec"]["overrides"] if o["from"] == "2027-06-01"]
        assert [o["closed"] for o in made] == [{"object": "announcement/mine"}], key


async def test_a_place_that_one_of_several_may_not_lead_to_is_refused_for_that_one(granted: Visitor) -> None:
    there = await another_flow(granted)
    sent = {"flow": [FLOW, there.id], "until": "day", "closed": "object:menu/mine", "do": "save"}
    said = text(await granted.post("/flows/close", sent))
    assert "Ändrat: mine." in said
    assert "Inte ändrat, för du får inte ändra: Växel två." in said


async def test_those_that_may_not_be_changed_are_said_and_left(visitor: Visitor) -> None:
    await visitor.log_in("partial")
    partly = company.FLOWS["partly"]
    before = await visitor.house.state()
    asked = await visitor.get(f"/flows/close?flow={partly}")
    assert "Du får inte ändra tiderna för partly." in text(asked)
    shown = await visitor.post("/flows/close", {"flow": partly, "until": "day", "do": "save"})
    assert "Inte ändrat, för du får inte ändra: partly." in text(shown)
    assert (await visitor.get(f"/flows/close?flow={partly}&flow={FLOW}")).status == 404
    assert (await visitor.post("/flows/close", {"flow": [FLOW], "do": "save"})).status == 404
    assert "Välj minst ett flöde." in text(await visitor.post("/flows/close", {"do": "save"}))
    assert await visitor.house.state() == before


async def test_in_the_night_the_evening_before_is_closed(granted: Visitor) -> None:
    context = granted.house.app[next(key for key in granted.house.app if "context" in str(key))]
    patch = {"spec": {"weekly": {"mon": [["18:00", "03:00"]], "tue": [["08:00", "17:00"]]}}}
    path = "/api/v1/objects/schedule/mine"
    assert (await granted.house.ask("PATCH", path, "administrator", patch, if_match="*")).status == 200
    context.clock = lambda: dt.datetime(2027, 5, 31, 23, 0, tzinfo=dt.UTC)  # Tuesday, 01:00 in Stockholm
    await granted.log_in("granted")
    await granted.post(CLOSE, {"until": "time", "time": "6", "do": "save"})
    (made,) = await overrides(granted)
    assert (made["from"], made["to"], made["hours"]) == ("2027-05-31", "2027-05-31", [["18:00", "01:00"]])
    await granted.post(OPEN, {"until": "regular", "do": "save"})
    assert await overrides(granted) == []


@pytest.mark.parametrize(
    ("time", "said"), [("0", "24:00"), ("24", "24:00"), ("0:30", "00:30 i morgon"), ("13", "13:00")]
)
async def test_midnight_is_the_end_of_the_day_everywhere(granted: Visitor, time: str, said: str) -> None:
    await hours(granted)
    asked = await granted.post(OPEN, {"until": "time", "time": time, "do": "look"})
    assert f"Öppna till {said} " in text(asked)
    await granted.post(OPEN, {"until": "time", "time": time, "do": "save"})
    assert f"Öppet till {said} " in text(await granted.get("/flows"))
    there = text(await granted.get(f"/flows/{FLOW}/schedule/mine"))
    assert f"Öppet till {said} " in there
    assert ("stänger i morgon 00:30" in there) == ("morgon" in said)
