"""Flows with their grants and supervisors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import BindParameter, Row, Select, bindparam, delete, func, insert, literal, select, update

from vaxelflode.domain.flow import Flow, Grant
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.storage import schema as t
from vaxelflode.storage.objects import object_id, object_ids
from vaxelflode.storage.order import by_code_point
from vaxelflode.storage.people import ids_of
from vaxelflode.storage.transaction import Transaction

#: Flows asked about at once.
_BATCH = 500


class FlowName(NamedTuple):
    """What a flow is called, and its number: enough to look for it, and little of the work of the whole.

    It is a row as it comes: a list of an administrator's asks for every flow.
    """

    id: str
    name: str
    description: str
    number: str | None

    @property
    def number_ref(self) -> ObjectRef | None:
        """The number as an object."""
        return ObjectRef("number", self.number.removeprefix("+")) if self.number else None


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
_numbers: BindParameter[str] = bindparam("numbers", expanding=True)
_objects: BindParameter[int] = bindparam("objects", expanding=True)
_NAMES = (
    select(t.flows.c.id, t.flows.c.name, t.flows.c.description, (literal("+") + t.objects.c.key).label("number"))
    .outerjoin(t.objects, t.objects.c.id == t.flows.c.number_id)
    .order_by(by_code_point(t.flows.c.name), by_code_point(t.flows.c.id))
)
_NAMES_OF_NUMBERS = _NAMES.where(t.objects.c.kind == "number", t.objects.c.key.in_(_numbers))
_PAGE = _WITH_NUMBER.offset(bindparam("start")).limit(bindparam("most"))
_COUNT = select(func.count()).select_from(t.flows)
_SOME = _WITH_NUMBER.where(t.flows.c.id.in_(_ids))
_GRANTING = _WITH_NUMBER.where(t.flows.c.id.in_(select(t.grants.c.flow_id).where(t.grants.c.object_id.in_(_objects))))
_granted = t.objects.alias()
_NAMES_GRANTING = _NAMES.where(
    t.flows.c.id.in_(
        select(t.grants.c.flow_id)
        .join(_granted, _granted.c.id == t.grants.c.object_id)
        .where(_granted.c.kind == bindparam("kind"), _granted.c.key == bindparam("key"))
    )
)
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


async def page(db: Transaction, start: int, most: int) -> list[Flow]:
    """At most so many flows of all, by name, after the first ``start``."""
    return await _asked(db, _PAGE, {"start": start, "most": most})


async def count(db: Transaction) -> int:
    """How many flows there are."""
    return int((await db.execute(_COUNT)).scalar_one())


async def get(db: Transaction, flow_id: str) -> Flow | None:
    """One flow."""
    return next(iter(await some(db, [flow_id])), None)


async def some(db: Transaction, ids: Collection[str]) -> list[Flow]:
    """Those of these flows that there are, by name."""
    found = [flow for batch in _batches(list(ids)) for flow in await _asked(db, _SOME, {"flows": batch})]
    return _in_order(found)


async def granting(db: Transaction, refs: Iterable[ObjectRef]) -> list[Flow]:
    """The flows with a grant on any of these objects, by name."""
    rows = list((await object_ids(db, refs)).values())
    found = [flow for batch in _batches(rows) for flow in await _asked(db, _GRANTING, {"objects": batch})]
    return _in_order({flow.id: flow for flow in found}.values())


async def names(db: Transaction) -> list[FlowName]:
    """What every flow is called, by name."""
    return await _named(db, _NAMES, {})


async def names_of_numbers(db: Transaction, refs: Iterable[ObjectRef]) -> list[FlowName]:
    """The flows of those of the objects that are numbers, by name."""
    keys = [ref.key for ref in refs if ref.kind == "number"]
    return _in_order([one for some in _batches(keys) for one in await _named(db, _NAMES_OF_NUMBERS, {"numbers": some})])


async def names_granting(db: Transaction, ref: ObjectRef) -> list[FlowName]:
    """The flows with a grant on an object, by name."""
    return await _named(db, _NAMES_GRANTING, {"kind": ref.kind, "key": ref.key})


F = TypeVar("F", Flow, FlowName)
V = TypeVar("V")


def _in_order(found: Iterable[F]) -> list[F]:
    return sorted(found, key=lambda flow: (flow.name, flow.id))


def _batches(every: Sequence[V]) -> Iterator[Sequence[V]]:
    return (every[n : n + _BATCH] for n in range(0, len(every), _BATCH))


async def _asked(db: Transaction, query: Select[Any], values: Mapping[str, Any]) -> list[Flow]:
    return await _whole(db, (await db.execute(query, values)).all())


async def _named(db: Transaction, query: Select[Any], values: Mapping[str, Any]) -> list[FlowName]:
    return [*map(FlowName._make, (await db.execute(query, values)).all())]


async def _whole(db: Transaction, rows: Sequence[Row[Any]]) -> list[Flow]:
    """The flows of these rows, in their order, in two questions however many they are (a batch)."""
    found: list[Flow] = []
    for batch in _batches(rows):
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
