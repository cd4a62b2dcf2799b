"""History: the changes that a person may know of, newest first."""

from __future__ import annotations

from dataclasses import replace

from vaxelflode.domain.change import Change, Via
from vaxelflode.domain.flow import Person
from vaxelflode.domain.identifiers import ObjectRef, is_id
from vaxelflode.errors import FieldError, Invalid, NotFound
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.flows import found as flow_of
from vaxelflode.storage import changes


async def listed(
    context: Context, person: Person, *, ref: ObjectRef | None, flow: str | None, after: str | None, limit: int
) -> list[Change]:
    """Changes of one object, of one flow's objects, or of all that the person may read."""
    async with context.reading(person) as desk:
        objects: list[ObjectRef] | None
        if ref is not None:
            desk.readable(ref)
            objects = [ref]
        elif flow is not None:
            grants = (await flow_of(desk, flow)).grants
            objects = [g.object for g in grants if desk.authority.may_read(g.object).allowed]
        elif desk.authority.is_administrator:
            objects = None
        else:
            objects = [r for r in desk.authority.visible() if desk.authority.may_read(r).allowed]
        watched = None if objects is None else [ref for ref in objects if _may_know_agents(desk, ref)]
        if after is not None and not await changes.is_listed(desk.db, after, objects=objects):
            raise Invalid([FieldError("after", "unknown", "is no change of this list; begin anew")])
        found = await changes.listed(desk.db, objects=objects, after=after, limit=limit, agents_of=watched)
        return [as_known(desk, change) for change in found]


def as_known(desk: Desk, change: Change) -> Change:
    """The change without the name of a flow that the person does not have: such flows do not exist for them."""
    mine = desk.authority.is_administrator or change.via.flow in {flow.id for flow in desk.authority.flows}
    return change if mine else replace(change, via=Via(None))


async def one(context: Context, person: Person, change_id: str) -> Change:
    """One change, or :class:`NotFound` where the person may not read what it is about."""
    if not is_id(change_id):  # as of most pages, which name no change
        raise NotFound("there is no such change")
    async with context.reading(person) as desk:
        change = await changes.get(desk.db, change_id)
        if change is None or not may_read(desk, change):
            raise NotFound("there is no such change")
        return as_known(desk, change)


def may_read(desk: Desk, change: Change) -> bool:
    """Whether the person may read what a change is about."""
    if change.action == "agents" and not _may_know_agents(desk, change.object):
        return False
    return desk.authority.is_administrator or desk.authority.may_read(change.object).allowed


def _may_know_agents(desk: Desk, queue: ObjectRef) -> bool:
    """Who answers, who is paused and why is for those who may see the queue, or who its agents are."""
    return any(desk.authority.may(queue, aspect).allowed for aspect in ("watch", "agents"))


async def names(context: Context, person: Person) -> dict[str, str]:
    """What objects are called that the person may know of: ``kind/key`` → name."""
    async with context.reading(person) as desk:
        return {str(ref): desk.known(ref).name for ref in desk.authority.visible()}
