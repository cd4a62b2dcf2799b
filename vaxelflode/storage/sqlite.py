"""SQLite: WAL, foreign keys, and transactions that begin when we say so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event

from vaxelflode.storage.inline import InlineEngine, Places

#: Connections that are kept, and how many more there may be at once.
_KEPT, _MORE = 5, 10


def engines(url: URL, lock_wait: float) -> tuple[InlineEngine, InlineEngine, InlineEngine]:
    """For readers, for writers and for hasty ones, of one pool; a writer holds the write lock from its beginning.

    The driver's own BEGIN would come late and only before writes; see SQLAlchemy's *Serializable isolation /
    Savepoints / Transactional DDL* for pysqlite. Raises ``OSError`` where the file or its folder cannot be made.
    """
    engine = create_engine(
        URL.create("sqlite", database=url.database),  # the URL's options are none of ours
        connect_args={"timeout": lock_wait, "isolation_level": None, "check_same_thread": False},
        pool_size=_KEPT,
        max_overflow=_MORE,
        hide_parameters=True,
    )
    _make_private(Path(url.database or ""))

    @event.listens_for(engine, "connect")
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

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("vaxelflode_write"):
            connection.exec_driver_sql("BEGIN")
            return
        _sync(connection, "NORMAL" if options.get("vaxelflode_hasty") else "FULL")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    places = Places(_KEPT + _MORE, lock_wait)
    writing = engine.execution_options(vaxelflode_write=True)
    hasty = engine.execution_options(vaxelflode_write=True, vaxelflode_hasty=True)
    return (
        InlineEngine(engine, places, writes=False),
        InlineEngine(writing, places, writes=True),
        InlineEngine(hasty, places, writes=True),
    )


def _sync(connection: Connection, how: str) -> None:
    """FULL: a commit waits for the disk. NORMAL: in WAL it does not, and whoever next commits FULL waits for both."""
    if connection.info.get("synchronous", "FULL") != how:
        connection.exec_driver_sql(f"PRAGMA synchronous={how}")
        connection.info["synchronous"] = how


def _make_private(file: Path) -> None:
    """The file before its first use, for its owner alone: it holds what people log in with. WAL and index follow it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
