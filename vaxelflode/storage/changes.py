"""The append-only table of changes; each is told in the audit chain too (:mod:`vaxelflode.storage.audit`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, insert, select, tuple_, update

from vaxelflode.domain.change import Change, State, Via
from vaxelflode.domain.edits import Edit, shown
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.storage import schema as t
from vaxelflode.storage.audit import last_hash, link, record
from vaxelflode.storage.objects import object_ids
from vaxelflode.storage.transaction import Transaction

#: Changes asked about at once.
_BATCH = 500

# What every save asks is made once: to make a statement costs more than to run it.
_ADD = insert(t.changes).values(
    object_id=select(t.objects.c.id)
    .where(t.objects.c.kind == bindparam("of_kind"), t.objects.c.key == bindparam("of_key"))
    .scalar_subquery()
)
_SETTLE = (
    update(t.changes)
    .where(t.changes.c.id.in_(bindparam("ids", expanding=True)), t.changes.c.state == "pending")
    .returning(t.changes.c.undoes)
)
_EVERY = select(t.changes, t.objects.c.kind, t.objects.c.key).join(t.objects, t.objects.c.id == t.changes.c.object_id)
_past, _about = t.changes.alias(), t.objects.alias()
_asked_about = tuple_(_about.c.kind, _about.c.key).in_(bindparam("refs", expanding=True))
_LATEST = (
    _EVERY.where(t.changes.c.object_id.in_(select(_about.c.id).where(_asked_about)))
    .order_by(t.changes.c.sequence.desc())
    .limit(bindparam("most"))
)
_NEWEST = _EVERY.where(
    t.changes.c.sequence.in_(
        select(func.max(_past.c.sequence))
        .join(_about, _about.c.id == _past.c.object_id)
        .where(_asked_about)
        .group_by(_past.c.object_id)
    )
)
_PENDING = _EVERY.where(t.changes.c.state == "pending").order_by(t.changes.c.sequence.asc())
_PENDING_IN_A_REVISION = _PENDING.where(t.changes.c.action != "agents")
_PENDING_OF_AGENTS = _PENDING.where(t.changes.c.action == "agents")


async def add(db: Transaction, change: Change, base: Mapping[str, int]) -> None:
    """Write a change with the versions that it was made against, and its link of the audit chain."""
    of = {"of_kind": change.object.kind, "of_key": change.object.key}
    await db.execute(_ADD, _values(change, base) | of)
    if change.undoes is not None:
        await db.execute(update(t.changes).where(t.changes.c.id == change.undoes).values(undone_by=change.id))
    await record(db, change.at, "change", as_entry(change))


async def add_all(db: Transaction, made: Sequence[tuple[Change, Mapping[str, int]]]) -> None:
    """The same for many changes that undo nothing, each with its base, in a few statements."""
    if not made:
        return
    rows = await object_ids(db, [change.object for change, _ in made])
    values = [{"object_id": rows[change.object], **_values(change, base)} for change, base in made]
    await db.execute(insert(t.changes), values)
    last, links = await last_hash(db), []
    for change, _ in made:
        links.append(link(last, change.at, "change", as_entry(change)))
        last = links[-1]["hash"]
    await db.execute(insert(t.audit), links)


def _values(change: Change, base: Mapping[str, int]) -> dict[str, Any]:
    return {
        "id": change.id,
        "at": change.at,
        "actor": change.actor,
        "actor_name": change.actor_name,
        "origin": change.origin,
        "flow_id": change.via.flow,
        "flow_name": change.via.flow_name,
        "object_name": change.object_name,
        "action": change.action,
        "aspects": list(change.aspects),
        "edits": [e.as_json() for e in change.edits],
        "base": dict(base),
        "revision": change.revision,
        "state": change.state,
        "undoes": change.undoes,
        "request": change.request,
    }


def as_entry(change: Change) -> dict[str, Any]:
    """What the audit chain tells of a change."""
    return {
        "change": change.id,
        "actor": change.actor,
        "flow": change.via.flow,
        "object": str(change.object),
        "action": change.action,
        "edits": [e.as_json() for e in shown(kinds()[change.object.kind], change.edits)],
        "revision": change.revision,
        "undoes": change.undoes,
        "request": change.request,
    }


async def settle(
    db: Transaction,
    ids: Sequence[str],
    state: State,
    now: dt.datetime,
    *,
    reason: str | None = None,
    live_ms: int | None = None,
) -> None:
    """What became of changes that were pending; an undone one is ``reverted`` once its undo is live.

    One that waits no longer (it was withdrawn meanwhile) stays as it is.
    """
    if not ids:
        return
    told = {"ids": list(ids), "state": state, "reason": reason, "live_ms": live_ms}
    undone = [i for i in (await db.execute(_SETTLE, told)).scalars() if i is not None]
    if undone:
        values: dict[str, Any] = {"state": "reverted"} if state == "live" else {"undone_by": None}
        await db.execute(update(t.changes).where(t.changes.c.id.in_(undone)).values(**values))
    await record(db, now, "result", {"changes": list(ids), "state": state, "reason": reason})


async def pending(db: Transaction) -> list[Change]:
    """The changes that wait for the PBX and travel in a revision, oldest first."""
    return [_change(row) for row in await db.execute(_PENDING_IN_A_REVISION)]


async def pending_agents(db: Transaction) -> list[Change]:
    """The changes of agents that wait for the PBX, oldest first."""
    return [_change(row) for row in await db.execute(_PENDING_OF_AGENTS)]


async def newest_waiting(db: Transaction) -> tuple[int, int]:
    """The place in history of the newest change that waits for the PBX: of those in a revision, of those of agents.

    0: none waits.
    """
    of_agents = t.changes.c.action == "agents"
    query = select(of_agents, func.max(t.changes.c.sequence)).where(t.changes.c.state == "pending").group_by(of_agents)
    found = {bool(row[0]): int(row[1]) for row in await db.execute(query)}
    return found.get(False, 0), found.get(True, 0)


async def waiting(db: Transaction) -> tuple[int, dt.datetime | None]:
    """How many changes wait for the PBX, those of agents too, and since when the oldest of them."""
    query = select(func.count(), func.min(t.changes.c.at)).where(t.changes.c.state == "pending")
    count, since = (await db.execute(query)).one()
    return count, since


async def in_order(db: Transaction) -> AsyncIterator[Change]:
    """Every change from the first on, a page at a time."""
    after = 0
    while True:
        query = _EVERY.where(t.changes.c.sequence > after).order_by(t.changes.c.sequence).limit(_BATCH)
        rows = (await db.execute(query)).all()
        for row in rows:
            yield _change(row)
        if len(rows) < _BATCH:
            return
        after = rows[-1].sequence


async def states(db: Transaction, ids: Sequence[str]) -> dict[str, tuple[State, str | None]]:
    """What has become of some changes: id → state and reason."""
    found: dict[str, tuple[State, str | None]] = {}
    for batch in (ids[n : n + _BATCH] for n in range(0, len(ids), _BATCH)):
        query = select(t.changes.c.id, t.changes.c.state, t.changes.c.reason).where(t.changes.c.id.in_(batch))
        found |= {row.id: (row.state, row.reason) for row in await db.execute(query)}
    return found


async def get(db: Transaction, change_id: str) -> Change | None:
    """One change by its id."""
    found = await _find(db, t.changes.c.id == change_id)
    return found[0] if found else None


async def listed(
    db: Transaction,
    *,
    objects: Sequence[ObjectRef] | None,
    after: str | None,
    limit: int,
    agents_of: Sequence[ObjectRef] | None = None,
    kind: str | None = None,
    actor: str | None = None,
) -> list[Change]:
    """Newest first, at most ``limit``, older than the change ``after``; only these objects unless ``None``.

    Changes of agents are only those of the queues ``agents_of``, unless that is ``None``. ``kind`` and ``actor``: only
    of objects of that kind, and by whoever has that address.
    """
    where = _known(objects, agents_of)
    if kind is not None:
        where.append(t.objects.c.kind == kind)
    if actor is not None:
        where.append(t.changes.c.actor == actor)
    if after is not None:
        before = select(t.changes.c.sequence).where(t.changes.c.id == after).scalar_subquery()
        where.append(t.changes.c.sequence < before)
    return await _find(db, *where, limit=limit)


async def latest(db: Transaction, objects: Collection[ObjectRef], most: int) -> list[Change]:
    """The newest changes of some objects, newest first: :func:`listed` as most pages need it, half the work of it."""
    found = await db.execute(_LATEST, {"refs": [tuple(ref) for ref in objects], "most": most})
    return [_change(row) for row in found]


async def newest(db: Transaction, objects: Iterable[ObjectRef]) -> dict[ObjectRef, Change]:
    """The newest change of each of the objects that has any."""
    refs = [tuple(ref) for ref in dict.fromkeys(objects)]
    batches = (refs[n : n + _BATCH] for n in range(0, len(refs), _BATCH))
    found = [_change(row) for batch in batches for row in await db.execute(_NEWEST, {"refs": batch})]
    return {change.object: change for change in found}


async def told_apart(
    db: Transaction,
    *,
    objects: Sequence[ObjectRef] | None,
    agents_of: Sequence[ObjectRef] | None = None,
    newest: int = 1000,
) -> list[tuple[str, str, str]]:
    """What the ``newest`` of these changes can be told apart by: kind, address and name of whoever made some."""
    columns = (t.objects.c.kind, t.changes.c.actor, t.changes.c.actor_name)
    joined = select(*columns).join(t.objects, t.objects.c.id == t.changes.c.object_id)
    looked = joined.where(*_known(objects, agents_of)).order_by(t.changes.c.sequence.desc()).limit(newest).subquery()
    return [(row.kind, row.actor, row.actor_name) for row in await db.execute(select(looked).distinct())]


async def is_listed(db: Transaction, change_id: str, *, objects: Sequence[ObjectRef] | None) -> bool:
    """Whether a change is one of these objects', or there at all for ``None``."""
    return bool(await _find(db, t.changes.c.id == change_id, *_of(objects)))


