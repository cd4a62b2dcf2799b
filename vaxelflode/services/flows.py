"""Flows: what a supervisor has, and what an administrator gives."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from vaxelflode.domain.company import Company
from vaxelflode.domain.flow import Flow, Grant, Person
from vaxelflode.domain.identifiers import ObjectRef, new_id
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.text import Line
from vaxelflode.errors import FieldError, Invalid, NotFound, Stale
from vaxelflode.policy.limits import check_limits
from vaxelflode.services import shapes
from vaxelflode.services.bodies import Body, Name, parsed
from vaxelflode.services.context import Context, Desk
from vaxelflode.storage import flows, people
from vaxelflode.storage.audit import record
from vaxelflode.storage.flows import FlowName


def _utc(value: object) -> object:
    """An instant with its offset, in UTC."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt].{1,30}", value):
        raise ValueError("must be a time with its offset, for example 2027-03-16T12:00:00+01:00")
    found = dt.datetime.fromisoformat(value.upper())
    if found.tzinfo is None:
        raise ValueError("must have an offset, for example +01:00 or Z")
    try:
        return found.astimezone(dt.UTC)
    except OverflowError as err:
        raise ValueError("must lie in the years 1 to 9999") from err


class GrantBody(Body):
    """One grant as the API takes it."""

    object: ObjectRef
    aspects: list[str] = Field(min_length=1, max_length=20)
    limits: dict[str, Any] = Field({})
    expires: Annotated[dt.datetime, BeforeValidator(_utc)] | None = None


class FlowBody(Body):
    """A flow as the API takes it."""

    name: Name
    description: Line = Field("", max_length=1000)
    number: str | None = Field(None, pattern=r"^\+[1-9][0-9]{4,14}$")
    grants: list[GrantBody] = Field([], max_length=200)
    supervisors: list[Line] = Field([], max_length=200)


class FlowAnew(FlowBody):
    """A flow as it is to be; ``id`` and ``version`` may stand as they were read, and change nothing."""

    id: str | None = None
    version: str | None = None


def as_json(flow: Flow) -> shapes.Flow:
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


async def listed(context: Context, person: Person, *, after: str | None = None, limit: int | None = None) -> list[Flow]:
    """One's own flows, for administrators every flow: at most ``limit`` that follow the flow ``after``."""
    async with context.reading(person) as desk:
        ids = [flow.id for flow in await mine(desk)]
        if after is not None and after not in ids:
            raise Invalid([FieldError("after", "unknown", "is no flow of this list; begin anew")])
        start = 0 if after is None else ids.index(after) + 1
        return await some(desk, ids[start:][:limit])


async def mine(desk: Desk) -> Sequence[Flow | FlowName]:
    """What one's own flows are called, for administrators every flow; by name."""
    return await flows.names(desk.db) if desk.authority.is_administrator else _own(desk)


async def paged(desk: Desk, start: int, most: int) -> tuple[Sequence[Flow], int]:
    """At most so many of one's own flows, whole, after the first ``start``, by name; and how many there are."""
    if desk.authority.is_administrator:
        return await flows.page(desk.db, start, most), await flows.count(desk.db)
    return _own(desk)[start : start + most], len(_own(desk))


def _own(desk: Desk) -> Sequence[Flow]:
    return desk.authority.flows if "flow_user" in desk.person.rights else ()


async def some(desk: Desk, ids: Collection[str]) -> list[Flow]:
    """Those of these flows that are the person's own, whole; by name."""
    if desk.authority.is_administrator:
        return await flows.some(desk.db, ids)
    return [flow for flow in _own(desk) if flow.id in ids]


async def having(desk: Desk, ref: ObjectRef) -> Sequence[Flow | FlowName]:
    """The person's own flows that have an object, on their graph or among their grants; by name."""
    above = desk.company.leading_to(ref)
    if not desk.authority.is_administrator:
        return [flow for flow in _own(desk) if flow.number_ref in above or _is_granted(flow, ref)]
    found = {*await flows.names_granting(desk.db, ref), *await flows.names_of_numbers(desk.db, above)}
    return sorted(found, key=lambda flow: (flow.name, flow.id))


def is_in(desk: Desk, flow: Flow, ref: ObjectRef) -> bool:
    """Whether a flow has an object, on its graph or among its grants."""
    on_graph = frozenset[ObjectRef]() if flow.number_ref is None else desk.company.reachable_from(flow.number_ref)
    return ref in on_graph or _is_granted(flow, ref)


def _is_granted(flow: Flow, ref: ObjectRef) -> bool:
    return any(grant.object == ref for grant in flow.grants)


async def one(context: Context, person: Person, flow_id: str) -> Flow:
    """One flow, or :class:`NotFound` when it is not the person's own."""
    async with context.reading(person) as desk:
        return await found(desk, flow_id)


async def found(desk: Desk, flow_id: str) -> Flow:
    """One flow at a desk, or :class:`NotFound`."""
    for flow in await some(desk, [flow_id]):
        return flow
    raise NotFound("there is no such flow")


async def create(context: Context, person: Person, body: Mapping[str, Any]) -> Flow:
    """A new flow; administrators only."""
    async with context.writing(person) as desk:
        desk.require_administrator()
        flow = await _checked(desk, Flow(new_id(), ""), parsed(FlowBody, body))
        await flows.save(desk.db, flow, desk.now, new=True)
        await _note(desk, "flow created", flow)
        return flow


async def replace_flow(context: Context, person: Person, flow_id: str, body: Mapping[str, Any], if_match: str) -> Flow:
    """A flow anew; administrators only; :class:`Stale` when it has changed since ``if_match``."""
    async with context.writing(person) as desk:
        before = await found(desk, flow_id)
        desk.require_administrator()
        _require_fresh(before, if_match)
        flow = replace(await _checked(desk, before, parsed(FlowAnew, body)), version=before.version + 1)
        await flows.save(desk.db, flow, desk.now, new=False)
        await _note(desk, "flow changed", flow)
        return flow


async def remove(context: Context, person: Person, flow_id: str, if_match: str = "*") -> None:
    """Delete a flow; administrators only; :class:`Stale` like :func:`replace_flow`. Its objects stay."""
    async with context.writing(person) as desk:
        going = await found(desk, flow_id)
        desk.require_administrator()
        _require_fresh(going, if_match)
        await flows.remove(desk.db, flow_id)
        await _note(desk, "flow deleted", going)


def _require_fresh(flow: Flow, if_match: str) -> None:
    if if_match not in ("*", str(flow.version)):
        raise Stale("the flow has changed since you read it", version=str(flow.version))


async def _note(desk: Desk, what: str, flow: Flow) -> None:
    await record(desk.db, desk.now, what, {"actor": desk.person.email, "flow": as_json(flow)})


async def _checked(desk: Desk, flow: Flow, given: FlowBody) -> Flow:
    known = await people.ids_of(desk.db, frozenset(_emails(given)))
    return judged(flow, given, desk.company, known)


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
        name=given.name,
        description=given.description,
        number=given.number,
        grants=tuple(Grant(g.object, frozenset(g.aspects), g.limits, g.expires) for g in given.grants),
        supervisors=tuple(dict.fromkeys(emails)),
    )


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
