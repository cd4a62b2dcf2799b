"""Limits of a grant: how far an aspect goes. They judge what an edit puts in place, never what stood before.

``{"timeout": {"min": 10, "max": 60}, "destinations": ["menu/huvudmeny", "external:+4670*"], "override_days": 7,
"keys": "123"}``. Without ``destinations`` only those on the flow's graph may be chosen, and nothing outside.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from pydantic import TypeAdapter

from vaxelflode.domain.company import EMPTY, Company
from vaxelflode.domain.destination import (
    DESTINATION_FIELDS,
    AnyDestination,
    Destination,
    ToDialplan,
    ToEnd,
    ToExternal,
    target_of,
)
from vaxelflode.domain.edits import ABSENT, Edit
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind

#: Names of limits that speak of no single field.
GENERAL = frozenset({"destinations", "override_days", "keys"})
_DESTINATION: TypeAdapter[AnyDestination] = TypeAdapter(Destination)


@dataclass(frozen=True, slots=True)
class Reach:
    """The nodes of a flow's graph: what its supervisors may lead callers to."""

    nodes: frozenset[ObjectRef]
    company: Company = EMPTY

    def objects(self, limits: Mapping[str, Any]) -> frozenset[ObjectRef]:
        """The objects among the permitted destinations."""
        listed = limits.get("destinations")
        if listed is None:
            return frozenset(ref for ref in self.nodes if ref.kind != "number")
        return frozenset(ObjectRef.parse(text) for text in listed if not text.startswith("external:"))

    def permits(self, destination: AnyDestination, limits: Mapping[str, Any]) -> bool:
        """Whether the destination may be chosen. The end of a call always may; dialplan never."""
        match destination:
            case ToEnd():
                return True
            case ToDialplan():
                return False
            case ToExternal(external=number):
                return self._permits_number(number, limits)
            case _:
                return target_of(destination) in self.objects(limits)

    def numbers(self, limits: Mapping[str, Any]) -> frozenset[str]:
        """Patterns of the permitted numbers outside: those that are listed, else those that the graph leads to."""
        listed = limits.get("destinations")
        if listed is not None:
            patterns = (text.removeprefix("external:") for text in listed)
            return frozenset(pattern for pattern in patterns if pattern.startswith("+"))
        found = (o for ref in self.nodes if (o := self.company.get(ref)) is not None)
        ways = (way.destination for o in found for way in o.spec.exits())
        return frozenset(to.external for to in ways if isinstance(to, ToExternal))

    def _permits_number(self, number: str, limits: Mapping[str, Any]) -> bool:
        return any(fnmatchcase(number, pattern) for pattern in self.numbers(limits))


def breach(limits: Mapping[str, Any], edit: Edit, reach: Reach, today: dt.date) -> str | None:
    """Which limit the edit breaks, in words; ``None`` when it keeps them all."""
    if edit.after is ABSENT:
        return _key_breach(limits, edit)
    stood = set() if edit.before is ABSENT else set(destinations_in(edit.before))
    for destination in destinations_in(edit.after):
        if destination not in stood and not reach.permits(destination, limits):
            return f"{_words(destination)} is not among the destinations of the flow"
    return (
        _key_breach(limits, edit)
        or _days_breach(limits, edit, today)
        or _range_breach(limits, edit)
        or _members_breach(limits, edit)
    )


def _words(destination: AnyDestination) -> str:
    return str(next(iter(destination.model_dump(mode="json").values())))


def destinations_in(value: Any) -> Iterator[AnyDestination]:
    """Every destination in a JSON value."""
    if isinstance(value, Mapping):
        if len(value) == 1 and next(iter(value)) in DESTINATION_FIELDS:
            yield _DESTINATION.validate_python(dict(value))
        else:
            for item in value.values():
                yield from destinations_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from destinations_in(item)


def _key_breach(limits: Mapping[str, Any], edit: Edit) -> str | None:
    keys = limits.get("keys")
    if keys is not None and edit.field == "options" and edit.path[1] not in keys:
        return f"only the keys {keys} may be changed"
    return None


def _days_breach(limits: Mapping[str, Any], edit: Edit, today: dt.date) -> str | None:
    days = limits.get("override_days")
    if days is None or edit.field != "overrides":
        return None
    first, last = (dt.date.fromisoformat(edit.after[k]) for k in ("from", "to"))
    if (last - max(first, today)).days >= days:
        return f"a temporary change may last {days} days at most"
    return None


def _range_breach(limits: Mapping[str, Any], edit: Edit) -> str | None:
    bounds = limits.get(edit.field)
    if not isinstance(bounds, Mapping) or not isinstance(edit.after, int):
        return None
    low, high = bounds.get("min"), bounds.get("max")
    if (low is not None and edit.after < low) or (high is not None and edit.after > high):
        return f"{edit.field} must be from {low} to {high}"
    return None


def _members_breach(limits: Mapping[str, Any], edit: Edit) -> str | None:
    """Phones that join a group, where the destinations are listed; without a list any phone of the company may."""
    listed = limits.get("destinations")
    if listed is None or edit.field != "members" or not isinstance(edit.after, list):
        return None
    joined = set(edit.after) - set(edit.before if isinstance(edit.before, list) else ())
    strange = sorted(key for key in joined if f"extension/{key}" not in listed)
    return f"{strange[0]} is not among the destinations of the flow" if strange else None


def check_limits(kind: Kind, limits: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the limits of a grant on an object of ``kind``: the limit's name and the reason."""
    for name, value in limits.items():
        if name == "override_days":
            if not _whole(value) or value < 1:
                yield name, "must be a number of days"
        elif name == "keys":
            if not isinstance(value, str) or not set(value) <= set("0123456789*#"):
                yield name, "must be some of 0-9 * #"
        elif name == "destinations":
            yield from ((name, f"{text!r} is neither kind/key nor external:+…") for text in _not_places(value))
        elif name not in kind.spec.model_fields:
            yield name, f"a {kind.name} has no field {name}"
        elif kind.spec.model_fields[name].annotation is not int:
            yield name, "is not a number, so it has no least and no most"
        elif not isinstance(value, Mapping) or not set(value) <= {"min", "max"} or not all(map(_whole, value.values())):
            yield name, "must be {min, max} of whole numbers"
        else:
            yield from _crossed(name, value)


def _crossed(name: str, bounds: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    if len(bounds) == 2 and bounds["min"] > bounds["max"]:
        yield name, "has its least above its most"


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _not_places(value: Any) -> Iterator[Any]:
    if not isinstance(value, list):
        yield value
        return
    for text in value:
        try:
            if not (isinstance(text, str) and text.startswith("external:+")):
                ObjectRef.parse(text)
        except (ValueError, AttributeError):
            yield text