def _known(objects: Sequence[ObjectRef] | None, agents_of: Sequence[ObjectRef] | None) -> list[ColumnElement[bool]]:
    where = _of(objects)
    if agents_of is not None:
        where.append((t.changes.c.action != "agents") | _of(agents_of)[0])
    return where


def _of(objects: Sequence[ObjectRef] | None) -> list[ColumnElement[bool]]:
    if objects is None:
        return []
    named = tuple_(t.objects.c.kind, t.objects.c.key).in_([tuple(ref) for ref in objects])
    return [t.changes.c.object_id.in_(select(t.objects.c.id).where(named))]


async def _find(db: Transaction, *where: ColumnElement[bool], limit: int | None = None) -> list[Change]:
    """Newest first."""
    query = _EVERY.where(*where).order_by(t.changes.c.sequence.desc()).limit(limit)
    return [_change(row) for row in await db.execute(query)]


def _change(row: Row[Any]) -> Change:
    return Change(
        id=row.id,
        at=row.at,
        actor=row.actor,
        actor_name=row.actor_name,
        origin=row.origin,
        via=Via(row.flow_id, row.flow_name),
        object=ObjectRef(row.kind, row.key),
        object_name=row.object_name,
        action=row.action,
        aspects=tuple(row.aspects),
        edits=tuple(map(Edit.from_json, row.edits)),
        revision=row.revision,
        state=row.state,
        reason=row.reason,
        live_ms=row.live_ms,
        undoes=row.undoes,
        undone_by=row.undone_by,
        request=row.request,
    )


async def several(db: Transaction, ids: Sequence[str]) -> dict[str, Change]:
    """Changes by their ids, as they are now."""
    return {change.id: change for change in await _find(db, t.changes.c.id.in_(ids))} if ids else {}
