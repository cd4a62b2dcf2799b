"""Expectations of the policy as code: who may do what, written down, and judged as a change would be.

Each says of one person and one object what is asked (to read it, to use an aspect, a whole edit) and what the answer
should be. ``docs/policy-tests.md`` is for those who write them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vaxelflode.domain.check import check, checked_name, field_errors, parsed_spec
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.edits import ABSENT, Edit, Path, applied, aspects_of, value_at
from vaxelflode.domain.flow import Flow, Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.outside import ANYWHERE
from vaxelflode.domain.spec import Spec
from vaxelflode.errors import FieldError, Invalid
from vaxelflode.policy.authority import Authority, Decision

_NAME = ("name",)


class Expectation(BaseModel):
    """One expectation, as a file holds it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    says: str = Field("", max_length=500)
    person: str
    object: ObjectRef
    read: bool = False
    do: str | None = None
    edit: Mapping[str, Any] = {}
    remove: tuple[str, ...] = ()
    at: dt.datetime | None = None
    allowed: bool
    known: bool | None = None
    reason: str | None = None
    via: str | None = None

    @model_validator(mode="after")
    def _asks_and_fits(self) -> Expectation:
        if not (self.read or self.do or self.edit or self.remove):
            raise ValueError("asks nothing: give read, do, edit or remove")
        if self.allowed and (self.reason is not None or self.known is False):
            raise ValueError("what is allowed has no reason why not, and is known")
        if not self.allowed and self.via is not None:
            raise ValueError("what is not allowed is so by no flow")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    expect: list[Any] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided, and in what it is not as expected; nothing: the expectation holds."""

    number: int
    expectation: Expectation
    decision: Decision
    differs: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether it is as expected."""
        return not self.differs


@dataclass(frozen=True)
class Asked:
    """The company that expectations are judged against, with its people and flows."""

    company: Company
    people: Sequence[Person]
    flows: Sequence[Flow]
    now: dt.datetime
    #: The zone of an instant that says none.
    zone: str = "UTC"


def expectations(said: Any) -> list[Expectation]:
    """The expectations of a file. Raises :class:`Invalid` with every fault, numbered as people count."""
    try:
        listed = _File.model_validate(said).expect
    except ValidationError as err:
        raise Invalid(field_errors(err)) from err
    found, errors = [], []
    for n, one in enumerate(listed, start=1):
        try:
            found.append(Expectation.model_validate(one))
        except ValidationError as err:
            errors += field_errors(err, f"expect.{n}")
    if errors:
        raise Invalid(errors)
    return found


def judged(asked: Asked, every: Iterable[Expectation]) -> list[Verdict]:
    """What is decided for each. Raises :class:`Invalid` with every expectation that speaks of what is not there."""
    found, errors = [], []
    for n, expectation in enumerate(every, start=1):
        try:
            found.append(_judged(asked, n, expectation))
        except Invalid as err:
            errors += [FieldError(f"expect.{n}.{e.field}", e.code, e.message) for e in err.errors]
    if errors:
        raise Invalid(errors)
    return found


def _judged(asked: Asked, number: int, expected: Expectation) -> Verdict:
    person, o = _whose(asked, expected.person), _what(asked.company, expected.object)
    now = _instant(asked, expected.at)
    mine = [flow for flow in asked.flows if person.email in flow.supervisors]
    authority = Authority(person, mine, asked.company, now)
    today = now.astimezone(ZoneInfo(getattr(o.spec, "time_zone", asked.zone))).date()
    decision = _decided(authority, o, expected, today)
    return Verdict(number, expected, decision, tuple(_differences(asked, expected, decision)))


def _whose(asked: Asked, email: str) -> Person:
    found = next((p for p in asked.people if p.email == email.strip().casefold()), None)
    if found is None:
        raise Invalid([FieldError("person", "unknown", f"nobody has the address {email}")])
    return found


def _what(company: Company, ref: ObjectRef) -> Object:
    found = company.get(ref)
    if found is None:
        raise Invalid([FieldError("object", "unknown", f"there is no {ref}")])
    return found


def _instant(asked: Asked, at: dt.datetime | None) -> dt.datetime:
    if at is None:
        return asked.now
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(asked.zone))).astimezone(dt.UTC)


def _decided(authority: Authority, o: Object, expected: Expectation, today: dt.date) -> Decision:
    """The first refusal of what is asked together, else the last permission."""
    asked = list(_questions(authority, o, expected, today))
    return next((d for d in asked if not d.allowed), asked[-1])


