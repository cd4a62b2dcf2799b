"""Objects in the database: loaded as the company, written one at a time within a revision."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import Column, Row, Table, bindparam, delete, func, insert, select, tuple_, update

from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.destination import target_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.sharing import Pool
from vaxelflode.storage import schema as t
from vaxelflode.storage.database import StorageError
from vaxelflode.storage.transaction import Transaction

T = TypeVar("T")

#: How long a deleted object stays in the PBX, since calls may still be in it.
RETIREMENT = dt.timedelta(hours=24)
#: Rows read at once.
_BATCH = 500

# What every save asks is made once: to make a statement costs more than to run it.
_CURRENT = select(func.max(t.revisions.c.number))
_NEXT = (
    insert(t.revisions)
    .values(number=select(func.coalesce(func.max(t.revisions.c.number), 0) + 1).scalar_subquery(), at=bindparam("now"))
    .returning(t.revisions.c.number)
)
_CHANGED = (
    select(t.objects)
    .where(t.objects.c.revision > bindparam("after"), t.objects.c.id > bindparam("last"))
    .order_by(t.objects.c.id)
    .limit(_BATCH)
)
_OVERRIDES = (
    select(t.overrides)
    .where(t.overrides.c.object_id.in_(bindparam("objects", expanding=True)))
    .order_by(t.overrides.c.made_at, t.overrides.c.id)
)
_ASKED = tuple_(t.objects.c.kind, t.objects.c.key).in_(bindparam("refs", expanding=True))
_IDS = select(t.objects.c.kind, t.objects.c.key, t.objects.c.id).where(_ASKED)
_NAMES = select(t.objects.c.kind, t.objects.c.key, t.objects.c.name).where(_ASKED)
_UPDATE = update(t.objects).where(t.objects.c.id == bindparam("row"))
_LEADS_TO = select(t.references.c.field, t.references.c.target_id).where(t.references.c.source_id == bindparam("row"))
_ADD_OVERRIDES = insert(t.overrides)


async def newest_at(db: Transaction) -> dt.datetime | None:
    """When the newest revision was made; ``None`` before the first."""
    query = select(t.revisions.c.at).order_by(t.revisions.c.number.desc()).limit(1)
    return (await db.execute(query)).scalar()


async def current_revision(db: Transaction) -> int:
    """The newest revision's number; 0 before the first."""
    return (await db.execute(_CURRENT)).scalar() or 0


async def made_at(db: Transaction, revision: int) -> dt.datetime | None:
    """When a revision was begun; ``None`` where this database has none of that number.

    It tells two revisions of one number apart: a database that was put back to an older state gives numbers again.
    """
    return (await db.execute(select(t.revisions.c.at).where(t.revisions.c.number == revision))).scalar()


async def next_revision(db: Transaction, now: dt.datetime) -> int:
    """Begin a revision. Numbers never go back."""
    return int((await db.execute(_NEXT, {"now": now})).scalar_one())


async def refreshed(db: Transaction, company: Company, now: dt.datetime) -> Company:
    """``company`` brought to the transaction's revision, unless it is newer; reads only what changed since."""
    revision = await current_revision(db)
    if revision <= company.revision:
        return company
    changed: list[Object] = []
    gone: list[ObjectRef] = []
    pool = Pool()
    async for rows in _batches(db, company.revision):
        overrides = await _overrides(db, [row.id for row in rows if row.kind == "schedule"])
        for row in rows:
            if row.deleted_at is not None and row.deleted_at + RETIREMENT < now:
                gone.append(ObjectRef(row.kind, row.key))
            else:
                changed.append(_object(row, overrides.get(row.id, []), pool))
    gone += await _expired(db, company.retired, now)
    return company.with_objects(revision, changed, gone)


async def _batches(db: Transaction, after: int) -> AsyncIterator[Sequence[Row[Any]]]:
    """The rows that changed after a revision; a batch at a time, so that a large company is never held twice."""
    last = 0
    while True:
        rows = (await db.execute(_CHANGED, {"after": after, "last": last})).all()
        if rows:
            yield rows
        if len(rows) < _BATCH:
            return
        last = rows[-1].id


async def _expired(db: Transaction, retired: Iterable[ObjectRef], now: dt.datetime) -> list[ObjectRef]:
    """Those whose day is over."""
    found = []
    for ref in retired:
        query = select(t.objects.c.deleted_at).where(t.objects.c.kind == ref.kind, t.objects.c.key == ref.key)
        at = (await db.execute(query)).scalar()
        if at is not None and at + RETIREMENT < now:
            found.append(ref)
    return found


