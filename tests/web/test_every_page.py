"""Every page × everybody × one's own object, one on the graph, and somebody else's; as ``tests/api`` walks the API.

The pages are those of the running application that its API does not have: one without rows here fails. Each form is
valid, which those prove whom it changes something for; so whatever is refused is refused for want of a right, and after
each refusal nothing has changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.api import company
from tests.api.conftest import Street, founded, paper, plot, street, whole_street
from tests.api.house import Answer
from tests.api.test_every_route import (
    ADMIN,
    EVERYBODY,
    FLOWS,
    GRANTED,
    NONE,
    OBJECTS,
    PARTED,
    PARTIAL,
    PARTS,
    SEEN,
    Own,
    own,
    routes_of,
)
from vaxelflode.web.routes import ROUTES

__all__ = ["founded", "own", "paper", "plot", "street", "whole_street"]

#: Person → the flow whose pages they open; administrators open that of the object.
HOME = {"granted": "mine", "partial": "partly", "onlooker": "onlookers", "stranger": "other", "rightless": "mine"}
#: A person whose flow has nothing that they may read has no page of any kind.
BARE = "bare"
KINDS: Mapping[str, tuple[str, str, str]] = {**FLOWS, "onlooker": (NONE, BARE, NONE)}
#: A flow's hours are closed and opened by those who may change a day of them.
HOURS: Mapping[str, int] = {ADMIN: 200, GRANTED: 200, BARE: 403, NONE: 404}
#: The same of a form; where several are chosen one is told which of them are not one's own to change.
HOURS_SAVED: Mapping[str, int] = {**HOURS, ADMIN: 303, GRANTED: 303}
SEVERAL_SAVED: Mapping[str, int] = {**HOURS_SAVED, BARE: 303}
OWNERS = (ADMIN, GRANTED)
Form = Mapping[str, str]
#: It is Tuesday, and on Tuesdays it is closed: what is closed has to be opened before.
OPEN_TODAY: Form = {"until": "time", "time": "15:00", "do": "save"}
CLOSE_NOW: Form = {"until": "day", "do": "save"}
OTHER_HOURS: Form = {"day": "today", "how": "hours", "opens": "10:00", "closes": "14:00", "do": "save"}


@dataclass(frozen=True)
class Row:
    """A page, and what each sort of person gets there. ``{o}``, ``{flow}``, ``{home}`` … stand for the part's own."""

    path: str
    gets: Mapping[str, int]
    form: Form | None = None
    who: Mapping[str, tuple[str, str, str]] | None = None
    #: For whom the form changes something; for nobody else it does.
    alters: tuple[str, ...] = ()
    #: What an administrator has done before, so that there is something to change: a path and its form.
    first: tuple[str, Form] | None = None

    @property
    def relations(self) -> Mapping[str, tuple[str, str, str]]:
        """Person → what they are to the parts."""
        return OBJECTS if self.who is None else self.who


def of_object(path: str, *, admin: int = 200, granted: int = 200, partial: int = 200, seen: int = 403, **m: Any) -> Row:
    """About an object: known without an aspect is 403, unknown 404."""
    return Row(path, {ADMIN: admin, GRANTED: granted, PARTIAL: partial, SEEN: seen, NONE: 404}, **m)


def saves(kind: str, *alters: str, **form: str) -> Row:
    """A form of an object: what is not one's own in it is not read, hence not refused either."""
    fields = {f"f.{name.replace('__', '.')}": value for name, value in form.items()} | {"version": "*"}
    where = "/flows/{home}/queue/{o}/settings" if kind == "queue" else f"/flows/{{home}}/{kind}/{{o}}"
    return of_object(where, admin=303, granted=303, partial=303, form=fields, alters=(*OWNERS, *alters))


def saves_hours(part: str, *alters: str, partial: int = 403, **form: str) -> Row:
    """A form of a part of the hours."""
    fields = {name.replace("__", "."): value for name, value in form.items()}
    sent = {"part": part, "version": "*", "do": "save"} | fields
    where, owners = "/flows/{home}/schedule/{o}", (*OWNERS, *alters)
    return of_object(where, admin=303, granted=303, partial=partial, form=sent, alters=owners)


