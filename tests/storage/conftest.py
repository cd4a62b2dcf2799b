"""A database, migrated and empty."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from vaxelflode.storage.database import Database
from vaxelflode.storage.migrate import migrate

NOW = dt.datetime(2027, 3, 16, 12, tzinfo=dt.UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/data/company.sqlite"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    made = Database.open(url)
    await migrate(made)
    yield made
    await made.close()
