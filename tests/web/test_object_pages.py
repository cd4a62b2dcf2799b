"""Pages of objects: what of each kind is an input and for whom, and what becomes of what is typed."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest

from tests.api import company
from tests.api.test_every_route import PARTED
from tests.web.conftest import Shown, Visitor
from tests.web.forms import fields, filled
from vaxelflode.domain.kind import kinds
from vaxelflode.i18n.words import Words
from vaxelflode.web.object_forms.inputs import inputs_of

MINE = f"/flows/{company.FLOWS['mine']}"
#: The hours have pages of their own.
KINDS = [kind for kind in PARTED if kind != "schedule"]


def page_of(kind: str, key: str = "mine", flow: str = "mine") -> str:
    """Where the form of an object stands."""
    return f"/flows/{company.FLOWS[flow]}/{kind}/{key}" + ("/settings" if kind == "queue" else "")


async def spec_of(visitor: Visitor, ref: str) -> Any:
    """An object's spec as administrators read it."""
    return (await visitor.house.ask("GET", f"/api/v1/objects/{ref}", "administrator")).body["spec"]


async def changed_by_somebody(visitor: Visitor, ref: str, **spec: object) -> None:
    """Somebody else is faster."""
    path = f"/api/v1/objects/{ref}"
    answer = await visitor.house.ask("PATCH", path, "administrator", {"spec": spec}, if_match="*")
    assert answer.body["change"]["state"] == "live"


def has_error(shown: Shown, name: str) -> bool:
    """Whether a field says that it is wrong, and to a reader who does not see it too."""
    field = f"f-{name}".replace(".", "-")
    return (
        f'id="{field}-error"' in shown.html
        and re.search(rf'aria-describedby="[^"]*{field}-error"', shown.html) is not None
    )


def inputs_with(kind: str, *aspects: str | None) -> set[str]:
    """The fields that these aspects cover and that a form can hold."""
    return {name for name, one in inputs_of(kinds()[kind]).items() if one.aspect in aspects and one.sort != "other"}


@pytest.mark.parametrize("kind", KINDS)
async def test_inputs_are_for_what_is_ones_own_and_the_rest_is_told(visitor: Visitor, kind: str) -> None:
    declared = kinds()[kind]
    for person, flow, aspects in (
        ("granted", "mine", declared.aspects),
        ("partial", "partly", declared.aspects[:1]),
        ("administrator", "mine", (*declared.aspects, None)),
    ):
        await visitor.log_in(person)
        shown = await visitor.get(page_of(kind, flow=flow))
        assert shown.status == 200
        assert set(fields(shown.html)) == inputs_with(kind, *aspects), person
        missing = {one.aspect for one in inputs_of(declared).values() if one.sort != "other"} - {*aspects}
        for aspect in missing:
            told = "bara en administratör" if aspect is None else Words("sv").aspect(kind, aspect)
            assert told in shown.html, person
        whom = ("Fråga Administrator.", "Du kan se men inte ändra. Administrator kan ge dig ”")
        assert any(words in shown.html for words in whom) == bool(missing), "who can give it"
    for person, key, flow, status in (
        ("granted", "seen", "mine", 403),
        ("onlooker", "mine", "onlookers", 403),
        ("granted", "other", "mine", 404),
        ("granted", "other", "other", 404),
        ("stranger", "mine", "other", 404),
        ("rightless", "mine", "mine", 404),
        ("administrator", "other", "mine", 404),
    ):
        await visitor.log_in(person)
        assert (await visitor.get(page_of(kind, key, flow))).status == status, (person, key)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_form_that_is_sent_as_it_came_changes_nothing(visitor: Visitor, kind: str) -> None:
    for person in ("granted", "administrator"):
        await visitor.log_in(person)
        path = page_of(kind)
        sent = filled((await visitor.get(path)).html)
        before = await visitor.house.state()
        assert (await visitor.post(path, sent)).path == path, "no change, no receipt"
        assert await visitor.house.state() == before