def does(path: str, form: Form | None = None, **more: Any) -> Row:
    """A form that changes something for those who may."""
    return of_object(path, admin=303, granted=303, partial=403, form=form or {}, alters=OWNERS, **more)


#: Method and path, as the application has them → what to ask.
ROWS: Mapping[tuple[str, str], tuple[Row, ...]] = {
    ("POST", "/logout"): (Row("/logout", {ADMIN: 303, GRANTED: 303}, {}, EVERYBODY),),
    ("GET", "/me"): (Row("/me", {ADMIN: 200, GRANTED: 200}, who=EVERYBODY),),
    ("POST", "/me"): (Row("/me", {ADMIN: 303, GRANTED: 303}, {"name": "Annan"}, EVERYBODY, OWNERS),),
    ("POST", "/me/password"): (
        Row("/me/password", {ADMIN: 422, GRANTED: 422}, {"password": "tolv andra tecken"}, EVERYBODY),
        Row(
            "/me/password",
            {ADMIN: 303, GRANTED: 303},
            {"password": "tolv andra tecken", "old_password": company.PASSWORD},
            EVERYBODY,
            OWNERS,
        ),
    ),
    ("GET", "/help"): (Row("/help", {ADMIN: 200, GRANTED: 200}, who=EVERYBODY),),
    ("GET", "/history"): (Row("/history", {ADMIN: 200, GRANTED: 200}, who=EVERYBODY),),
    ("GET", "/"): (Row("/", {ADMIN: 303, GRANTED: 303}, who=EVERYBODY),),
    ("GET", "/flows"): (Row("/flows", {ADMIN: 200, GRANTED: 200}, who=EVERYBODY),),
    ("GET", "/flows/{id}"): (Row("/flows/{flow}", {ADMIN: 200, GRANTED: 200, NONE: 404}, who=FLOWS),),
    # Of no flow that is chosen there is nothing to ask.
    ("GET", "/flows/close"): (Row("/flows/close", {ADMIN: 303, GRANTED: 303}, who=EVERYBODY),),
    ("POST", "/flows/close"): (
        Row("/flows/close", {ADMIN: 303, GRANTED: 303}, {}, EVERYBODY),
        Row(
            "/flows/close",
            SEVERAL_SAVED,
            {"flow": "{flow}", **CLOSE_NOW},
            KINDS,
            OWNERS,
            first=("/flows/{flow}/open", OPEN_TODAY),
        ),
    ),
    ("GET", "/flows/open"): (Row("/flows/open", {ADMIN: 303, GRANTED: 303}, who=EVERYBODY),),
    ("POST", "/flows/open"): (
        Row("/flows/open", {ADMIN: 303, GRANTED: 303}, {}, EVERYBODY),
        Row("/flows/open", SEVERAL_SAVED, {"flow": "{flow}", **OPEN_TODAY}, KINDS, OWNERS),
    ),
    ("GET", "/flows/{id}/close"): (Row("/flows/{flow}/close", HOURS, who=KINDS),),
    ("POST", "/flows/{id}/close"): (
        Row("/flows/{flow}/close", HOURS, {}, KINDS),
        Row("/flows/{flow}/close", HOURS_SAVED, CLOSE_NOW, KINDS, OWNERS, ("/flows/{flow}/open", OPEN_TODAY)),
    ),
    ("GET", "/flows/{id}/open"): (Row("/flows/{flow}/open", HOURS, who=KINDS),),
    ("POST", "/flows/{id}/open"): (
        Row("/flows/{flow}/open", HOURS, {}, KINDS),
        Row("/flows/{flow}/open", HOURS_SAVED, OPEN_TODAY, KINDS, OWNERS),
    ),
    ("GET", "/flows/{id}/schedule/{key}"): (of_object("/flows/{home}/schedule/{o}"),),
    # A form that says nothing of the hours is none.
    ("POST", "/flows/{id}/schedule/{key}"): (
        of_object("/flows/{home}/schedule/{o}", admin=400, granted=400, partial=400, form={}),
        saves_hours("hours", PARTIAL, partial=303, mon__opens="09:00", mon__closes="15:00"),
        saves_hours("holidays", calendar="", hours="10:00–12:00"),
        saves_hours("route", open="end:busy", closed="end:hangup", holiday=""),
    ),
    # Where nothing is changed for today there is nothing to go back from.
    ("POST", "/flows/{id}/schedule/{key}/ordinary"): (
        of_object("/flows/{home}/schedule/{o}/ordinary", admin=303, granted=303, partial=303, form={}),
        does("/flows/{home}/schedule/{o}/ordinary", first=("/flows/{home}/schedule/{o}/override", OTHER_HOURS)),
    ),
    ("GET", "/flows/{id}/schedule/{key}/override"): (of_object("/flows/{home}/schedule/{o}/override", partial=403),),
    ("POST", "/flows/{id}/schedule/{key}/override"): (
        of_object("/flows/{home}/schedule/{o}/override", partial=403, form={}),
        does("/flows/{home}/schedule/{o}/override", OTHER_HOURS),
        does("/flows/{home}/schedule/{o}/override", {**OTHER_HOURS, "edit": "{override}"}),
    ),
    ("POST", "/flows/{id}/schedule/{key}/override/{override}/remove"): (
        does("/flows/{home}/schedule/{o}/override/{override}/remove"),
    ),
    ("GET", "/flows/{id}/history"): (Row("/flows/{flow}/history", {ADMIN: 200, GRANTED: 200, NONE: 404}, who=FLOWS),),
    ("GET", "/changes/{change}"): (of_object("/changes/{change}", seen=404), of_object("/changes/{agents}", seen=404)),
    ("POST", "/changes/{change}/undo"): (
        does("/changes/{change}/undo"),
        does("/changes/{agents}/undo"),
    ),
    # What is live is no more taken back; what waits is, below.
    ("POST", "/changes/{change}/withdraw"): (
        of_object("/changes/{change}/withdraw", admin=409, granted=409, partial=403, form={}),
        of_object("/changes/{agents}/withdraw", admin=409, granted=409, partial=403, form={}),
    ),
    ("GET", "/flows/{id}/queue/{key}"): (of_object("/flows/{home}/queue/{o}"),),
    ("GET", "/flows/{id}/queue/{key}/settings"): (of_object("/flows/{home}/queue/{o}/settings"),),
    ("POST", "/flows/{id}/queue/{key}/settings"): (saves("queue", length="7"),),
    ("POST", "/flows/{id}/queue/{key}/agents"): (does("/flows/{home}/queue/{o}/agents", {"extension": "202"}),),
    ("POST", "/flows/{id}/queue/{key}/agents/{extension}"): tuple(
        does("/flows/{home}/queue/{o}/agents/201", {"do": do}) for do in ("pause", "remove", "permanent")
    ),
    ("GET", "/flows/{id}/{kind}"): tuple(
        Row(f"/flows/{{flow}}/{kind}", {ADMIN: 200, GRANTED: 200, BARE: 404, NONE: 404}, who=KINDS) for kind in PARTED
    ),
    ("GET", "/flows/{id}/{kind}/{key}"): tuple(of_object(f"/flows/{{home}}/{kind}/{{o}}") for kind in PARTED),
    ("POST", "/flows/{id}/{kind}/{key}"): (
        saves("announcement", next="end:busy"),
        saves("forward", PARTIAL, target="end:busy"),
        saves("menu", wait="7"),
        saves("ring_group", ring="7"),
        saves("switch", position__at="closed"),
        saves("voicemail", greeting=""),
    ),
    ("GET", "/flows/{id}/{kind}/{key}/prompts/{digest}"): (
        of_object(f"/flows/{{home}}/announcement/{{o}}/prompts/{company.PROMPT}"),
        of_object(f"/flows/{{home}}/announcement/{{o}}/prompts/{'0' * 64}", admin=404, granted=404, partial=404),
    ),
}
#: Pages that want no log-in, with what they answer to everybody.
PUBLIC: Mapping[tuple[str, str], int] = {
    ("GET", "/login"): 200,
    ("POST", "/login"): 401,
    ("GET", "/static/{digest}/{name}"): 404,
    ("GET", "/manifest.webmanifest"): 200,
    ("GET", "/forgotten"): 200,
    ("POST", "/forgotten"): 200,
    ("GET", "/reset/{token}"): 404,
    ("POST", "/reset/{token}"): 404,
}
CASES = [(route, row) for route, rows in ROWS.items() for row in rows]


