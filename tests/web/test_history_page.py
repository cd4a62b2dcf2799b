"""History says in words what was changed, and takes it back."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import html
import io
import re

import pytest

from tests.api import company
from tests.sip.tones import pair, synthesise, wav_bytes
from tests.web.conftest import Visitor
from vaxelflode.storage import prompts

FLOW = company.FLOWS["mine"]


async def edited(at: Visitor, path: str, spec: dict[str, object]) -> str:
    answer = await at.house.ask("PATCH", f"/api/v1/objects/{path}", "administrator", {"spec": spec}, if_match="*")
    assert answer.status == 200, answer.raw
    change_id: str = answer.body["change"]["id"]
    return change_id


async def test_before_and_after_are_in_words(granted: Visitor) -> None:
    await edited(granted, "schedule/mine", {"weekly": {"fri": [["08:00", "15:00"]]}})
    await edited(granted, "menu/mine", {"options": {"7": {"object": "queue/mine"}}})
    await edited(granted, "queue/mine", {"longest_wait": 300})
    shown = (await granted.get(f"/flows/{FLOW}/history")).html
    for words in (
        "Fredag",
        "08:00–12:00, 13:00–02:00",
        "08:00–15:00",
        "Knapp 7",
        "Längsta väntetid",
        "15 minuter",
        "5 minuter",
    ):
        assert words in shown, words


async def test_what_is_gone_keeps_its_name_and_what_one_may_not_know_of_has_none(granted: Visitor) -> None:
    new = {"kind": "announcement", "key": "besked", "name": "Gammalt besked"}
    assert (await granted.house.ask("POST", "/api/v1/objects", "administrator", new)).status == 200
    for place in ("announcement/besked", "queue/other"):
        await edited(granted, "menu/mine", {"options": {"7": {"object": place}}})
        await edited(granted, "menu/mine", {"options": {"7": None}})
    gone = await granted.house.ask("DELETE", "/api/v1/objects/announcement/besked", "administrator", if_match="*")
    assert gone.status == 200
    shown = (await granted.get(f"/flows/{FLOW}/history")).html
    assert "Gammalt besked (meddelande)" in shown
    assert "kö som du inte ser" in shown
    assert "announcement/besked" not in shown
    assert "queue/other" not in shown


async def test_nothing_is_called_live_that_something_later_replaced(granted: Visitor) -> None:
    first = await edited(granted, "queue/mine", {"longest_wait": 300})
    second = await edited(granted, "queue/mine", {"longest_wait": 400})
    other = await edited(granted, "queue/mine", {"timeout": 12})
    added = await granted.post(f"/flows/{FLOW}/queue/mine/agents", {"extension": "202", "reach": "permanent"})
    await granted.post(f"/flows/{FLOW}/queue/mine/agents/202", {"do": "remove"})
    shown = (await granted.get(f"/flows/{FLOW}/history")).html
    said = {}
    for change in (first, second, other, added.path.partition("change=")[2]):
        (pill,) = re.findall(rf'id="entry-{change}".*?class="pill[^>]*>.*?</svg>([^<]*)<', shown, re.DOTALL)
        said[change] = pill.strip()
    assert [*said.values()] == ["Ersatt", "Aktiv", "Aktiv", "Ersatt"]


async def receipt_at(at: Visitor, path: str) -> str:
    """The words of a receipt."""
    (found,) = re.findall(
        r'data-state="[a-z]+">.*?<div class="receipt__text">(.*?)</div>', (await at.get(path)).html, re.DOTALL
    )
    return " ".join(re.sub(r"<[^>]*>", " ", found).split())


@pytest.mark.parametrize("page", [f"/flows/{FLOW}/history", f"/flows/{FLOW}/queue/mine", "/history", "/changes"])
async def test_a_receipt_says_at_an_old_address_what_the_history_says(granted: Visitor, page: str) -> None:
    first = await edited(granted, "queue/mine", {"longest_wait": 300})
    other = await edited(granted, "queue/mine", {"timeout": 12})

    def at(change: str) -> str:
        return f"{page}/{change}" if page == "/changes" else f"{page}?change={change}"

    assert (await receipt_at(granted, at(first))).startswith("Aktivt i växeln")
    later = await edited(granted, "queue/mine", {"longest_wait": 400})
    assert await receipt_at(granted, at(first)) == "Ersatt 12:00 av Administrator"
    assert (await receipt_at(granted, at(other))).startswith("Aktivt i växeln")
    await granted.get("/history")
    await granted.post(f"/changes/{later}/undo", {"back": "/history"})
    assert await receipt_at(granted, at(later)) == "Ångrad 12:00 av dig"
    assert (await receipt_at(granted, at(first))).startswith("Aktivt i växeln"), "it stands again"


async def test_a_receipt_on_the_page_of_hours_says_what_the_history_says(granted: Visitor) -> None:
    change = await edited(granted, "schedule/mine", {"weekly": {"fri": [["08:00", "15:00"]]}})
    page = f"/flows/{FLOW}/schedule/mine?change={change}"
    assert (await receipt_at(granted, page)).startswith("Aktivt i växeln")
    await edited(granted, "schedule/mine", {"weekly": {"fri": [["08:00", "14:00"]]}})
    assert (await receipt_at(granted, page)).startswith("Ersatt 12:00 av Administrator Fredag")


async def test_a_receipt_of_a_temporary_change_that_is_over_does_not_call_it_live(granted: Visitor) -> None:
    path, day = "/api/v1/objects/schedule/mine/overrides", {"from": "2027-05-31", "to": "2027-05-31", "hours": []}
    made = await granted.house.ask("POST", path, "administrator", day)
    said = await receipt_at(granted, f"/history?change={made.body['change']['id']}")
    assert said == "Har upphört sparat 12:00 av Administrator"


async def test_a_temporary_change_that_replaced_another_is_one_line_and_can_be_replaced_itself(
    granted: Visitor,
) -> None:
    """Undoing it says what would come back, also where it has been taken back by somebody else."""
    at, day = f"/flows/{FLOW}/schedule/mine/override", {"day": "other", "from": "2027-06-10", "to": "2027-06-10"}
    await granted.get("/history")

    async def made(opens: str, closes: str) -> str:
        hours = {"how": "hours", "opens": opens, "closes": closes, "do": "save"}
        return (await granted.post(at, day | hours)).path.rpartition("=")[2]

    await made("9", "15")
    change = await made("10", "14")
    shown = told_in((await granted.get("/history")).html)
    assert "Du ändrade den tillfälliga ändringen av Namn, torsdag 10 juni" in shown
    assert "Torsdag 10 juni 09:00–15:00 Efter Torsdag 10 juni 10:00–14:00" in shown
    assert shown.count("Gäller från torsdag 10 juni") == 1, "the one that it replaced holds no more"
    (there,) = re.findall(
        r"override\?edit=([0-9a-f]+)[^>]*aria-label=\"[^\"]*10 juni", (await granted.get(at[:-9])).html
    )
    gone = await granted.house.ask("DELETE", f"/api/v1/objects/schedule/mine/overrides/{there}", "administrator")
    assert gone.status == 200, gone.raw
    assert await receipt_at(granted, f"/history?change={change}") == "Ersatt 12:00 av Administrator"
    asked = await granted.post(f"/changes/{change}/undo", {"back": "/history"})
    assert asked.status == 409
    said = told_in(asked.html)
    assert "Gäller nu Torsdag 10 juni ordinarie tider" in said
    assert "Efter att du ångrat Torsdag 10 juni 09:00–15:00" in said


async def test_undo_over_a_temporary_change_that_was_replaced_holds_as_it_was_said_before(granted: Visitor) -> None:
    """What has been replaced is gone: what it had replaced itself is there again, and holds as the one made last."""
    at, day = f"/flows/{FLOW}/schedule/mine/override", {"day": "other", "from": "2027-06-10", "to": "2027-06-10"}
    await granted.get("/history")
    made = []
    for opens, closes in (("9", "15"), ("10", "14"), ("11", "13")):
        hours = {"how": "hours", "opens": opens, "closes": closes, "do": "save"}
        made.append((await granted.post(at, day | hours)).path.rpartition("=")[2])
    for force in ({}, {"force": "1"}):
        refused = await granted.post(f"/changes/{made[0]}/undo", {"back": "/history"} | force)
        assert refused.status == 409
        assert "Det som ändrades finns inte kvar" in refused.html
    asked = await granted.post(f"/changes/{made[1]}/undo", {"back": "/history"})
    assert asked.status == 409
    says = "Gäller nu Torsdag 10 juni 11:00–13:00 Efter att du ångrat Torsdag 10 juni 09:00–15:00"
    assert says in told_in(asked.html)
    done = await granted.post(f"/changes/{made[1]}/undo", {"back": "/history", "force": "1"})
    assert done.status == 200
    seen = (await granted.house.ask("GET", "/api/v1/objects/schedule/mine", "administrator")).body["spec"]
    assert seen["overrides"][-1]["hours"] == [["09:00", "15:00"]]  # in the order in which they were made
    for page in ("/history", "/history?as=csv", f"/changes/{done.path.rpartition('=')[2]}"):
        assert (await granted.get(page)).status == 200, page


async def test_what_holds_now_is_called_by_name_where_one_is_asked_whether_to_undo(granted: Visitor) -> None:
    change = await edited(granted, "schedule/mine", {"open": {"end": "busy"}})
    await edited(granted, "schedule/mine", {"open": {"object": "ring_group/mine"}})
    await granted.get("/history")
    said = told_in((await granted.post(f"/changes/{change}/undo", {"back": "/history"})).html)
    assert "Gäller nu När det är öppet Namn (ringgrupp) Efter att du ångrat När det är öppet Namn (menyval)" in said


async def test_what_waits_for_the_pbx_has_replaced_nothing(granted: Visitor) -> None:
    ask, agent = granted.house.ask, "/api/v1/queues/mine/agents/203"
    first = [await edited(granted, "queue/mine", {"longest_wait": 300})]
    first.append((await ask("PUT", agent, "administrator", {})).body["change"]["id"])
    granted.house.lose_the_pbx()
    body = {"spec": {"longest_wait": 400}}
    later = [
        await ask("PATCH", "/api/v1/objects/queue/mine", "administrator", body, if_match="*"),
        await ask("DELETE", agent, "administrator"),
    ]
    assert [answer.body["change"]["state"] for answer in later] == ["pending", "pending"]
    for change in first:
        assert (await receipt_at(granted, f"/history?change={change}")).startswith("Aktivt i växeln")


async def test_nothing_of_what_is_deleted_is_called_live(visitor: Visitor) -> None:
    await visitor.log_in("administrator")
    ask, new = visitor.house.ask, {"kind": "announcement", "key": "besked", "name": "Besked"}
    made = [(await ask("POST", "/api/v1/objects", "administrator", new)).body["change"]["id"]]
    made.append(await edited(visitor, "announcement/besked", {"next": {"end": "busy"}}))
    for change in made:
        assert (await receipt_at(visitor, f"/history?change={change}")).startswith("Aktivt i växeln")
    await ask("DELETE", "/api/v1/objects/announcement/besked", "administrator", if_match="*")
    for change in made:
        assert await receipt_at(visitor, f"/history?change={change}") == "Ersatt 12:00 av dig"


async def test_a_switch_is_told_by_what_its_positions_are_called(granted: Visitor) -> None:
    await edited(granted, "switch/mine", {"labels": {"closed": "Stort fel"}})
    await edited(granted, "switch/mine", {"position": {"at": "closed", "until": "2027-06-01T14:00:00Z"}})
    shown = told_in((await granted.get("/history")).html)
    assert "Administrator ställde om läget Namn" in shown
    assert "Efter Står på Stort fel, till 16:00" in shown


async def test_recordings_that_took_each_others_place_are_told_apart_and_heard(granted: Visitor) -> None:
    longer = wav_bytes(synthesise(pair(1), 3.2))
    digest = hashlib.sha256(longer).hexdigest()
    async with granted.house.database.write() as db:
        await prompts.add(db, digest, longer, 3, "tone", dt.datetime(2027, 5, 3, 7, 14, tzinfo=dt.UTC))
    await edited(granted, "menu/mine", {"prompt": digest})
    shown = (await granted.get(f"/flows/{FLOW}/history")).html
    assert "bytte hälsning i menyvalet Namn" in shown
    assert "en inspelning, 0:03, från 3 maj 09:14" in shown
    assert "en inspelning, 0:00, från 1 juni 12:00" in shown
    for one, sound in ((company.PROMPT, company.SOUND), (digest, longer)):
        where = f"/flows/{FLOW}/menu/mine/prompts/{one}"
        assert f'href="{where}"' in shown
        assert (await granted.get(where)).body == sound


async def test_a_recording_that_is_chosen_again_keeps_its_number(granted: Visitor) -> None:
    longer = wav_bytes(synthesise(pair(1), 3.2))
    digest = hashlib.sha256(longer).hexdigest()
    async with granted.house.database.write() as db:
        await prompts.add(db, digest, longer, 3, "tone", dt.datetime(2027, 5, 3, 7, 14, tzinfo=dt.UTC))
    for chosen, order in ((digest, ["2", "1"]), (company.PROMPT, ["1", "2"])):
        await edited(granted, "announcement/mine", {"prompt": chosen})
        shown = (await granted.get(f"/flows/{FLOW}/announcement/mine")).html
        assert [*dict.fromkeys(re.findall(r"Version (\d)", shown))] == order


async def test_objects_are_named_as_in_a_sentence(granted: Visitor) -> None:
    await edited(granted, "queue/mine", {"longest_wait": 300})
    assert "ändrade inställningar i kön Namn" in (await granted.get(f"/flows/{FLOW}/history")).html


@pytest.mark.parametrize(
    ("first", "last", "word"),
    [
        ("2027-06-01", "2027-06-01", "Aktiv idag"),
        ("2027-05-31", "2027-06-03", "Aktiv till och med torsdag 3 juni"),
        ("2027-06-02", "2027-06-03", "Gäller från onsdag 2 juni"),
    ],
)
async def test_a_temporary_change_says_when_it_holds(granted: Visitor, first: str, last: str, word: str) -> None:
    path = "/api/v1/objects/schedule/mine/overrides"
    # The one that there is would hold on the same days.
    gone = await granted.house.ask("DELETE", f"{path}/{company.override_of('mine')}", "administrator")
    assert gone.status == 200, gone.raw
    answer = await granted.house.ask("POST", path, "administrator", {"from": first, "to": last, "hours": []})
    assert answer.status in (200, 201), answer.raw
    assert word in (await granted.get(f"/flows/{FLOW}/history")).html


async def test_undo_from_history_leads_back_there_with_its_receipt(granted: Visitor) -> None:
    change = await edited(granted, "schedule/mine", {"weekly": {"fri": [["08:00", "15:00"]]}})
    await granted.get(f"/flows/{FLOW}/history")
    shown = await granted.post(f"/changes/{change}/undo", {"back": f"/flows/{FLOW}/history"})
    assert shown.path.startswith(f"/flows/{FLOW}/history?change=")
    assert 'data-state="live"' in shown.html
    assert "Ångrad" in shown.html


async def test_undo_over_what_came_later_is_a_question(granted: Visitor) -> None:
    first = await edited(granted, "schedule/mine", {"weekly": {"fri": [["08:00", "15:00"]]}})
    await edited(granted, "schedule/mine", {"weekly": {"fri": [["08:00", "14:00"]]}})
    await granted.get("/history")
    asked = await granted.post(f"/changes/{first}/undo", {"back": "/history"})
    assert asked.status == 409
    assert '<dialog class="dialog" open data-over' in asked.html
    assert "08:00–14:00" in asked.html
    assert "Det du vill ångra ändrades igen 12:00 av Administrator." in asked.html
    assert 'name="force"' in asked.html
    done = await granted.post(f"/changes/{first}/undo", {"back": "/history", "force": "1"})
    assert done.path.startswith("/history?change=")


async def test_what_came_later_is_called_by_name_in_the_question(granted: Visitor) -> None:
    first = await edited(granted, "menu/mine", {"options": {"7": {"object": "queue/mine"}}})
    await edited(granted, "menu/mine", {"options": {"7": {"object": "announcement/mine"}}})
    name = (await granted.house.ask("GET", "/api/v1/objects/announcement/mine", "administrator")).body["name"]
    await granted.get("/history")
    asked = await granted.post(f"/changes/{first}/undo", {"back": "/history"})
    assert asked.status == 409
    assert f"{name} (meddelande)" in asked.html
    assert "som du inte ser" not in asked.html


async def test_somebody_elses_history_is_not_shown(granted: Visitor) -> None:
    other = await edited(granted, "schedule/other", {"weekly": {"fri": [["08:00", "15:00"]]}})
    assert other not in (await granted.get("/history")).html
    assert (await granted.get(f"/flows/{company.FLOWS['other']}/history")).status == 404
    assert (await granted.get(f"/changes/{other}")).status == 404
    assert (await granted.post(f"/changes/{other}/undo")).status == 404


async def test_no_pin_is_shown(granted: Visitor) -> None:
    await edited(granted, "voicemail/mine", {"pin": "9753"})
    shown = (await granted.get("/history")).html
    assert "9753" not in re.sub(r'csrf" (?:content|value)="[0-9a-f]+"', "", shown)


async def test_history_is_narrowed_to_a_kind_and_to_a_person(granted: Visitor) -> None:
    hours = await edited(granted, "schedule/mine", {"weekly": {"fri": [["08:00", "15:00"]]}})
    queue = await edited(granted, "queue/mine", {"longest_wait": 300})
    path, whose = f"/flows/{FLOW}/history", company.address("administrator")
    for query, there in (
        ("", [hours, queue]),
        ("?kind=queue", [queue]),
        ("?kind=schedule&who=", [hours]),
        (f"?who={whose}", [hours, queue]),
        (f"?kind=queue&who={whose}", [queue]),
        ("?who=nobody@example.se", []),
        ("?kind=nothing", [hours, queue]),
    ):
        shown = (await granted.get(path + query)).html
        assert [one in shown for one in (hours, queue)] == [one in there for one in (hours, queue)], query
    chosen = (await granted.get(f"{path}?kind=queue&who={whose}")).html
    assert '<option value="queue" selected>' in chosen
    assert f'<option value="{whose}" selected>' in chosen


async def test_what_history_is_narrowed_by_tells_of_nobody_elses_changes(granted: Visitor) -> None:
    whose = company.address("stranger")
    answer = await granted.house.ask(
        "PATCH", "/api/v1/objects/schedule/other", "stranger", {"spec": {"weekly": {"fri": []}}}, if_match="*"
    )
    assert answer.status == 200, answer.raw
    assert whose not in (await granted.get("/history")).html
    await granted.log_in("administrator")
    assert whose in (await granted.get("/history")).html


async def test_history_is_a_table_for_spreadsheets(granted: Visitor) -> None:
    for at in range(60):  # more than a page
        await edited(granted, "queue/mine", {"longest_wait": 300 + at})
    await edited(granted, "schedule/mine", {"weekly": {"fri": [["08:00", "15:00"]]}})
    sent = await granted.get(f"/flows/{FLOW}/history?as=csv&kind=queue")
    assert sent.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert sent.headers["Content-Disposition"].startswith('attachment; filename="historik-')
    rows = [*csv.reader(io.StringIO(sent.body.decode("utf-8-sig")), delimiter=";")]
    assert rows[0] == ["När", "Vem", "Vad", "Ändrat", "Före", "Efter", "Läge", "Revision"]
    assert len(rows) == 1 + 60 + 1  # and that it was made
    assert rows[1][3:6] == ["Längsta väntetid", "358 sekunder", "359 sekunder"]
    assert (await granted.get(f"/flows/{company.FLOWS['other']}/history?as=csv")).status == 404


@pytest.mark.parametrize("name", ["=1+1", "+46", "-2", "@SUM(A1)"])
async def test_no_text_is_a_formula_to_a_spreadsheet(granted: Visitor, name: str) -> None:
    answer = await granted.house.ask(
        "PATCH", "/api/v1/objects/queue/mine", "administrator", {"name": name}, if_match="*"
    )
    assert answer.status == 200, answer.raw
    sent = (await granted.get(f"/flows/{FLOW}/history?as=csv")).body.decode("utf-8-sig")
    assert [row[5] for row in csv.reader(io.StringIO(sent), delimiter=";")][1] == f"'{name}"


def told_in(page: str) -> str:
    """The page as it is read."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


