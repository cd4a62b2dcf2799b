"""Stands for the faults, shared by all rows: what one row leaves must be whole for the next."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults.rows import Rows
from vaxelflode.demo.choose import choose


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def rows(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[Rows]:
    """The run's."""
    maker = await choose(tmp_path_factory.mktemp("asterisk"))
    async with contextlib.AsyncExitStack() as stack:
        # Beside pytest's folder, which it clears: a mount that a killed run left is in nobody's way.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vaxelflode-faults-")))
        made = Rows(maker, folder, stack)
        yield made
        if "PYTEST_XDIST_WORKER" not in os.environ:  # a worker knows a part, and nobody sees what it prints
            with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
                made.show()
