"""The objects of an import, and their permanent agents: judged against the company that they are to make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vaxelflode.domain.agents import Agent
from vaxelflode.domain.change import Via
from vaxelflode.domain.check import check, checked_name, field_errors, parsed_spec
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.history import creation, edits_between
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.outside import Outside
from vaxelflode.domain.pieces import FileFault, Pieces
from vaxelflode.domain.portable import Whole, has_agents, in_order, masked, taken
from vaxelflode.domain.spec import Spec
from vaxelflode.errors import FieldError, Invalid
from vaxelflode.services.commit import Draft

#: Who makes the changes of an import, in words.
ACTOR = "command line"


@dataclass(frozen=True, slots=True)
class AgentEdit:
    """One permanent agent that comes (``before`` is ``None``), changes, or goes (``after`` is ``None``)."""

    queue: ObjectRef
    extension: str
    before: Agent | None
    after: Agent | None


class _AgentSaid(BaseModel):
    """A permanent agent in a queue's file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    extension: str
    penalty: int = Field(0, ge=0, le=10)
    permanent: Literal[True] = True


def objects_of(pieces: Pieces, company: Company) -> dict[ObjectRef, Object]:
    """The objects that can be read; what is wrong with the others joins the faults."""
    found: dict[ObjectRef, Object] = {}
    for ref, piece in pieces.objects.items():
        before = company.get(ref)
        pieces.unreadable.add(ref)
        with pieces.faults.at(piece.place):
            found[ref] = _object(ref, piece.said, before)
            pieces.unreadable.remove(ref)
    return found


def _object(ref: ObjectRef, said: Mapping[str, Any], before: Object | None) -> Object:
    known = {"name", "spec"} | ({"agents"} if has_agents(ref) else set())
    if extra := sorted(set(said) - known):
        raise Invalid([FieldError(name, "extra", "there is no such field") for name in extra])
    errors: list[FieldError] = []
    name, spec = "", None
    try:
        name = checked_name(said.get("name"))
    except Invalid as err:
        errors += err.errors
    try:
        kind = kinds()[ref.kind]
        spec = parsed_spec(kind, taken(kind.spec, said.get("spec", {}), before.spec if before else None))
    except Invalid as err:
        errors += err.errors
    if errors or spec is None:
        raise Invalid(errors)
    return Object(ref, name, spec, before.versions if before else {})


def unset_in(pieces: Pieces, company: Company) -> Iterator[str]:
    """The secrets that files only show to be set, of objects in which none is."""
    for ref, piece in pieces.objects.items():
        before, said = company.get(ref), piece.said.get("spec")
        if isinstance(said, Mapping):
            stands = {} if before is None else before.spec.as_json()
            names = (n for n in masked(kinds()[ref.kind].spec, said) if stands.get(n) is None)
            yield from (f"{ref}: {name}" for name in sorted(names))


def missing_from(pieces: Pieces, company: Company) -> list[Object]:
    """What stands in the company and not in the files."""
    there = pieces.objects.keys() | pieces.unreadable
    return [o for ref, o in company.everything.items() if not o.retired and ref not in there]


def company_with(
    pieces: Pieces, company: Company, objects: Mapping[ObjectRef, Object], gone: Sequence[Object]
) -> Company:
    """As it would be. What cannot be read stands there all the same, so that it alone is complained of."""
    stand_ins = [Object(ref, ref.key, Spec()) for ref in pieces.unreadable if ref not in company]
    retired = [replace(o, retired=True) for o in gone]
    return company.with_objects(company.revision + 1, [*objects.values(), *stand_ins, *retired])


def drafts_of(
    company: Company, objects: Mapping[ObjectRef, Object], gone: Sequence[Object], now: dt.datetime
) -> tuple[Draft, ...]:
    """Creations and edits, each after what it leads to; then deletions, the other way round."""
    made = (_draft(company.get(o.ref), o, now) for o in in_order(objects.values()))
    deleted = [
        Draft(o, None, "delete", tuple(edit.reversed() for edit in creation(o)), Via(None))
        for o in reversed(in_order(gone))
    ]
    return (*(draft for draft in made if draft is not None), *deleted)


def _draft(before: Object | None, after: Object, now: dt.datetime) -> Draft | None:
    spec = after.spec.from_elsewhere(now) if before is None else after.spec.stamped(before.spec, now)
    after = replace(after, spec=spec)
    if before is None:
        return Draft(None, after, "create", creation(after), Via(None))
    edits = edits_between(before, after)
    return Draft(before, after, "edit", edits, Via(None)) if edits else None


