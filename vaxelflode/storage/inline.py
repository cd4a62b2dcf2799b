"""SQLite without a thread between: a statement runs where it is asked for, and is answered in microseconds.

aiosqlite hands each step of each statement to a thread of its own and waits to be woken; of a save's thirty statements
that was most of the time. Here only what may wait goes to a thread: taking the write lock, and the commit, which
reaches the disk. The two classes are what SQLAlchemy's dialect for aiosqlite asks of that library's.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self, TypeVar

T = TypeVar("T")

#: Seconds until what is cancelled is interrupted again: an interrupt that comes too early is lost.
_INTERRUPT_AGAIN = 0.1

#: What takes the write lock, perhaps after waiting for another process.
TAKE_LOCK = "BEGIN IMMEDIATE"


async def connect(database: str, lock_wait: float) -> InlineConnection:
    """Open a file; ``lock_wait`` is how long another's lock is waited for, in seconds."""
    return InlineConnection(sqlite3.connect(database, timeout=lock_wait, isolation_level=None, check_same_thread=False))


class InlineConnection:
    """One connection. ``isolation_level=None``: transactions begin and end when they are told to."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection: sqlite3.Connection | None = connection

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ValueError("no active connection")
        return self._connection

    def cursor(self) -> InlineCursor:
        """A cursor."""
        return InlineCursor(self._open())

    async def create_function(self, *args: Any, **options: Any) -> None:
        """A function for SQL."""
        self._open().create_function(*args, **options)

    async def commit(self) -> None:
        """Return when the transaction is on the disk."""
        connection = self._open()
        if connection.in_transaction:
            await in_thread(connection, connection.commit)

    async def rollback(self) -> None:
        """As if nothing had been written."""
        self._open().rollback()

    async def close(self) -> None:
        """End it; may be called twice."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def stop(self) -> None:
        """End it at once."""
        if self._connection is not None:
            self._connection.interrupt()
            self._connection.close()
            self._connection = None


class InlineCursor:
    """One cursor; each method is done when it returns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:
        """Of the columns."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """Rows changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The row inserted last."""
        return self._cursor.lastrowid

    @property
    def arraysize(self) -> int:
        """Rows that ``fetchmany`` takes."""
        return self._cursor.arraysize

    @arraysize.setter
    def arraysize(self, value: int) -> None:
        """Rows that ``fetchmany`` is to take."""
        self._cursor.arraysize = value

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """One statement."""
        if statement == TAKE_LOCK:
            await in_thread(self._connection, lambda: self._cursor.execute(statement))
        else:
            self._cursor.execute(statement, parameters)
        return self

    async def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> Self:
        """One statement for many rows."""
        self._cursor.executemany(statement, rows)
        return self

    async def fetchone(self) -> Any:
        """The next row."""
        return self._cursor.fetchone()

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        return self._cursor.fetchmany(self._cursor.arraysize if size is None else size)

    async def fetchall(self) -> list[Any]:
        """The rest of the rows."""
        return self._cursor.fetchall()

    async def close(self) -> None:
        """End it."""
        self._cursor.close()


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
