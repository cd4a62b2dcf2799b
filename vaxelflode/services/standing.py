"""Whether the PBX answers, as every page says it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from vaxelflode.services.context import Context
from vaxelflode.storage import nodes


@dataclass(frozen=True, slots=True)
class Answers:
    """Whether every PBX node is connected; ``since`` when one is not, as far as it is known (UTC)."""

    connected: bool
    since: dt.datetime | None


async def answers(context: Context) -> Answers:
    """How the nodes last reported; where none ever has, the PBX does not answer."""
    async with context.database.read() as db:
        found = await nodes.connections(db)
    lost = [at for connection, at in found if connection != "connected"]
    return Answers(bool(found) and not lost, min((at for at in lost if at is not None), default=None))