def _name(case: object) -> str:
    return " ".join(case) if isinstance(case, tuple) else case.path if isinstance(case, Row) else str(case)


async def ask(street: Street, method: str, path: str, person: str | None, form: Mapping[str, str] | None) -> Answer:
    """One page, without going on to where it leads; ``form`` is sent as browsers send it."""
    sent = {} if person is None else {"Authorization": f"Bearer {company.token(person)}"}
    url = street.house.url + path
    async with street.house.session.request(method, url, headers=sent, data=form, allow_redirects=False) as answer:
        street._as_founded = street._as_founded and (method in ("GET", "HEAD") or answer.status >= 400)
        return Answer(answer.status, answer.headers, await answer.read())


def filled(row: Row, own: Own, part: str, person: str) -> tuple[str, Form | None]:
    """The row's path and form for one part of the company, in the person's own flow."""
    braces = _braces(own, part, person)
    return row.path.format_map(braces), _form(row.form, braces)


def _braces(own: Own, part: str, person: str) -> Mapping[str, str]:
    flow = HOME.get(person, part if part == "other" else "mine")
    return {**own[part], "home": company.FLOWS[flow]}


def _form(form: Form | None, braces: Mapping[str, str]) -> Form | None:
    return None if form is None else {name: value.format_map(braces) for name, value in form.items()}


