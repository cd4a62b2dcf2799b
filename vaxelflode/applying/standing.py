"""How this node stands at its PBX, written down for the pages of whoever serves them, on this box or another."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Sequence

from vaxelflode.asterisk import AmiConnection, ConnectionState, Status
from vaxelflode.storage import nodes
from vaxelflode.storage.database import Database, StorageError

log = logging.getLogger(__name__)

#: Seconds until the next try after the database refused.
RETRY_AFTER = 2.0
#: Seconds in which a node that is being stopped says so.
LAST_WORDS = 2.0

#: The word for the node is the account's that is furthest from being connected.
_WORST_FIRST = (ConnectionState.REFUSED, ConnectionState.LOST, ConnectionState.BOOTING, ConnectionState.CONNECTED)


class Standing:
    """Owned by one task that runs :meth:`run`. Writes when a state or its reason has changed, and not otherwise."""

    def __init__(
        self, database: Database, connections: Sequence[AmiConnection], node: str, clock: Callable[[], dt.datetime]
    ) -> None:
        self._database = database
        self._connections = connections
        self._node = node
        self._clock = clock
        self._changed = asyncio.Event()
        self._written: tuple[Status, ...] = ()

    async def run(self) -> None:
        """Write until cancelled; then that the node is stopped."""
        removals = [connection.on_state(lambda _status: self._changed.set()) for connection in self._connections]
        try:
            while True:
                self._changed.clear()
                told = await self._write(tuple(connection.status for connection in self._connections))
                try:
                    async with asyncio.timeout(None if told else RETRY_AFTER):
                        await self._changed.wait()
                except TimeoutError:
                    continue
        finally:
            for remove in removals:
                remove()
            await self._stopped()

    async def _write(self, statuses: tuple[Status, ...]) -> bool:
        """Whether it is written down now."""
        if statuses == self._written:
            return True
        word = min((status.state for status in statuses), key=_WORST_FIRST.index)
        accounts = [
            {"account": c.account.username, "state": s.state.value, "since": s.since.isoformat(), "reason": s.reason}
            for c, s in zip(self._connections, statuses, strict=True)
        ]
        try:
            async with self._database.write() as db:
                await nodes.report_connection(db, self._node, self._clock(), word.value, accounts)
        except StorageError as err:
            log.warning("cannot report how this node is connected: %s", err)
            return False
        self._written = statuses
        return True

    async def _stopped(self) -> None:
        status = Status(ConnectionState.LOST, self._clock(), "the node was stopped")
        try:
            async with asyncio.timeout(LAST_WORDS):
                await self._write((status,) * len(self._connections))
        except TimeoutError:
            log.warning("the database did not take in time that this node is stopped")
