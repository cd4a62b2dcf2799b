"""SQLite: WAL, foreign keys, and transactions that begin when we say so."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from vaxelflode.storage.inline import TAKE_LOCK, InlineConnection, connect


def engines(url: URL, lock_wait: float) -> tuple[AsyncEngine, AsyncEngine]:
    """For readers and for writers, of one pool; a writer holds the write lock from its beginning.

    The driver's own BEGIN would come late and only before writes; see SQLAlchemy's *Serializable isolation /
    Savepoints / Transactional DDL* for pysqlite. Raises ``OSError`` where the file or its folder cannot be made.
    """
    url = url.set(drivername="sqlite+aiosqlite") if url.drivername == "sqlite" else url
    engine = create_async_engine(
        url,
        connect_args={"async_creator_fn": partial(_connected, url.database or "", lock_wait)},
        pool_size=5,
        max_overflow=10,
        pool_timeout=lock_wait,
        hide_parameters=True,
    )
    _make_private(Path(url.database or ""))

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={lock_wait * 1000:.0f}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("vaxelflode_write")
        connection.exec_driver_sql(TAKE_LOCK if write else "BEGIN")

    return engine, engine.execution_options(vaxelflode_write=True)


async def _connected(file: str, lock_wait: float, *_: Any, **__: Any) -> InlineConnection:
    """What SQLAlchemy calls for a connection; the URL's options are none of ours."""
    return await connect(file, lock_wait)


def _make_private(file: Path) -> None:
    """The file before its first use, for its owner alone: it holds what people log in with. WAL and index follow it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
