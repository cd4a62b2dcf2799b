"""What each PBX node reports: what it proved to be live, and its last applications."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from vaxelflode.storage import schema as t
from vaxelflode.storage.order import by_code_point
from vaxelflode.storage.transaction import Transaction

#: Applications kept a node.
KEPT = 200

_MINE = t.applications.c.node == bindparam("name")
_OLDEST_KEPT = select(t.applications.c.id).where(_MINE).order_by(t.applications.c.id.desc()).offset(KEPT - 1).limit(1)
#: Counted, since numbers may be left out: other nodes have some, and PostgreSQL gives none of a rollback's again.
_FORGOTTEN = delete(t.applications).where(_MINE, t.applications.c.id < _OLDEST_KEPT.scalar_subquery())

_REPORT = update(t.nodes).where(t.nodes.c.name == bindparam("of"))
_APPLIED = insert(t.applications)


async def report(db: Transaction, name: str, now: dt.datetime, *, revision: int | None, reason: str | None) -> None:
    """What a node has proven, and why it can apply nothing; ``revision`` is ``None`` where nothing new was proven."""
    values: dict[str, Any] = {"reason": reason}
    if revision is not None:
        values["live_revision"] = revision
    await _write(db, name, now, values)


async def report_connection(
    db: Transaction, name: str, now: dt.datetime, connection: str, accounts: Sequence[Mapping[str, str]]
) -> None:
    """How a node is connected to its PBX, in one word and account by account."""
    await _write(db, name, now, {"connection": connection, "accounts": [dict(one) for one in accounts]})


async def _write(db: Transaction, name: str, now: dt.datetime, values: dict[str, Any]) -> None:
    values = values | {"reported_at": now}
    changed = await db.execute(_REPORT, values | {"of": name})
    if not changed.rowcount:
        await db.execute(insert(t.nodes).values(name=name, **({"live_revision": 0, "connection": "lost"} | values)))


async def connections(db: Transaction) -> list[tuple[str, dt.datetime | None]]:
    """Each node's connection, and since when the account that is worst has stood so."""
    rows = await db.execute(select(t.nodes.c.connection, t.nodes.c.accounts))
    return [(row.connection, _since(row.connection, row.accounts)) for row in rows]


def _since(connection: str, accounts: Sequence[Mapping[str, str]]) -> dt.datetime | None:
    found = [dt.datetime.fromisoformat(one["since"]) for one in accounts if one["state"] == connection]
    return min(found, default=None)


async def applied(
    db: Transaction,
    name: str,
    at: dt.datetime,
    revision: int,
    outcome: str,
    reason: str | None,
    steps: Mapping[str, float],
) -> None:
    """One application: its outcome and the milliseconds of each step."""
    values = {"node": name, "revision": revision, "at": at, "outcome": outcome, "reason": reason, "steps": dict(steps)}
    await db.execute(_APPLIED, values)
    await db.execute(_FORGOTTEN, {"name": name})


async def edited_by_hand(db: Transaction, name: str, at: dt.datetime, file: str, difference: str) -> None:
    """One file of ours that somebody else had changed, with what they changed."""
    await db.execute(insert(t.hand_edits).values(node=name, at=at, file=file, difference=difference))


async def hand_edits(db: Transaction, name: str, limit: int) -> list[dict[str, Any]]:
    """The last hand edits of a node, newest first."""
    query = select(t.hand_edits).where(t.hand_edits.c.node == name).order_by(t.hand_edits.c.id.desc()).limit(limit)
    return [row._asdict() for row in await db.execute(query)]


async def listed(db: Transaction, *, applications: int) -> list[dict[str, Any]]:
    """Every node with its last applications, newest first."""
    nodes = [row._asdict() for row in await db.execute(select(t.nodes).order_by(by_code_point(t.nodes.c.name)))]
    for node in nodes:
        query = select(t.applications).where(t.applications.c.node == node["name"])
        rows = await db.execute(query.order_by(t.applications.c.id.desc()).limit(applications))
        node["applications"] = [row._asdict() for row in rows]
        node["hand_edits"] = await hand_edits(db, node["name"], applications)
    return nodes