def _questions(authority: Authority, o: Object, expected: Expectation, today: dt.date) -> Iterator[Decision]:
    edits = _edits(authority.company, o, expected, today)
    if expected.do is not None and expected.do not in o.kind.aspects:
        words = f"of a {o.ref.kind} one can be granted {', '.join(o.kind.aspects) or 'nothing'}"
        raise Invalid([FieldError("do", "unknown", words)])
    if expected.do is not None and edits and expected.do not in aspects_of(o.kind, edits):
        raise Invalid([FieldError("do", "edit", f"the edit does not touch {expected.do}")])
    if expected.read:
        yield authority.may_read(o.ref)
    if expected.do is not None:
        yield authority.may(o.ref, expected.do)
    if edits:
        yield authority.may_edit(o.ref, edits, today)


def _differences(asked: Asked, expected: Expectation, decision: Decision) -> Iterator[str]:
    if expected.via is not None and all(flow.name != expected.via for flow in asked.flows):
        raise Invalid([FieldError("via", "unknown", f"there is no flow {expected.via}")])
    if decision.allowed != expected.allowed:
        yield f"expected to be {'allowed' if expected.allowed else 'refused'}"
        return
    if expected.known is not None and decision.known != expected.known:
        yield f"expected {'to be known' if expected.known else 'not even to be known'}"
    if expected.reason is not None and expected.reason not in decision.reason:
        yield f"expected a reason with {expected.reason!r}"
    if expected.via is not None and (decision.via is None or decision.via.flow_name != expected.via):
        yield f"expected by the flow {expected.via}"


# ------------------------------------------------------------------------------------------------ edits


def _edits(company: Company, o: Object, expected: Expectation, today: dt.date) -> tuple[Edit, ...]:
    """The edits that are asked for, with the values in the form in which a change carries them.

    They are judged also where they would change nothing: who may set a value is no question of what it is today.
    """
    before = o.spec.as_json()
    edit = _in_json(expected.edit)
    wanted = {path: value for name, said in edit.items() for path, value in _paths(o, name, said, today)}
    for text in expected.remove:
        wanted[_removed(o, before, text)] = ABSENT
    name = wanted.pop(_NAME, None)
    made = [Edit(path, value_at(before, path), value) for path, value in wanted.items()]
    try:
        after = _held(o, parsed_spec(o.kind, applied(before, made)), company)
    except Invalid as err:
        errors = [FieldError(f"edit.{e.field.removeprefix('spec.')}", e.code, e.message) for e in err.errors]
        raise Invalid(errors) from err
    edits = tuple(Edit(e.path, e.before, value_at(after, e.path)) for e in made)
    return edits if name is None else (Edit(_NAME, o.name, checked_name(name, "edit.name")), *edits)


def _in_json(value: Any) -> Any:
    """What TOML knows and JSON does not (dates, times) as its text."""
    if isinstance(value, Mapping):
        return {str(name): _in_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_in_json(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def _held(o: Object, spec: Spec, company: Company) -> Mapping[str, Any]:
    """The edited spec, held against the company like any other: what is impossible anyhow tests no policy."""
    check(replace(o, spec=spec), company, outside=ANYWHERE, before=o)
    return spec.as_json()


def _paths(o: Object, name: str, said: Any, today: dt.date) -> Iterator[tuple[Path, Any]]:
    field, dot, item = name.partition(".")
    if field != _NAME[0] and field not in type(o.spec).model_fields:
        raise Invalid([FieldError(f"edit.{field}", "extra", f"a {o.ref.kind} has no such field")])
    if dot:
        yield (field, item), said
    elif field not in type(o.spec).itemised:
        yield (field,), said
    elif isinstance(value_at(o.spec.as_json(), (field,)), list):
        for n, one in enumerate(said if isinstance(said, list) else [said]):
            made = _new_item(one, n, today)
            yield (field, str(made["id"])), made
    elif isinstance(said, Mapping):
        yield from (((field, str(key)), value) for key, value in said.items())
    else:
        raise Invalid([FieldError(f"edit.{field}", "type", "must be a table of its items")])


def _new_item(said: Any, n: int, today: dt.date) -> dict[str, Any]:
    """A temporary change that is to be made. Whole numbers in ``from`` and ``to`` count days from today."""
    if not isinstance(said, Mapping):
        raise Invalid([FieldError("edit", "type", "must be a table, or a list of tables")])
    return {"id": f"{n:016x}"} | {
        key: _date(value, today) if key in ("from", "to") else value for key, value in said.items()
    }


def _date(value: Any, today: dt.date) -> Any:
    if type(value) is not int:
        return value
    try:
        return (today + dt.timedelta(days=value)).isoformat()
    except OverflowError as err:
        raise Invalid([FieldError("edit", "days", f"{value} days from today is no date")]) from err


def _removed(o: Object, before: Mapping[str, Any], text: str) -> Path:
    field, _, item = text.partition(".")
    if field not in type(o.spec).itemised or value_at(before, (field, item)) is ABSENT:
        raise Invalid([FieldError("remove", "unknown", f"{o.ref} has no {text}")])
    return field, item
