"""What must hold of an object beside its own fields: its key, and that its exits lead somewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.destination import DESTINATION_FIELDS, ToExternal, target_of
from vaxelflode.domain.identifiers import ObjectRef, is_key
from vaxelflode.domain.kind import Kind, kinds
from vaxelflode.domain.outside import NO_LINE, Outside
from vaxelflode.domain.spec import Spec
from vaxelflode.domain.text import is_plain
from vaxelflode.errors import FieldError, Invalid

NAME_LENGTH = 200


def kind_named(name: object) -> Kind:
    """The kind, or :class:`Invalid` with the ones there are."""
    found = kinds().get(name) if isinstance(name, str) else None
    if found is None:
        raise Invalid([FieldError("kind", "unknown", f"must be one of {', '.join(kinds())}")])
    return found


def checked_key(kind: Kind, key: object) -> ObjectRef:
    """The reference of a new object, or :class:`Invalid`."""
    if not isinstance(key, str) or not is_key(key):
        raise Invalid([FieldError("key", "key", "must be 1 to 40 of a-z, 0-9 and single dashes between them")])
    if kind.key_pattern and not re.fullmatch(kind.key_pattern, key):
        raise Invalid([FieldError("key", "key", f"must be {kind.key_rule}")])
    return ObjectRef(kind.name, key)


def checked_name(name: object, field: str = "name") -> str:
    """A label as people type it: any characters but control characters, not empty."""
    if not isinstance(name, str) or not name.strip():
        raise Invalid([FieldError(field, "required", "must not be empty")])
    text = name.strip()
    if len(text) > NAME_LENGTH:
        raise Invalid([FieldError(field, "too_long", f"must be at most {NAME_LENGTH} characters")])
    if not is_plain(text):
        raise Invalid([FieldError(field, "control", "must not hold control characters")])
    return text


def parsed_spec(kind: Kind, spec: Mapping[str, Any]) -> Spec:
    """The spec as a value, or :class:`Invalid` with every wrong field."""
    try:
        # As JSON, since only there strict means that text is no number and a list may still be a tuple.
        return kind.spec.model_validate_json(json.dumps(spec), strict=True)
    except ValidationError as err:
        raise Invalid(field_errors(err, "spec")) from err


def field_errors(err: ValidationError, prefix: str = "") -> list[FieldError]:
    """Pydantic's errors as ours: a dotted path, a code, a sentence."""
    found = []
    for e in err.errors(include_url=False, include_context=False, include_input=False):
        path = [str(part) for part in e["loc"] if not str(part).startswith("function-") and part != "[key]"]
        # Pydantic names the sort of a destination before its field; nobody has written that.
        path = [part for n, part in enumerate(path) if part not in DESTINATION_FIELDS or n == len(path) - 1]
        field = ".".join(([prefix] if prefix else []) + path)
        found.append(FieldError(field, e["type"], e["msg"].removeprefix("Value error, ")))
    return found


def check(
    o: Object,
    company: Company,
    *,
    outside: Outside = NO_LINE,
    before: Object | None = None,
    lingers: Object | None = None,
) -> None:
    """Hold an object against the company that it is to join. Raises :class:`Invalid` with every fault.

    ``before`` is what it was, where it is changed: what stood there already is not judged anew by rules about numbers
    outside, which may have changed since. ``lingers`` is what is still in the PBX, where one that was
    deleted comes back.
    """
    faults = [*_exits(o, company), *_outside(o, outside, before), *_claimed(o, company)]
    if (there := before or lingers) is not None:
        faults += [FieldError(f"spec.{f}", "refused", reason) for f, reason in o.spec.refuses(there.spec)]
    if before is None and o.kind.dialled and outside.is_emergency(o.ref.key):
        faults.append(FieldError("key", "emergency", "is an emergency number"))
    faults += _circles(o, company)
    faults += [] if faults else _no_way_out(o, company)
    if faults:
        raise Invalid(faults)


def _exits(o: Object, company: Company) -> Iterator[FieldError]:
    for way in o.spec.exits():
        ref = target_of(way.destination)
        field = f"spec.{way.field}"
        if ref is not None and not kinds().get(ref.kind, _NONE).reachable:
            yield FieldError(field, "destination", f"a call cannot be led to a {ref.kind}")
        elif ref is not None and ref not in company and ref != o.ref:
            yield FieldError(field, "destination", f"there is no {ref}")


def _outside(o: Object, outside: Outside, before: Object | None) -> Iterator[FieldError]:
    stood = set() if before is None else {(way.field, way.destination) for way in before.spec.exits()}
    for way in o.spec.exits():
        to = way.destination
        if not isinstance(to, ToExternal) or (way.field, to) in stood:
            continue
        if (reason := outside.refuses(to.external)) is not None:
            yield FieldError(f"spec.{way.field}", "destination", f"{to.external} {reason}")


def _claimed(o: Object, company: Company) -> Iterator[FieldError]:
    """What another object has, and only one may have."""
    for name in type(o.spec).model_fields:
        what, value = o.spec.declared(name).unique, getattr(o.spec, name)
        if what is None or value is None:
            continue
        if others := sorted(company.claims.get((what, value), frozenset()) - {o.ref}):
            yield FieldError(f"spec.{name}", "taken", f"{value} is {others[0]}'s already")


def _circles(o: Object, company: Company) -> list[FieldError]:
    """Exits that lead back to the object without the caller ever waiting, listening or choosing on the way."""
    return [
        FieldError(f"spec.{way.field}", "circle", "leads back here, and a call would go round for ever")
        for way in o.spec.at_once()
        if (ref := target_of(way.destination)) is not None
        and any(found.ref == o.ref for found in _from(ref, o, company, at_once=True))
    ]


def _no_way_out(o: Object, company: Company) -> list[FieldError]:
    """A loop that a caller leaves only by hanging up: nothing within reach rests or ends a call."""
    ways = list(o.spec.exits())
    if not ways or any(_is_way_out(found) for found in _from(o.ref, o, company, at_once=False)):
        return []
    return [FieldError(f"spec.{way.field}", "loop", "leads round and round, with no way out") for way in ways]


def _is_way_out(o: Object) -> bool:
    return o.spec.rests or any(target_of(way.destination) is None for way in o.spec.exits())


def _from(start: ObjectRef, o: Object, company: Company, *, at_once: bool) -> Iterator[Object]:
    """What a call may meet from ``start`` on, where ``o`` is as it is to be; ``at_once``: of itself, up to ``o``."""
    seen: set[ObjectRef] = set()
    waiting = [start]
    while waiting:
        here = waiting.pop()
        found = o if here == o.ref else company.get(here)
        if here in seen or found is None:
            continue
        seen.add(here)
        yield found
        if not at_once or here != o.ref:
            ways = found.spec.at_once() if at_once else found.spec.exits()
            waiting.extend(ref for way in ways if (ref := target_of(way.destination)) is not None)


_NONE = Kind("none", Spec, reachable=False)
