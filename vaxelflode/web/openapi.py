"""The API's own document (OpenAPI 3.1), made of the table of routes and of the declared shapes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Annotated, Any

from pydantic import Field

from vaxelflode.domain.identifiers import KEY_LENGTH, KEY_PATTERN
from vaxelflode.web.by_kind import Schema
from vaxelflode.web.problems import shape_of
from vaxelflode.web.queries import Id, KindName
from vaxelflode.web.route import Answer, Route
from vaxelflode.web.schemas import ANSWERED, SENT, Mode, Schemas, without_unused

JSON, PROBLEM = "application/json", "application/problem+json"

#: What stands in paths, by its name; or by the segment before it and its name, where the name alone says too little.
_IN_PATH: Mapping[str, Any] = {
    "kind": Annotated[KindName, Field(description="The object's kind")],
    "key": Annotated[str, Field(pattern=KEY_PATTERN, max_length=KEY_LENGTH, description="The object's key")],
    "field": Annotated[str, Field(description="A field of the spec, or `agents` of a queue", examples=["options"])],
    "slot": Annotated[str, Field(description="A slot for sound", examples=["prompt"])],
    "extension": Annotated[str, Field(pattern="^[0-9]{2,10}$", description="The agent's extension", examples=["201"])],
    "id": Id,
    "users/id": Annotated[int, Field(ge=1, lt=10**9, description="As the list of people shows it")],
}

_HEADERS: Mapping[str, Schema] = {
    "ETag": {"description": "The version, for `If-Match`", "schema": {"type": "string"}},
    "Location": {"description": "Where what was made is", "schema": {"type": "string"}},
    "Link": {"description": 'Leads to the next page, `rel="next"`', "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "How to log in", "schema": {"const": "Bearer"}, "required": True},
    "Retry-After": {"description": "In so many seconds", "schema": {"type": "integer"}, "required": True},
}
_OF_PROBLEM: Mapping[int, tuple[str, ...]] = {401: ("WWW-Authenticate",), 429: ("Retry-After",)}

_WORDS: Mapping[int, str] = {
    200: "As asked",
    201: "Made",
    202: "Saved; the PBX has not confirmed it yet",
    204: "Done",
    400: "The request cannot be read",
    401: "Not logged in",
    403: "Known, but not permitted; `reason` says why",
    404: "There is no such thing, or none within one's flows",
    409: "It collides with a rule, or with what there is",
    412: "It has changed since the version in `If-Match`",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "Invalid; `errors` names each field",
    428: "`If-Match` is missing",
    429: "Too many failed attempts",
    502: "The PBX refused; nothing of it is live",
    503: "The PBX or the database does not answer, or too much is under way",
}

_IF_MATCH: Schema = {
    "name": "If-Match",
    "in": "header",
    "description": "The version that was read, as its `ETag` has it; `*` for whichever it is",
    "schema": {"type": "string", "examples": ["*"]},
}


class Document:
    """The document of a table of routes; made once, when somebody first asks for it."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes

    @cached_property
    def value(self) -> dict[str, Any]:
        """As a value."""
        return _made(self._routes)


def _made(routes: Sequence[Route]) -> dict[str, Any]:
    schemas = Schemas(_shapes(routes))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    statuses = sorted({status for route in routes for status in route.problems})
    return without_unused(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Växelflöde",
                "version": version("vaxelflode"),
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
                "description": "Who may change what on the company's PBX, and the changes themselves.",
            },
            "security": [{"token": []}],
            "tags": [{"name": _tag(m), "description": _first(sys.modules[m].__doc__)} for m in _modules(routes)],
            "paths": paths,
            "components": {
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
                "responses": {str(status): _problem(status, schemas) for status in statuses},
                "schemas": {**schemas.components},
            },
        }
    )


