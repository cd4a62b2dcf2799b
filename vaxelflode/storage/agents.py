"""Who answers which queue, as it should be: written down first, then done over AMI."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select

from vaxelflode.domain.agents import Agent
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.storage import schema as t
from vaxelflode.storage.transaction import Transaction

# What every page of a flow asks is made once: to make a statement costs more than to run it.
_OF_ALL = (
    select(t.queue_agents, t.objects.c.kind, t.objects.c.key)
    .join(t.objects, t.objects.c.id == t.queue_agents.c.object_id)
    .where(t.objects.c.deleted_at.is_(None))
    .order_by(t.objects.c.id, t.queue_agents.c.extension)
)
# And what each act on an agent asks.
_ROW = (
    select(t.objects.c.id)
    .where(t.objects.c.kind == bindparam("of_kind"), t.objects.c.key == bindparam("of_key"))
    .scalar_subquery()
)
_OF_QUEUE = select(t.queue_agents).where(t.queue_agents.c.object_id == _ROW).order_by(t.queue_agents.c.extension)
_REMOVE = delete(t.queue_agents).where(
    t.queue_agents.c.object_id == _ROW, t.queue_agents.c.extension == bindparam("agent")
)
_ADD = insert(t.queue_agents).values(object_id=_ROW)


def _agent(row: Row[Any]) -> Agent:
    return Agent(row.extension, row.permanent, row.penalty, row.paused, row.reason, row.added_by, row.added_at)


async def of_queue(db: Transaction, queue: ObjectRef) -> dict[str, Agent]:
    """Extension → agent."""
    return {row.extension: _agent(row) for row in await db.execute(_OF_QUEUE, _of(queue))}


def _of(queue: ObjectRef) -> dict[str, str]:
    return {"of_kind": queue.kind, "of_key": queue.key}


async def of_all(db: Transaction) -> dict[ObjectRef, dict[str, Agent]]:
    """Queue → extension → agent, for every queue that has any."""
    found: dict[ObjectRef, dict[str, Agent]] = {}
    for row in await db.execute(_OF_ALL):
        found.setdefault(ObjectRef(row.kind, row.key), {})[row.extension] = _agent(row)
    return found


async def put(db: Transaction, queue: ObjectRef, extension: str, agent: Agent | None) -> None:
    """Write how one agent should stand; ``None``: not in the queue."""
    await db.execute(_REMOVE, {"agent": extension, **_of(queue)})
    if agent is not None:
        values = {
            "extension": extension,
            "permanent": agent.permanent,
            "penalty": agent.penalty,
            "paused": agent.paused,
            "reason": agent.reason,
            "added_by": agent.added_by,
            "added_at": agent.added_at or dt.datetime.now(dt.UTC),
        }
        await db.execute(_ADD, values | _of(queue))
