"""Which database the tests use: SQLite, PostgreSQL, or both.

``VAXELFLODE_TEST_DATABASE=postgresql`` (or ``sqlite``) chooses for the whole suite. Without it what concerns storage
runs on both, and what merely needs a database on SQLite.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.postgresql import Cluster
from vaxelflode.storage.database import Database
from vaxelflode.storage.migrate import migrate

KINDS = ("sqlite", "postgresql")
VARIABLE = "VAXELFLODE_TEST_DATABASE"
#: What was chosen; empty: nothing was.
CHOSEN = os.environ.get(VARIABLE, "")
if CHOSEN not in ("", *KINDS):
    raise RuntimeError(f"{VARIABLE}: must be one of {', '.join(KINDS)}")
#: What tests of the storage run on.
EACH = (CHOSEN,) if CHOSEN else KINDS

#: The run's PostgreSQL, started by its first use.
CLUSTER = Cluster()


def url_in(folder: Path) -> str:
    """The address of a folder's database, empty at first: the same folder is the same database."""
    if CHOSEN != "postgresql":
        return f"sqlite+aiosqlite:///{folder}/vaxelflode.sqlite3"
    return CLUSTER.database(_name_in(folder))


def backup(folder: Path, to: Path) -> None:
    """Copy a folder's database, to which nobody is connected, to where :func:`url_in` finds it for ``to``."""
    if CHOSEN == "postgresql":
        CLUSTER.create(_name_in(to), template=_name_in(folder))
        return
    to.mkdir()
    shutil.copy(folder / "vaxelflode.sqlite3", to)


def _name_in(folder: Path) -> str:
    return f"in-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"


@dataclass
class Migrated:
    """Databases that are migrated and empty: copies of one, since copying is faster than migrating."""

    folder: Path
    _made: set[str] = field(default_factory=set)
    _numbers: count[int] = field(default_factory=count)

    async def copy(self, kind: str, folder: Path) -> str:
        """The address of a new one."""
        if kind not in self._made:
            await _migrated(CLUSTER.create("migrated") if kind == "postgresql" else _file(self.folder))
            self._made.add(kind)
        if kind == "postgresql":
            return CLUSTER.create(f"copy-{next(self._numbers)}", template="migrated")
        (folder / "database").mkdir()
        shutil.copy(self.folder / "company.sqlite", folder / "database")
        return _file(folder / "database")

    def end(self, url: str) -> None:
        """It is needed no longer; a file goes with its folder."""
        if url.startswith("postgresql"):
            CLUSTER.drop(url.rpartition("?")[0].rpartition("/")[2])


def _file(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder}/company.sqlite"


async def _migrated(url: str) -> None:
    database = Database.open(url)
    try:
        await migrate(database)
    finally:
        await database.close()