CHANGES: list[tuple[str, dict[str, object], dict[str, object]]] = [
    ("queue", {"f.timeout": " 30 "}, {"timeout": 30}),
    ("queue", {"f.announce_position": ["", "yes"]}, {"announce_position": True}),
    ("queue", {"f.strategy": "ringall"}, {"strategy": "ringall"}),
    ("queue", {"f.full": "object:voicemail/mine"}, {"full": {"object": "voicemail/mine"}}),
    ("queue", {"f.full": "end:busy"}, {"full": {"end": "busy"}, "no_agents": None}),
    ("queue", {"f.join": ""}, {"join": None}),
    ("queue", {"f.keys.1": "extension:201"}, {"keys": {"1": {"extension": "201"}}}),
    ("menu", {"f.wait": "7", "f.tries": "2"}, {"wait": 7, "tries": 2}),
    ("menu", {"f.direct_dial.add": ["202", "201"]}, {"direct_dial": [{"extension": "202"}, {"extension": "201"}]}),
    ("announcement", {"f.next": "end:hangup"}, {"next": {"end": "hangup"}}),
    ("ring_group", {"f.members.add": "203", "f.strategy": "in_order"}, {"members": ["202", "203"]}),
    ("ring_group", {"f.members": ""}, {"members": []}),
    ("forward", {"f.target": "extension:201"}, {"target": {"extension": "201"}}),
    ("voicemail", {"f.email": "post@example.se"}, {"email": "post@example.se"}),
    ("voicemail", {"f.pin.remove": "yes"}, {"pin": None}),
    ("voicemail", {"f.operator": "extension:202"}, {"operator": {"extension": "202"}}),
    ("switch", {"f.positions.closed": "end:congestion"}, {"default": "open"}),
]


@pytest.mark.parametrize(("kind", "typed", "becomes"), CHANGES)
async def test_what_is_typed_is_saved_and_told(
    granted: Visitor, kind: str, typed: dict[str, object], becomes: dict[str, object]
) -> None:
    path = page_of(kind)
    sent = filled((await granted.get(path)).html)
    saved = await granted.post(path, sent | typed)
    assert saved.path.startswith(f"{path}?change="), saved.html
    assert 'data-state="live"' in saved.html
    assert becomes.items() <= (await spec_of(granted, f"{kind}/mine")).items()
    # Only what was typed is in the change, and it can be taken back where it is told.
    change = (await granted.house.ask("GET", f"/api/v1/changes?object={kind}/mine", "administrator")).body[0]
    assert {edit["path"][0] for edit in change["edits"]} == {name.split(".")[1] for name in typed}
    assert change["origin"] == "web"
    undone = await granted.post(f"/changes/{change['id']}/undo", {"back": path})
    assert undone.path.startswith(f"{path}?change=")


async def test_one_key_is_changed_added_and_freed_and_the_others_stay(granted: Visitor) -> None:
    path = page_of("menu")
    sent = filled((await granted.get(f"{path}?key=4")).html)
    await granted.post(path, sent | {"f.options.1": "", "f.options.*": "object:announcement/mine"})
    keys = (await spec_of(granted, "menu/mine"))["options"]
    assert keys.keys() == {"2", "3", "4", "8", "9", "*"}
    assert keys["*"] == {"object": "announcement/mine"}


async def test_phones_ring_in_the_order_that_is_numbered(granted: Visitor) -> None:
    path = page_of("ring_group")
    sent = filled((await granted.get(path)).html)
    await granted.post(path, sent | {"f.members.add": ["203", "201"]})
    sent = filled((await granted.get(path)).html)
    places = {"f.members.place.202": "3", "f.members.place.203": "1", "f.members.place.201": "2"}
    await granted.post(path, sent | places)
    assert (await spec_of(granted, "ring_group/mine"))["members"] == ["203", "201", "202"]


async def test_a_pin_is_set_and_shown_nowhere(granted: Visitor) -> None:
    path = page_of("voicemail")
    before = await spec_of(granted, "voicemail/mine")
    sent = filled((await granted.get(path)).html)
    saved = await granted.post(path, sent | {"f.pin": "80413"})
    assert 'data-state="live"' in saved.html
    assert "80413" not in saved.html
    assert await spec_of(granted, "voicemail/mine") == before, "set before, and set now"


