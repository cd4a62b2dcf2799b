"""The company as it stands, whole, for whoever runs commands on the box: they hold the database anyway."""

from __future__ import annotations

import datetime as dt

from vaxelflode.domain.company import EMPTY
from vaxelflode.domain.portable import Prompt, Whole
from vaxelflode.errors import NotFound
from vaxelflode.storage import agents, flows, objects, people, prompts
from vaxelflode.storage.database import Database, Transaction


async def whole(database: Database, now: dt.datetime) -> Whole:
    """Objects, agents, flows, people, and what is told of the prompts, at one revision."""
    async with database.read() as db:
        return await standing(db, now)


async def standing(db: Transaction, now: dt.datetime) -> Whole:
    """The same within a transaction."""
    told = await prompts.told(db)
    return Whole(
        await objects.refreshed(db, EMPTY, now),
        await agents.of_all(db),
        tuple(await flows.listed(db)),
        tuple(await people.listed(db)),
        {digest: Prompt(round(seconds, 2), words) for digest, (seconds, words) in told.items()},
    )


async def sound(database: Database, digest: str) -> bytes:
    """The sound of a prompt."""
    async with database.read() as db:
        found = await prompts.sound(db, digest)
    if found is None:
        raise NotFound(f"there is no prompt {digest}")
    return found
