"""Flows with their grants and supervisors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, delete, insert, select, update

from vaxelflode.domain.flow import Flow, Grant
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.storage import schema as t
from vaxelflode.storage.objects import object_id, object_ids
from vaxelflode.storage.order import by_code_point
from vaxelflode.storage.people import ids_of
from vaxelflode.storage.transaction import Transaction

#: Flows asked about at once.
_BATCH = 500

_WITH_NUMBER = (
    select(t.flows, t.objects.c.key.label("number"))
    .outerjoin(t.objects, t.objects.c.id == t.flows.c.number_id)
    .order_by(by_code_point(t.flows.c.name), by_code_point(t.flows.c.id))
)
# What every request asks is made once: to make a statement costs more than to run it.
_OF_PERSON = _WITH_NUMBER.where(
    t.flows.c.id.in_(select(t.supervisors.c.flow_id).where(t.supervisors.c.user_id == bindparam("person")))
)
_ids: BindParameter[str] = bindparam("flows", expanding=True)
_GRANTS = (
    select(t.grants, t.objects.c.kind, t.objects.c.key)
    .join(t.objects, t.objects.c.id == t.grants.c.object_id)
    .where(t.grants.c.flow_id.in_(_ids), t.objects.c.deleted_at.is_(None))
    .order_by(t.grants.c.flow_id, t.grants.c.position)
)
_SUPERVISORS = (
    select(t.supervisors.c.flow_id, t.users.c.email)
    .join(t.users, t.users.c.id == t.supervisors.c.user_id)
    .where(t.supervisors.c.flow_id.in_(_ids))
    .order_by(by_code_point(t.users.c.email))
)


async def of_person(db: Transaction, person_id: int) -> list[Flow]:
    """The flows that a person supervises, by name."""
    rows = await db.execute(_OF_PERSON, {"person": person_id})
    return await _whole(db, rows.all())


async def listed(db: Transaction) -> list[Flow]:
    """Every flow, by name."""
    rows = await db.execute(_WITH_NUMBER)
    return await _whole(db, rows.all())


async def get(db: Transaction, flow_id: str) -> Flow | None:
    """One flow."""
    found = await _whole(db, (await db.execute(_WITH_NUMBER.where(t.flows.c.id == flow_id))).all())
    return found[0] if found else None


async def _whole(db: Transaction, rows: Sequence[Row[Any]]) -> list[Flow]:
    """The flows of these rows, in their order, in two questions however many they are (a batch)."""
    found: list[Flow] = []
    for batch in (rows[n : n + _BATCH] for n in range(0, len(rows), _BATCH)):
        ids = [row.id for row in batch]
        grants, supervisors = await _grants(db, ids), await _supervisors(db, ids)
        found += [_flow(row, grants.get(row.id, ()), supervisors.get(row.id, ())) for row in batch]
    return found


async def _grants(db: Transaction, ids: Sequence[str]) -> Mapping[str, Sequence[Grant]]:
    found: dict[str, list[Grant]] = {}
    for row in await db.execute(_GRANTS, {"flows": list(ids)}):
        grant = Grant(ObjectRef(row.kind, row.key), frozenset(row.aspects), row.limits, row.expires)
        found.setdefault(row.flow_id, []).append(grant)
    return found


async def _supervisors(db: Transaction, ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for row in await db.execute(_SUPERVISORS, {"flows": list(ids)}):
        found.setdefault(row.flow_id, []).append(row.email)
    return found


def _flow(row: Row[Any], grants: Sequence[Grant], supervisors: Sequence[str]) -> Flow:
    return Flow(
        id=row.id,
        name=row.name,
        description=row.description,
        number=f"+{row.number}" if row.number else None,
        grants=tuple(grants),
        supervisors=tuple(supervisors),
        version=row.version,
    )


async def save(db: Transaction, flow: Flow, now: dt.datetime, *, new: bool) -> None:
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


async def _save_members(db: Transaction, flow: Flow) -> None:
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


async def remove(db: Transaction, flow_id: str) -> None:
    """Delete a flow; its objects stay."""
    await db.execute(delete(t.flows).where(t.flows.c.id == flow_id))