WRONG: list[tuple[str, str, str, str]] = [
    ("queue", "timeout", "fyra", "Skriv ett heltal."),
    ("queue", "timeout", "4", "Välj mellan 5 och 120."),
    ("queue", "timeout", "99999999999999999999", "Skriv ett heltal."),
    ("queue", "timeout", "", "Det här måste fyllas i."),
    ("queue", "strategy", "nosuch", "Välj något i listan."),
    ("queue", "full", "object:voicemail/other", "Dit får du inte leda samtal."),
    ("queue", "full", "object:../../etc", "Dit får du inte leda samtal."),
    ("queue", "full", "dialplan", "Det här måste fyllas i."),
    ("queue", "join", "x" * 64, "Det här är inte skrivet som det ska."),
    ("queue", "join", "0" * 64, "Den inspelningen finns inte."),
    ("menu", "options.1", "object:menu/other", "Dit får du inte leda samtal."),
    ("menu", "options.4", "object:nosuch/mine", "Dit får du inte leda samtal."),
    ("voicemail", "pin", "12ab", "Det här är inte skrivet som det ska."),
    ("voicemail", "email", "ingen adress", "Det här är inte skrivet som det ska."),
    ("ring_group", "members", "999", "Välj något i listan."),
    ("ring_group", "ring", "1,5", "Skriv ett heltal."),
    ("announcement", "next", "object:announcement/mine", "Det leder tillbaka hit"),
]


@pytest.mark.parametrize(("kind", "field", "typed", "says"), WRONG)
async def test_what_is_wrong_is_said_beside_its_field_and_kept(
    granted: Visitor, kind: str, field: str, typed: str, says: str
) -> None:
    path = page_of(kind)
    sent = filled((await granted.get(path)).html)
    other = {"f.wrapup": "17"} if kind == "queue" and field != "wrapup" else {}
    before = await granted.house.state()
    refused = await granted.post(path, sent | other | {f"f.{field}": typed})
    assert refused.status == 422
    assert html.escape(says) in refused.html or says in refused.html
    assert has_error(refused, field)
    assert await granted.house.state() == before
    again = filled(refused.html)
    assert again | other == again, "nothing that was typed is lost"
    if field not in ("strategy", "join") and not typed.startswith(("object:", "dialplan")):
        assert typed in str(again[f"f.{field}"])


NUMBERS = [
    ("070-174 06 05", "+46701740605", None),
    ("0046 (0)70 1740605", "+46701740605", None),
    ("sju", None, "Skriv ett telefonnummer"),
    ("08-465 004 37", None, "Din behörighet gäller inte det här numret."),
    ("112", None, "Skriv ett telefonnummer"),
    ("+46112", None, "Samtal får inte ledas till ett nödnummer."),
    ("0939-123 45 67", None, "Numret"),
    ("+4790001234", None, "Numret hör till ett annat land."),
    ("", None, "Det här måste fyllas i."),
]


@pytest.mark.parametrize(("typed", "becomes", "says"), NUMBERS)
async def test_numbers_outside_are_those_that_are_permitted(
    granted: Visitor, typed: str, becomes: str | None, says: str | None
) -> None:
    path = page_of("queue")
    sent = filled((await granted.get(path)).html)
    shown = await granted.post(path, sent | {"f.full": "external", "f.full.external": typed})
    if becomes is not None:
        assert (await spec_of(granted, "queue/mine"))["full"] == {"external": becomes}
        return
    assert shown.status == 422
    assert has_error(shown, "full")
    assert says is not None
    assert says in shown.html
    assert filled(shown.html)["f.full"] == "external"


async def test_limits_of_a_grant_are_told_and_hold(visitor: Visitor) -> None:
    flow = company.FLOWS["mine"]
    was = (await visitor.house.ask("GET", f"/api/v1/flows/{flow}", "administrator")).body
    limits = {
        "queue/mine": {"timeout": {"min": 10, "max": 60}, "destinations": ["voicemail/mine", "external:+4670*"]},
        "menu/mine": {"keys": "12"},
    }
    grants = [g | {"limits": limits.get(g["object"], {})} for g in was["grants"]]
    put = await visitor.house.ask(
        "PUT", f"/api/v1/flows/{flow}", "administrator", was | {"grants": grants}, if_match=was["version"]
    )
    assert put.status == 200
    await visitor.log_in("granted")
    path = page_of("queue")
    shown = await visitor.get(path)
    assert "10–60" in shown.html
    assert 'value="object:voicemail/mine"' in shown.html
    assert 'value="object:menu/mine"' not in shown.html
    for typed, says in (
        ({"f.timeout": "5"}, "Välj mellan 10 och 60."),
        ({"f.full": "object:menu/mine"}, "Dit får du inte"),
    ):
        refused = await visitor.post(path, filled(shown.html) | typed)
        assert (refused.status, says in refused.html) == (422, True)
    number = {"f.full": "external", "f.full.external": "070-174 06 12"}
    assert "change=" in (await visitor.post(path, filled(shown.html) | number)).path
    shown = await visitor.get(page_of("menu"))
    assert 'name="f.options.1"' in shown.html
    assert 'name="f.options.3"' not in shown.html
    refused = await visitor.post(page_of("menu"), filled(shown.html) | {"f.options.3": "end:busy"})
    assert refused.status == 422
    assert "Din behörighet gäller inte den här knappen." in refused.html