def _shapes(routes: Sequence[Route]) -> Iterator[tuple[Any, Mode]]:
    """Every shape that the document speaks of."""
    yield from ((shape, SENT) for shape in _IN_PATH.values())
    for route in routes:
        yield from ((shape, SENT) for shape in (route.body, route.query) if shape is not None)
        yield from ((given.shape, ANSWERED) for given in route.gives.values() if given.media == JSON)
        yield from ((shape_of(status), ANSWERED) for status in route.problems)


def _modules(routes: Sequence[Route]) -> list[str]:
    return list(dict.fromkeys(route.handler.__module__ for route in routes))


def _tag(module: str) -> str:
    return module.rpartition(".")[2]


def _first(docstring: str | None) -> str:
    return (docstring or "").strip().partition("\n")[0]


def _operation(route: Route, schemas: Schemas) -> dict[str, Any]:
    tag, docstring = _tag(route.handler.__module__), route.handler.__doc__
    found: dict[str, Any] = {
        "operationId": f"{tag}_{route.handler.__name__}",
        "tags": [tag],
        "summary": _first(docstring),
        "parameters": [*_in_path(route, schemas), *_in_query(route, schemas), *_precondition(route)],
        "responses": {
            **{str(status): _answer(_words(route, status), given, schemas) for status, given in route.gives.items()},
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in route.problems},
        },
    }
    if more := " ".join((docstring or "").partition("\n")[2].split()):
        found["description"] = more
    if route.body is not None:
        found["requestBody"] = _body(route, schemas)
    if route.public:
        found["security"] = []
    return found


def _in_path(route: Route, schemas: Schemas) -> Iterator[Schema]:
    before = ""
    for segment in route.path.split("/"):
        if segment.startswith("{"):
            name = segment.strip("{}")
            schema = schemas(_IN_PATH.get(f"{before}/{name}", _IN_PATH[name]), SENT)
            yield _parameter(name, "path", schema) | {"required": True}
        before = segment


def _in_query(route: Route, schemas: Schemas) -> Iterator[Schema]:
    if route.query is None:
        return
    for name, schema in schemas.whole(route.query, SENT)["properties"].items():
        # A query has no null: what is not given is left out.
        sorts = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
        rest = {k: v for k, v in schema.items() if k != "anyOf" and (k, v) != ("default", None)}
        yield _parameter(name, "query", rest | sorts[0] if sorts else rest)


def _parameter(name: str, where: str, schema: Schema) -> Schema:
    described = {"description": schema["description"]} if "description" in schema else {}
    rest = {k: v for k, v in schema.items() if k != "description"}
    return {"name": name, "in": where, **described, "schema": rest}


def _precondition(route: Route) -> Iterator[Schema]:
    if route.if_match is not None:
        yield _IF_MATCH | {"required": route.if_match == "required"}


def _body(route: Route, schemas: Schemas) -> Schema:
    content = {"schema": schemas(route.body, SENT)}
    # A whole that is merged is a merge patch, and may say so.
    media = [JSON, "application/merge-patch+json"] if route.method == "PATCH" else [JSON]
    required = bool(schemas.whole(route.body, SENT).get("required", "oneOf" in schemas.whole(route.body, SENT)))
    return {"required": required, "content": dict.fromkeys(media, content)}


def _words(route: Route, status: int) -> str:
    return "Live in the PBX" if status == 200 and 202 in route.gives else _WORDS[status]


def _answer(words: str, given: Answer, schemas: Schemas) -> Schema:
    found: dict[str, Any] = {"description": words}
    if given.headers:
        found["headers"] = {name: _HEADERS[name] for name in given.headers}
    if given.media != JSON:
        found["content"] = {given.media: {}}
    elif given.shape is not None:
        found["content"] = {JSON: {"schema": schemas(given.shape, ANSWERED)}}
    return found


def _problem(status: int, schemas: Schemas) -> Schema:
    found = {"description": _WORDS[status], "content": {PROBLEM: {"schema": schemas(shape_of(status), ANSWERED)}}}
    if headers := _OF_PROBLEM.get(status):
        found["headers"] = {name: _HEADERS[name] for name in headers}
    return found