def check_drafts(
    pieces: Pieces,
    company: Company,
    drafts: tuple[Draft, ...],
    *,
    standing: Company,
    outside: Outside,
    sounds: Container[str] | None,
) -> None:
    """Hold what is new or changed against the company as it would be, and against what is in the PBX."""
    for draft in drafts:
        if draft.after is not None:
            lingers = standing.everything.get(draft.after.ref)
            with pieces.faults.at(pieces.objects[draft.after.ref].place):
                check(draft.after, company, outside=outside, before=draft.before, lingers=lingers)
            with pieces.faults.at(pieces.objects[draft.after.ref].place):
                _check_sounds(draft.after, sounds)


def _check_sounds(o: Object, sounds: Container[str] | None) -> None:
    missing = [
        FieldError(f"spec.{o.kind.slots[slot]}", "prompt", "there is no such prompt")
        for slot, digest in o.spec.sounds().items()
        if digest is not None and sounds is not None and digest not in sounds
    ]
    if missing:
        raise Invalid(missing)


def _overrides(o: Object) -> Iterator[str]:
    return (item.id for item in getattr(o.spec, "overrides", ()))


def owners_in(company: Company) -> dict[str, ObjectRef]:
    """Temporary change → its schedule."""
    return {item: o.ref for o in company.everything.values() for item in _overrides(o)}


def check_overrides(pieces: Pieces, company: Company, owners: Mapping[str, ObjectRef]) -> None:
    """A temporary change belongs to one schedule for ever: its id is what undo and history know it by."""
    seen = dict(owners)
    for ref, piece in pieces.objects.items():
        o = company.get(ref)
        for item in () if o is None else _overrides(o):
            if seen.setdefault(item, ref) != ref:
                error = FieldError(f"spec.overrides.{item}", "taken", f"this id is one of {seen[item]}; choose another")
                pieces.faults.append(piece.place.fault(error))


def check_gone(pieces: Pieces, after: Whole, gone: Sequence[Object]) -> None:
    """What is used cannot go."""
    for o in gone:
        users = {str(ref) for ref in after.company.used_by.get(o.ref, ())}
        if o.ref.kind == "extension":
            users |= {str(queue) for queue, there in after.agents.items() if o.ref.key in there}
            users |= {person.email for person in after.people if person.extension == o.ref.key}
        if users:
            words = f"is not in the files, but is used by {', '.join(sorted(users))}"
            pieces.faults.append(FileFault("", str(o.ref), "used", words))


def agents_of(pieces: Pieces, standing: Whole, now: dt.datetime) -> tuple[AgentEdit, ...]:
    """The permanent agents of every queue that lists them. Those of today are nobody's business here."""
    edits: list[AgentEdit] = []
    for ref, piece in sorted(pieces.objects.items()):
        if "agents" not in piece.said or not has_agents(ref):
            continue
        with pieces.faults.at(piece.place):
            wanted = _said_agents(piece.said["agents"])
            _check_phones(pieces, standing, wanted)
            edits += _agent_edits(ref, standing.agents.get(ref, {}), wanted, now)
    return tuple(edits)


def _said_agents(said: Any) -> list[_AgentSaid]:
    if not isinstance(said, list):
        raise Invalid([FieldError("agents", "type", "must be a list")])
    found, errors = [], []
    for n, one in enumerate(said):
        try:
            found.append(_AgentSaid.model_validate(one))
        except ValidationError as err:
            errors += field_errors(err, f"agents.{n}")
    twice = {a.extension for n, a in enumerate(found) if a.extension in {b.extension for b in found[:n]}}
    errors += [FieldError("agents", "twice", f"{extension} stands there twice") for extension in sorted(twice)]
    if errors:
        raise Invalid(errors)
    return found


def _check_phones(pieces: Pieces, standing: Whole, wanted: list[_AgentSaid]) -> None:
    there = pieces.objects.keys() | pieces.unreadable
    unknown = [
        FieldError(f"agents.{n}.extension", "unknown", f"there is no extension {a.extension}")
        for n, a in enumerate(wanted)
        if (ref := ObjectRef("extension", a.extension)) not in there and ref not in standing.company
    ]
    if unknown:
        raise Invalid(unknown)


def _agent_edits(
    queue: ObjectRef, there: Mapping[str, Agent], wanted: list[_AgentSaid], now: dt.datetime
) -> Iterator[AgentEdit]:
    named = {a.extension: a for a in wanted}
    for extension, said in sorted(named.items()):
        before = there.get(extension)
        base = before or Agent(extension, added_by=ACTOR, added_at=now)
        after = replace(base, permanent=True, penalty=said.penalty)
        if after != before:
            yield AgentEdit(queue, extension, before, after)
    for extension, before in sorted(there.items()):
        if before.permanent and extension not in named:
            yield AgentEdit(queue, extension, before, None)
