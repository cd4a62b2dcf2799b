"""Every route × everybody × one's own object, one on the graph, and somebody else's.

The routes are those of the API's table, and the running application has no others but its pages, which
``tests/web/test_every_page.py`` walks: the two together cover it whole. One without rows fails.

Bodies would be valid, so whatever is refused is refused for want of a right; and after each refusal nothing has
changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from tests.api import company
from tests.api.conftest import Street
from tests.api.house import Answer, House
from vaxelflode.web.routes import ROUTES

#: What somebody is to an object or a flow.
ADMIN, GRANTED, PARTIAL, SEEN, NONE = "administrator", "granted", "partial", "seen", "none"

PARTS = ("mine", "seen", "other")
#: The kinds of which each part has one.
PARTED = sorted({o.ref.kind for o in company.company() if o.ref.key in PARTS})

#: Person → what they are to the objects mine, seen, other.
OBJECTS: Mapping[str, tuple[str, str, str]] = {
    "administrator": (ADMIN, ADMIN, ADMIN),
    "granted": (GRANTED, SEEN, NONE),
    "partial": (PARTIAL, SEEN, NONE),
    "onlooker": (SEEN, SEEN, NONE),
    "stranger": (NONE, NONE, GRANTED),
    "rightless": (NONE, NONE, NONE),
}
#: Person → what they are to the flows mine, onlookers (of the same number), other.
FLOWS: Mapping[str, tuple[str, str, str]] = {
    "administrator": (ADMIN, ADMIN, ADMIN),
    "granted": (GRANTED, NONE, NONE),
    "partial": (NONE, NONE, NONE),
    "onlooker": (NONE, GRANTED, NONE),
    "stranger": (NONE, NONE, GRANTED),
    "rightless": (NONE, NONE, NONE),
}
#: Person → what they are to what is nobody's in particular.
EVERYBODY: Mapping[str, tuple[str, str, str]] = {
    person: (ADMIN if person == "administrator" else GRANTED,) * 3 for person in OBJECTS
}
#: They are nobody to the application.
OUTSIDE = (None, "nobody-with-this-token", "disabled")


@dataclass(frozen=True)
class Row:
    """A request, and what each sort of person gets for it. ``{o}``, ``{flow}``, … stand for the part's own."""

    path: str
    gets: Mapping[str, int]
    body: Any = None
    who: Mapping[str, tuple[str, str, str]] = field(default_factory=lambda: OBJECTS)
    headers: Mapping[str, str] = field(default_factory=dict)


def of_object(path: str, *, admin: int = 200, granted: int = 200, partial: int = 200, **more: Any) -> Row:
    """About an object: known without the aspect is 403, unknown 404."""
    return Row(path, {ADMIN: admin, GRANTED: granted, PARTIAL: partial, SEEN: 403, NONE: 404}, **more)


def of_flow(path: str, *, admin: int = 200, own: int = 200, **more: Any) -> Row:
    """About a flow: somebody else's is 404."""
    return Row(path, {ADMIN: admin, GRANTED: own, NONE: 404}, who=FLOWS, **more)


def of_all(path: str, *, admin: int = 200, others: int = 200, **more: Any) -> Row:
    """About nobody's in particular."""
    return Row(path, {ADMIN: admin, GRANTED: others}, who=EVERYBODY, **more)


ANY = {"if_match": "*"}
FLOW = {"name": "Ny", "grants": [{"object": "queue/mine", "aspects": ["watch"]}]}
DAY = {"from": "2027-06-07", "to": "2027-06-07", "hours": [["10:00", "14:00"]]}
PERSON = {"email": "ny@example.se", "name": "Ny", "password": company.PASSWORD}
SPARE = len(company.PEOPLE)

