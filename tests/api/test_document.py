"""The API's document is valid OpenAPI 3.1, names every route and nothing else, and says what the kinds declare."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

import vaxelflode.domain.kinds as package
from tests.api.conftest import Street
from tests.api.paper import Paper
from vaxelflode.domain.kind import Kind, kinds
from vaxelflode.web.openapi import Document
from vaxelflode.web.pages.table import PAGES
from vaxelflode.web.routes import ROUTES


def _schemas(paper: Paper) -> dict[str, Any]:
    found: dict[str, Any] = paper.document["components"]["schemas"]
    return found


def test_it_is_valid_openapi(paper: Paper) -> None:
    schemathesis.openapi.from_dict(dict(paper.document)).validate()


def test_each_of_its_schemas_is_valid_and_what_it_refers_to_is_there(paper: Paper) -> None:
    for name, schema in _schemas(paper).items():
        jsonschema_rs.meta.validate(schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"})
        assert name
    text = json.dumps(paper.document)
    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert referred == set(_schemas(paper))
    assert set(re.findall(r'"#/components/responses/([^"]+)"', text)) == set(paper.document["components"]["responses"])


async def test_it_names_every_route_of_the_running_application_but_its_pages(street: Street, paper: Paper) -> None:
    served = {(r.method, r.resource.canonical): r.handler for r in street.house.app.router.routes() if r.resource}
    api = {route for route, handler in served.items() if handler not in {page.handler for page in PAGES}}
    assert set(paper.operations) == {(method, path) for method, path in api if method != "HEAD"}


async def test_it_is_served_to_everybody_as_it_is(street: Street, paper: Paper) -> None:
    answer = await street.ask("GET", "/openapi.json")
    assert answer.body == paper.document
    assert answer.headers["Content-Type"] == "application/json"


def test_each_operation_has_a_name_of_its_own_and_says_what_it_does(paper: Paper) -> None:
    names = [one["operationId"] for one in paper.operations.values()]
    assert len(names) == len(set(names)) == len(ROUTES)
    assert all(one["summary"].endswith(".") for one in paper.operations.values())
    assert all(tag["description"] for tag in paper.document["tags"])


def test_a_path_s_parameters_are_those_in_its_braces(paper: Paper) -> None:
    for (method, path), one in paper.operations.items():
        named = {p["name"] for p in one["parameters"] if p["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path)), (method, path)


def test_only_what_is_marked_public_needs_no_log_in(paper: Paper) -> None:
    open_ones = {key for key, one in paper.operations.items() if one.get("security") == []}
    assert open_ones == {(route.method, route.path) for route in ROUTES if route.public}
    assert paper.document["security"] == [{"token": []}]


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.name)
def test_a_kind_is_there_with_all_that_its_fields_declare(paper: Paper, kind: Kind) -> None:
    schemas = _schemas(paper)
    named = schemas["Object"]["discriminator"]["mapping"][kind.name].split("/")[-1]
    shown = schemas[named]["properties"]
    assert shown["kind"] == {"const": kind.name}
    assert shown["aspects"].get("items", {}).get("enum", []) == list(kind.aspects)
    spec = schemas[shown["spec"]["$ref"].split("/")[-1]]
    assert set(spec["properties"]) == set(spec["required"]) == set(kind.spec.model_fields)
    for name, schema in spec["properties"].items():
        declared = kind.spec.declared(name)
        said = tuple(schema.get(f"x-{what}") for what in ("aspect", "unit", "asterisk", "slot", "unique"))
        assert said == (declared.aspect, declared.unit, declared.option, declared.slot, declared.unique), name
        assert schema.get("x-secret", False) == declared.secret
        if declared.secret:
            assert schema["anyOf"] == [{"const": "set"}, {"type": "null"}], "nobody is shown it"


def test_what_a_kind_takes_is_what_it_declares(paper: Paper) -> None:
    """Held by the kinds themselves: what the schema of a new object lets pass in bounds, the model does too."""
    schemas = _schemas(paper)
    assert set(schemas["NewObject"]["discriminator"]["mapping"]) == set(kinds())
    queue = schemas["NewQueueSpec"]["properties"]
    assert (queue["timeout"]["minimum"], queue["timeout"]["maximum"], queue["timeout"]["default"]) == (5, 120, 20)
    assert "overrides" not in schemas["NewScheduleSpec"]["properties"], "they have a way of their own"
    assert "required" not in schemas["QueuePatch"]
    weekly = schemas["SchedulePatch"]["properties"]["weekly"]["anyOf"][0]
    assert {"type": "null"} in weekly["additionalProperties"]["anyOf"], "a day can be taken away"
    assert schemas["NewNumberObject"]["properties"]["key"]["pattern"] == "^[1-9][0-9]{4,14}$"
    assert "spec" in schemas["NewNumberObject"]["required"]


@pytest.fixture
def echo() -> Iterator[None]:
    """One more kind, whose module is not among the product's."""
    found_in = [*package.__path__]
    package.__path__ = [*found_in, str(Path(__file__).parents[1] / "toy" / "kinds")]
    kinds.cache_clear()
    yield
    package.__path__ = found_in
    sys.modules.pop(f"{package.__name__}.echo", None)
    kinds.cache_clear()


@pytest.mark.usefixtures("echo")
def test_a_kind_that_is_added_is_there_with_nothing_else_changed() -> None:
    document = Document(ROUTES).value
    schemas = document["components"]["schemas"]
    for union in ("Object", "NewObject"):
        assert "echo" in schemas[union]["discriminator"]["mapping"]
    times = schemas["Echo"]["properties"]["times"]
    assert (times["x-aspect"], times["x-unit"], times["x-asterisk"]) == ("settings", "times", "Playback")
    assert schemas["EchoObject"]["properties"]["aspects"]["items"]["enum"] == ["audio", "settings", "route"]
    assert {"$ref": "#/components/schemas/EchoPatch"} in schemas["ObjectPatch"]["properties"]["spec"]["anyOf"]
    kind = next(p for p in document["paths"]["/api/v1/objects"]["get"]["parameters"] if p["name"] == "kind")
    assert "echo" in kind["schema"]["enum"]
    schemathesis.openapi.from_dict(document).validate()


class _Page(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def every(self, attribute: str) -> list[str]:
        return [found for _, attrs in self.tags if (found := attrs.get(attribute)) is not None]


async def test_the_page_shows_each_operation_and_shape_without_script_or_style_of_its_own(
    street: Street, paper: Paper
) -> None:
    answer = await street.ask("GET", "/api/docs")
    text = answer.raw.decode()
    page = _Page()
    page.feed(text)
    ids = page.every("id")
    assert len(ids) == len(set(ids))
    assert {one["operationId"] for one in paper.operations.values()} | set(_schemas(paper)) <= set(ids)
    links = {href.removeprefix("#") for href in page.every("href") if href.startswith("#")}
    assert links <= set(ids)
    assert not {"script", "style"} & {tag for tag, _ in page.tags}
    assert not [name for _, attrs in page.tags for name in attrs if name == "style" or name.startswith("on")]
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; style-src 'self'")
    (style,) = [attrs["href"] for tag, attrs in page.tags if tag == "link"]
    sheet = await street.ask("GET", str(style))
    assert (sheet.status, sheet.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "prefers-color-scheme: dark" in sheet.raw.decode()
