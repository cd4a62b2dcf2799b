"""Connections and transactions: SQLite (WAL) beside PostgreSQL, one way to use them.

``async with database.read() as db`` sees one consistent state; ``async with database.write() as db`` holds the
write lock from its beginning, commits at its end, and rolls back on any error.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from vaxelflode.errors import SettingError, VaxelflodeError

#: What the functions of :mod:`vaxelflode.storage` work in; opaque to everybody else.
Transaction = AsyncConnection

#: How long a transaction waits for another's lock, in seconds.
LOCK_WAIT = 5.0


class StorageError(VaxelflodeError):
    """The database could not be used; nothing was written."""

    key = "storage"


class Database:
    """One database. Make it with :meth:`open`, end it with :meth:`close`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        #: What the last failure said, until something could be written again.
        self.trouble: str | None = None

    @classmethod
    def open(cls, url: str) -> Database:
        """The database at ``url``. Raises :class:`SettingError` when the URL or its folder cannot be used."""
        try:
            parsed = make_url(url)
            if parsed.get_backend_name() == "sqlite":
                plain = parsed.drivername == "sqlite"
                engine = _sqlite(parsed.set(drivername="sqlite+aiosqlite") if plain else parsed)
                _make_private(Path(parsed.database or ""))
                return cls(engine)
            return cls(create_async_engine(parsed, pool_pre_ping=True, pool_timeout=LOCK_WAIT))
        except (ArgumentError, NoSuchModuleError, ImportError, InvalidRequestError, ValueError) as err:
            raise SettingError(f"VAXELFLODE_DATABASE_URL: {err}", name="DATABASE_URL") from err
        except OSError as err:
            raise SettingError(f"VAXELFLODE_DATA_DIR: {err.filename}: {err.strerror}", name="DATA_DIR") from err

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state and writes nothing."""
        async with self._transaction(write=False) as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes; one at a time."""
        async with self._transaction(write=True) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, *, write: bool) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.connect() as connection:
                await connection.execution_options(vaxelflode_write=write)
                async with connection.begin():
                    if write and not self.is_sqlite:
                        await connection.execute(text("SELECT pg_advisory_xact_lock(7828)"))
                    yield connection
        except DBAPIError as err:
            self.trouble = f"the database did not answer: {err.orig}"
            raise StorageError(self.trouble) from err
        except SQLAlchemyError as err:
            self.trouble = f"the database could not be used: {err}"
            raise StorageError(self.trouble) from err
        if write:
            self.trouble = None

    async def run_sync(self, function: Any) -> Any:
        """Run a synchronous ``function(connection)`` in a writing transaction (migrations)."""
        async with self.write() as connection:
            return await connection.run_sync(function)

    async def close(self) -> None:
        """End every connection."""
        await self._engine.dispose()


def _make_private(file: Path) -> None:
    """The file before its first use, for its owner alone: it holds what people log in with. WAL and index follow it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)


def _sqlite(url: URL) -> AsyncEngine:
    """SQLite with WAL, foreign keys, and transactions that begin when we say so.

    The driver's own BEGIN would come late and only before writes; see SQLAlchemy's *Serializable isolation /
    Savepoints / Transactional DDL* for pysqlite.
    """
    engine = create_async_engine(url, connect_args={"timeout": LOCK_WAIT}, pool_size=5, max_overflow=10)

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={LOCK_WAIT * 1000:.0f}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("vaxelflode_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