#: Method and path, as the application has them → what to ask.
ROWS: Mapping[tuple[str, str], tuple[Row, ...]] = {
    ("DELETE", "/api/v1/tokens"): (of_all("/tokens", admin=204, others=204),),
    ("GET", "/api/v1/me"): (of_all("/me"),),
    ("PATCH", "/api/v1/me"): (of_all("/me", body={"name": "Annan"}),),
    ("GET", "/api/v1/flows"): (of_all("/flows"),),
    ("POST", "/api/v1/flows"): (of_all("/flows", admin=201, others=403, body=FLOW),),
    ("GET", "/api/v1/flows/{id}"): (of_flow("/flows/{flow}"),),
    ("PUT", "/api/v1/flows/{id}"): (of_flow("/flows/{flow}", own=403, body=FLOW, headers=ANY),),
    ("DELETE", "/api/v1/flows/{id}"): (of_flow("/flows/{flow}", admin=204, own=403),),
    ("GET", "/api/v1/flows/{id}/graph"): (of_flow("/flows/{flow}/graph"),),
    ("GET", "/api/v1/objects"): (of_all("/objects"),),
    ("POST", "/api/v1/objects"): (
        of_all("/objects", others=403, body={"kind": "announcement", "key": "ny", "name": "Ny"}),
    ),
    ("GET", "/api/v1/objects/{kind}/{key}"): tuple(of_object(f"/objects/{kind}/{{o}}") for kind in PARTED),
    ("PATCH", "/api/v1/objects/{kind}/{key}"): (
        of_object("/objects/schedule/{o}", partial=403, body={"spec": {"open": {"end": "busy"}}}, headers=ANY),
        of_object("/objects/schedule/{o}", body={"spec": {"weekly": {"sat": []}}}, headers=ANY),
        of_object("/objects/schedule/{o}", granted=403, partial=403, body={"name": "Ny"}, headers=ANY),
        of_object("/objects/menu/{o}", partial=403, body={"spec": {"wait": 7}}, headers=ANY),
        of_object("/objects/queue/{o}", partial=403, body={"spec": {"length": 7}}, headers=ANY),
        # What stands already is refused as what is new is: else the answer hangs on what somebody else has just set.
        of_object("/objects/queue/{o}", partial=403, body={"spec": {"length": 0}}, headers=ANY),
        of_object("/objects/queue/{o}", body={"spec": {}}, headers=ANY),
        of_object("/objects/announcement/{o}", partial=403, body={"spec": {"next": {"end": "busy"}}}, headers=ANY),
        of_object("/objects/voicemail/{o}", partial=403, body={"spec": {"greeting": None}}, headers=ANY),
        of_object("/objects/ring_group/{o}", partial=403, body={"spec": {"ring": 7}}, headers=ANY),
        of_object("/objects/forward/{o}", body={"spec": {"target": {"end": "busy"}}}, headers=ANY),
        of_object("/objects/switch/{o}", partial=403, body={"spec": {"position": {"at": "closed"}}}, headers=ANY),
    ),
    ("DELETE", "/api/v1/objects/{kind}/{key}"): (
        of_object("/objects/schedule/{o}", admin=409, granted=403, partial=403, headers=ANY),
    ),
    ("GET", "/api/v1/objects/{kind}/{key}/choices/{field}"): (
        of_object("/objects/schedule/{o}/choices/open", partial=403),
        of_object("/objects/queue/{o}/choices/agents", partial=403),
        of_object("/objects/queue/{o}/choices/nosuch", admin=422, granted=422, partial=422),
    ),
    ("GET", "/api/v1/objects/{kind}/{key}/audio/{slot}"): (
        of_object("/objects/announcement/{o}/audio/prompt"),
        of_object("/objects/queue/{o}/audio/nosuch", admin=404, granted=404, partial=404),
    ),
    ("POST", "/api/v1/objects/schedule/{key}/overrides"): (
        of_object("/objects/schedule/{o}/overrides", partial=403, body=DAY),
    ),
    ("DELETE", "/api/v1/objects/schedule/{key}/overrides/{id}"): (
        of_object("/objects/schedule/{o}/overrides/{override}", partial=403),
    ),
    ("GET", "/api/v1/queues/{key}"): (of_object("/queues/{o}"),),
    ("PUT", "/api/v1/queues/{key}/agents/{extension}"): (
        of_object("/queues/{o}/agents/202", partial=403, body={"paused": True}),
    ),
    ("PATCH", "/api/v1/queues/{key}/agents/{extension}"): (
        of_object("/queues/{o}/agents/201", partial=403, body={"paused": True}),
    ),
    ("DELETE", "/api/v1/queues/{key}/agents/{extension}"): (of_object("/queues/{o}/agents/201", partial=403),),
    ("GET", "/api/v1/events"): (of_all("/events?for=0"),),
    ("GET", "/api/v1/changes"): (
        of_all("/changes"),
        of_object("/changes?object=schedule/{o}"),
        of_flow("/changes?flow={flow}"),
    ),
    ("POST", "/api/v1/changes/{id}/undo"): (
        of_object("/changes/{change}/undo", partial=403),
        of_object("/changes/{agents}/undo", partial=403),
    ),
    ("POST", "/api/v1/changes/{id}/withdraw"): (
        of_object("/changes/{change}/withdraw", admin=409, granted=409, partial=403),
        of_object("/changes/{agents}/withdraw", admin=409, granted=409, partial=403),
    ),
    ("GET", "/api/v1/users"): (of_all("/users", others=403),),
    ("POST", "/api/v1/users"): (of_all("/users", admin=201, others=403, body=PERSON),),
    ("GET", "/api/v1/users/{id}"): (
        of_all(f"/users/{SPARE}", others=403),
        of_all("/users/999", admin=404, others=403),
        of_all("/users/nobody", admin=404, others=403),
    ),
    ("PATCH", "/api/v1/users/{id}"): (of_all(f"/users/{SPARE}", others=403, body={"name": "Annan"}),),
    ("DELETE", "/api/v1/users/{id}"): (of_all(f"/users/{SPARE}", admin=204, others=403),),
    ("GET", "/api/v1/system"): (of_all("/system"),),
}
#: Routes that want no log-in, with what they answer to everybody.
PUBLIC: Mapping[tuple[str, str], int] = {
    ("GET", "/healthz"): 200,
    ("GET", "/readyz"): 200,
    ("GET", "/metrics"): 200,
    ("GET", "/api/v1/openapi.json"): 200,
    ("GET", "/api/docs"): 200,
    ("GET", "/api/docs.css"): 200,
    ("POST", "/api/v1/tokens"): 201,
}
#: Every route of the API's table.
API = {(route.method, route.path) for route in ROUTES}
CASES = [(route, row) for route, rows in ROWS.items() for row in rows]


