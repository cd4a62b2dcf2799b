"""A database that is there already, for whoever only reads: none is made and none is changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from vaxelflode.errors import VaxelflodeError
from vaxelflode.storage.database import Database
from vaxelflode.storage.migrate import version


class NoDatabase(VaxelflodeError):
    """There is no database yet, or none of this version."""

    key = "no_database"


@asynccontextmanager
async def existing(url: str) -> AsyncIterator[Database]:
    """The database at ``url`` while the block lasts. Raises :class:`NoDatabase`, or what opening it raises."""
    if (file := _file(url)) is not None and not file.is_file():
        raise NoDatabase(f"there is no database at {file}")
    database = Database.open(url)
    try:
        here, head = await version(database)
        if here is None:
            raise NoDatabase("there is no company in the database yet")
        if here != head:
            raise NoDatabase("the database is of another version of Växelflöde; `vaxelflode migrate` brings it to this")
        yield database
    finally:
        await database.close()


def _file(url: str) -> Path | None:
    """SQLite's file; ``None`` for other databases, and for a URL that opening will complain of."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
