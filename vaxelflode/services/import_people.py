"""The people and flows of an import, judged against the company that it would make."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any

from typing_extensions import TypedDict

from vaxelflode.domain.company import Company
from vaxelflode.domain.flow import Flow, Person, Right
from vaxelflode.domain.identifiers import new_id
from vaxelflode.domain.pieces import FileFault, Piece, Pieces, Place
from vaxelflode.domain.portable import Whole
from vaxelflode.errors import FieldError, Invalid
from vaxelflode.services.bodies import Name, given, parsed
from vaxelflode.services.flows import FlowBody, judged
from vaxelflode.services.users import Email, Language, changed_person, checked_email


@given
class PersonFile(TypedDict, total=False):
    """A person in a file: never a password."""

    email: Email
    name: Name
    rights: list[Right]
    language: Language
    extension: str | None
    disabled: bool


#: What files say of a person and of a flow.
PERSON = frozenset({"email", "name", "rights", "language", "extension", "disabled"})
FLOW = frozenset({"name", "description", "number", "grants", "supervisors"})
_FLOW_ID = re.compile(r"[0-9a-f]{16}")


def changed(before: object, after: object, fields: Container[str]) -> list[str]:
    """Those of the fields that differ; none where one of the two is not there."""
    if before is None or after is None:
        return []
    names = [n for n in type(after).__dataclass_fields__ if n in fields]  # type: ignore[attr-defined]
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def people_of(pieces: Pieces, standing: Whole, company: Company) -> tuple[tuple[Person | None, Person], ...]:
    """Everybody who is new or changed, with what they were before."""
    known = {p.email: p for p in standing.people}
    found: dict[str, Person] = {}
    for piece in pieces.people:
        with pieces.faults.at(piece.place):
            email = _address(piece)
            if email in found:
                raise Invalid([FieldError("email", "twice", f"{email} stands in two places")])
            found[email] = known.get(email) or Person(0, email, "", frozenset({"flow_user"}))
            found[email] = _person(company, found[email], piece.said)
    pairs = ((known.get(email), after) for email, after in sorted(found.items()))
    return tuple((before, after) for before, after in pairs if before != after)


def _address(piece: Piece) -> str:
    email = piece.said.get("email")
    if not isinstance(email, str):
        raise Invalid([FieldError("email", "required", "must be an e-mail address")])
    return checked_email(email)


def _person(company: Company, person: Person, said: Mapping[str, Any]) -> Person:
    """What is not said of somebody stays as it is."""
    if not person.name and "name" not in said:
        raise Invalid([FieldError("name", "required", "must be given")])
    return changed_person(company, person, parsed(PersonFile, {**said, "email": person.email}))


def keep_an_administrator(pieces: Pieces, standing: Whole, after: Whole) -> None:
    """Whoever imports does not lock everybody out."""

    def administrators(whole: Whole) -> bool:
        return any(p.is_administrator and not p.disabled for p in whole.people)

    if administrators(standing) and not administrators(after):
        pieces.faults.append(FileFault("", "people", "administrator", "would leave nobody with the right flow_admin"))


def flows_of(
    pieces: Pieces, standing: Whole, company: Company, people: Container[str], *, prune: bool
) -> tuple[tuple[Flow | None, Flow | None], ...]:
    """Each flow that comes, changes or goes: before and after."""
    known = {flow.id: flow for flow in standing.flows}
    named_by_id = {given for piece in pieces.flows if isinstance(given := piece.said.get("id"), str)}
    found: dict[str, Flow] = {}
    places: dict[str, Place] = {}
    for piece in pieces.flows:
        with pieces.faults.at(piece.place):
            base = _base(piece, known, named_by_id)
            if base.id in places:
                raise Invalid([FieldError("id", "twice", f"is the flow of {places[base.id].file} too")])
            places[base.id] = piece.place
            given = parsed(FlowBody, {k: v for k, v in piece.said.items() if k != "id"})
            flow = judged(base, given, company, people)
            found[base.id] = _sorted(flow)
    changes: list[tuple[Flow | None, Flow | None]] = []
    for flow_id, flow in found.items():
        before = known.get(flow_id)
        if before is None or changed(_sorted(before), flow, FLOW):
            changes.append((before, flow if before is None else replace(flow, version=before.version + 1)))
    if prune:
        changes += [(flow, None) for flow_id, flow in known.items() if flow_id not in places]
    return tuple(changes)


def _sorted(flow: Flow) -> Flow:
    return replace(flow, supervisors=tuple(sorted(flow.supervisors)))


def _base(piece: Piece, known: Mapping[str, Flow], named_by_id: Container[object]) -> Flow:
    """The flow that a piece speaks of: by its id, else the only one of that name, else a new one."""
    given = piece.said.get("id")
    if given is not None and not (isinstance(given, str) and _FLOW_ID.fullmatch(given)):
        raise Invalid([FieldError("id", "id", "must be 16 of 0-9 and a-f; leave it out for a new flow")])
    if isinstance(given, str) and given in known:
        return known[given]
    same_name = [f for f in known.values() if f.name == piece.said.get("name") and f.id not in named_by_id]
    if len(same_name) > 1:
        ids = ", ".join(sorted(f.id for f in same_name))
        raise Invalid([FieldError("id", "ambiguous", f"several flows have this name; say which: {ids}")])
    return same_name[0] if same_name else Flow(given or new_id(), "")
