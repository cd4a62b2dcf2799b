"""The same rules everywhere: what a query may hold, how lists are paged, versions, and what paths may name."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.api import company
from tests.api.conftest import Street
from tests.api.house import Answer
from tests.api.paper import Paper
from vaxelflode.web.routes import ROUTES

FLOW = company.FLOWS["mine"]
FILLED = {"{id}": FLOW, "{kind}": "schedule", "{key}": "mine", "{field}": "open"}
ASKED = [route for route in ROUTES if route.query is not None]
LISTS = ("/flows", "/objects", "/changes", "/users")


def _url(path: str) -> str:
    for name, value in FILLED.items():
        path = path.replace(name, value)
    return path


def _fields(answer: Answer) -> set[str]:
    return {e["field"] for e in answer.body["errors"]}


@pytest.mark.parametrize("route", ASKED, ids=lambda route: route.path)
async def test_what_a_query_does_not_name_or_names_twice_is_refused(street: Street, paper: Paper, route: Any) -> None:
    named = [p["name"] for p in paper.operations["GET", route.path]["parameters"] if p["in"] == "query"]
    assert named
    for name in [*named, "nosuch"]:
        given = [(name, "1")] * (1 if name == "nosuch" else 2)
        answer = await street.ask("GET", f"{_url(route.path)}?{urlencode(given)}", "administrator")
        assert (answer.status, _fields(answer)) == (422, {name})


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_is_paged_whole_by_its_links(street: Street, path: str) -> None:
    whole = (await street.ask("GET", path, "administrator")).body
    assert len(whole) > 4
    found, url = [], f"{path}?limit=2"
    while url:
        page = await street.ask("GET", url, "administrator")
        assert len(page.body) <= 2
        found += page.body
        url = page.headers.get("Link", "").partition(">")[0].removeprefix("<")
    assert found == whole


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", ["0", "1001", "-1", "", "x", "1.0", "1_0", "٣", "9" * 5000])
async def test_a_page_has_from_1_to_1000_items(street: Street, path: str, limit: str) -> None:
    answer = await street.ask("GET", f"{path}?{urlencode({'limit': limit})}", "administrator")
    assert (answer.status, _fields(answer)) == (422, {"limit"})


@pytest.mark.parametrize("path", ["/flows", "/changes", "/changes?object=schedule/mine"])
@pytest.mark.parametrize("after", ["f" * 16, "x", "", "\x00", "queue/mine"])
async def test_what_is_not_in_the_list_cannot_be_followed(street: Street, path: str, after: str) -> None:
    url = f"{path}{'&' if '?' in path else '?'}{urlencode({'after': after})}"
    answer = await street.ask("GET", url, "administrator")
    assert (answer.status, _fields(answer)) == (422, {"after"})


async def test_what_is_only_in_somebody_elses_list_cannot_be_followed_either(street: Street) -> None:
    for path, theirs in (("/flows", company.FLOWS["other"]), ("/changes", await _change(street, "schedule/other"))):
        there = await street.ask("GET", f"{path}?after={theirs}", "administrator")
        told = [await street.ask("GET", f"{path}?after={after}", "granted") for after in (theirs, "f" * 16)]
        assert (there.status, told[0].status) == (200, 422)
        assert told[0].raw == told[1].raw


async def _change(street: Street, ref: str) -> str:
    found = await street.ask("GET", f"/changes?object={ref}&limit=1", "administrator")
    return str(found.body[0]["id"])


async def test_objects_and_people_go_on_after_what_was_deleted_in_between(street: Street) -> None:
    first = (await street.ask("GET", "/objects?after=announcement/a&limit=1", "administrator")).body
    assert [o["key"] for o in first] == ["lone"]
    people = (await street.ask("GET", "/users?after=b&limit=1", "administrator")).body
    assert [p["email"] for p in people] == [company.address("disabled")]
    for bad in ("mine", "Queue/x", "\x00"):
        answer = await street.ask("GET", f"/objects?{urlencode({'after': bad})}", "administrator")
        assert (answer.status, _fields(answer)) == (422, {"after"})


async def test_a_filter_that_cannot_be_is_refused_rather_than_left_out(street: Street) -> None:
    for query, field in (
        ({"kind": "zebra"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"object": "mine"}, "object"),
        ({"object": ""}, "object"),
        ({"flow": "x"}, "flow"),
        ({"flow": ""}, "flow"),
    ):
        path = "/objects" if field == "kind" else "/changes"
        answer = await street.ask("GET", f"{path}?{urlencode(query)}", "administrator")
        assert (answer.status, _fields(answer)) == (422, {field}), query


@pytest.mark.parametrize("key", ["--", "Mine", "x" * 41, "mine--", "%00", "a%20b", "%C3%B6", "..%2Fmine"])
async def test_what_is_no_key_is_not_there(street: Street, key: str) -> None:
    for path in (f"/queues/{key}", f"/objects/queue/{key}", f"/objects/schedule/{key}/overrides/x"):
        method = "DELETE" if "overrides" in path else "GET"
        answer = await street.ask(method, path, "administrator")
        assert answer.status == 404, path
    assert (await street.ask("PUT", f"/queues/{key}/agents/201", "administrator", {})).status == 404


@pytest.mark.parametrize("text", ["x", "%00", "F" * 16, "f" * 17, "9" * 5000, "-1"])
async def test_what_is_no_id_is_not_there(street: Street, text: str) -> None:
    for method, path in (
        ("GET", f"/flows/{text}"),
        ("GET", f"/flows/{text}/graph"),
        ("DELETE", f"/objects/schedule/mine/overrides/{text}"),
        ("POST", f"/changes/{text}/undo"),
        ("GET", f"/users/{text}"),
        ("DELETE", f"/users/{text}"),
        ("DELETE", f"/queues/mine/agents/{text}"),
    ):
        assert (await street.ask(method, path, "administrator")).status == 404, path


async def test_a_flow_is_deleted_as_it_was_read_where_that_is_asked_for(street: Street) -> None:
    path = f"/flows/{FLOW}"
    tag = (await street.ask("GET", path, "administrator")).headers["ETag"]
    stale = await street.ask("DELETE", path, "administrator", if_match='"7"')
    assert (stale.status, stale.body["version"]) == (412, tag.strip('"'))
    assert (await street.ask("DELETE", path, "administrator", if_match=tag)).status == 204


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"/flows/{FLOW}", {"name": "Ny"}),
        ("PATCH", "/objects/schedule/mine", {"spec": {"open": {"end": "busy"}}}),
        ("DELETE", "/objects/announcement/lone", None),
    ],
)
async def test_a_version_is_wanted_and_must_be_the_one_there_is(
    street: Street, method: str, path: str, body: dict[str, Any] | None
) -> None:
    tag = (await street.ask("GET", path, "administrator")).headers["ETag"]
    assert (await street.ask(method, path, "administrator", body)).status == 428
    for other in ('"0"', '"x"', "", '"route.99999999999"', "§", '"*"', f"{tag}, {tag}"):
        answer = await street.ask(method, path, "administrator", body, if_match=other)
        assert answer.status == 412, other
        assert answer.body["version"] == tag.strip('"')
    assert await street.is_as_founded()
    assert (await street.ask(method, path, "administrator", body, if_match=tag)).status in (200, 202, 204)


async def test_text_is_no_number_and_a_number_no_switch(street: Street) -> None:
    """Pydantic reads ``"20"`` and ``true`` as numbers unless it is told not to."""
    for spec, field in (
        ({"timeout": "20"}, "spec.timeout"),
        ({"timeout": True}, "spec.timeout"),
        ({"announce_wait": "yes"}, "spec.announce_wait"),
        ({"announce_wait": 1}, "spec.announce_wait"),
    ):
        answer = await street.ask("PATCH", "/objects/queue/mine", "administrator", {"spec": spec}, if_match="*")
        assert (answer.status, _fields(answer)) == (422, {field}), spec


@pytest.mark.parametrize(
    "expires", [1805190120, "1805190120", "2027-03-16", "2027-03-16T12:00", "0001-01-01T00:00+23:00", "i morgon", True]
)
async def test_a_grant_expires_at_an_instant_or_is_refused(street: Street, expires: Any) -> None:
    def body(expires: Any) -> dict[str, Any]:
        return {"name": "Ny", "grants": [{"object": "queue/mine", "aspects": ["watch"], "expires": expires}]}

    answer = await street.ask("POST", "/flows", "administrator", body(expires))
    assert (answer.status, _fields(answer)) == (422, {"grants.0.expires"})
    made = await street.ask("POST", "/flows", "administrator", body("2027-12-31T23:59:59+01:00"))
    assert (made.status, made.body["grants"][0]["expires"]) == (201, "2027-12-31T22:59:59+00:00")


async def test_a_number_that_json_cannot_hold_is_a_bad_request(street: Street) -> None:
    body = b'{"name": "Ny", "grants": [{"object": "queue/mine", "aspects": ["watch"], "limits": {"timeout": 1e999}}]}'
    assert (await street.ask("POST", "/flows", "administrator", body)).status == 400


async def test_an_address_is_as_long_as_may_be_also_in_lower_case(street: Street) -> None:
    person = {"name": "Ny", "password": company.PASSWORD, "email": "ﬃ" * 60 + "@" + "ß" * 150}
    answer = await street.ask("POST", "/users", "administrator", person)
    assert (answer.status, _fields(answer)) == (422, {"email"})


async def test_a_name_keeps_no_blanks_around_it_and_is_not_made_of_them(street: Street) -> None:
    assert (await street.ask("PATCH", "/me", "granted", {"name": "  Karin Åström "})).body["name"] == "Karin Åström"
    answer = await street.ask("PATCH", "/me", "granted", {"name": "   "})
    assert (answer.status, _fields(answer)) == (422, {"name"})


async def test_who_may_not_read_an_object_is_not_told_what_became_of_its_changes(street: Street) -> None:
    change = await _change(street, "schedule/mine")
    assert (await street.ask("POST", f"/changes/{change}/undo", "administrator")).status == 200
    assert (await street.ask("POST", f"/changes/{change}/undo", "granted")).status == 409
    assert (await street.ask("POST", f"/changes/{change}/undo", "onlooker")).status == 403


async def test_the_phone_of_an_agent_is_not_taken_away_by_undo(street: Street) -> None:
    made = await street.ask(
        "POST",
        "/objects",
        "administrator",
        {"kind": "extension", "key": "299", "name": "Ny", "spec": {"endpoint": "9"}},
    )
    assert (await street.ask("PUT", "/queues/mine/agents/299", "administrator", {})).status == 200
    undo = f"/changes/{made.body['change']['id']}/undo"
    refused = await street.ask("POST", undo, "administrator")
    assert (refused.status, refused.body["used_by"]) == (409, ["queue/mine"])
    assert (await street.ask("DELETE", "/queues/mine/agents/299", "administrator")).status == 200
    assert (await street.ask("DELETE", "/objects/extension/299", "administrator", if_match="*")).status == 200
    assert (await street.ask("POST", undo, "administrator")).status == 409, "it is deleted already"
