"""What a kind's declaration makes of each field in a form; no kind is named here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from vaxelflode.domain.kind import Kind

#: ``whole`` a whole number, ``yes_no``, ``choice`` one of some words, ``way`` a destination, ``ways`` a destination for
#: each key, ``phones`` extensions in an order, ``text``, ``instant``, ``secret``, ``sound`` a prompt, ``parts`` several
#: values that are one; ``other`` has a page of its own, or none.
Sort = Literal[
    "whole", "yes_no", "choice", "way", "ways", "phones", "text", "instant", "secret", "sound", "parts", "other"
]
_BY_TYPE: Mapping[str, Sort] = {"integer": "whole", "boolean": "yes_no", "string": "text"}


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form: how it is filled in, and its bounds as declared."""

    name: str
    sort: Sort
    aspect: str | None = None
    unit: str | None = None
    least: int | None = None
    most: int | None = None
    longest: int | None = None
    pattern: str | None = None
    #: The words of a ``choice``.
    options: tuple[str, ...] = ()
    #: The keys that there may be, of ``ways``; empty: those that are there.
    keys: tuple[str, ...] = ()
    #: Whether it may be left empty.
    optional: bool = False
    #: Whether ``phones`` are written by their key alone, rather than as destinations.
    bare: bool = False
    parts: tuple[Input, ...] = ()


@cache
def inputs_of(kind: Kind) -> Mapping[str, Input]:
    """Field → input, in the order of the declaration."""
    schema = kind.spec.model_json_schema()
    return {name: _input(kind, name, schema["properties"][name], schema.get("$defs", {})) for name in kind.aspect_of}


def _input(kind: Kind, name: str, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Input:
    said = kind.spec.declared(name)
    inner, optional = _bare(schema)
    sort: Sort | None = "sound" if said.slot else "secret" if said.secret else None
    picked = kind.picked.get(name)
    if sort is None and picked is not None:
        sort = _of_picked(inner, picked)
    return _typed(name, inner, defs, optional, sort, said.aspect, said.unit, bare=picked == "extension")


def _bare(schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """A schema without the choice of ``null``, and whether it had one."""
    either = schema.get("anyOf", ())
    others = [one for one in either if one != {"type": "null"}]
    optional = len(others) < len(either)
    return (others[0] if optional and len(others) == 1 else schema), optional


def _of_picked(schema: Mapping[str, Any], picked: str) -> Sort:
    match schema.get("type"):
        case "array":
            return "other" if picked == "destination" else "phones"
        case "object":
            return "ways"
        case "string":
            return "text"
    return "way" if "oneOf" in schema else "other"


def _typed(
    name: str,
    schema: Mapping[str, Any],
    defs: Mapping[str, Any],
    optional: bool,
    sort: Sort | None,
    aspect: str | None,
    unit: str | None,
    *,
    bare: bool = False,
) -> Input:
    parts: tuple[Input, ...] = ()
    if sort is None and "$ref" in schema:
        parts = tuple(_parts(defs[schema["$ref"].rpartition("/")[2]], defs))
        parts = () if any(part.sort == "other" for part in parts) else parts
        sort = "parts" if parts else "other"
    if sort is None:
        sort = "choice" if "enum" in schema else _BY_TYPE.get(schema.get("type", ""), "other")
        sort = "instant" if schema.get("format") == "date-time" else sort
    return Input(
        name,
        sort,
        aspect,
        unit,
        schema.get("minimum"),
        schema.get("maximum", schema.get("maxItems")),
        schema.get("maxLength"),
        schema.get("pattern"),
        tuple(schema.get("enum", ())),
        tuple(schema.get("propertyNames", {}).get("enum", ())),
        optional,
        bare,
        parts,
    )


def _parts(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Iterator[Input]:
    """The values that are given together, without those that whoever saves them knows."""
    for name, part in schema.get("properties", {}).items():
        if not part.get("readOnly"):
            inner, optional = _bare(part)
            yield _typed(name, inner, defs, optional, None, None, None)
