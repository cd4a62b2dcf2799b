"""SQLite without a thread between: a statement runs where it is asked for, and is answered in microseconds.

What SQLAlchemy offers for asyncio hands each step of each statement to a thread, or at least to another stack, and
waits to be woken; of a save's thirty statements that was most of the time. Here only what may wait goes to a thread:
taking the write lock, and a writer's commit, which reaches the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Dialect, Executable
from sqlalchemy import Engine as SyncEngine
from sqlalchemy.exc import TimeoutError as PoolTimeout

from vaxelflode.storage.transaction import Values

T = TypeVar("T")

#: Seconds until what is cancelled is interrupted again: an interrupt that comes too early is lost.
_INTERRUPT_AGAIN = 0.1


class Places:
    """How many connections there may be at once. Whoever finds none free waits, and the event loop does not."""

    def __init__(self, most: int, wait: float) -> None:
        """``wait`` in seconds."""
        self._free = asyncio.Semaphore(most)
        self._wait = wait

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place until the block ends; raises SQLAlchemy's ``TimeoutError`` where none was free in time."""
        try:
            async with asyncio.timeout(self._wait):
                await self._free.acquire()
        except TimeoutError as err:
            raise PoolTimeout("every connection is in use") from err
        try:
            yield
        finally:
            self._free.release()


class InlineEngine:
    """SQLAlchemy's engine for SQLite, used from an event loop. An :class:`vaxelflode.storage.transaction.Engine`."""

    def __init__(self, engine: SyncEngine, places: Places, *, writes: bool) -> None:
        """``writes``: a transaction takes the write lock as it begins."""
        self._engine = engine
        self._places = places
        self._writes = writes

    @property
    def dialect(self) -> Dialect:
        """SQLite's."""
        return self._engine.dialect

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[InlineConnection]:
        """A connection, until the end of the block."""
        async with self._places.one():
            with self._engine.connect() as connection:
                yield InlineConnection(connection, writes=self._writes)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[InlineConnection]:
        """A transaction: committed at the end of the block, rolled back by any error."""
        async with self.connect() as connection, connection.begin():
            yield connection

    async def dispose(self) -> None:
        """End every connection that is not in use."""
        self._engine.dispose()


class InlineConnection:
    """One connection. What it is asked, it has done when it returns."""

    def __init__(self, connection: Connection, *, writes: bool) -> None:
        self._connection = connection
        self._writes = writes

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[None]:
        """A transaction, to the end of the block."""
        await self._patiently(self._connection.begin)
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        await self._patiently(self._connection.commit)

    async def _patiently(self, work: Callable[[], object]) -> None:
        """Of a writer what may wait, for another writer or for the disk; a reader waits for neither."""
        if self._writes:
            raw = self._connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)  # noqa: S101 -- it is SQLite's
            await in_thread(raw, work)
        else:
            work()

    async def execute(
        self, statement: Executable, parameters: Values | None = None, /
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run one statement."""
        return self._connection.execute(statement, parameters)

    async def run_sync(self, function: Callable[[Connection], T], /) -> T:
        """Call ``function`` with the connection itself."""
        return function(self._connection)


async def in_thread(connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    """Do what may wait in a thread. Cancelled, it is interrupted and waited for: a connection has one user."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            connection.interrupt()
            with contextlib.suppress(asyncio.CancelledError):  # cancelled again: the connection is still in use
                await asyncio.wait([running], timeout=_INTERRUPT_AGAIN)
        running.exception()  # looked at: nobody else will ask for it
        raise