async def done_before(street: Street, own: Own, row: Row, part: str) -> None:
    """What makes that there is something to change."""
    if row.first is not None:
        braces = _braces(own, part, "administrator")
        path, form = row.first[0].format_map(braces), _form(row.first[1], braces)
        assert (await ask(street, "POST", path, "administrator", form)).status == 303


async def test_every_page_of_the_running_application_is_walked(street: Street) -> None:
    api = {(route.method, route.path) for route in ROUTES}
    assert routes_of(street.house) - api == set(ROWS) | set(PUBLIC)


@pytest.mark.parametrize(("route", "row"), CASES, ids=_name)
async def test_each_gets_what_they_may_and_a_refusal_changes_nothing(
    street: Street, own: Own, route: tuple[str, str], row: Row
) -> None:
    for n, part in enumerate(PARTS if NONE in row.gets else PARTS[:1]):
        for person, relations in row.relations.items():
            await done_before(street, own, row, part)
            before = await street.house.state()
            path, form = filled(row, own, part, person)
            answer = await ask(street, route[0], path, person, form)
            assert answer.status == row.gets[relations[n]], (person, part, answer.raw.decode(errors="replace"))
            if answer.status >= 400:
                assert answer.headers["Content-Type"].startswith("text/html")
            if route[0] == "POST" and (row.alters or answer.status >= 400):
                changed = await street.house.state() != before
                assert changed == (relations[n] in row.alters), (person, part)
            await street.move()
    assert await street.is_as_founded()


async def test_what_waits_is_taken_back_by_those_who_may_and_nobody_else(street: Street, own: Own) -> None:
    row = does("/changes/{change}/withdraw")
    for n, part in enumerate(PARTS):
        for person, relations in OBJECTS.items():
            street.house.lose_the_pbx()
            braces = _braces(own, part, "administrator")
            path = "/flows/{home}/schedule/{o}".format_map(braces)
            form = {"part": "route", "version": "*", "do": "save", "open": "end:hangup", "closed": "end:busy"}
            saved = await ask(street, "POST", path, "administrator", form)
            change = saved.headers["Location"].partition("?change=")[2]
            before = await street.house.state()
            path = row.path.format_map({**braces, "change": change})
            answer = await ask(street, "POST", path, person, {})
            assert answer.status == row.gets[relations[n]], (person, part)
            assert (await street.house.state() != before) == (relations[n] in row.alters), (person, part)
            await street.move()


@pytest.mark.parametrize(("route", "row"), CASES, ids=_name)
async def test_whoever_is_not_logged_in_is_led_to_the_log_in(
    street: Street, own: Own, route: tuple[str, str], row: Row
) -> None:
    for person in (None, "nobody-with-this-token", "disabled"):
        path, form = filled(row, own, "mine", "granted")
        answer = await ask(street, route[0], path, person, form)
        assert (answer.status, answer.headers["Location"].partition("?")[0]) == (303, "/login"), person
        assert answer.raw == b""
    street._as_founded = True
    assert await street.is_as_founded()


