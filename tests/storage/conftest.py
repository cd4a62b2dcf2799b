"""A database, migrated and empty."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest

from vaxelflode.storage.database import Database

NOW = dt.datetime(2027, 3, 16, 12, tzinfo=dt.UTC)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    made = Database.open(url)
    yield made
    await made.close()
