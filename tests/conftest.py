"""Databases, for whoever needs one."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import hypothesis
import pytest

from tests.databases import EACH, Migrated

# How long an example takes says how busy the machine is. CI judges a commit by the same examples each time.
hypothesis.settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may last long begins first, so that no worker is left with it when the others have nothing to do."""
    lasting = {item.path for item in items if item.get_closest_marker("timeout") is not None}
    items.sort(key=lambda item: item.path not in lasting)


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