@pytest.mark.parametrize(("route", "status"), PUBLIC.items(), ids=_name)
async def test_what_is_public_is_the_same_for_everybody(street: Street, route: tuple[str, str], status: int) -> None:
    method, path = route[0], re.sub("[{}]", "", route[1])
    for person in (None, "disabled", *OBJECTS):
        answer = await ask(street, method, path, person, {"email": "nobody@example.se"} if method == "POST" else None)
        # Whoever tries too often waits, whatever they are.
        assert answer.status == status or (answer.status == 429 and route == ("POST", "/login")), person
        street._as_founded = True
        assert await street.is_as_founded()


@pytest.mark.parametrize(("route", "row"), [c for c in CASES if NONE in c[1].gets], ids=_name)
async def test_somebody_elses_looks_like_nothing_at_all(
    street: Street, own: Own, route: tuple[str, str], row: Row
) -> None:
    nothing = dict.fromkeys(own["other"], "f" * 16) | {"o": "thing"}
    told = []
    for where, flow in ((own["other"], "other"), (nothing, "other"), (own["other"], "mine"), (nothing, "mine")):
        braces = {**where, "home": company.FLOWS[flow]}
        answer = await ask(street, route[0], row.path.format_map(braces), "granted", _form(row.form, braces))
        assert answer.status == 404
        told.append(answer.raw)
    assert len(set(told)) == 1


@pytest_asyncio.fixture(loop_scope="session")
async def browser(street: Street) -> Any:
    """The session of the supervisor."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        given = {"email": company.address("granted"), "password": company.PASSWORD}
        async with session.post(f"{street.house.url}/login", data=given) as answer:
            assert answer.status == 200
        yield session


async def test_no_form_is_taken_without_the_token_of_its_session_or_from_another_site(
    street: Street, own: Own, browser: aiohttp.ClientSession
) -> None:
    async with browser.get(f"{street.house.url}/flows") as answer:
        found = re.search(r'<meta name="csrf" content="([0-9a-f]+)"', await answer.text())
    assert found is not None
    for (method, _), row in CASES:
        if method != "POST":
            continue
        path, form = filled(row, own, "mine", "granted")
        url = street.house.url + path
        for token, headers in (
            ("", {}),
            ("0" * 64, {}),
            (found[1], {"Origin": "https://evil.example"}),
            (found[1], {"Sec-Fetch-Site": "cross-site"}),
        ):
            async with browser.post(url, data={**(form or {}), "csrf": token}, headers=headers) as answer:
                assert answer.status == 403, (path, headers)
    assert await street.is_as_founded()


async def test_pages_hold_nothing_that_runs_and_nothing_from_elsewhere(street: Street, own: Own) -> None:
    for (method, _), row in CASES:
        if method != "GET":
            continue
        path, _ = filled(row, own, "mine", "granted")
        answer = await ask(street, "GET", path, "granted", None)
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        text = answer.raw.decode()
        assert "unsafe" not in answer.headers["Content-Security-Policy"], path
        assert not re.search(r'\son[a-z]+="|\sstyle="|<style|javascript:', text), path
        assert not re.search(r"<script(?![^>]* src=\"/static/)", text), path
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text), path
        head = await ask(street, "HEAD", path, "granted", None)
        assert (head.status, head.raw) == (answer.status, b""), path


async def test_other_methods_are_refused_and_change_nothing(street: Street, own: Own) -> None:
    pages = set(ROWS) | set(PUBLIC)
    for path in sorted({path for _, path in pages}):
        url = path.replace("{id}", own["mine"]["flow"]).replace("{kind}", "menu").replace("{key}", "mine")
        url = url.replace("{change}", own["mine"]["change"]).replace("{extension}", "201")
        url = (
            url.replace("{digest}", company.PROMPT)
            .replace("{name}", "ui.css")
            .replace("{token}", "x")
            .replace("{override}", own["mine"]["override"])
        )
        for method in ("PUT", "PATCH", "DELETE", "TRACE"):
            assert (await ask(street, method, url, "administrator", None)).status == 405, (method, path)
    assert await street.is_as_founded()
