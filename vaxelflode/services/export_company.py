"""The company as it stands, whole, for whoever runs commands on the box: they hold the database anyway."""

from __future__ import annotations

import datetime as dt

from vaxelflode.domain.company import EMPTY
from vaxelflode.domain.portable import Prompt, Whole
from vaxelflode.errors import NotFound
from vaxelflode.storage import agents, flows, objects, people, prompts
from vaxelflode.storage.database import Database, Transaction

#: Bytes of a sound's header, and of a second.
_HEADER, _SECOND = 44, 16000


async def whole(database: Database, now: dt.datetime) -> Whole:
    """Objects, agents, flows, people, and what is told of the prompts, at one revision."""
    async with database.read() as db:
        return await standing(db, now)


async def standing(db: Transaction, now: dt.datetime) -> Whole:
    """The same within a transaction."""
    return Whole(
        await objects.refreshed(db, EMPTY, now),
        await agents.of_all(db),
        tuple(await flows.listed(db)),
        tuple(await people.listed(db)),
        {digest: Prompt(seconds_of(size), words) for digest, (size, words) in (await prompts.told(db)).items()},
    )


def seconds_of(size: int) -> float:
    """How long a sound of so many bytes is, to a hundredth of a second."""
    return round(max(0, size - _HEADER) / _SECOND, 2)


async def sound(database: Database, digest: str) -> bytes:
    """The sound of a prompt."""
    async with database.read() as db:
        found = await prompts.sound(db, digest)
    if found is None:
        raise NotFound(f"there is no prompt {digest}")
    return found