async def test_what_is_not_ones_own_is_not_read_and_what_nobody_knows_is_ignored(visitor: Visitor) -> None:
    await visitor.log_in("partial")
    path = page_of("menu", flow="partly")
    sent = filled((await visitor.get(path)).html)
    before = await visitor.house.state()
    foreign = {"f.options.1": "end:busy", "f.wait": "9", "f.nosuch": "1", "name": "Ny", "spec": "{}", "f.": "1"}
    assert (await visitor.post(path, sent | foreign)).path == path
    assert await visitor.house.state() == before


@pytest.mark.parametrize(
    "base",
    [
        "",
        "[",
        "[]",
        "null",
        '"x"',
        '{"timeout": "x"}',
        '{"full": 7, "keys": [1]}',
        '{"keys": {"1": {"nosuch": 1}}}',
        "[" * 50_000,
    ],
)
async def test_what_a_form_says_of_before_is_not_believed_where_it_cannot_be(granted: Visitor, base: str) -> None:
    path = page_of("queue")
    sent = filled((await granted.get(path)).html)
    saved = await granted.post(path, sent | {"base": base, "f.timeout": "33"})
    assert saved.status == 200
    assert (await spec_of(granted, "queue/mine"))["timeout"] == 33


HOSTILE = [
    "",
    "x",
    "-1",
    "1e9",
    "٣",
    "\x00",
    "\u202e",
    "object:",
    "object:x",
    "extension:",
    "end:",
    "end:x",
    ":",
    "yes",
    "😀" * 99,
]


@pytest.mark.parametrize("kind", KINDS)
async def test_whatever_is_typed_it_is_taken_or_refused(visitor: Visitor, kind: str) -> None:
    await visitor.log_in("administrator")
    path = page_of(kind)
    sent = filled((await visitor.get(path)).html)
    for text in HOSTILE:
        typed = {name: text for name in sent if name.startswith("f.")}
        typed |= {
            f"{name}.{more}": text for name in typed for more in ("external", "dialplan", "add", "remove", "1", "x.y")
        }
        for form in ({**sent, **typed}, {**sent, **typed, "base": text, "version": text}):
            assert (await visitor.post(path, form)).status in (200, 412, 422), (kind, text)


async def test_two_who_change_the_same_are_shown_both_and_asked(granted: Visitor) -> None:
    path = page_of("queue")
    sent = filled((await granted.get(path)).html)
    await changed_by_somebody(granted, "queue/mine", timeout=45, wrapup=10)
    refused = await granted.post(path, sent | {"f.timeout": "30"})
    assert refused.status == 412
    assert "<dialog" in refused.html
    assert "Administrator hann före dig" in refused.html
    assert "Administrator ändrade detta 12:00, medan du höll på." in refused.html
    for value in ("45 sekunder", "30 sekunder", "20 sekunder"):
        assert value in refused.html, "theirs, mine, and what it was"
    assert (await spec_of(granted, "queue/mine"))["timeout"] == 45
    again = filled(refused.html)
    assert (again["f.timeout"], again["f.wrapup"]) == ("30", "10"), "mine where I typed, theirs where I did not"
    assert "change=" in (await granted.post(path, again)).path
    now = await spec_of(granted, "queue/mine")
    assert (now["timeout"], now["wrapup"]) == (30, 10)


async def test_a_change_of_another_aspect_is_no_conflict(granted: Visitor) -> None:
    path = page_of("queue")
    sent = filled((await granted.get(path)).html)
    await changed_by_somebody(granted, "queue/mine", strategy="ringall")
    assert "change=" in (await granted.post(path, sent | {"f.timeout": "30"})).path
    assert (await spec_of(granted, "queue/mine"))["strategy"] == "ringall"


