"""A database that somebody else locks, that is restarted, or that is put back to an older state."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.databases import CHOSEN
from tests.faults.looking import loaded, on_disk
from tests.faults.rows import MARKS, Rows, chance
from tests.faults.saving import What
from tests.faults.stand import EVERY, Stand, stand
from tests.postgresql import Cluster

pytestmark = MARKS
on_sqlite = pytest.mark.skipif(CHOSEN == "postgresql", reason="a file of SQLite's")


def _file(here: Stand) -> Path:
    return Path(here.settings.database.partition("///")[2])


@asynccontextmanager
async def locked(file: Path) -> AsyncIterator[None]:
    """Another process is writing, and takes its time."""
    other = sqlite3.connect(file, timeout=10, isolation_level=None, check_same_thread=False)
    try:
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


@on_sqlite
async def test_sqlite_locked(rows: Rows) -> None:
    row = "SQLite locked by another process"

    async def once(here: Stand, number: int) -> float:
        draw = chance(row, number)
        early = asyncio.create_task(here.save(*EVERY)) if number % 2 else None
        await asyncio.sleep(draw.uniform(0, 0.1))
        async with locked(_file(here)):
            saves = asyncio.create_task(here.save(*EVERY))
            await asyncio.sleep(draw.uniform(0.5, 8))
        await asyncio.gather(saves, *([early] if early else []))
        return await here.agrees()

    await rows.run(row, once, side_by_side=4)


@pytest_asyncio.fixture(loop_scope="session")
async def cluster() -> AsyncIterator[Cluster]:
    """One of the test's own, since it is mistreated."""
    made = Cluster()
    yield made
    await asyncio.to_thread(made.stop)


async def test_postgresql_restarted(rows: Rows, cluster: Cluster) -> None:
    row = "PostgreSQL restarted"
    made = 0

    def another() -> str:
        nonlocal made
        made += 1
        return cluster.create(f"company-{made}")

    async def once(here: Stand, number: int) -> float:
        here.refusal_is_sure = False  # a connection that is lost while PostgreSQL commits tells nothing
        draw = chance(row, number)
        saves = asyncio.create_task(here.save(*EVERY))
        await asyncio.sleep(draw.uniform(0, 0.3))
        if number % 3:
            await asyncio.to_thread(cluster.restart)
        else:
            cluster.stand_still()
            await asyncio.sleep(draw.uniform(0.5, 6))
            cluster.stand_still(still=False)
        await saves
        await here.save("override")
        return await here.agrees()

    async with stand(rows.maker, rows.folder / "on-postgresql", url=await asyncio.to_thread(another)) as here:
        await rows.run(row, once, on=here)


@on_sqlite
async def test_restored_from_an_old_backup(rows: Rows) -> None:
    """Nothing goes back in the PBX until somebody asks; what is saved meanwhile waits too."""
    row = "database restored from an old backup"

    async def once(here: Stand, number: int) -> float:
        draw = chance(row, number)
        await here.save("override")
        await here.agrees()
        await here.stop()
        backup = here.folder / "backup"
        shutil.copy(_file(here), backup)
        old = list(here.saving.saves)
        await here.start()
        await here.save(*EVERY)
        if number % 2:
            await here.save("override")
        await here.agrees()
        await here.stop()
        before = on_disk(here.pbx.generated), await loaded(here.pbx)
        for left in _file(here).parent.glob("*.sqlite3*"):
            left.unlink()
        shutil.copy(backup, _file(here))
        if draw.random() < 0.3:
            await here.pbx.restart()
        here.saving.saves[:] = old
        here.forget_told()
        await here.start()
        await _is_held(here, "older")
        # Fewer than what was lost and more: that the numbers of revisions have caught up says nothing.
        more: list[What] = ["override"] * (0, 2, 6)[number % 3]
        waiting = await here.save(*more)
        assert {save.said for save in waiting} <= {"pending"}
        await _is_held(here, "older")
        if number % 4 == 0:  # what was decided is remembered
            await here.kill()
            await here.start()
            await _is_held(here, "older")
        after = on_disk(here.pbx.generated), await loaded(here.pbx)
        assert after == before, [*after[1].differs_from(before[1])]
        await here.stop()
        status, said = await here.command("apply")
        assert status == 0, said
        await here.start()
        return await here.agrees()

    await rows.run(row, once, least=1, side_by_side=3)


async def _is_held(here: Stand, word: str) -> None:
    trouble: dict[str, str] = {}
    async with asyncio.timeout(20):
        while word not in trouble.get("applier", ""):
            status, trouble = await here.ready()
            assert status == 503, "nothing was held"
            await asyncio.sleep(0.1)
