"""Flows with their grants and supervisors."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from vaxelflode.domain.flow import Flow, Grant
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.storage import schema as t
from vaxelflode.storage.objects import object_id, object_ids
from vaxelflode.storage.people import ids_of


async def of_person(db: AsyncConnection, person_id: int) -> list[Flow]:
    """The flows that a person supervises, by name."""
    mine = select(t.supervisors.c.flow_id).where(t.supervisors.c.user_id == person_id)
    rows = await db.execute(_with_number().where(t.flows.c.id.in_(mine)).order_by(t.flows.c.name))
    return [await _flow(db, row) for row in rows.all()]


async def listed(db: AsyncConnection) -> list[Flow]:
    """Every flow, by name."""
    rows = await db.execute(_with_number().order_by(t.flows.c.name, t.flows.c.id))
    return [await _flow(db, row) for row in rows.all()]


async def get(db: AsyncConnection, flow_id: str) -> Flow | None:
    """One flow."""
    row = (await db.execute(_with_number().where(t.flows.c.id == flow_id))).first()
    return None if row is None else await _flow(db, row)


def _with_number() -> Any:
    return select(t.flows, t.objects.c.key.label("number")).outerjoin(t.objects, t.objects.c.id == t.flows.c.number_id)


async def _flow(db: AsyncConnection, row: Row[Any]) -> Flow:
    grants = await db.execute(
        select(t.grants, t.objects.c.kind, t.objects.c.key)
        .join(t.objects, t.objects.c.id == t.grants.c.object_id)
        .where(t.grants.c.flow_id == row.id, t.objects.c.deleted_at.is_(None))
        .order_by(t.grants.c.position)
    )
    supervisors = await db.execute(
        select(t.users.c.email)
        .join(t.supervisors, t.supervisors.c.user_id == t.users.c.id)
        .where(t.supervisors.c.flow_id == row.id)
        .order_by(t.users.c.email)
    )
    return Flow(
        id=row.id,
        name=row.name,
        description=row.description,
        number=f"+{row.number}" if row.number else None,
        grants=tuple(Grant(ObjectRef(g.kind, g.key), frozenset(g.aspects), g.limits, g.expires) for g in grants),
        supervisors=tuple(supervisors.scalars()),
        version=row.version,
    )


async def save(db: AsyncConnection, flow: Flow, now: dt.datetime, *, new: bool) -> None:
    """Write a flow whole. Its objects and supervisors exist: the caller has checked."""
    number = await object_id(db, flow.number_ref) if flow.number_ref else None
    values = {
        "name": flow.name,
        "description": flow.description,
        "number_id": number,
        "version": flow.version,
    }
    if new:
        await db.execute(insert(t.flows).values(id=flow.id, made_at=now, **values))
    else:
        await db.execute(update(t.flows).where(t.flows.c.id == flow.id).values(**values))
        for table in (t.grants, t.supervisors):
            await db.execute(delete(table).where(table.c.flow_id == flow.id))
    await _save_members(db, flow)


async def _save_members(db: AsyncConnection, flow: Flow) -> None:
    objects = await object_ids(db, [g.object for g in flow.grants])
    grants = [
        {
            "flow_id": flow.id,
            "position": n,
            "object_id": objects[g.object],
            "aspects": sorted(g.aspects),
            "limits": dict(g.limits),
            "expires": g.expires,
        }
        for n, g in enumerate(flow.grants)
    ]
    people = await ids_of(db, frozenset(flow.supervisors))
    if grants:
        await db.execute(insert(t.grants), grants)
    if people:
        await db.execute(insert(t.supervisors), [{"flow_id": flow.id, "user_id": p} for p in people.values()])


async def remove(db: AsyncConnection, flow_id: str) -> None:
    """Delete a flow; its objects stay."""
    await db.execute(delete(t.flows).where(t.flows.c.id == flow_id))
