"""Lists of places in a company that has many: the near ones at once, all others by search, without a script too."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
import pytest_asyncio

from tests.api import company
from tests.rendering.making import thing
from tests.web.conftest import Shown, Visitor
from tests.web.forms import filled
from tests.web.test_close_page import hours
from tests.web.test_hours_page import text
from vaxelflode.domain.flow import Flow, Grant
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.services.choosing import FEW, SHOWN
from vaxelflode.storage import flows, objects, prompts

FLOW = company.FLOWS["mine"]
HOURS = f"/flows/{FLOW}/schedule/mine"
#: What is called so, beside many that are called ``Meddelande``.
NAMES = {
    "jour": "Jourmeddelande Åre",
    "rabatt": "100 %_ rabatt",
    "ostra": "Östra ÅKERN",
    "decomposed": "Skane A\u030aka",
}
FAR = "object:announcement/jour"

#: Page, the form's id, the field, the field that is typed beside it, and where a save is sent.
ROUTE = (HOURS, "part-route", "open", None)
OVERRIDE = (f"{HOURS}/override", "override", "closed", "note")
CLOSE = (f"/flows/{FLOW}/close", "close", "closed", "time")
MENU = (f"/flows/{FLOW}/menu/mine", "object", "f.options.4", "f.wait")
QUEUE = (f"/flows/{FLOW}/queue/mine/settings", "object", "f.full", "f.weight")
FORWARD = (f"/flows/{FLOW}/forward/mine", "object", "f.target", None)
EVERY = [ROUTE, OVERRIDE, CLOSE, MENU, QUEUE, FORWARD]


class Lists(HTMLParser):
    """Each list of a page by its form's and its own name: its attributes, and value → text of its options."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.attrs: dict[str, dict[str, str]] = {}
        self.options: dict[str, dict[str, str]] = {}
        self._now = self._value = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        if tag == "select":
            self._now = had["name"]
            self.attrs[self._now], self.options[self._now] = had, {}
        elif tag == "option" and self._now:
            self._value = had["value"]
            self.options[self._now][self._value] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._now = ""
        elif tag == "option":
            self._value = ""

    def handle_data(self, data: str) -> None:
        if self._now and self._value:
            self.options[self._now][self._value] += data.strip()


@pytest_asyncio.fixture(loop_scope="session")
async def many(visitor: Visitor) -> AsyncIterator[Visitor]:
    """The administrator, of a company with many messages."""
    made = [replace(thing(f"announcement/m-{n}"), name=f"Meddelande {n:03}") for n in range(FEW + SHOWN)]
    made += [replace(thing(f"announcement/{key}"), name=name) for key, name in NAMES.items()]
    async with visitor.house.database.write() as db:
        revision = await objects.next_revision(db, company.NOW)
        for o in made:
            await objects.save(db, o, revision)
    for key in ("mine", "other"):
        await hours(visitor, ["08:00", "17:00"], key=key)
    await visitor.log_in("administrator")
    yield visitor


async def found(visitor: Visitor, words: str) -> dict[str, str]:
    """What is listed for a temporary change when one looks for ``words``."""
    page, form, field, _ = OVERRIDE
    there = filled((await visitor.get(page)).html, form)
    shown = await visitor.post(page, there | {"do": "look", f"find.{field}": words})
    assert shown.status == 200
    return {value: name for value, name in Lists(shown.html).options[field].items() if value}


def said_of(shown: Shown, field: str) -> str:
    """What is said of a search."""
    control = re.search(rf'name="find\.{re.escape(field)}"[^>]*aria-describedby="([^"]+)"', shown.html)
    assert control is not None
    status = re.search(rf'<p [^>]*id="{control[1]}" role="status">([^<]*)', shown.html)
    assert status is not None
    return status[1].strip()


@pytest.mark.parametrize(("page", "form", "field", "beside"), EVERY)
async def test_of_many_places_those_that_are_near_are_listed(
    many: Visitor, page: str, form: str, field: str, beside: str | None
) -> None:
    shown = await many.get(page)
    lists = Lists(shown.html)
    assert f'name="find.{field}"' in shown.html
    assert "size" not in lists.attrs[field]
    assert len(lists.options[field]) <= FEW + 8
    assert "object:announcement/mine" in lists.options[field]
    assert FAR not in lists.options[field]
    assert len(shown.html) < 150_000


