"""Transactions: whole or not at all, one writer at a time, and readers who see one state."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from tests.storage.conftest import NOW
from vaxelflode.errors import Conflict
from vaxelflode.storage import objects
from vaxelflode.storage.database import Database, StorageError
from vaxelflode.storage.migrate import migrate


class Stopped(BaseException):
    """Not an ``Exception``: as a cancelled task, or the end of the process."""


async def revision(database: Database) -> int:
    async with database.read() as db:
        return await objects.current_revision(db)


@pytest.mark.parametrize("error", [Conflict("no"), ValueError("no"), Stopped(), asyncio.CancelledError()], ids=repr)
async def test_whatever_ends_a_transaction_early_undoes_all_of_it(database: Database, error: BaseException) -> None:
    async def write() -> None:
        async with database.write() as db:
            await objects.next_revision(db, NOW)
            raise error

    with pytest.raises(type(error)):
        await write()
    assert await revision(database) == 0
    async with database.write() as db:
        assert await objects.next_revision(db, NOW) == 1
    assert await revision(database) == 1


async def test_a_drivers_error_is_told_as_ours(database: Database) -> None:
    with pytest.raises(StorageError):
        async with database.write() as db:
            await db.execute(text("INSERT INTO nowhere VALUES (1)"))


async def test_writers_take_turns(database: Database) -> None:
    """Each reads and then writes: if two read the same, two would write the same number."""
    met: list[int] = []

    async def write() -> int:
        async with database.write() as db:
            met.append(await objects.current_revision(db))
            await asyncio.sleep(0)
            return await objects.next_revision(db, NOW)

    numbers = await asyncio.gather(*(write() for _ in range(12)))
    assert sorted(numbers) == list(range(1, 13))
    assert sorted(met) == list(range(12))


async def test_writers_of_two_processes_take_turns(database: Database, url: str) -> None:
    other = Database.open(url)

    async def write(which: Database) -> tuple[int, int]:
        async with which.write() as db:
            met = await objects.current_revision(db)
            await asyncio.sleep(0)
            return met, await objects.next_revision(db, NOW)

    try:
        made = await asyncio.gather(*(write(which) for which in (database, other) * 8))
    finally:
        await other.close()
    assert sorted(made) == [(n, n + 1) for n in range(16)]


@pytest.mark.parametrize("same", [True, False], ids=["in one process", "in two processes"])
async def test_a_writer_waits_for_another_no_longer_than_it_may(url: str, same: bool) -> None:
    holder = Database.open(url, lock_wait=0.2)
    waiter = holder if same else Database.open(url, lock_wait=0.2)
    try:
        async with holder.write() as db:
            await objects.next_revision(db, NOW)
            with pytest.raises(StorageError, match="did not answer"):
                async with waiter.write():
                    pytest.fail("two write at once")
            assert waiter.trouble is not None
        async with waiter.write() as db:
            assert await objects.next_revision(db, NOW) == 2
        assert waiter.trouble is None
    finally:
        await holder.close()
        await waiter.close()


async def test_writers_who_wait_keep_no_connection_from_those_who_read(url: str) -> None:
    holder, waiter = Database.open(url), Database.open(url, lock_wait=1)
    try:
        async with holder.write():
            waiting = [asyncio.create_task(_write_once(waiter)) for _ in range(40)]
            for _ in range(20):
                assert await revision(waiter) == 0
        await asyncio.gather(*waiting)
        assert await revision(waiter) == 40
    finally:
        await holder.close()
        await waiter.close()


async def _write_once(database: Database) -> None:
    async with database.write() as db:
        await objects.next_revision(db, NOW)


async def test_what_is_refused_for_what_it_holds_is_no_trouble_of_the_database(database: Database) -> None:
    with pytest.raises(StorageError, match="refused"):
        async with database.write() as db:
            await db.execute(text("INSERT INTO supervisors (flow_id, user_id) VALUES ('nowhere', 7)"))
    assert database.trouble is None


async def test_a_reader_sees_one_state_while_another_writes(database: Database) -> None:
    async with database.read() as reading:
        before = await objects.current_revision(reading)
        async with database.write() as db:
            await objects.next_revision(db, NOW)
        assert await objects.current_revision(reading) == before
    assert await revision(database) == before + 1


async def test_two_processes_share_one_database(database: Database, url: str) -> None:
    other = Database.open(url)
    try:
        async with database.write() as db:
            await objects.next_revision(db, NOW)
        async with other.write() as db:
            assert await objects.next_revision(db, NOW) == 2
        assert await revision(database) == 2
    finally:
        await other.close()


async def test_a_transaction_that_is_cancelled_twice_leaves_its_connection_whole(tmp_path: Path) -> None:
    """Cancelled while another process holds the lock, and again while that is taken back."""
    database = Database.open(f"sqlite:///{tmp_path}/twice.sqlite", lock_wait=0.5)
    await migrate(database)
    other = sqlite3.connect(tmp_path / "twice.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with database.write():
            pass

    for _ in range(4):
        task = asyncio.create_task(write())
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    other.execute("ROLLBACK")
    other.close()
    await write()
    await database.close()


async def test_who_writes_in_haste_is_seen_at_once_and_makes_nobody_else_hasty(url: str) -> None:
    sqlite = url.startswith("sqlite")
    if not sqlite:  # the tests' own PostgreSQL is always hasty
        wanted_of_it = make_url(url).update_query_pairs([("options", "-c synchronous_commit=on")], append=True)
        url = wanted_of_it.render_as_string(hide_password=False)
    database, other = Database.open(url), Database.open(url)
    question = text("PRAGMA synchronous" if sqlite else "SHOW synchronous_commit")
    durable, hasty = (2, 1) if sqlite else ("on", "off")
    try:
        for n, wanted in enumerate((True, False, True, False, False, True), 1):
            async with database.write(durable=wanted) as db:
                assert (await db.execute(question)).scalar() == (durable if wanted else hasty)
                assert await objects.next_revision(db, NOW) == n
            assert await revision(other) == n
    finally:
        await database.close()
        await other.close()