@pytest.mark.parametrize(
    ("path", "spec", "words"),
    [
        ("queue/mine", {"autopause": "all"}, "Nej Efter Pausar den som inte svarar Ja, i alla sina köer"),
        (
            "queue/mine",
            {"strategy": "random"},
            "Fördelning Var och en i tur och ordning Efter Fördelning Någon, på måfå",
        ),
        ("schedule/mine", {"weekly": {"mon": [["00:00", "24:00"]]}}, "Måndag 08:00–17:00 Efter Måndag Dygnet runt"),
        ("schedule/mine", {"weekly": {"mon": None}}, "ändrade de ordinarie tiderna för Namn"),
        ("schedule/mine", {"weekly": {"mon": None}}, "Måndag 08:00–17:00 Efter Måndag Stängt"),
        ("schedule/mine", {"closed": {"end": "busy"}}, "ändrade vart samtalen går från öppettiderna Namn"),
        ("ring_group/mine", {"members": ["201"]}, "Telefoner Namn 202 Efter Telefoner Namn 201"),
        ("voicemail/mine", {"pin": "9753"}, "PIN-kod finns, men visas inte Efter PIN-kod ny, visas inte"),
    ],
)
async def test_values_are_said_as_the_pages_say_them(
    granted: Visitor, path: str, spec: dict[str, object], words: str
) -> None:
    await edited(granted, path, spec)
    assert words in told_in((await granted.get("/history")).html)