@pytest.mark.parametrize(("page", "form", "field", "beside"), EVERY)
async def test_what_was_looked_for_is_listed_and_what_was_typed_is_kept(
    many: Visitor, page: str, form: str, field: str, beside: str | None
) -> None:
    there = filled((await many.get(page)).html, form)
    typed = there | ({beside: "7"} if beside else {})
    before = await many.house.state()
    shown = await many.post(page, typed | {"do": "look", f"find.{field}": "JOURM åre"})
    assert shown.status == 200
    lists = Lists(shown.html)
    assert lists.options[field][FAR] == NAMES["jour"]
    assert int(lists.attrs[field]["size"]) >= 2
    assert said_of(shown, field) == "1 träff, i listan."
    again = filled(shown.html, form)
    assert again[field] == there[field]
    assert again[f"find.{field}"] == "JOURM åre"
    if beside and beside != "time":
        assert again[beside] == "7"
    if field.startswith("f.options."):
        assert f'data-panel="{field[-1]}">' in shown.html, "the key that one looks for is still the one that is seen"
    assert await many.house.state() == before


@pytest.mark.parametrize(("page", "form", "field", "beside"), EVERY)
async def test_what_was_found_stays_chosen_and_is_saved(
    many: Visitor, page: str, form: str, field: str, beside: str | None
) -> None:
    there = filled((await many.get(page)).html, form) | {field: FAR}
    shown = await many.post(page, there | {"do": "look", f"find.{field}": ""})
    assert filled(shown.html, form)[field] == FAR
    assert Lists(shown.html).options[field][FAR] == NAMES["jour"]
    other = await many.post(page, there | {"do": "look", f"find.{field}": "rabatt"})
    assert filled(other.html, form)[field] == FAR
    assert {FAR, "object:announcement/rabatt"} <= Lists(other.html).options[field].keys()
    saved = await many.post(page, filled(other.html, form) | {"do": "save"})
    assert (saved.status, "?change=" in saved.path) == (200, True)
    assert NAMES["jour"] in text(await many.get(f"{page.removesuffix('/override').removesuffix('/close')}"))


@pytest.mark.parametrize(("page", "form", "field", "beside"), EVERY)
@pytest.mark.parametrize("forged", ["object:announcement/none", "object:number/46101022290", "foo:bar", "end:none"])
async def test_what_may_not_be_picked_is_refused(
    many: Visitor, page: str, form: str, field: str, beside: str | None, forged: str
) -> None:
    there = filled((await many.get(page)).html, form)
    before = await many.house.state()
    assert (await many.post(page, there | {field: forged, "do": "save", f"find.{field}": "none"})).status == 422
    assert await many.house.state() == before


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("100 %_", "rabatt"),
        ("%_", "rabatt"),
        ("åker öst", "ostra"),
        ("ÖSTRA", "ostra"),
        ("åka", "decomposed"),
        ("jour", "jour"),
    ],
)
async def test_words_are_looked_for_as_they_are_written(many: Visitor, words: str, key: str) -> None:
    assert [*await found(many, words)] == [f"object:announcement/{key}"]


async def test_no_more_is_listed_than_can_be_read(many: Visitor) -> None:
    page, form, field, _ = OVERRIDE
    there = filled((await many.get(page)).html, form)
    shown = await many.post(page, there | {"do": "look", f"find.{field}": "meddelande"})
    assert len(Lists(shown.html).options[field]) == SHOWN + 1
    assert said_of(shown, field) == f"{SHOWN} av {FEW + SHOWN + 1} träffar visas. Skriv mer för att hitta andra."


@pytest.mark.parametrize("words", ["", "   ", "finns inte", "%", "_" * 500])
async def test_where_nothing_fits_the_near_places_are_listed(many: Visitor, words: str) -> None:
    page, form, field, _ = OVERRIDE
    near = await many.get(page)
    there = filled(near.html, form)
    shown = await many.post(page, there | {"do": "look", f"find.{field}": words})
    lists = Lists(shown.html)
    assert "size" not in lists.attrs[field] or words == "%"
    if words != "%":
        assert lists.options[field] == Lists(near.html).options[field]
        assert bool(said_of(shown, field)) == bool(words.strip())


async def test_where_one_led_callers_before_is_near(many: Visitor) -> None:
    path = "/api/v1/objects/forward/mine"
    for target in ("jour", "mine"):
        patch = {"spec": {"target": {"object": f"announcement/{target}"}}}
        assert (await many.house.ask("PATCH", path, "administrator", patch, if_match="*")).status == 200
    assert FAR in Lists((await many.get(FORWARD[0])).html).options[FORWARD[2]]


