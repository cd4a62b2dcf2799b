"""Notices what other processes write into this database, and wakes whoever makes it live.

A command that writes beside a running control plane (ARCHITECTURE.md, rule 6) can tell nobody. About once a second the
database is asked, cheaply, whether anybody has written; only then is it looked at what waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from vaxelflode.storage import changes, objects
from vaxelflode.storage.database import Database, StorageError

log = logging.getLogger(__name__)

#: Seconds between two looks.
LOOK_EVERY = 1.0
#: How many looks are left out when the database did not answer.
_RETRY = 5


class Watcher:
    """Owned by one task that runs :meth:`run`.

    ``revision`` tells the newest revision that is known here; ``wake`` and ``wake_agents`` are called when there is a
    newer one or a change that waits, and when a change of agents waits: once for each, since who was woken tries again
    by itself.
    """

    def __init__(
        self,
        database: Database,
        revision: Callable[[], int],
        wake: Callable[[], None],
        wake_agents: Callable[[], None],
        *,
        every: float = LOOK_EVERY,
    ) -> None:
        self._database = database
        self._revision = revision
        self._wake = wake
        self._wake_agents = wake_agents
        self._every = every
        self._told = (0, 0, 0)

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            try:
                await self._watch()
            except StorageError as err:
                log.warning("cannot watch the database for what others write: %s", err)
                await asyncio.sleep(_RETRY * self._every)

    async def _watch(self) -> None:
        async with self._database.noticing() as look:
            seen = await look()
            await self._tell()  # what was written before the first look, or while the database did not answer
            while True:
                await asyncio.sleep(self._every)
                found = await look()
                if found != seen:
                    seen = found
                    await self._tell()

    async def _tell(self) -> None:
        async with self._database.read() as db:
            revision = await objects.current_revision(db)
            change, of_agents = await changes.newest_waiting(db)
        told, self._told = self._told, (revision, change, of_agents)
        # Not "later than": a database that was put back to an older state begins again.
        if change not in (0, told[1]) or (revision != told[0] and revision > self._revision()):
            self._wake()
        if of_agents not in (0, told[2]):
            self._wake_agents()