async def test_who_was_added_and_which_day_was_closed_is_said_at_first_sight(granted: Visitor) -> None:
    ask, hours = granted.house.ask, "/api/v1/objects/schedule/mine/overrides"
    closed = await ask("POST", hours, "administrator", {"from": "2027-06-03", "to": "2027-06-03", "hours": []})
    assert closed.status == 200, closed.raw
    there = closed.body["override"]["id"]
    assert "stängde Namn, torsdag 3 juni" in (await granted.get("/history")).html
    changed = await ask(
        "POST", hours, "administrator", {"from": "2027-06-03", "to": "2027-06-04", "hours": [["08:00", "10:00"]]}
    )
    assert changed.status == 200, changed.raw
    assert (await ask("DELETE", f"{hours}/{there}", "administrator")).status == 200
    agent = "/api/v1/queues/mine/agents/203"  # a phone on no graph of the supervisor's
    for method, body in (
        ("PUT", {}),
        ("PATCH", {"paused": True, "reason": "lunch"}),
        ("PATCH", {"paused": False}),
        ("DELETE", None),
    ):
        answer = await ask(method, agent, "administrator", body)
        assert answer.status in (200, 202), answer.raw
    shown = (await granted.get("/history")).html
    for words in (
        "ändrade tiderna för",
        "tog bort den tillfälliga ändringen av",
        "lade till Namn i",
        "pausade Namn i",
        "avslutade pausen",
        "tog bort Namn från",
    ):
        assert words in shown, words
    assert " 203 " not in shown


async def test_of_holidays_each_day_is_told_in_words(granted: Visitor) -> None:
    await edited(granted, "schedule/mine", {"holidays": {"calendar": "SE", "also": {"christmas-eve": []}}})
    change = await edited(granted, "schedule/mine", {"holidays": {"also": {"christmas-eve": [["08:00", "12:00"]]}}})
    shown = (await granted.get("/history")).html
    for words in ("<dt>Julafton</dt>", "<strong>08:00–12:00</strong>"):
        assert words in shown, words
    await edited(granted, "schedule/mine", {"holidays": {"also": {"christmas-eve": [["09:00", "12:00"]]}}})
    asked = await granted.post(f"/changes/{change}/undo", {"back": "/history"})
    assert (asked.status, "Julafton" in asked.html) == (409, True)
