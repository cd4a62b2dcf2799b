"""Temporary changes of opening hours: one question, one answer, and they end by themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field, ValidationError

from vaxelflode.domain.change import Origin, Via
from vaxelflode.domain.check import field_errors, parsed_spec
from vaxelflode.domain.closing import OtherHours, Rewrite
from vaxelflode.domain.company import Object
from vaxelflode.domain.destination import Destination
from vaxelflode.domain.edits import ABSENT, Edit, applied
from vaxelflode.domain.flow import Person
from vaxelflode.domain.hours import Hours, clock
from vaxelflode.domain.identifiers import ObjectRef, new_id
from vaxelflode.domain.kinds.schedule import MOMENT, NOTE_LENGTH, Override, Schedule
from vaxelflode.domain.text import Line
from vaxelflode.errors import FieldError, Invalid, NotFound
from vaxelflode.services.bodies import Body, parsed
from vaxelflode.services.commit import Draft, Saved, carry_out
from vaxelflode.services.context import Context, Desk

#: How long an override that has ended stays in the schedule.
_KEPT = dt.timedelta(days=366)


class OverrideBody(Body):
    """Other hours for one day or a range of dates, which are inclusive. Without any ``hours``: closed."""

    first: dt.date = Field(alias="from")
    last: dt.date = Field(alias="to")
    hours: Hours
    note: Line = Field("", max_length=NOTE_LENGTH)
    closed: Destination | None = None


async def add(
    context: Context, person: Person, origin: Origin, key: str, body: Mapping[str, Any]
) -> tuple[Saved | None, dict[str, Any]]:
    """Other hours from ``{from, to, hours, note?, closed?}``; returns what was saved and the override."""
    ref = ObjectRef("schedule", key)
    made: dict[str, Any] = {}

    async def decide(desk: Desk) -> Draft:
        before = desk.readable(ref)
        made.update(_override(desk, before, body))
        edits = (Edit(("overrides", made["id"]), ABSENT, made),)
        return _draft(desk, before, edits)

    return await carry_out(context, person, origin, decide), made


async def rewrite(
    context: Context,
    person: Person,
    origin: Origin,
    key: str,
    decide_on: Callable[[Schedule, dt.datetime], Rewrite],
    more: Mapping[str, Any],
) -> Saved | None:
    """End temporary changes and begin others in their place, in one change: what is undone is undone together.

    ``decide_on`` is asked for both, of the schedule as it stands when it is changed and of the instant. ``more`` is
    the note of those that begin, and where callers go meanwhile. Raises :class:`NotFound` for an id that is none, and
    returns ``None`` where nothing is to change.
    """
    ref = ObjectRef("schedule", key)

    async def decide(desk: Desk) -> Draft | None:
        before = desk.readable(ref)
        spec = before.spec
        assert isinstance(spec, Schedule)  # noqa: S101 -- the reference says so
        asked = decide_on(spec, desk.now)
        ended = (Edit(("overrides", i), _standing(before, i), ABSENT) for i in asked.ends)
        made = (_override(desk, before, {**_body(other), **more}) for other in asked.begins)
        edits = (*ended, *(Edit(("overrides", one["id"]), ABSENT, one) for one in made))
        return _draft(desk, before, edits) if edits else None

    return await carry_out(context, person, origin, decide)


def _body(other: OtherHours) -> dict[str, Any]:
    body = {
        "from": other.first.isoformat(),
        "to": other.last.isoformat(),
        "hours": [[clock(s.start), clock(s.end)] for s in other.hours],
    }
    return body if other.closed is None else body | {"closed": other.closed.model_dump(mode="json")}


def _override(desk: Desk, o: Object, body: Mapping[str, Any]) -> dict[str, Any]:
    parsed(OverrideBody, body)
    spec = o.spec
    assert isinstance(spec, Schedule)  # noqa: S101 -- the reference says so
    # The one made last holds, also where two are made at once or the clock was set back.
    at = max([desk.now, *(there.made_at + MOMENT for there in spec.overrides)])
    try:
        override = Override.model_validate({**body, "id": new_id(), "made_by": desk.person.name, "made_at": at})
    except ValidationError as err:
        raise Invalid(field_errors(err)) from err
    if override.last < desk.now.date() - _KEPT:
        raise Invalid([FieldError("to", "past", "ended long ago")])
    return override.model_dump(mode="json", by_alias=True)


async def remove(context: Context, person: Person, origin: Origin, key: str, override_id: str) -> Saved | None:
    """Return to what holds without the override."""
    ref = ObjectRef("schedule", key)

    async def decide(desk: Desk) -> Draft:
        before = desk.readable(ref)
        edit = Edit(("overrides", override_id), _standing(before, override_id), ABSENT)
        return _draft(desk, before, (edit,))

    return await carry_out(context, person, origin, decide)


def _standing(o: Object, override_id: str) -> dict[str, Any]:
    assert isinstance(o.spec, Schedule)  # noqa: S101 -- the reference says so
    found = next((there for there in o.spec.overrides if there.id == override_id), None)
    if found is None:
        raise NotFound(f"{o.ref} has no such temporary change")
    return found.model_dump(mode="json", by_alias=True)


def _without_forgotten(spec: dict[str, Any], today: dt.date) -> dict[str, Any]:
    """Without overrides that ended long ago: history has them, and the schedule holds only so many."""
    since = (today - _KEPT).isoformat()
    return spec | {"overrides": [o for o in spec["overrides"] if o["to"] >= since]}


def _draft(desk: Desk, before: Object, edits: tuple[Edit, ...]) -> Draft:
    decision = desk.require(desk.authority.may_edit(before.ref, edits, desk.today(before)))
    spec = parsed_spec(before.kind, _without_forgotten(applied(before.spec.as_json(), edits), desk.today(before)))
    after = Object(before.ref, before.name, spec, before.versions)
    return Draft(before, after, "edit", edits, decision.via or Via(None))