async def test_a_form_without_its_version_saves_nothing(granted: Visitor) -> None:
    path = page_of("queue")
    sent = filled((await granted.get(path)).html) | {"f.timeout": "30"}
    del sent["version"]
    assert (await granted.post(path, sent)).status == 412
    assert (await spec_of(granted, "queue/mine"))["timeout"] == 20


async def test_what_the_pbx_refuses_is_told_in_its_words_and_kept(granted: Visitor) -> None:
    path = page_of("queue")
    sent = filled((await granted.get(path)).html)
    granted.house.pbx.poison = "timeout = 30"
    refused = await granted.post(path, sent | {"f.timeout": "30"})
    assert refused.status == 502
    assert "Växeln sade nej" in refused.html
    assert filled(refused.html)["f.timeout"] == "30"
    assert (await spec_of(granted, "queue/mine"))["timeout"] == 20


async def test_what_is_shared_says_so_before_it_is_changed(visitor: Visitor) -> None:
    flow = company.FLOWS["other"]
    was = (await visitor.house.ask("GET", f"/api/v1/flows/{flow}", "administrator")).body
    shared: dict[str, Any] = {"object": "queue/mine", "aspects": ["settings"], "limits": {}, "expires": None}
    body = was | {"grants": [*was["grants"], shared], "supervisors": [*was["supervisors"], company.address("granted")]}
    tag = {"if_match": was["version"]}
    await visitor.log_in("granted")
    assert "Används också" not in (await visitor.get(page_of("queue"))).html
    without = body | {"supervisors": was["supervisors"]}
    put = await visitor.house.ask("PUT", f"/api/v1/flows/{flow}", "administrator", without, **tag)
    assert put.status == 200
    assert "Används också" not in (await visitor.get(page_of("queue"))).html, "a flow that is not one's own"
    tag = {"if_match": put.body["version"]}
    assert (await visitor.house.ask("PUT", f"/api/v1/flows/{flow}", "administrator", body, **tag)).status == 200
    shown = await visitor.get(page_of("queue"))
    assert "Används också i flödet other." in shown.html
    assert f"{MINE}/menu/mine" in shown.html, "what leads to it"


async def test_doubts_are_shown_beside_their_field(granted: Visitor) -> None:
    await changed_by_somebody(granted, "announcement/mine", prompt=None)
    assert "Ingen inspelning: det blir tyst" in (await granted.get(page_of("announcement"))).html
    assert "Ingen inspelning: det blir tyst" in (await granted.get(f"{MINE}/announcement")).html


async def test_a_kind_has_a_list_of_its_objects(granted: Visitor) -> None:
    for kind in KINDS:
        shown = await granted.get(f"{MINE}/{kind}")
        assert shown.status == 200
        assert f'href="{MINE}/{kind}/mine"' in shown.html
        assert f"{MINE}/{kind}/seen" not in shown.html
    for kind in ("nosuch", "extension", "number"):
        assert (await granted.get(f"{MINE}/{kind}")).status == 404


async def test_numbers_and_phones_are_read_and_changed_by_administrators_alone(visitor: Visitor) -> None:
    await visitor.log_in("administrator")
    shown = await visitor.get(f"{MINE}/number/46101022290")
    assert set(fields(shown.html)) == {"route"}
    shown = await visitor.get(f"{MINE}/extension/201")
    assert set(fields(shown.html)) == {"endpoint", "ring"}
    await visitor.log_in("granted")
    assert (await visitor.get(f"{MINE}/number/46101022290")).status == 403
    assert (await visitor.get(f"{MINE}/extension/201")).status == 403


# ---- recordings


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-", 206, slice(0, None)),
        ("bytes=100-199", 206, slice(100, 200)),
        ("bytes=-50", 206, slice(-50, None)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("bytes=0-1,5-9", 200, slice(None)),
        ("bytes=x", 200, slice(None)),
    ],
)
async def test_a_player_that_jumps_in_a_recording_is_sent_that_part(
    granted: Visitor, asked: str, status: int, part: slice
) -> None:
    where = f"{MINE}/announcement/mine/prompts/{company.PROMPT}"
    whole = (await granted.get(where)).body
    found = await granted.get(where, range=asked)
    assert (found.status, found.body) == (status, whole[part])
    assert found.headers["Accept-Ranges"] == "bytes"
    if status == 206:
        first, last, _ = part.indices(len(whole))
        assert found.headers["Content-Range"] == f"bytes {first}-{last - 1}/{len(whole)}"


