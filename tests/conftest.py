"""Databases, for whoever needs one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import EACH, Migrated


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Migrated:
    """What migrated databases are copied from."""
    return Migrated(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(params=EACH)
async def url(request: pytest.FixtureRequest, migrated: Migrated, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a database of the test's own, migrated and empty; each test runs on SQLite and on PostgreSQL."""
    made = await migrated.copy(request.param, tmp_path)
    yield made
    migrated.end(made)
