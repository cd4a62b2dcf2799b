"""Changes applied to objects, forwards and backwards: what undo, rejection and batches are made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from vaxelflode.domain.change import Change
from vaxelflode.domain.check import parsed_spec
from vaxelflode.domain.company import Company, Object, targets
from vaxelflode.domain.edits import ABSENT, Edit, applied, aspects_of, difference, value_at
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds

#: The path of an object's name in edits.
NAME = ("name",)


def creation(o: Object) -> tuple[Edit, ...]:
    """The edits that make an object out of nothing."""
    return (Edit(NAME, ABSENT, o.name), *(Edit((k,), ABSENT, v) for k, v in o.spec.as_json().items()))


def edits_between(before: Object, after: Object) -> tuple[Edit, ...]:
    """What leads from one state of an object to another."""
    renamed = [] if before.name == after.name else [Edit(NAME, before.name, after.name)]
    return (*renamed, *difference(type(before.spec), before.spec.as_json(), after.spec.as_json()))


def edited(o: Object, edits: Sequence[Edit]) -> Object:
    """The object with the edits, and the versions of their aspects counted up. Raises ``Invalid``."""
    of_spec = [e for e in edits if e.path != NAME]
    name = next((e.after for e in edits if e.path == NAME), o.name)
    spec = parsed_spec(o.kind, applied(o.spec.as_json(), of_spec)) if of_spec else o.spec
    return replace(o, name=name, spec=spec, versions=counted(o, edits))


def made_last(o: Object, edits: Iterable[Edit], now: dt.datetime) -> Object:
    """The object with the items that the edits put there as if made now: where the newest of several holds, they do."""
    items: dict[str, set[str]] = {}
    for edit in edits:
        if len(edit.path) > 1 and edit.after is not ABSENT:
            items.setdefault(edit.field, set()).add(edit.path[1])
    spec = o.spec
    for field, keys in items.items():
        spec = spec.renewed(field, keys, now)
    return replace(o, spec=spec)


def counted(o: Object, edits: Iterable[Edit]) -> Mapping[str, int]:
    """The object's versions after the edits: one more for each aspect that they touch."""
    return {**o.versions, **{a: o.versions.get(a, 0) + 1 for a in aspects_of(o.kind, edits)}}


def object_value(o: Object, edit: Edit) -> Any:
    """What stands at an edit's path now."""
    return o.name if edit.path == NAME else value_at(o.spec.as_json(), edit.path)


def overtaken(o: Object | None, edits: Iterable[Edit]) -> list[tuple[Edit, Any]]:
    """The edits whose value after no longer stands, each with what stands there now."""
    if o is None:
        return [(e, ABSENT) for e in edits]
    return [(e, now) for e in edits if (now := object_value(o, e)) != e.after]


def with_change(company: Company, change: Change) -> Company | None:
    """The company with one more change, or ``None`` when what it builds on is not there."""
    return with_changes(company, [change])


def with_changes(company: Company, changes: Sequence[Change]) -> Company | None:
    """The company with several changes that belong together, or ``None``."""
    after: Company | None = company
    for change in changes:
        after = after and _after(after, change)
    return None if after is None or any(dangling(after, change.object) for change in changes) else after


def together(company: Company, change: Change, later: Iterable[Change]) -> list[Change]:
    """The change, and those of ``later`` without which its exits would lead nowhere.

    Two objects that lead to each other and were made at once are nothing one without the other.
    """
    made = {c.object: c for c in later if c.action == "create"}
    group, after = [change], _after(company, change)
    waiting = [change.object]
    while waiting and after is not None:
        for ref in sorted(dangling(after, waiting.pop())):
            if (other := made.pop(ref, None)) is not None and after is not None:
                group.append(other)
                waiting.append(ref)
                after = _after(after, other)
    return group


def _after(company: Company, change: Change) -> Company | None:
    ref, here, there = change.object, company.everything.get(change.object), company.get(change.object)
    match change.action:
        case "agents":
            return company
        case "create" if there is None:
            versions = {} if here is None else here.versions
            return company.with_objects(change.revision, [replace(_created(ref, change), versions=versions)])
        case "delete" if there is not None and not company.used_by.get(ref, frozenset()) - {ref}:
            return company.with_objects(change.revision, [replace(there, retired=True)])
        case "edit" if there is not None and not overtaken(there, [e.reversed() for e in change.edits]):
            return company.with_objects(change.revision, [edited(there, change.edits)])
        case _:
            return None


def dangling(company: Company, ref: ObjectRef) -> frozenset[ObjectRef]:
    """Where an object's exits lead, and nothing is."""
    here = company.get(ref)
    return frozenset() if here is None else frozenset(t for t in targets(here.spec) if t not in company)


def _created(ref: ObjectRef, change: Change) -> Object:
    kind = kinds()[ref.kind]
    name = next(e.after for e in change.edits if e.path == NAME)
    spec = {e.field: e.after for e in change.edits if e.path != NAME}
    return Object(ref, name, parsed_spec(kind, spec))


def recreated(change: Change) -> Object:
    """The object that a deletion took away, from what the change remembers of it."""
    edits = tuple(edit.reversed() for edit in change.edits)
    return _created(change.object, replace(change, action="create", edits=edits))


def without_change(o: Object | None, change: Change) -> Object | None:
    """The object as it would be had the change not been made; ``None``: it would not be."""
    match change.action:
        case "create":
            return None
        case "delete":
            return o and replace(o, retired=False)
        case _:
            return o and edited(o, [e.reversed() for e in change.edits])
