"""Every answer that an operation declares when all goes well, when the PBX is away and when it refuses, is real."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from tests.api import company
from tests.api.conftest import Street
from tests.api.paper import Paper
from vaxelflode.errors import PbxRefused
from vaxelflode.storage.agents import of_all
from vaxelflode.web.routes import ROUTES

FLOW = company.FLOWS["mine"]
DAY = {"from": "2027-06-07", "to": "2027-06-07", "hours": [], "closed": {"end": "congestion"}}
PERSON = {"email": "ny@example.se", "name": "Ny", "password": company.PASSWORD, "rights": [], "extension": "201"}
CONGESTION = {"end": "congestion"}


class Request(NamedTuple):
    """What is asked of one operation, so that it is done."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = {}


#: Those that change the PBX: each is live, or pending, or refused.
CHANGES = (
    Request("POST", "/objects", {"kind": "menu", "key": "ny", "name": "Ny", "spec": {"timeout": CONGESTION}}),
    Request("PATCH", "/objects/menu/mine", {"spec": {"options": {"9": CONGESTION, "1": None}}}, {"if_match": "*"}),
    Request("DELETE", "/objects/announcement/lone", None, {"if_match": "*"}),
    Request("POST", "/objects/schedule/mine/overrides", DAY),
    Request("DELETE", f"/objects/schedule/mine/overrides/{company.override_of('mine')}"),
    Request("PUT", "/queues/mine/agents/202", {"permanent": True, "penalty": 3, "paused": True, "reason": "Lunch"}),
    Request("PATCH", "/queues/mine/agents/201", {"paused": True}),
    Request("DELETE", "/queues/mine/agents/201"),
    Request("POST", "/changes/{change}/undo", {"force": False}),
)
OTHERS = (
    Request("POST", "/tokens", {"email": company.address("granted"), "password": company.PASSWORD}),
    Request("DELETE", "/tokens"),
    Request("GET", "/me"),
    Request("PATCH", "/me", {"name": "Ny", "password": "ett nytt lösenord", "old_password": company.PASSWORD}),
    Request("POST", "/flows", {"name": "Ny", "number": company.NUMBERS["other"], "supervisors": ["spare@example.se"]}),
    Request("PUT", f"/flows/{FLOW}", {"name": "Ny", "id": FLOW, "version": "1"}, {"if_match": "1"}),
    Request("DELETE", f"/flows/{FLOW}"),
    Request("GET", f"/flows/{FLOW}/graph?at=2027-06-02T12:00&digits=1"),
    Request("GET", "/objects/queue/mine/choices/full?q=M"),
    Request("GET", "/objects/queue/mine/audio/join"),
    Request("GET", "/events?for=0"),
    Request("POST", "/users", PERSON),
    Request("PATCH", "/users/2", {"disabled": True, "language": "en"}),
    Request("DELETE", "/users/2"),
    *(Request("GET", path) for path in ("/healthz", "/readyz", "/metrics", "/api/docs", "/api/docs.css")),
    *(Request("GET", path) for path in ("/objects", "/flows", "/changes", "/users", "/system", "/queues/mine")),
    *(Request("GET", path) for path in (f"/flows/{FLOW}", "/users/2", "/openapi.json")),
    *(Request("GET", f"/objects/{o.ref}") for o in company.company()),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_paper() -> Paper:
    """A document that has judged nothing before this module."""
    return Paper()


_NUMBERS = itertools.count()


@pytest_asyncio.fixture(loop_scope="session")
async def here(plot: Path, founded: Path, own_paper: Paper) -> Any:
    async with AsyncExitStack() as stack:
        street = Street(plot / f"answers-{next(_NUMBERS)}", founded, own_paper, stack)
        await street.move()
        yield street


async def _ask(street: Street, one: Request) -> tuple[int, Any]:
    told = await street.house.ask("GET", "/api/v1/changes?object=schedule/mine", "administrator")
    path = one.path.replace("{change}", told.body[0]["id"])
    answer = await street.ask(one.method, path, "administrator", one.body, **one.headers)
    return answer.status, answer.body


def _name(one: Request) -> str:
    return f"{one.method} {one.path}"


@pytest.mark.parametrize("one", [*CHANGES, *OTHERS], ids=_name)
async def test_it_is_done(here: Street, one: Request) -> None:
    status, body = await _ask(here, one)
    assert status in (200, 201, 204), body
    if one in CHANGES:
        assert body["change"]["state"] == "live"


@pytest.mark.parametrize("one", CHANGES, ids=_name)
async def test_it_is_saved_while_the_pbx_is_away(here: Street, one: Request) -> None:
    here.house.lose_the_pbx()
    status, body = await _ask(here, one)
    assert (status, body["change"]["state"]) == (202, "pending")


@pytest.mark.parametrize("one", CHANGES, ids=_name)
async def test_it_is_taken_back_while_it_waits(here: Street, one: Request) -> None:
    here.house.lose_the_pbx()
    before = await _shown(here)
    _, body = await _ask(here, one)
    answer = await here.ask("POST", f"/changes/{body['change']['id']}/withdraw", "administrator")
    assert (answer.status, answer.body["change"]["state"]) == (200, "withdrawn")
    assert await _shown(here) == before


async def _shown(street: Street) -> Any:
    """The objects without their versions, which never go back; and the agents as they are written down."""
    objects = (await street.ask("GET", "/objects?limit=1000", "administrator")).body
    async with street.house.database.read() as db:
        agents = {q: {e: a.as_json() for e, a in found.items()} for q, found in (await of_all(db)).items()}
    return [{k: v for k, v in o.items() if k != "version"} for o in objects], agents


def _refuse() -> None:
    raise PbxRefused("not that", filename="/etc/secret")


@pytest.mark.parametrize("one", [one for one in CHANGES if not one.path.endswith("lone")], ids=_name)
async def test_it_is_taken_back_where_the_pbx_refuses(here: Street, one: Request) -> None:
    if "agents" in one.path and one.method != "PUT":
        await here.house.ask("PUT", "/api/v1/queues/mine/agents/201", "administrator", {"paused": False, "penalty": 1})
    for call in ("has_line", "add_member", "remove_member", "pause_member"):
        here.house.pbx.hooks[call] = _refuse
    status, body = await _ask(here, one)
    assert (status, body["change"]["state"], body["detail"]) == (502, "rejected", "not that")
    assert "secret" not in str(body)


async def test_what_is_read_from_the_pbx_says_that_it_is_away_or_has_no_such_queue(here: Street) -> None:
    del here.house.pbx.loaded["queues.conf"]["vx-mine"]
    assert (await here.ask("GET", "/queues/mine", "granted")).status == 502
    here.house.lose_the_pbx()
    assert (await here.ask("GET", "/queues/mine", "granted")).status == 503
    here.house.applier.wake(doubtful=True)
    for _ in range(1000):
        if (await here.ask("GET", "/readyz")).status == 503:
            return
        await asyncio.sleep(0.01)
    pytest.fail("it is still said to be ready")


async def test_undo_over_what_came_later_tells_both(here: Street) -> None:
    ids = []
    for wait in (7, 9):
        patched = await here.ask("PATCH", "/objects/menu/mine", "administrator", {"spec": {"wait": wait}}, if_match="*")
        ids.append(patched.body["change"]["id"])
    refused = await here.ask("POST", f"/changes/{ids[0]}/undo", "granted")
    assert (refused.status, refused.body["conflicts"]) == (
        409,
        [{"path": ["wait"], "set": 7, "restores": 5, "now": 9}],
    )
    assert (await here.ask("POST", f"/changes/{ids[0]}/undo", "granted", {"force": True})).status == 200
    assert (await here.ask("POST", f"/changes/{ids[0]}/undo", "granted", {"force": True})).body["undone_by"]


async def test_nothing_to_change_is_no_change(here: Street) -> None:
    answer = await here.ask("PATCH", "/objects/menu/mine", "granted", {}, if_match="*")
    assert (answer.status, answer.body["change"]["id"]) == (200, None)
    answer = await here.ask("PUT", "/queues/mine/agents/201", "granted", {})
    assert (answer.status, answer.body["change"]["id"], answer.body["agent"]["extension"]) == (200, None, "201")


async def test_too_many_tries_say_when_the_next_may_be_made(here: Street) -> None:
    body = {"email": company.address("granted"), "password": "fel fel fel fel"}
    told = [(await here.ask("POST", "/tokens", None, body)) for _ in range(6)]
    assert [answer.status for answer in told] == [401] * 5 + [429]
    assert told[-1].headers["Retry-After"] == str(told[-1].body["retry_after"])


async def test_a_body_that_is_too_large_or_of_another_kind_is_told_so(here: Street, own_paper: Paper) -> None:
    large = await here.ask("PATCH", "/me", "granted", b" " * 1024 * 1024 + b"{}")
    assert large.status == 413
    other = await here.ask("POST", "/tokens", None, {}, content_type="text/plain")
    assert other.status == 415
    assert own_paper.seen >= {("PATCH", "/api/v1/me", 413), ("POST", "/api/v1/tokens", 415)}


async def test_every_answer_without_an_error_was_seen(own_paper: Paper) -> None:
    """Comes last in this module, which has asked for all of them."""
    declared = {(route.method, route.path, status) for route in ROUTES for status in route.gives}
    declared |= {(route.method, route.path, 502) for route in ROUTES if 502 in route.problems}
    # What is deleted stays in the dialplan for a day, so that there is nothing yet for the PBX to refuse.
    missing = declared - own_paper.seen - {("DELETE", "/api/v1/objects/{kind}/{key}", 502)}
    assert not missing