async def test_several_flows_are_closed_to_a_place_that_was_looked_for(many: Visitor) -> None:
    flow_ids = [FLOW, company.FLOWS["other"]]
    asked = await many.get(f"/flows/close?flow={flow_ids[0]}&flow={flow_ids[1]}")
    near = Lists(asked.html).options["closed"]
    assert {"object:announcement/mine", "object:announcement/other"} <= near.keys()
    there = filled(asked.html, "close")
    shown = await many.post("/flows/close", there | {"do": "look", "find.closed": "jour"})
    assert FAR in Lists(shown.html).options["closed"]
    saved = await many.post("/flows/close", filled(shown.html, "close") | {"closed": FAR, "do": "save"})
    assert saved.path.startswith("/flows?")
    for key in ("mine", "other"):
        o: Any = await many.house.ask("GET", f"/api/v1/objects/schedule/{key}", "administrator")
        assert {"object": "announcement/jour"} in [override["closed"] for override in o.body["spec"]["overrides"]]


async def test_whoever_may_lead_callers_to_few_places_has_a_plain_list(many: Visitor) -> None:
    await many.get("/flows")
    await many.post("/logout")
    await many.log_in("granted")
    for page, _, field, _ in EVERY:
        shown = await many.get(page)
        assert field in Lists(shown.html).options
        assert "data-find" not in shown.html


async def test_nothing_is_found_that_may_not_be_picked(many: Visitor) -> None:
    listed = [f"announcement/m-{n}" for n in range(FEW + 5)]
    limits = {"destinations": listed}
    grants = (Grant(ObjectRef("forward", "mine"), frozenset({"route", "target"}), limits),)
    async with many.house.database.write() as db:
        flow = Flow("9" * 16, "Begränsat", "", company.NUMBERS["mine"], grants, (company.address("spare"),))
        await flows.save(db, flow, company.NOW, new=True)
    await many.post("/logout")
    await many.log_in("spare")
    page = f"/flows/{flow.id}/forward/mine"
    there = filled((await many.get(page)).html)
    assert f"Sök bland alla {FEW + 5}" in (await many.get(page)).html
    shown = await many.post(page, there | {"do": "look", "find.f.target": "jour"})
    assert FAR not in shown.html
    assert NAMES["jour"] not in shown.html
    assert said_of(shown, "f.target") == "Inget passar ”jour”."
    refused = await many.post(page, there | {"do": "save", "f.target": FAR})
    assert refused.status == 422
    assert NAMES["jour"] not in refused.html


async def test_telephones_are_looked_for_as_places_are(many: Visitor) -> None:
    made = [replace(thing(f"extension/4{n:02}", endpoint=f"4{n:02}"), name=f"Telefon {n:02}") for n in range(FEW + 2)]
    async with many.house.database.write() as db:
        revision = await objects.next_revision(db, company.NOW)
        for o in made:
            await objects.save(db, o, revision)
    group, queue = f"/flows/{FLOW}/ring_group/mine", f"/flows/{FLOW}/queue/mine"
    there = filled((await many.get(group)).html)
    shown = await many.post(group, there | {"do": "look", "find.f.members.add": "telefon 07"})
    assert Lists(shown.html).options["f.members.add"] == {"": "", "407": "Telefon 07, 407"}
    chosen = await many.post(group, filled(shown.html) | {"do": "look", "f.members.add": ["407", ""]})
    assert filled(chosen.html)["f.members.add"] == ["407", ""]
    saved = await many.post(group, filled(shown.html) | {"do": "save", "f.members.add": ["407", ""]})
    assert "?change=" in saved.path
    assert "Telefon 07, 407" in saved.html
    looked = await many.post(f"{queue}/agents", {"do": "look", "find.extension": "telefon 08", "reach": "permanent"})
    assert "408" in Lists(looked.html).options["extension"]
    assert 'value="permanent" checked' in looked.html
    added = await many.post(f"{queue}/agents", {"extension": "408", "reach": "permanent"})
    assert (added.status, "?change=" in added.path) == (200, True)