def _object(row: Row[Any], overrides: list[dict[str, Any]], pool: Pool) -> Object:
    try:
        stored = row.spec | {"overrides": overrides} if row.kind == "schedule" else row.spec
        spec = kinds()[row.kind].spec.model_validate(stored)
    except (ValidationError, KeyError, TypeError) as err:
        raise StorageError(f"{row.kind}/{row.key} in the database is not an object of this version: {err}") from err
    ref, versions = pool.ref(row.kind, row.key), pool.versions(row.versions)
    return Object(ref, row.name, pool.share(spec), versions, row.deleted_at is not None)


async def _overrides(db: Transaction, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    if not ids:
        return {}
    found: dict[int, list[dict[str, Any]]] = {}
    for row in await db.execute(_OVERRIDES, {"objects": ids}):
        values = row._asdict()
        values["from"], values["to"] = values.pop("first"), values.pop("last")
        found.setdefault(values.pop("object_id"), []).append(values)
    return found


def _batched(every: Sequence[T]) -> Iterator[Sequence[T]]:
    return (every[n : n + _BATCH] for n in range(0, len(every), _BATCH))


async def object_id(db: Transaction, ref: ObjectRef) -> int | None:
    """The row of an object, deleted ones included: a key is never used again."""
    query = select(t.objects.c.id).where(t.objects.c.kind == ref.kind, t.objects.c.key == ref.key)
    return (await db.execute(query)).scalar()


async def object_ids(db: Transaction, refs: Iterable[ObjectRef]) -> dict[ObjectRef, int]:
    """The rows of several objects."""
    wanted = [tuple(ref) for ref in set(refs)]
    found: dict[ObjectRef, int] = {}
    for batch in _batched(wanted):
        rows = await db.execute(_IDS, {"refs": batch})
        found |= {ObjectRef(row.kind, row.key): row.id for row in rows}
    return found


async def names(db: Transaction, refs: Iterable[ObjectRef]) -> dict[ObjectRef, str]:
    """What those of the objects that are or ever were are called, deleted ones included."""
    found: dict[ObjectRef, str] = {}
    for batch in _batched([tuple(ref) for ref in set(refs)]):
        rows = await db.execute(_NAMES, {"refs": batch})
        found |= {ObjectRef(row.kind, row.key): row.name for row in rows}
    return found


async def used_versions(db: Transaction, refs: Iterable[ObjectRef]) -> dict[ObjectRef, Mapping[str, int]]:
    """The versions of those of the objects that are or ever were, deleted ones included."""
    rows = await object_ids(db, refs)
    found: dict[int, Mapping[str, int]] = {}
    for batch in _batched(list(rows.values())):
        query = select(t.objects.c.id, t.objects.c.versions).where(t.objects.c.id.in_(batch))
        found |= {row.id: row.versions for row in await db.execute(query)}
    return {ref: found[row] for ref, row in rows.items()}


async def override_owners(db: Transaction) -> dict[str, ObjectRef]:
    """Every temporary change that is known → its schedule, deleted ones included."""
    query = select(t.overrides.c.id, t.objects.c.kind, t.objects.c.key)
    rows = await db.execute(query.join(t.objects, t.objects.c.id == t.overrides.c.object_id))
    return {row.id: ObjectRef(row.kind, row.key) for row in rows}


async def save(db: Transaction, o: Object, revision: int) -> int:
    """Write an object (new or changed) at ``revision``, with its references and overrides; returns its row."""
    values = _values(o, revision)
    led_to = _led_to(o)
    ids = await object_ids(db, [o.ref, *led_to.values()])
    row = ids.get(o.ref)
    if row is None:
        made = await db.execute(insert(t.objects).values(kind=o.ref.kind, key=o.ref.key, **values))
        assert made.inserted_primary_key is not None  # noqa: S101 -- the table has one
        row = int(made.inserted_primary_key[0])
    else:
        await db.execute(_UPDATE, {"row": row, "deleted_at": None, **values})
    ids[o.ref] = row
    await _save_references(db, row, {field: ids[ref] for field, ref in led_to.items() if ref in ids})
    if o.ref.kind == "schedule":
        await _save_overrides(db, row, _overrides_of(o))
    return row


def _values(o: Object, revision: int) -> dict[str, Any]:
    return {
        "name": o.name,
        "spec": {k: v for k, v in o.spec.as_json().items() if (o.ref.kind, k) != ("schedule", "overrides")},
        "spec_version": o.kind.spec_version,
        "versions": dict(o.versions),
        "revision": revision,
    }


def _overrides_of(o: Object) -> list[dict[str, Any]]:
    """What stands in a table of its own."""
    return list(o.spec.as_json()["overrides"]) if o.ref.kind == "schedule" else []


async def save_all(db: Transaction, made: Sequence[Object], revision: int) -> None:
    """The same for many objects, which may lead to each other, in a few statements."""
    there = await object_ids(db, [o.ref for o in made])
    fresh = [o for o in made if o.ref not in there]
    changed = [{"row": there[o.ref], "deleted_at": None, **_values(o, revision)} for o in made if o.ref in there]
    if fresh:
        rows = [{"kind": o.ref.kind, "key": o.ref.key, **_values(o, revision)} for o in fresh]
        await db.execute(insert(t.objects), rows)
    if changed:
        await db.execute(_UPDATE, changed)
    led_to = {o.ref: _led_to(o) for o in made}
    ids = await object_ids(db, [*led_to, *(ref for ways in led_to.values() for ref in ways.values())])
    mine = [ids[ref] for ref in led_to]
    references = [
        {"source_id": ids[o], "field": field, "target_id": ids[ref]}
        for o, ways in led_to.items()
        for field, ref in ways.items()
        if ref in ids
    ]
    overrides = [_override_row(ids[o.ref], one) for o in made for one in _overrides_of(o)]
    await _put_all(db, t.references, t.references.c.source_id, mine, references)
    await _put_all(db, t.overrides, t.overrides.c.object_id, mine, overrides)


async def _put_all(
    db: Transaction, table: Table, owner: Column[int], owners: Sequence[int], rows: list[dict[str, Any]]
) -> None:
    """These rows instead of all that the owners have."""
    for batch in _batched(owners):
        await db.execute(delete(table).where(owner.in_(batch)))
    if rows:
        await db.execute(insert(table), rows)


def _led_to(o: Object) -> dict[str, ObjectRef]:
    return {way.field: ref for way in o.spec.exits() if (ref := target_of(way.destination)) is not None}


async def _save_references(db: Transaction, row: int, wanted: Mapping[str, int]) -> None:
    """Field → the row that it leads to. What stands is left alone: most changes lead nobody elsewhere."""
    if {found.field: found.target_id for found in await db.execute(_LEADS_TO, {"row": row})} == wanted:
        return
    await db.execute(delete(t.references).where(t.references.c.source_id == row))
    if wanted:
        rows = [{"source_id": row, "field": field, "target_id": target} for field, target in wanted.items()]
        await db.execute(insert(t.references), rows)


async def _save_overrides(db: Transaction, row: int, overrides: list[dict[str, Any]]) -> None:
    """What stands is left alone: most changes add or take away one."""
    wanted = {o["id"]: _override_row(row, o) for o in overrides}
    there = {found.id: found._asdict() for found in await db.execute(_OVERRIDES, {"objects": [row]})}
    if gone := [i for i, values in there.items() if wanted.get(i) != values]:
        await db.execute(delete(t.overrides).where(t.overrides.c.object_id == row, t.overrides.c.id.in_(gone)))
    if new := [values for i, values in wanted.items() if there.get(i) != values]:
        await db.execute(_ADD_OVERRIDES, new)


def _override_row(row: int, o: Mapping[str, Any]) -> dict[str, Any]:
    dates = {"first": dt.date.fromisoformat(o["from"]), "last": dt.date.fromisoformat(o["to"])}
    rest = {k: o[k] for k in ("id", "hours", "note", "closed", "made_by")}
    return {"object_id": row, "made_at": dt.datetime.fromisoformat(o["made_at"]), **dates, **rest}


async def retire(db: Transaction, o: Object, revision: int, now: dt.datetime, *, lingers: bool = True) -> int:
    """Delete an object: it refers to nothing, and its key is used up.

    It stays in the PBX for a day, unless it never was there (``lingers``).
    """
    if not lingers:
        now -= 2 * RETIREMENT
    row = await object_id(db, o.ref)
    assert row is not None  # noqa: S101 -- the caller holds the object
    await db.execute(update(t.objects).where(t.objects.c.id == row).values(deleted_at=now, revision=revision))
    await db.execute(delete(t.references).where(t.references.c.source_id == row))
    return row
