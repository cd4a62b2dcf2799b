"""What another process writes is noticed, and whoever is concerned is woken; nobody is for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.applying.conftest import World
from vaxelflode.applying.watcher import Watcher
from vaxelflode.domain.agents import Agent
from vaxelflode.domain.change import Change, Via
from vaxelflode.domain.edits import ABSENT, Edit
from vaxelflode.domain.identifiers import ObjectRef, new_id
from vaxelflode.storage import agents, audit, changes
from vaxelflode.storage.database import Database, StorageError

QUEUE = ObjectRef("queue", "kund")


@dataclass
class Watched:
    """A database with somebody who watches it, and another who writes into it as another process would."""

    world: World
    other: World
    woken: list[str] = field(default_factory=list)
    known: int = 0

    async def until(self, *expected: str) -> None:
        """Return once these were woken, in this order and nobody else."""
        for _ in range(500):
            if len(self.woken) >= len(expected):
                break
            await asyncio.sleep(0.01)
        assert self.woken == list(expected)
        self.woken.clear()

    async def until_all(self, *expected: str) -> None:
        """Return once these were woken, in whatever order."""
        for _ in range(500):
            if sorted(self.woken) == sorted(expected):
                break
            await asyncio.sleep(0.01)
        assert sorted(self.woken) == sorted(expected)
        self.woken.clear()

    async def a_few_looks(self) -> None:
        """Long enough for several looks."""
        await asyncio.sleep(0.1)


@pytest.fixture
async def watched(world: World, url: str) -> AsyncIterator[Watched]:
    other = Database.open(url)
    yield Watched(world, World(world.node, other), known=(await world.company()).revision)
    await other.close()


@asynccontextmanager
async def watching(watched: Watched, database: Database | None = None) -> AsyncIterator[None]:
    watcher = Watcher(
        database or watched.world.database,
        lambda: watched.known,
        lambda: watched.woken.append("applier"),
        lambda: watched.woken.append("keeper"),
        every=0.01,
    )
    task = asyncio.create_task(watcher.run())
    try:
        await watched.a_few_looks()
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class AwayAtFirst:
    """A database that does not answer the first time."""

    def __init__(self, database: Database) -> None:
        self.read = database.read
        self._noticing = database.noticing
        self.asked = 0

    @asynccontextmanager
    async def noticing(self) -> AsyncIterator[Any]:
        """Fails once."""
        self.asked += 1
        if self.asked == 1:
            raise StorageError("the database did not answer")
        async with self._noticing() as look:
            yield look


async def add_agent(database: Database, world: World) -> str:
    """As the service writes it down."""
    edit = Edit(("agents", "201"), ABSENT, Agent("201").as_json())
    by = ("anna", "Anna", "cli", Via(None))
    change = Change(new_id(), world.now, *by, QUEUE, "Kund", "agents", ("agents",), (edit,), 1)  # type: ignore[arg-type]
    async with database.write() as db:
        await changes.add(db, change, {})
        await agents.put(db, QUEUE, "201", Agent("201", added_at=world.now))
    return change.id


async def test_a_change_that_another_process_made_wakes_the_applier(watched: Watched) -> None:
    async with watching(watched):
        await watched.other.edit("queue/kund", length=11)
        await watched.until("applier")
        await watched.other.edit("queue/kund", length=12)
        await watched.until("applier")


async def test_an_agent_that_another_process_added_wakes_the_keeper(watched: Watched) -> None:
    async with watching(watched):
        await add_agent(watched.other.database, watched.world)
        await watched.until("keeper")


async def test_what_waits_wakes_nobody_twice(watched: Watched) -> None:
    """Whoever was woken tries again by itself; what else is written meanwhile does not hurry it."""
    async with watching(watched):
        await add_agent(watched.other.database, watched.world)
        await watched.other.edit("queue/kund", length=11)
        await watched.until_all("keeper", "applier")
        for _ in range(3):
            async with watched.other.database.write() as db:
                await audit.record(db, watched.world.now, "token", {})
            await watched.a_few_looks()
        assert watched.woken == []


async def test_what_nobody_waits_for_wakes_nobody(watched: Watched) -> None:
    """A change that is settled, and whatever people do beside objects."""
    async with watching(watched):
        done = await watched.other.edit("queue/kund", length=11)
        await watched.until("applier")
        watched.known += 1
        async with watched.other.database.write() as db:
            await changes.settle(db, [done], "live", watched.world.now)
        await watched.a_few_looks()
        async with watched.other.database.write() as db:
            await audit.record(db, watched.world.now, "token", {})
        await watched.a_few_looks()
        assert watched.woken == []


async def test_what_was_written_before_the_first_look_is_noticed_too(watched: Watched) -> None:
    await watched.other.edit("queue/kund", length=11)
    async with watching(watched):
        await watched.until("applier")


async def test_a_database_that_does_not_answer_is_asked_again(watched: Watched) -> None:
    database: Any = AwayAtFirst(watched.world.database)
    await watched.other.edit("queue/kund", length=11)
    async with watching(watched, database):
        await watched.until("applier")
        await watched.other.edit("queue/kund", length=12)
        await watched.until("applier")
    assert database.asked == 2
