"""The API's document where whatever refers may only refer to what there is.

Text drawn at random names nobody's queue, so requests made from the document as it is are refused before they come
far. From this one they are what somebody who knows the company might ask, and many of them are done.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.api import company
from vaxelflode.domain.kind import Kind, kinds

Schema = dict[str, Any]

DATES = ["2027-06-01", "2027-06-02", "2027-12-24", "2028-02-29", "2199-12-31", "1999-12-31"]
NUMBERS = [n.removeprefix("+") for n in company.NUMBERS.values()]


def _keys(kind: str) -> list[str]:
    there = [o.ref.key for o in company.company() if o.ref.kind == kind]
    return [*there, "201999" if kind == "extension" else "nosuch"]


def narrowed(document: Mapping[str, Any], changes: Iterable[str]) -> dict[str, Any]:
    """A copy of the document, narrowed to the company of the tests and to these changes' ids."""
    made = copy.deepcopy(dict(document))
    made["security"], made["components"]["securitySchemes"] = [], {}
    refs = [str(o.ref) for o in company.company()]
    ids = {
        "flows": [*company.FLOWS.values(), "f" * 16],
        "changes": [*changes, "f" * 16],
        "overrides": [company.override_of("mine"), company.override_of("other"), "f" * 16],
        "users": [*range(1, len(company.PEOPLE) + 1), 99],
    }
    made["paths"] = dict(_paths(made["paths"], ids))
    schemas = made["components"]["schemas"]
    _choose(schemas, "ToObject", object=refs)
    _choose(schemas, "ToExtension", extension=["201", "202", "203"])
    _choose(schemas, "GrantBody", object=refs, limits=[{}, {"destinations": ["menu/mine"]}, {"override_days": 3}])
    aspects = sorted({aspect for kind in kinds().values() for aspect in kind.aspects})
    schemas["GrantBody"]["properties"]["aspects"]["items"] = {"enum": aspects}
    for name in ("FlowBody", "FlowAnew"):
        _choose(schemas, name, number=[None, *company.NUMBERS.values()])
        schemas[name]["properties"]["supervisors"]["items"] = {"enum": [*map(company.address, company.PEOPLE)]}
    _choose(schemas, "OverrideBody", **{"from": DATES, "to": DATES})
    passwords = [company.PASSWORD, "ett nytt lösenord"]
    addresses = [*map(company.address, company.PEOPLE), "ny@example.se", "a@b"]
    for name in ("NewPerson", "PersonPatch", "Profile", "LogIn"):
        _choose(schemas, name, email=addresses, password=passwords, old_password=passwords, extension=[None, "201"])
    for schema in schemas.values():
        _choose_by_name(schema)
    return made


def _choose(schemas: Schema, schema: str, **values: list[Any]) -> None:
    properties = schemas[schema]["properties"]
    properties.update({name: {"enum": found} for name, found in values.items() if name in properties})


def _choose_by_name(schema: Any) -> None:
    """Time zones, calendars and prompts, wherever they are."""
    if isinstance(schema, list):
        for item in schema:
            _choose_by_name(item)
    if not isinstance(schema, dict):
        return
    if schema.get("pattern") == "^[0-9a-f]{64}$":
        del schema["pattern"]
        schema["enum"] = [company.PROMPT]
    for name, found in schema.get("properties", {}).items():
        if name == "time_zone":
            schema["properties"][name] = {"enum": ["Europe/Stockholm", "America/New_York", "UTC"]}
        elif name == "calendar":
            schema["properties"][name] = {"enum": [None, "SE", "US"]}
        else:
            _choose_by_name(found)
    for key in ("anyOf", "oneOf", "items", "additionalProperties"):
        _choose_by_name(schema.get(key))


def _paths(paths: Schema, ids: Mapping[str, list[Any]]) -> Iterable[tuple[str, Schema]]:
    """Paths of objects once a kind; parameters that are among what there is."""
    for path, item in paths.items():
        for kind in kinds().values() if "{kind}" in path else (None,):
            mine = json.loads(json.dumps(item))
            for one in mine.values():
                one["parameters"] = [_parameter(p, path, kind, ids) for p in one["parameters"] if p["name"] != "kind"]
                if kind is not None and "requestBody" in one:
                    _of_kind(one["requestBody"], kind)
            yield path.replace("{kind}", kind.name) if kind else path, mine


def _parameter(given: Schema, path: str, kind: Kind | None, ids: Mapping[str, list[Any]]) -> Schema:
    before = path.partition("/{id}")[0].rpartition("/")[2]
    where = kind.name if kind else "queue" if "/queues/" in path else "schedule"
    values: Mapping[str, list[Any]] = {
        "id": ids.get(before, []),
        "key": _keys(where),
        "field": [*(kind.spec.model_fields if kind else ()), "agents"],
        "slot": [*(kind.slots if kind else ()), "nosuch"],
        "extension": ["201", "202", "299"],
        "If-Match": ["*", '"0"'],
        "after": [],
        "object": [str(o.ref) for o in company.company()],
        "flow": [*company.FLOWS.values()],
        "at": ["", "2027-06-02T12:00", "2027-12-25T03:00+01:00", "1811894400"],
    }
    found = values.get(given["name"])
    return given | {"schema": {"enum": found}} if found else given


def _of_kind(body: Schema, kind: Kind) -> None:
    """A patch is one of the path's kind."""
    name = {"$ref": f"#/components/schemas/{kind.name.title().replace('_', '')}Patch"}
    patch = {"type": "object", "additionalProperties": False, "properties": {"name": {"type": "string"}, "spec": name}}
    for media in body["content"].values():
        media["schema"] = patch