def _name(case: object) -> str:
    return " ".join(case) if isinstance(case, tuple) else case.path if isinstance(case, Row) else str(case)


def routes_of(house: House) -> set[tuple[str, str]]:
    """Every route of the running application; HEAD is answered as GET is, and walked with it."""
    found = {(r.method, r.resource.canonical) for r in house.app.router.routes() if r.resource is not None}
    assert {path for method, path in found if method == "HEAD"} == {path for method, path in found if method == "GET"}
    return {(method, path) for method, path in found if method != "HEAD"}


Own = Mapping[str, Mapping[str, str]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own(whole_street: Street) -> Own:
    """What stands for the braces of a path, for each part of the company: the same in every house."""
    await whole_street.move()
    found = {}
    for part, flow in zip(PARTS, ("mine", "onlookers", "other"), strict=True):
        found[part] = {"o": part, "flow": company.FLOWS[flow], "override": company.override_of(part)}
        for name, ref in (("change", f"schedule/{part}"), ("agents", f"queue/{part}")):
            told = await whole_street.house.ask("GET", f"/api/v1/changes?object={ref}", "administrator")
            found[part][name] = told.body[0]["id"]
    return found


async def test_every_route_of_the_api_is_walked(street: Street) -> None:
    assert routes_of(street.house) >= API
    assert set(ROWS) | set(PUBLIC) == API


@pytest.mark.parametrize(("route", "row"), CASES, ids=_name)
async def test_each_gets_what_they_may_and_a_refusal_changes_nothing(
    street: Street, own: Own, route: tuple[str, str], row: Row
) -> None:
    method = route[0]
    for n, part in enumerate(PARTS if NONE in row.gets else PARTS[:1]):
        for person, relations in row.who.items():
            filled = row.path.format_map(own[part])
            answer = await street.ask(method, filled, person, row.body, **row.headers)
            assert answer.status == row.gets[relations[n]], (person, part, answer.body)
            if answer.status >= 400:
                _says_why(answer)
                assert method == "GET" or await street.is_as_founded(), (person, part)
            await street.move()
    assert await street.is_as_founded()


def _says_why(answer: Answer) -> None:
    assert answer.body["status"] == answer.status
    if answer.status == 403:
        assert "administrator" in answer.body["reason"]


@pytest.mark.parametrize(("route", "row"), CASES, ids=_name)
async def test_nobody_gets_in_without_a_token_that_holds(
    street: Street, own: Own, route: tuple[str, str], row: Row
) -> None:
    filled = row.path.format_map(own["mine"])
    said = set()
    for person in OUTSIDE:
        answer = await street.ask(route[0], filled, person, row.body, **row.headers)
        assert answer.status == 401, (person, answer.body)
        said.add(answer.headers["WWW-Authenticate"])
    assert said == {"Bearer"}
    assert await street.is_as_founded()


@pytest.mark.parametrize(
    ("route", "row"), [c for c in CASES if NONE in c[1].gets and "nosuch" not in c[1].path], ids=_name
)
async def test_somebody_elses_looks_like_nothing_at_all(
    street: Street, own: Own, route: tuple[str, str], row: Row
) -> None:
    nothing = {"o": "thing", "flow": "f" * 16, "override": "f" * 16, "change": "f" * 16, "agents": "f" * 16}
    told = []
    for where in (own["other"], nothing):
        path = row.path.format_map(where)
        answer = await street.ask(route[0], path, "granted", row.body, **row.headers)
        assert answer.status == 404
        told.append(answer.raw.decode().replace("/other", "/…").replace("/thing", "/…"))
    assert told[0] == told[1]


async def test_lists_hold_only_what_one_may_know_of(street: Street) -> None:
    graph = {f"{kind}/{part}" for kind in PARTED for part in ("mine", "seen")}
    graph |= {"number/46101022290", "extension/201", "extension/202"}
    others = {f"{kind}/other" for kind in PARTED} | {"number/46980319200", "extension/202"}
    for person, known in (
        ("granted", graph),
        ("onlooker", graph),
        ("stranger", others),
        ("rightless", set()),
    ):
        shown = (await street.ask("GET", "/objects", person)).body
        assert {f"{o['kind']}/{o['key']}" for o in shown} == known, person
        readable = {f"{o['kind']}/{o['key']}" for o in shown if "spec" in o}
        part = {"granted": "mine", "stranger": "other"}.get(person)
        assert readable == {f"{kind}/{part}" for kind in PARTED if part}, person
        told = (await street.ask("GET", "/changes", person)).body
        assert {c["object"] for c in told} <= readable, person
        assert bool(told) == bool(readable), person
    flows = {p: {f["id"] for f in (await street.ask("GET", "/flows", p)).body} for p in OBJECTS}
    own_flows = {"granted": "mine", "partial": "partly", "onlooker": "onlookers", "stranger": "other"}
    assert flows == {p: {company.FLOWS[own_flows[p]]} if p in own_flows else set() for p in OBJECTS} | {
        "administrator": set(company.FLOWS.values())
    }


@pytest.mark.parametrize(("route", "status"), PUBLIC.items(), ids=_name)
async def test_what_is_public_is_the_same_for_everybody(street: Street, route: tuple[str, str], status: int) -> None:
    method, path = route
    body = {"email": company.address("granted"), "password": company.PASSWORD} if method == "POST" else None
    answers = [await street.ask(method, path, person, body) for person in (*OUTSIDE, *OBJECTS)]
    assert {a.status for a in answers} == {status}
    assert method == "POST" or path == "/metrics" or len({a.raw for a in answers}) == 1


def _paths(routes: set[tuple[str, str]]) -> Iterator[tuple[str, set[str]]]:
    for path in sorted({path for _, path in routes}):
        yield path, {method for method, one in routes if one == path}


async def test_head_is_get_without_a_body(street: Street, own: Own) -> None:
    for (method, _), row in CASES:
        if method != "GET":
            continue
        path = f"/api/v1{row.path.format_map(own['mine'])}"
        for person in (None, "granted", "onlooker", "stranger"):
            head, get = [await street.house.ask(m, path, person) for m in ("HEAD", "GET")]
            assert (head.status, head.raw) == (get.status, b""), (path, person)


async def test_other_methods_are_refused_with_those_there_are_and_change_nothing(street: Street, own: Own) -> None:
    for path, methods in _paths(API):
        has = methods | ({"HEAD"} if "GET" in methods else set())
        url = path.replace("{id}", own["mine"]["flow"]).replace("{kind}", "queue").replace("{key}", "mine")
        url = url.replace("{extension}", "201").replace("{field}", "full").replace("{slot}", "join")
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} - has:
            for person in (None, "stranger", "administrator"):
                answer = await street.house.ask(method, url, person, {})
                assert answer.status == 405, (method, path, person)
                assert set(answer.headers["Allow"].split(",")) == has, (method, path)
                assert method == "HEAD" or answer.body["type"] == "urn:vaxelflode:http"
    assert await street.is_as_founded()


async def test_a_method_that_nobody_knows_is_a_bad_request(street: Street) -> None:
    for path, _ in _paths(API):
        answer = await street.house.ask("BREW", path.replace("{", "").replace("}", ""), "administrator")
        assert answer.status in (400, 405), path
    assert await street.is_as_founded()
