"""How the PBX is: connection, desired and live revision, last applications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vaxelflode.domain.flow import Person
from vaxelflode.services import shapes
from vaxelflode.services.context import Context
from vaxelflode.storage import changes, nodes
from vaxelflode.storage.objects import current_revision


@dataclass(frozen=True, slots=True)
class Standing:
    """What is desired, and what waits for it: changes, and the seconds that the oldest of them has waited."""

    desired: int
    pending: int
    oldest_s: float


async def standing(context: Context) -> Standing:
    """In figures, for everybody; it names nothing."""
    async with context.database.read() as db:
        desired = await current_revision(db)
        count, since = await changes.waiting(db)
    waited = 0.0 if since is None else (context.clock() - since).total_seconds()
    return Standing(desired, count, max(0.0, waited))


async def status(context: Context, person: Person) -> shapes.System:
    """For administrators: every node with its applications. For others: whether the PBX answers."""
    async with context.reading(person) as desk:
        desired = await current_revision(desk.db)
        waiting = len(await changes.pending(desk.db))
        found = await nodes.listed(desk.db, applications=20)
    administrator = desk.authority.is_administrator
    return {
        "desired_revision": desired,
        "pending_changes": waiting,
        "nodes": [_node(node, desired, full=administrator) for node in found],
    }


def _node(node: dict[str, Any], desired: int, *, full: bool) -> shapes.PbxNode:
    shown: shapes.PbxNode = {
        "name": node["name"],
        "connection": node["connection"],
        "live_revision": node["live_revision"],
        "drift": node["live_revision"] != desired,
        "reported_at": node["reported_at"].isoformat(),
    }
    if full:
        shown["reason"] = node["reason"]
        shown["accounts"] = node["accounts"]
        shown["applications"] = [
            {
                "revision": a["revision"],
                "at": a["at"].isoformat(),
                "outcome": a["outcome"],
                "reason": a["reason"],
                "steps_ms": a["steps"],
            }
            for a in node["applications"]
        ]
        shown["hand_edits"] = [
            {"at": e["at"].isoformat(), "file": e["file"], "difference": e["difference"]} for e in node["hand_edits"]
        ]
    return shown
