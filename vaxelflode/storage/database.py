"""Connections and transactions: SQLite beside PostgreSQL, one way to use them.

``async with database.read() as db`` sees one consistent state; ``async with database.write() as db`` holds the
write lock from its beginning, commits at its end, and rolls back on any error. What differs between the two is in
:mod:`vaxelflode.storage.sqlite` and :mod:`vaxelflode.storage.postgresql`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from vaxelflode.errors import SettingError, VaxelflodeError
from vaxelflode.storage import sqlite
from vaxelflode.storage.transaction import Engine, Transaction

__all__ = ["LOCK_WAIT", "Database", "StorageError", "Transaction"]

_DATA_VERSION = "PRAGMA data_version"
#: On PostgreSQL: the newest revision, the newest change, which a change of agents is too, the end of the audit chain,
#: where what becomes of a change is told, and how each node stands.
_LAST_WRITTEN = """
SELECT (SELECT max(number) FROM revisions), (SELECT max(sequence) FROM changes), (SELECT max(sequence) FROM audit),
       (SELECT string_agg(connection || reported_at, ' ' ORDER BY name) FROM nodes)
"""

#: How long a transaction waits for another's lock, in seconds.
LOCK_WAIT = 5.0


def _postgresql(url: URL, lock_wait: float) -> tuple[Engine, Engine, Engine]:
    from vaxelflode.storage import postgresql  # noqa: PLC0415 -- 15 MB of libraries that SQLite does without

    return postgresql.engines(url, lock_wait)


#: What may stand before ``://``, and who makes the engines of it.
_ENGINES: dict[str, Callable[[URL, float], tuple[Engine, Engine, Engine]]] = {
    "sqlite": sqlite.engines,
    "sqlite+aiosqlite": sqlite.engines,
    "postgresql": _postgresql,
    "postgresql+psycopg": _postgresql,
}


class StorageError(VaxelflodeError):
    """The database could not be used; nothing was written.

    One case is nobody's to tell: a connection that is lost while PostgreSQL commits. Whoever reads again sees.
    """

    key = "storage"


class Database:
    """One database. Make it with :meth:`open`, end it with :meth:`close`."""

    def __init__(self, readers: Engine, writers: Engine, hasty: Engine, lock_wait: float = LOCK_WAIT) -> None:
        self._readers = readers
        self._writers = writers
        self._hasty = hasty
        self._lock_wait = lock_wait
        self._turn = asyncio.Lock()
        #: What the last failure said, until something could be written again.
        self.trouble: str | None = None

    @classmethod
    def open(cls, url: str, *, lock_wait: float = LOCK_WAIT) -> Database:
        """The database at ``url``, not connected yet.

        Raises :class:`SettingError` when the URL or SQLite's folder cannot be used; it never says what the URL holds,
        since that may be a password.
        """
        try:
            parsed = make_url(url)
            engines = _ENGINES[parsed.drivername]
            return cls(*engines(parsed, lock_wait), lock_wait)
        except (ArgumentError, KeyError, ValueError, TypeError):
            words = (
                "must be like postgresql+psycopg://user:password@host/name (an @ in the password is written %40), "
                "or like sqlite:////path"
            )
            raise SettingError(f"VAXELFLODE_DATABASE_URL: {words}", name="DATABASE_URL") from None
        except OSError as err:
            raise SettingError(f"VAXELFLODE_DATA_DIR: {err.filename}: {err.strerror}", name="DATA_DIR") from err

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """A transaction that sees one state and writes nothing."""
        async with self._transaction(self._readers) as connection:
            yield connection

    @asynccontextmanager
    async def write(self, *, durable: bool = True) -> AsyncIterator[Transaction]:
        """A transaction that writes; one at a time.

        It is on the disk when it ends. Not so with ``durable=False``: everybody sees it at once and the end of a
        process takes nothing of it back, but a power cut may, until somebody has written durably; with it goes whatever
        came after, and nothing before. That is for what the next start finds out again.
        """
        async with self._my_turn(), self._transaction(self._writers if durable else self._hasty) as connection:
            yield connection
        self.trouble = None

    @asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        """This process's writers wait here, where they keep no connection from those who read."""
        try:
            async with asyncio.timeout(self._lock_wait):
                await self._turn.acquire()
        except TimeoutError as err:
            raise self._failed("the database did not answer: others are writing") from err
        try:
            yield
        finally:
            self._turn.release()

    @asynccontextmanager
    async def _transaction(self, engine: Engine) -> AsyncIterator[Transaction]:
        async with self._translated(), engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        """The drivers' errors as ours."""
        try:
            yield
        except (IntegrityError, DataError) as err:
            raise StorageError(f"the database refused: {_one_line(err.orig)}") from err
        except DBAPIError as err:
            raise self._failed(f"the database did not answer: {_one_line(err.orig)}") from err
        except PoolTimeout as err:
            raise self._failed("the database did not answer: every connection is in use") from err
        except SQLAlchemyError as err:
            raise self._failed(f"the database could not be used: {_one_line(err)}") from err

    def _failed(self, words: str) -> StorageError:
        self.trouble = words
        return StorageError(words)

    @asynccontextmanager
    async def noticing(self) -> AsyncIterator[Callable[[], Awaitable[object]]]:
        """A cheap question whose answer is another one as soon as anybody has written, other processes too.

        SQLite counts what other connections than the asking one have committed (``PRAGMA data_version``): one is kept.
        """
        question = text(_DATA_VERSION if self._readers.dialect.name == "sqlite" else _LAST_WRITTEN)
        async with self._translated(), self._readers.connect() as connection:

            async def look() -> object:
                async with connection.begin():
                    return tuple((await connection.execute(question)).one())

            yield look

    async def run_sync(self, function: Any) -> Any:
        """Run a synchronous ``function(connection)`` in a writing transaction (migrations)."""
        async with self.write() as connection:
            return await connection.run_sync(function)

    async def close(self) -> None:
        """End every connection."""
        await self._readers.dispose()


def _one_line(err: BaseException | None) -> str:
    """A driver's words without the values that PostgreSQL tells in a second line, and without line breaks."""
    diagnosis = getattr(err, "diag", None)
    return " ".join(str(getattr(diagnosis, "message_primary", None) or err).split())
