"""A database of the services' own, migrated and empty, and as many more as a test wants."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from vaxelflode.storage.database import Database
from vaxelflode.storage.migrate import migrate

NewDatabase = Callable[[], Database]


@pytest.fixture(scope="session")
async def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "empty.sqlite"
    made = Database.open(f"sqlite+aiosqlite:///{path}")
    await migrate(made)
    await made.close()
    return path


@pytest.fixture
async def new_database(migrated: Path, tmp_path: Path) -> AsyncIterator[NewDatabase]:
    """Makes one more empty database, open until the test ends."""
    opened: list[Database] = []

    def make() -> Database:
        path = tmp_path / f"{len(opened)}.sqlite"
        shutil.copy(migrated, path)
        opened.append(Database.open(f"sqlite+aiosqlite:///{path}"))
        return opened[-1]

    yield make
    for database in opened:
        await database.close()


@pytest.fixture
def database(new_database: NewDatabase) -> Database:
    return new_database()
