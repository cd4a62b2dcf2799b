"""A real Asterisk for the fuzz, in a root file system or a container as for the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fuzz.asterisk import Box, box_on
from vaxelflode.demo.choose import choose


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def box(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Box]:
    """One for a module; each test publishes what it needs."""
    maker = await choose(tmp_path_factory.mktemp("asterisk"))
    async with maker(tmp_path_factory.mktemp("pbx")) as pbx, box_on(pbx) as made:
        yield made
