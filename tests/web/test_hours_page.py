"""The page of a schedule: what one sees, changes, and may not; conflicts, refusals, and a PBX that is away.

It is Tuesday 1 June 2027, 12:00 in Stockholm; the hours are Monday 08–17 and Friday 08–12, 13–02.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

from tests.api import company
from tests.web.conftest import Shown, Visitor
from vaxelflode.domain.flow import Flow, Grant
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import PbxRefused
from vaxelflode.storage import flows

MINE = f"/flows/{company.FLOWS['mine']}/schedule/mine"
API = "/api/v1/objects/schedule/mine"


def inputs(page: Shown, form: str) -> dict[str, list[str]]:
    """What a browser would send of a form: its fields as they stand."""
    body = re.search(rf'<form[^>]* id="{form}".*?</form>', page.html, re.DOTALL)
    assert body is not None
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", body[0]):
        name, value = (re.search(rf' {key}="([^"]*)"', tag) for key in ("name", "value"))
        if name is None or (re.search(r'type="(radio|checkbox)"', tag) and " checked" not in tag):
            continue
        found.setdefault(name[1], []).append(html.unescape(value[1] if value else ""))
    for name, options in re.findall(r'<select [^>]*name="([^"]*)".*?>(.*?)</select>', body[0], re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = [html.unescape(chosen[1]) if chosen else ""]
    return found


def text(page: Shown) -> str:
    """The page as it is read."""
    plain = html.unescape(re.sub(r"<[^>]+>", " ", page.html))
    return re.sub(r"\s+", " ", plain)


async def spec(visitor: Visitor, key: str = "mine") -> dict[str, Any]:
    answer = await visitor.house.ask("GET", f"/api/v1/objects/schedule/{key}", "administrator")
    found: dict[str, Any] = answer.body["spec"]
    return found


async def send(visitor: Visitor, form: str, path: str = MINE, at: str = MINE, **fields: str | list[str]) -> Shown:
    """Type something into a form as it stands, and press a button (``do``)."""
    there = inputs(await visitor.get(at), form)
    typed = {name.replace("__", "."): value for name, value in fields.items()}
    return await visitor.post(path, {**there, **typed})


async def test_the_page_says_what_holds(granted: Visitor) -> None:
    shown = await granted.get(MINE)
    assert shown.status == 200
    said = text(shown)
    assert "Idag, tisdag 1 juni" in said
    assert "Stängt nu, öppnar på fredag 08:00" in said
    assert re.search(r'name="fri.closes"[^>]* value="02:00"', shown.html)
    assert "Nationaldagen" in said
    assert "Julafton" in said
    assert "<span>0–</span><span>2</span>" in shown.html  # Friday night, on Saturday
    assert " style=" not in shown.html


async def test_hours_are_saved_as_people_type_them_and_can_be_undone(granted: Visitor) -> None:
    shown = await send(granted, "part-hours", mon__opens="8", mon__closes="1530", do="save")
    assert shown.status == 200
    assert "?change=" in shown.path
    assert (await spec(granted))["weekly"]["mon"] == [["08:00", "15:30"]]
    said = text(shown)
    assert "Aktivt i växeln" in said
    assert "Måndag stänger 17:00 15:30 från måndag 7 juni" in said
    undo = re.search(r'action="(/changes/[0-9a-f]+/undo)"', shown.html)
    assert undo is not None
    back = await granted.post(undo[1], {"back": MINE})
    assert back.path.startswith(f"{MINE}?change=")
    assert (await spec(granted))["weekly"]["mon"] == [["08:00", "17:00"]]


async def test_what_will_change_is_shown_before_it_is_saved(granted: Visitor) -> None:
    before = await granted.house.state()
    shown = await send(granted, "part-hours", mon__closes="15", do="look")
    said = text(shown)
    assert "1 ändring, inte sparad" in said
    assert "Måndag stänger 17:00 15:00" in said
    assert "var 8–17" in said
    assert "is-changed" in shown.html
    assert await granted.house.state() == before


async def test_a_lunch_and_a_closed_day_are_a_press_away_without_script(granted: Visitor) -> None:
    lunch = inputs(await send(granted, "part-hours", do="add:mon"), "part-hours")
    assert lunch["mon.closes"] == ["12:00", "17:00"]
    await granted.post(MINE, {**lunch, "do": "save"})
    assert (await spec(granted))["weekly"]["mon"] == [["08:00", "12:00"], ["13:00", "17:00"]]
    for _ in range(2):
        there = inputs(await send(granted, "part-hours", do="drop:mon:0"), "part-hours")
        await granted.post(MINE, {**there, "do": "save"})
    assert "mon" not in (await spec(granted))["weekly"]


async def test_what_cannot_be_read_is_marked_and_kept(granted: Visitor) -> None:
    before = await granted.house.state()
    shown = await send(granted, "part-hours", mon__closes="kvart i fem", do="save")
    assert shown.status == 422
    assert "Skriv tiden som 08:00, 0830 eller 8." in text(shown)
    assert re.search(r'value="kvart i fem"[^>]*aria-invalid="true"', shown.html)
    assert await granted.house.state() == before


async def test_holidays_and_ways_are_saved(granted: Visitor) -> None:
    typed: dict[str, Any] = {
        "also": ["christmas-eve"],
        "also__christmas-eve": "8-12",
        "own__date": "06-04",
        "own__name": "Fest",
    }
    shown = await send(granted, "part-holidays", hours="10-14", own__hours="", do="save", **typed)
    assert "?change=" in shown.path
    kept = (await spec(granted))["holidays"]
    assert kept["also"] == {"christmas-eve": [["08:00", "12:00"]]}
    assert kept["hours"] == [["10:00", "14:00"]]
    assert kept["own"] == [{"date": "06-04", "hours": [], "name": "Fest"}]
    await send(granted, "part-route", holiday="end:busy", do="save")
    found = await spec(granted)
    assert found["holiday"] == {"end": "busy"}
    assert found["open"] == {"object": "menu/mine"}


async def test_callers_are_led_only_where_they_may_be(granted: Visitor) -> None:
    shown = await send(granted, "part-route", closed="object:announcement/lone", do="save")
    assert shown.status == 403
    assert "får inte ledas till announcement/lone" in text(shown)
    assert 'value="object:announcement/lone" selected' in shown.html
    assert (await spec(granted))["closed"] == {"end": "busy"}


async def test_two_who_change_at_once_lose_nothing(granted: Visitor) -> None:
    there = inputs(await granted.get(MINE), "part-hours")
    patch = {"spec": {"weekly": {"mon": [["09:00", "16:00"]], "tue": [["10:00", "12:00"]]}}}
    assert (await granted.house.ask("PATCH", API, "administrator", patch, if_match="*")).status == 200
    shown = await granted.post(MINE, {**there, "mon.closes": "15:00", "do": "save"})
    assert shown.status == 412
    said = text(shown)
    assert "Administrator hann före dig" in said
    assert "Gäller nu, av Administrator" in said
    assert "Behåll Administrators" in said
    assert "Spara mitt, 08:00–15:00" in said
    assert "Fortsätt redigera" in said
    assert "Före båda ändringarna: måndag 08:00–17:00; tisdag stängt" in said
    again = inputs(shown, "part-hours")
    assert (again["mon.closes"], again["tue.opens"]) == (["15:00"], ["10:00"])
    saved = await granted.post(MINE, {**again, "do": "save"})
    assert "?change=" in saved.path
    week = (await spec(granted))["weekly"]
    assert (week["mon"], week["tue"]) == ([["08:00", "15:00"]], [["10:00", "12:00"]])


async def test_what_the_pbx_refuses_stays_in_the_form(granted: Visitor) -> None:
    def refuse() -> None:
        raise PbxRefused("no memory left")

    granted.house.pbx.hooks["has_line"] = refuse
    shown = await send(granted, "part-hours", mon__closes="15:00", do="save")
    assert shown.status == 502
    assert "Växeln sade nej, så inget är ändrat Växeln säger: ”no memory left”." in text(shown)
    assert inputs(shown, "part-hours")["mon.closes"] == ["15:00"]
    assert (await spec(granted))["weekly"]["mon"] == [["08:00", "17:00"]]


async def test_a_refused_page_says_once_what_is_missing(visitor: Visitor) -> None:
    await visitor.log_in("partial")
    shown = await visitor.post(f"/flows/{company.FLOWS['partly']}/schedule/mine", {"part": "route", "do": "save"})
    assert shown.status == 403
    said = text(shown)
    assert said.count("En administratör kan ge dig") == 1


async def test_read_only_without_the_aspect(visitor: Visitor) -> None:
    await visitor.log_in("partial")
    there = f"/flows/{company.FLOWS['partly']}/schedule/mine"
    shown = await visitor.get(there)
    assert shown.status == 200
    assert 'id="part-hours"' not in shown.html or 'id="part-holidays"' not in shown.html
    assert "Administrator kan ge dig" in text(shown)
    before = await visitor.house.state()
    for form in ("holidays", "route"):
        refused = await visitor.post(there, {"part": form, "version": "*", "do": "save", "calendar": ""})
        assert refused.status == 403
    assert (await visitor.post(there, {"part": "name", "do": "save"})).status == 400
    assert await visitor.house.state() == before


async def test_seen_is_403_and_outside_404(granted: Visitor) -> None:
    mine, other = (f"/flows/{company.FLOWS[flow]}/schedule" for flow in ("mine", "other"))
    assert (await granted.get(f"{mine}/seen")).status == 403
    assert (await granted.get(f"{mine}/seen/override")).status == 403
    for path in (f"{mine}/other", f"{other}/other", f"{mine}/nothing", f"{mine}/..%2f", f"{mine}/mine/nothing"):
        assert (await granted.get(path)).status == 404
    before = await granted.house.state()
    assert (await granted.post(f"{other}/other", {"part": "hours", "do": "save"})).status == 404
    assert (await granted.post(f"{mine}/seen/override", {"day": "today", "how": "rest", "do": "save"})).status == 403
    assert (await granted.post(f"{mine}/seen/ordinary", {})).status == 403
    assert await granted.house.state() == before


# ---- temporary changes


async def overrides(visitor: Visitor) -> list[dict[str, Any]]:
    """Those of the schedule, but for the one that it has from the beginning."""
    return [o for o in (await spec(visitor))["overrides"] if o["id"] != company.override_of("mine")]


async def test_a_temporary_change_is_made_changed_and_taken_away(granted: Visitor) -> None:
    at = f"{MINE}/override"
    made = await send(granted, "override", at, at, how="hours", opens="1000", closes="14", note="Sjukdom", do="save")
    assert made.path.startswith(f"{MINE}?change=")
    assert "Tillfällig ändring: Sjukdom." in text(made)
    (first,) = await overrides(granted)
    assert (first["from"], first["to"], first["hours"]) == ("2027-06-01", "2027-06-01", [["10:00", "14:00"]])
    edit = f"{at}?edit={first['id']}"
    shown = await granted.get(edit)
    assert inputs(shown, "override")["note"] == ["Sjukdom"]
    await send(granted, "override", at, edit, closes="15", closed="end:busy", do="save")
    (second,) = await overrides(granted)
    assert (second["hours"], second["closed"]) == ([["10:00", "15:00"]], {"end": "busy"})
    assert "när det är stängt: Upptaget, Sjukdom, av Granted" in text(await granted.get(MINE))
    assert "10:00–15:00, när det är stängt: Upptaget (Sjukdom)" in text(await granted.get("/history"))
    assert "Öppnar igen" not in text(await granted.get("/flows"))
    changes = (await granted.house.ask("GET", "/api/v1/changes?object=schedule/mine&limit=1", "granted")).body
    assert len(changes[0]["edits"]) == 2
    await granted.post(f"{at}/{second['id']}/remove")
    assert await overrides(granted) == []
    assert (await granted.post(f"{at}/{second['id']}/remove")).status == 404
    assert (await granted.get(edit)).status == 404
    late = await granted.post(at, {"edit": second["id"], "day": "today", "how": "rest", "note": "Sent", "do": "save"})
    assert late.status == 412
    assert "Någon har tagit bort ändringen under tiden." in text(late)
    assert inputs(late, "override")["note"] == ["Sent"]


async def closed_by_another(visitor: Visitor, first: str, last: str, note: str = "") -> str:
    """A temporary change by the administrator; its id."""
    body = {"from": first, "to": last, "hours": [], "note": note}
    made = await visitor.house.ask("POST", f"{API}/overrides", "administrator", body)
    assert made.status == 200, made.raw
    found: str = made.body["override"]["id"]
    return found


async def test_nobodys_temporary_change_is_replaced_without_a_word(granted: Visitor) -> None:
    at = f"{MINE}/override"
    typed = inputs(await granted.get(at), "override") | {"how": ["hours"], "opens": ["10:00"], "closes": ["14:00"]}
    await closed_by_another(granted, "2027-06-02", "2027-06-02")  # another day is none of it
    theirs = await closed_by_another(granted, "2027-06-01", "2027-06-01", "Brandlarm")
    asked = await granted.post(at, typed | {"do": "save"})
    assert asked.status == 412
    for words in (
        "Administrator hann före dig",
        "Administrator ändrade detta 12:00, medan du höll på.",
        "Gäller nu, av Administrator Tisdag 1 juni Stängt, Brandlarm",
        "Ditt förslag Tisdag 1 juni 10:00–14:00",
        "Före båda ändringarna: idag stängt.",
        "Behåll Administrators",
    ):
        assert words in text(asked), words
    assert [o["id"] for o in await overrides(granted) if o["from"] == "2027-06-01"] == [theirs]
    looked = inputs(await granted.post(at, typed | {"do": "look"}), "override")
    assert looked["seen"] == typed["seen"], "to look is not to have seen"
    saved = await granted.post(at, inputs(asked, "override") | {"do": "save"})
    assert saved.path.startswith(f"{MINE}?change=")
    assert [o["hours"] for o in await overrides(granted) if o["from"] == "2027-06-01"] == [[["10:00", "14:00"]]]
    again = await granted.post(at, typed | {"closes": ["15:00"], "do": "save"})
    assert again.status == 200, "one's own is not asked about"


async def test_a_temporary_change_that_another_made_anew_is_told_whose(granted: Visitor) -> None:
    at = f"{MINE}/override"
    first = await closed_by_another(granted, "2027-06-07", "2027-06-09")
    typed = inputs(await granted.get(f"{at}?edit={first}"), "override")
    await granted.house.ask("DELETE", f"{API}/overrides/{first}", "administrator")
    await closed_by_another(granted, "2027-06-07", "2027-06-08", "Flytt")
    asked = await granted.post(at, typed | {"do": "save"})
    assert asked.status == 412
    assert "Gäller nu, av Administrator Måndag 7 juni – tisdag 8 juni Stängt, Flytt" in text(asked)
    assert "Ditt förslag Måndag 7 juni – onsdag 9 juni Stängt" in text(asked)
    assert "edit" not in inputs(asked, "override")
    saved = await granted.post(at, inputs(asked, "override") | {"do": "save"})
    assert saved.path.startswith(f"{MINE}?change=")


async def test_where_one_would_lead_callers_stands_beside_where_another_leads_them(granted: Visitor) -> None:
    at, monday = f"{MINE}/override", "2027-06-07"
    own = {"day": ["other"], "from": [monday], "to": [monday], "how": ["rest"], "closed": ["object:voicemail/mine"]}
    typed = inputs(await granted.get(at), "override") | own
    body = {"from": monday, "to": monday, "hours": [], "closed": {"end": "busy"}}
    made = await granted.house.ask("POST", f"{API}/overrides", "administrator", body)
    assert made.status == 200, made.raw
    said = text(await granted.post(at, typed | {"do": "save"}))
    assert "Gäller nu, av Administrator Måndag 7 juni Stängt, när det är stängt: Upptaget" in said
    assert "Ditt förslag Måndag 7 juni Stängt, när det är stängt: Namn" in said


async def test_the_button_says_what_will_be(granted: Visitor) -> None:
    at = f"{MINE}/override"
    shown = await send(granted, "override", at, at, day="other", **{"from": "2027-06-04"}, to="2027-06-04", do="look")
    assert "Ordinarie: 08:00–12:00, 13:00–02:00" in text(shown)
    shown = await send(granted, "override", at, at, how="rest", day="tomorrow", do="look")
    assert "Spara, stängt i morgon" in text(shown)
    for wrong in ({"opens": "25"}, {"day": "other", "from": "2027-06-04", "to": "2027-06-01"}):
        there = {"day": "tomorrow", "how": "hours", "opens": "09", "closes": "17", "do": "look"} | wrong
        assert "Spara," not in text(await send(granted, "override", at, at, **there))
    assert await overrides(granted) == []


async def test_to_add_a_day_begins_with_the_next_that_is_open_as_every_week(granted: Visitor) -> None:
    """Tuesday: the next open day is Friday, and Monday where Friday is closed for once."""

    async def begun() -> tuple[list[str], ...]:
        shown = await granted.get(MINE)
        (link,) = re.findall(
            r'href="([^"]*)" data-dialog-from><svg[^>]*><use href="#i-plus"/></svg>Lägg till', shown.html
        )
        form = inputs(await granted.get(html.unescape(link)), "override")
        return tuple(form[name] for name in ("day", "from", "to", "how", "opens", "closes"))

    friday, monday = ["2027-06-04"], ["2027-06-07"]
    assert await begun() == (["other"], friday, friday, ["hours"], ["08:00", "13:00"], ["12:00", "02:00"])
    await closed_by_another(granted, *friday, *friday)
    assert await begun() == (["other"], monday, monday, ["hours"], ["08:00"], ["17:00"])


async def test_short_hours_of_a_cell_stand_on_one_line_and_long_ones_break_after_their_dash(granted: Visitor) -> None:
    week = {"mon": [["08:00", "16:30"]], "tue": [["08:30", "16:30"]], "wed": [["08:00", "11:30"], ["13:00", "17:00"]]}
    changed = await granted.house.ask("PATCH", API, "administrator", {"spec": {"weekly": week}}, if_match="*")
    assert changed.status == 200, changed.raw
    shown = (await granted.get(MINE)).html
    for cell in (
        '<span class="cal__p cal__p--short"><span>8–</span><span>16:30</span></span>',
        '<span class="cal__p"><span>8:30–</span><span>16:30</span></span>',
        '<span>11:30</span><span class="cal__c">,</span></span> <span class="cal__p cal__p--short"><span>13–</span>',
    ):
        assert cell in shown, cell


async def test_what_is_called_ordinary_is_no_temporary_change(granted: Visitor) -> None:
    at = f"{MINE}/override"
    friday = {"day": "other", "from": "2027-06-04", "to": "2027-06-04"}
    await send(granted, "override", at, at, **friday, how="hours", opens="0900", closes="10", do="save")
    shown = await send(granted, "override", at, at, **friday, do="look")
    assert "Ordinarie: 08:00–12:00, 13:00–02:00" in text(shown)
    assert "Ordinarie: 09:00–10:00" not in text(shown)


async def test_callers_are_not_offered_a_way_round_for_ever(granted: Visitor) -> None:
    for path in (f"{MINE}/override", MINE.replace("/schedule/mine", "/close")):
        shown = await granted.get(path)
        assert 'value="end:busy"' in shown.html
        assert 'value="object:schedule/mine"' not in shown.html


async def test_a_range_and_what_is_wrong_with_one(granted: Visitor) -> None:
    at = f"{MINE}/override"
    july = {"day": "other", "from": "2027-07-14", "to": "2027-07-01", "note": "Semester"}
    refused = await send(granted, "override", at, at, **july, do="save")
    assert refused.status == 422
    assert "Sista dagen ligger före den första." in text(refused)
    assert inputs(refused, "override")["note"] == ["Semester"]
    assert "Spara, stängt i 7 dagar" in text(
        await send(granted, "override", at, at, **{**july, "to": "2027-07-20"}, how="rest", do="look")
    )
    made = await send(granted, "override", at, at, **{**july, "to": "2027-07-20"}, how="rest", do="save")
    assert "till och med 20 juli, Semester, av Granted" in text(made)


async def _limited(visitor: Visitor, limits: dict[str, Any]) -> None:
    """Give the flow of *granted* limits on its schedule."""
    grant = Grant(ObjectRef("schedule", "mine"), frozenset({"override", "hours"}), limits)
    async with visitor.house.database.write() as db:
        flow = Flow(company.FLOWS["mine"], "mine", "", company.NUMBERS["mine"], (grant,), (company.address("granted"),))
        await flows.save(db, flow, company.NOW, new=False)


async def test_a_limit_is_said_in_words_and_nothing_typed_is_lost(granted: Visitor) -> None:
    await _limited(granted, {"override_days": 7})
    at = f"{MINE}/override"
    july = {"day": "other", "from": "2027-07-01", "to": "2027-07-14", "note": "Semester"}
    refused = await send(granted, "override", at, at, **july, how="rest", do="save")
    assert refused.status == 403
    assert "Du får ändra högst 7 dagar åt gången." in text(refused)
    assert inputs(refused, "override")["to"] == ["2027-07-14"]
    assert await overrides(granted) == []
    assert "?change=" in (await send(granted, "override", at, at, how="rest", day="tomorrow", do="save")).path


async def test_back_to_the_ordinary(granted: Visitor) -> None:
    at = f"{MINE}/override"
    await send(granted, "override", at, at, how="hours", opens="10", closes="14", do="save")
    shown = await granted.post(f"{MINE}/ordinary")
    assert "?change=" in shown.path
    assert await overrides(granted) == []
    assert (await granted.post(f"{MINE}/ordinary")).path == MINE


async def test_what_waits_for_the_pbx_is_violet_and_can_be_taken_back(granted: Visitor) -> None:
    granted.house.lose_the_pbx()
    shown = await send(granted, "part-hours", mon__closes="15:00", do="save")
    said = text(shown)
    assert "Sparat, men inte aktivt än" in said
    assert "Ta tillbaka" in said
    assert "is-held" in shown.html
    assert shown.html.count('class="open held"') == 1
    assert shown.html.count('class="gone"') == 1
    assert shown.html.count("input--held") == 1
    assert "var 8–17" in said
    assert "Måndag stänger 15:00 läggs in när växeln svarar. Tills dess gäller 17:00." in said
    withdraw = re.search(r'action="(/changes/[0-9a-f]+/withdraw)"', shown.html)
    assert withdraw is not None
    await granted.post(withdraw[1], {"back": MINE})
    assert (await spec(granted))["weekly"]["mon"] == [["08:00", "17:00"]]


async def test_a_form_of_an_old_kind_is_no_harm(granted: Visitor) -> None:
    before = await granted.house.state()
    for was in ("{", "[]", json.dumps({"mon": 3})):
        shown = await send(granted, "part-hours", was=was, do="look")
        assert shown.status == 200
    assert await granted.house.state() == before


async def test_a_receipt_that_comes_alone_leads_back_to_the_page(granted: Visitor) -> None:
    shown = await send(granted, "part-hours", mon__closes="15:00", do="save")
    change = shown.path.rpartition("=")[2]
    alone = await granted.get(f"/changes/{change}?back={MINE}")
    assert f'name="back" value="{MINE}"' in alone.html


async def test_a_date_beyond_what_there_is_is_said_to_be_wrong(granted: Visitor) -> None:
    for day in ("9999-12-31", "0001-01-01"):
        assert (await granted.get(f"{MINE}/override?day={day}")).status == 200
        typed = {"day": "other", "from": day, "to": day, "how": "hours", "opens": "8", "closes": "12"}
        assert (await granted.post(f"{MINE}/override", typed | {"do": "look"})).status == 200
        assert (await granted.post(f"{MINE}/override", typed | {"do": "save"})).status == 422
    typed = {"day": "other", "from": "2027-06-01", "to": "2029-06-01", "how": "rest", "do": "save"}
    refused = await granted.post(f"{MINE}/override", typed)
    assert refused.status == 422
    assert "366" in refused.html
