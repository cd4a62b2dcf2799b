"""Flows: what a supervisor has, and what an administrator gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from vaxelflode.domain.check import checked_name, field_errors
from vaxelflode.domain.company import Company
from vaxelflode.domain.flow import Flow, Grant, Person
from vaxelflode.domain.identifiers import ObjectRef, new_id
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.text import Line
from vaxelflode.errors import FieldError, Invalid, NotFound, Stale
from vaxelflode.policy.limits import check_limits
from vaxelflode.services.context import Context, Desk
from vaxelflode.storage import flows, people
from vaxelflode.storage.changes import record


class GrantBody(BaseModel):
    """One grant as the API takes it."""

    model_config = ConfigDict(extra="forbid")

    object: ObjectRef
    aspects: list[str] = Field(min_length=1, max_length=20)
    limits: dict[str, Any] = {}
    expires: AwareDatetime | None = None


class FlowBody(BaseModel):
    """A flow as the API takes it."""

    model_config = ConfigDict(extra="forbid")

    name: str
    description: Line = Field("", max_length=1000)
    number: str | None = Field(None, pattern=r"^\+[1-9][0-9]{4,14}$")
    grants: list[GrantBody] = Field([], max_length=200)
    supervisors: list[str] = Field([], max_length=200)


def as_json(flow: Flow) -> dict[str, Any]:
    """As the API shows a flow."""
    return {
        "id": flow.id,
        "name": flow.name,
        "description": flow.description,
        "number": flow.number,
        "grants": [
            {
                "object": str(g.object),
                "aspects": [a for a in kinds()[g.object.kind].aspects if a in g.aspects],
                "limits": dict(g.limits),
                "expires": g.expires.isoformat() if g.expires else None,
            }
            for g in flow.grants
        ],
        "supervisors": list(flow.supervisors),
        "version": str(flow.version),
    }


async def listed(context: Context, person: Person) -> list[Flow]:
    """One's own flows; for administrators every flow."""
    async with context.reading(person) as desk:
        return await _mine(desk)


async def _mine(desk: Desk) -> list[Flow]:
    if desk.authority.is_administrator:
        return await flows.listed(desk.db)
    return list(desk.authority.flows) if "flow_user" in desk.person.rights else []


async def one(context: Context, person: Person, flow_id: str) -> Flow:
    """One flow, or :class:`NotFound` when it is not the person's own."""
    async with context.reading(person) as desk:
        return await found(desk, flow_id)


async def found(desk: Desk, flow_id: str) -> Flow:
    """One flow at a desk, or :class:`NotFound`."""
    one = next((f for f in await _mine(desk) if f.id == flow_id), None)
    if one is None:
        raise NotFound("there is no such flow")
    return one


async def create(context: Context, person: Person, body: Mapping[str, Any]) -> Flow:
    """A new flow; administrators only."""
    async with context.writing(person) as desk:
        desk.require_administrator()
        flow = await _checked(desk, Flow(new_id(), ""), body)
        await flows.save(desk.db, flow, desk.now, new=True)
        await _note(desk, "flow created", flow)
        return flow


async def replace_flow(context: Context, person: Person, flow_id: str, body: Mapping[str, Any], if_match: str) -> Flow:
    """A flow anew; administrators only; :class:`Stale` when it has changed since ``if_match``."""
    async with context.writing(person) as desk:
        before = await found(desk, flow_id)
        desk.require_administrator()
        if if_match not in ("*", str(before.version)):
            raise Stale("the flow has changed since you read it", version=str(before.version))
        given = {k: v for k, v in body.items() if k not in ("id", "version")}
        flow = replace(await _checked(desk, before, given), version=before.version + 1)
        await flows.save(desk.db, flow, desk.now, new=False)
        await _note(desk, "flow changed", flow)
        return flow


async def remove(context: Context, person: Person, flow_id: str) -> None:
    """Delete a flow; administrators only. Its objects stay."""
    async with context.writing(person) as desk:
        going = await found(desk, flow_id)
        desk.require_administrator()
        await flows.remove(desk.db, flow_id)
        await _note(desk, "flow deleted", going)


async def _note(desk: Desk, what: str, flow: Flow) -> None:
    await record(desk.db, desk.now, what, {"actor": desk.person.email, "flow": as_json(flow)})


async def _checked(desk: Desk, flow: Flow, body: Mapping[str, Any]) -> Flow:
    given = given_flow(body)
    known = await people.ids_of(desk.db, frozenset(_emails(given)))
    return judged(flow, given, desk.company, known)


def given_flow(body: Mapping[str, Any]) -> FlowBody:
    """What was sent, or :class:`Invalid`."""
    try:
        return FlowBody.model_validate(body)
    except ValidationError as err:
        raise Invalid(field_errors(err)) from err


def _emails(given: FlowBody) -> list[str]:
    return [email.strip().casefold() for email in given.supervisors]


def judged(flow: Flow, given: FlowBody, company: Company, known: Container[str]) -> Flow:
    """``flow`` with what is given, held against a company and the addresses of its people; :class:`Invalid`."""
    emails = _emails(given)
    faults = [
        *_number_faults(company, given.number),
        *(f for n, g in enumerate(given.grants) for f in _grant_faults(company, n, g)),
        *(
            FieldError(f"supervisors.{n}", "unknown", f"nobody has the address {email}")
            for n, email in enumerate(emails)
            if email not in known
        ),
    ]
    if faults:
        raise Invalid(faults)
    return replace(
        flow,
        name=checked_name(given.name),
        description=given.description,
        number=given.number,
        grants=tuple(Grant(g.object, frozenset(g.aspects), g.limits, _utc(g.expires)) for g in given.grants),
        supervisors=tuple(dict.fromkeys(emails)),
    )


def _utc(at: dt.datetime | None) -> dt.datetime | None:
    return at and at.astimezone(dt.UTC)


def _number_faults(company: Company, number: str | None) -> Iterator[FieldError]:
    if number is not None and ObjectRef("number", number.removeprefix("+")) not in company:
        yield FieldError("number", "unknown", f"there is no number {number}")


def _grant_faults(company: Company, position: int, grant: GrantBody) -> Iterator[FieldError]:
    field = f"grants.{position}"
    if grant.object not in company:
        yield FieldError(f"{field}.object", "unknown", f"there is no {grant.object}")
        return
    kind = kinds()[grant.object.kind]
    for aspect in grant.aspects:
        if aspect not in kind.aspects:
            words = ", ".join(kind.aspects) or "nothing"
            yield FieldError(f"{field}.aspects", "unknown", f"of a {kind.name} one can grant {words}; not {aspect}")
    for name, reason in check_limits(kind, grant.limits):
        yield FieldError(f"{field}.limits.{name}", "limit", reason)