async def test_recordings_are_looked_for_as_places_are(many: Visitor) -> None:
    names = {hashlib.sha256(bytes([n])).hexdigest(): f"Inspelning {n:02}" for n in range(FEW + 3)}
    async with many.house.database.write() as db:
        revision = await objects.next_revision(db, company.NOW)
        for n, (digest, name) in enumerate(names.items()):
            await prompts.add(db, digest, company.SOUND, 1, "tone", company.NOW)
            await objects.save(db, replace(thing(f"announcement/i-{n}", prompt=digest), name=name), revision)
    page, field = f"/flows/{FLOW}/announcement/mine", "f.prompt"
    far = next(digest for digest, name in names.items() if name == "Inspelning 07")
    first = await many.get(page)
    there = filled(first.html)
    assert not names.keys() & Lists(first.html).options[field].keys()
    assert "Inspelning" not in text(first)
    shown = await many.post(page, there | {"do": "look", f"find.{field}": "INSPELNING 07"})
    assert "Inspelning 07" in Lists(shown.html).options[field][far]
    assert Lists(shown.html).attrs[field]["size"]
    assert said_of(shown, field) == "1 träff, i listan."
    assert f'href="{page}/prompts/{far}"' in shown.html
    assert filled(shown.html)[field] == there[field]
    chosen = await many.post(page, there | {field: far, "do": "look", f"find.{field}": "finns inte"})
    assert filled(chosen.html)[field] == far
    assert said_of(chosen, field) == "Inget passar ”finns inte”."
    broad = await many.post(page, there | {"do": "look", f"find.{field}": "inspelning"})
    assert len(names.keys() & Lists(broad.html).options[field].keys()) == SHOWN
    assert said_of(broad, field).startswith(f"{SHOWN} av {FEW + 3} träffar visas.")
    saved = await many.post(page, filled(chosen.html) | {"do": "save"})
    assert (saved.status, "?change=" in saved.path) == (200, True)
    o: Any = await many.house.ask("GET", "/api/v1/objects/announcement/mine", "administrator")
    assert o.body["spec"]["prompt"] == far
    other = next(digest for digest in names if digest != far)
    await many.post("/logout")
    await many.log_in("granted")
    mine = filled((await many.get(page)).html)
    looked = await many.post(page, mine | {"do": "look", f"find.{field}": "inspelning"})
    assert not (names.keys() - {far}) & Lists(looked.html).options[field].keys()
    assert (await many.post(page, mine | {field: other})).status in (403, 422)


async def test_who_else_has_it_is_named_as_far_as_it_can_be_read(many: Visitor) -> None:
    async with many.house.database.write() as db:
        for n in range(9):
            grants = (Grant(ObjectRef("schedule", "mine"), frozenset({"hours"})),)
            await flows.save(db, Flow(f"{n}" * 16, f"Växel {n}", "", None, grants, ()), company.NOW, new=True)
    said = text(await many.get(HOURS))
    assert "Växel 0, Växel 1, Växel 2" in said
    assert "Växel 8" not in said
    assert re.search(r"Växel \d och \d+ till", said)


async def test_a_flows_objects_are_listed_a_page_at_a_time(many: Visitor) -> None:
    grants = tuple(Grant(ObjectRef("announcement", f"m-{n}"), frozenset({"audio"})) for n in range(FEW))
    async with many.house.database.write() as db:
        await flows.save(db, Flow("9" * 16, "Många", "", None, grants, ()), company.NOW, new=True)
    listed, path = [], f"/flows/{'9' * 16}/announcement"
    for number in ("", "?page=1", "?page=2", "?page=x"):
        shown = await many.get(path + number)
        listed.append(re.findall(rf'href="{path}/(m-\d+)"', shown.html))
    first, second, third, fourth = listed
    assert (len(first), len(second), third, fourth) == (20, FEW - 20, [], first)
    assert {*first, *second} == {grant.object.key for grant in grants}
    assert f'href="{path}?page=1"' in (await many.get(path)).html


async def test_what_only_looks_like_a_destination_in_the_history_is_none(many: Visitor) -> None:
    positions = {"end": {"object": "announcement/jour"}, "open": {"end": "hangup"}}
    spec = {"positions": positions, "labels": {"end": "Slut"}, "default": "open", "code": "*44"}
    made = {"kind": "switch", "key": "slut", "name": "Slut", "spec": spec}
    assert (await many.house.ask("POST", "/api/v1/objects", "administrator", made)).status == 200
    patch = {"spec": {"target": {"object": "switch/slut"}}}
    path = "/api/v1/objects/forward/mine"
    assert (await many.house.ask("PATCH", path, "administrator", patch, if_match="*")).status == 200
    shown = await many.get(f"/flows/{FLOW}/switch/slut")
    assert shown.status == 200
    assert FAR in Lists(shown.html).options["f.positions.end"]


@pytest.mark.parametrize(("page", "form", "field", "beside"), [ROUTE, OVERRIDE, MENU])
async def test_what_was_found_is_named_where_one_is_asked_to_send_it_again(
    many: Visitor, page: str, form: str, field: str, beside: str | None
) -> None:
    there = filled((await many.get(page)).html, form) | {field: FAR, "do": "save"}
    asked = await many.post(page, there | {"csrf": "0" * 64})
    assert asked.status == 403
    assert NAMES["jour"] in text(asked)