async def test_a_recording_is_not_sent_twice_and_only_to_who_may_still_hear_it(granted: Visitor) -> None:
    where = f"{MINE}/announcement/mine/prompts/{company.PROMPT}"
    first = await granted.get(where)
    again = await granted.get(where, if_none_match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    granted.forget()
    assert (await granted.get(where, if_none_match=first.headers["ETag"])).path.startswith("/login")


async def test_a_recording_is_heard_changed_and_restored(granted: Visitor) -> None:
    path, sound = page_of("announcement"), f"{MINE}/announcement/mine/prompts/{company.PROMPT}"
    shown = await granted.get(path)
    assert "<audio" in shown.html
    assert "/api/v1/objects/announcement/mine/audio/prompt" in shown.html
    played = await granted.get("/api/v1/objects/announcement/mine/audio/prompt")
    assert (played.status, played.headers["Content-Type"]) == (200, "audio/wav")
    # Nobody plays it any more but those who are not of this flow: it can still be heard and restored.
    sent = filled(shown.html)
    assert "change=" in (await granted.post(path, sent | {"f.prompt": ""})).path
    for ref, field in (("voicemail/mine", "greeting"), ("queue/mine", "join"), ("menu/mine", "prompt")):
        await changed_by_somebody(granted, ref, **{field: None})
    shown = await granted.get(path)
    assert 'form="object-now"' in shown.html
    assert (await granted.get(sound)).headers["Content-Type"] == "audio/wav"
    restored = await granted.post(path, filled(shown.html, "object-now") | {"f.prompt": company.PROMPT})
    assert 'data-state="live"' in restored.html
    assert (await spec_of(granted, "announcement/mine"))["prompt"] == company.PROMPT


async def test_a_recording_that_one_may_not_hear_is_not_there(granted: Visitor) -> None:
    assert (await granted.get(f"{MINE}/announcement/mine/prompts/{'0' * 64}")).status == 404
    assert (await granted.get(f"{MINE}/announcement/other/prompts/{company.PROMPT}")).status == 404
    assert (await granted.get(f"{MINE}/announcement/seen/prompts/{company.PROMPT}")).status == 403


# ---- switches


async def test_a_switch_is_set_with_one_button_and_ends_by_itself(granted: Visitor) -> None:
    path = page_of("switch")
    sent = filled((await granted.get(path)).html, "object-now")
    saved = await granted.post(path, sent | {"f.position.at": "closed", "f.position.until": "16:00"})
    assert 'data-state="live"' in saved.html
    assert "Till 16:00" in saved.html
    stands = (await spec_of(granted, "switch/mine"))["position"]
    # It is 12:00 in Stockholm.
    assert (stands["at"], stands["until"]) == ("closed", "2027-06-01T14:00:00Z")
    sent = filled((await granted.get(path)).html)
    await granted.post(path, sent | {"f.positions.open": "end:busy"})
    spec = await spec_of(granted, "switch/mine")
    assert spec["positions"]["open"] == {"end": "busy"}
    assert spec["position"]["at"] == "closed", "another form leaves the position as it is"


@pytest.mark.parametrize(
    ("typed", "until"),
    [
        ("1130", "2027-06-02T09:30:00Z"),
        ("13", "2027-06-01T11:00:00Z"),
        ("2027-06-03T08:00", "2027-06-03T06:00:00Z"),
        ("", None),
    ],
)
async def test_times_are_typed_as_people_write_them(granted: Visitor, typed: str, until: str | None) -> None:
    path = page_of("switch")
    sent = filled((await granted.get(path)).html, "object-now")
    await granted.post(path, sent | {"f.position.at": "closed", "f.position.until": typed})
    assert (await spec_of(granted, "switch/mine"))["position"]["until"] == until


@pytest.mark.parametrize("typed", ["kvart i fyra", "25:00", "2026-01-01T10:00", "2029-01-01T10:00", "9" * 4000])
async def test_a_time_that_is_none_or_has_passed_is_refused(granted: Visitor, typed: str) -> None:
    path = page_of("switch")
    sent = filled((await granted.get(path)).html, "object-now")
    refused = await granted.post(path, sent | {"f.position.at": "closed", "f.position.until": typed})
    assert refused.status == 422
    assert has_error(refused, "position.until")
    assert typed in refused.html
    assert (await spec_of(granted, "switch/mine"))["position"] is None


# ---- who answers a queue


async def agents_of(visitor: Visitor) -> dict[str, Any]:
    """Extension → what the fake PBX has."""
    live = (await visitor.house.ask("GET", "/api/v1/queues/mine", "administrator")).body
    return {agent["extension"]: agent for agent in live["agents"]}


async def test_agents_come_pause_and_go_with_one_click_and_back(granted: Visitor) -> None:
    path = f"{MINE}/queue/mine"
    assert "201" in (await granted.get(path)).html
    added = await granted.post(f"{path}/agents", {"extension": "202", "reach": "permanent"})
    assert added.path.startswith(f"{path}?change=")
    assert 'class="inrow"' in added.html, "undo stands in the row"
    assert (await agents_of(granted))["202"]["permanent"]
    change = added.path.partition("change=")[2]
    await granted.post(f"/changes/{change}/undo", {"back": path})
    assert "202" not in await agents_of(granted)
    await granted.post(f"{path}/agents/201", {"do": "pause", "reason": "lunch"})
    shown = await granted.get(path)
    assert "Paus, lunch" in shown.html
    assert "1 på paus" in shown.html
    assert "0 i kön, 1 på paus" in " ".join(shown.html.split())
    assert (await agents_of(granted))["201"]["paused"]
    await granted.post(f"{path}/agents/201", {"do": "resume"})
    assert not (await agents_of(granted))["201"]["paused"]
    gone = await granted.post(f"{path}/agents/201", {"do": "remove"})
    assert 'class="receipt' in gone.html
    assert "201" not in await agents_of(granted)


async def test_what_agents_cannot_do_is_said(granted: Visitor) -> None:
    path = f"{MINE}/queue/mine"
    for where, sent, status in (
        ("/agents", {"extension": ""}, 422),
        ("/agents", {"extension": "999"}, 422),
        ("/agents/202", {"do": "pause"}, 404),
        ("/agents/201", {"do": "nosuch"}, 404),
        ("/agents/201", {"do": "pause", "reason": "x" * 101}, 422),
    ):
        before = await granted.house.state()
        assert (await granted.post(path + where, sent)).status == status, sent
        assert await granted.house.state() == before


async def test_whoever_only_watches_sees_who_answers_and_changes_nothing(visitor: Visitor) -> None:
    await visitor.log_in("partial")
    path = f"/flows/{company.FLOWS['partly']}/queue/mine"
    shown = await visitor.get(path)
    assert "201" in shown.html
    assert "/agents" not in shown.html
    before = await visitor.house.state()
    assert (await visitor.post(f"{path}/agents", {"extension": "202"})).status == 403
    assert (await visitor.post(f"{path}/agents/201", {"do": "remove"})).status == 403
    assert await visitor.house.state() == before


async def test_names_that_look_like_markup_are_text(granted: Visitor) -> None:
    evil = "<script>alert(1)</script>\"&'"
    body = {"name": evil}
    path = "/api/v1/objects/queue/mine"
    assert (await granted.house.ask("PATCH", path, "administrator", body, if_match="*")).status == 200
    for page in (page_of("queue"), f"{MINE}/queue/mine", f"{MINE}/queue", page_of("menu")):
        shown = await granted.get(page)
        assert "<script>alert" not in shown.html
        assert " style=" not in shown.html
    sent = filled((await granted.get(page_of("menu"))).html)
    assert json.loads(str(sent["base"]))["options"]["1"] == {"object": "queue/mine"}


async def test_what_the_pbx_has_not_taken_yet_waits_and_can_be_taken_back(granted: Visitor) -> None:
    path = page_of("forward")
    sent = filled((await granted.get(path)).html)
    granted.house.lose_the_pbx()
    saved = await granted.post(path, sent | {"f.target": "end:busy"})
    assert 'data-state="pending"' in saved.html
    assert "Sparat, men inte aktivt än" in saved.html
    change = saved.path.partition("change=")[2]
    taken = await granted.post(f"/changes/{change}/withdraw", {"back": path})
    assert 'data-state="withdrawn"' in taken.html
    assert (await spec_of(granted, "forward/mine"))["target"] == {"external": "+46701740605"}
