"""Databases of the services' own, migrated and empty."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from pathlib import Path

import pytest

from tests.databases import EACH, Migrated
from vaxelflode.storage.database import Database

NewDatabase = Callable[[], Awaitable[Database]]


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    made = Database.open(url)
    yield made
    await made.close()


@pytest.fixture(params=EACH)
async def new_database(
    request: pytest.FixtureRequest, migrated: Migrated, tmp_path: Path
) -> AsyncIterator[NewDatabase]:
    """Makes one empty database after the other; what was made before is ended by the next."""
    opened: list[tuple[str, Database]] = []
    numbers = count()

    async def end() -> None:
        while opened:
            url, database = opened.pop()
            await database.close()
            migrated.end(url)

    async def make() -> Database:
        await end()
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        url = await migrated.copy(request.param, folder)
        opened.append((url, Database.open(url)))
        return opened[-1][1]

    yield make
    await end()
