"""The application for every test of the API, anew after each change: a database is copied, nothing is undone."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import pytest_asyncio

from tests.api.house import Answer, House, house, template
from tests.api.paper import Paper


@pytest.fixture(scope="session")
def plot() -> Iterator[Path]:
    """Where houses are built: in memory, if the machine has such a place, since each of them waits for the disk."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None, prefix="vaxelflode-") as folder:
        (Path(folder) / "founded").mkdir()
        yield Path(folder)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def founded(plot: Path) -> Path:
    """The database that every house begins with."""
    return await template(plot / "founded")


@pytest.fixture(scope="session")
def paper() -> Paper:
    """The document, which judges every answer of :class:`Street`."""
    return Paper()


class Street:
    """Asks a house, and has each answer judged; :meth:`move` goes on to the next house, where nothing was changed."""

    def __init__(self, folder: Path, founded: Path, paper: Paper, stack: AsyncExitStack) -> None:
        self._folder, self._founded, self._paper, self._stack = folder, founded, paper, stack
        self._count = 0
        self._as_founded = False
        self._state: str | None = None
        self.house: House

    async def move(self) -> None:
        """To a house that is as it was founded."""
        if self._as_founded:
            return
        await self._stack.aclose()
        self._count += 1
        self.house = await self._stack.enter_async_context(house(self._folder / str(self._count), self._founded))
        self._as_founded = True

    async def is_as_founded(self) -> bool:
        """Whether everything that can be changed is as it was in the first house."""
        state = await self.house.state()
        self._state = self._state or state
        return state == self._state

    async def ask(self, method: str, path: str, person: str | None = None, body: Any = None, **headers: str) -> Answer:
        """One request below ``/api/v1`` (or from the root), judged by the document."""
        url = path if path.startswith(("/api", "/healthz", "/readyz", "/metrics")) else f"/api/v1{path}"
        answer = await self.house.ask(method, url, person, body, **headers)
        self._as_founded = self._as_founded and (method == "GET" or answer.status >= 400)
        self._paper.judge(method, url, answer)
        return answer


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_street(plot: Path, founded: Path, paper: Paper) -> AsyncIterator[Street]:
    """Every house that the tests need."""
    async with AsyncExitStack() as stack:
        yield Street(plot / "street", founded, paper, stack)


@pytest_asyncio.fixture(loop_scope="session")
async def street(whole_street: Street) -> Street:
    """At a house as it was founded."""
    await whole_street.move()
    assert await whole_street.is_as_founded()
    return whole_street
