"""What PostgreSQL has and SQLite has not: a server that goes away, stands still, or was made for something else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text

from tests.postgresql import GUARDED, PASSWORD, Cluster
from tests.storage.conftest import NOW
from vaxelflode.errors import SettingError
from vaxelflode.storage import objects, postgresql
from vaxelflode.storage.database import Database, StorageError
from vaxelflode.storage.migrate import migrate


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One of our own, to be mistreated."""
    made = Cluster()
    yield made
    made.stop()


@pytest.fixture
async def address(cluster: Cluster) -> AsyncIterator[str]:
    yield cluster.create("company")
    cluster.drop("company")


@pytest.fixture
async def database(address: str) -> AsyncIterator[Database]:
    made = Database.open(address)
    await migrate(made)
    yield made
    await made.close()


async def write(database: Database) -> int:
    async with database.write() as db:
        return await objects.next_revision(db, NOW)


async def read(database: Database) -> int:
    async with database.read() as db:
        return await objects.current_revision(db)


async def test_a_reader_writes_nothing(database: Database) -> None:
    with pytest.raises(StorageError, match="read-only"):
        async with database.read() as db:
            await objects.next_revision(db, NOW)
    assert await read(database) == 0


async def test_times_are_utc_whatever_the_server_thinks(database: Database, cluster: Cluster) -> None:
    cluster.run("ALTER DATABASE company SET timezone TO 'Pacific/Kiritimati'")
    other = Database.open(cluster.url("company"))
    try:
        async with other.read() as db:
            assert (await db.execute(text("SHOW timezone"))).scalar() == "UTC"
    finally:
        await other.close()


@pytest.mark.parametrize("meanwhile", [read, write])
async def test_a_restart_between_two_transactions_is_not_noticed(
    database: Database, cluster: Cluster, meanwhile: object
) -> None:
    assert await write(database) == 1
    await asyncio.gather(*(read(database) for _ in range(5)))  # connections that will be of no use
    cluster.restart()
    if meanwhile is read:
        assert await read(database) == 1
    assert await write(database) == 2
    assert await asyncio.gather(*(read(database) for _ in range(5))) == [2] * 5


async def test_a_restart_within_a_transaction_undoes_it_and_harms_no_other(
    database: Database, cluster: Cluster
) -> None:
    async def interrupted() -> None:
        async with database.write() as db:
            await objects.next_revision(db, NOW)
            cluster.restart()
            await objects.next_revision(db, NOW)

    with pytest.raises(StorageError):
        await interrupted()
    assert database.trouble is not None
    assert await read(database) == 0
    assert await write(database) == 1
    assert database.trouble is None


async def test_a_server_that_stands_still_is_waited_for_no_longer_than_it_may(
    database: Database, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_ANSWER_WITHIN", 0.3)
    monkeypatch.setattr(postgresql, "_CONNECTED_WITHIN", 0.3)
    assert await write(database) == 1
    cluster.stand_still()
    try:
        with pytest.raises(StorageError):
            await read(database)
        with pytest.raises(StorageError):
            await write(database)
    finally:
        cluster.stand_still(still=False)
    assert await write(database) == 2


async def test_a_statement_takes_no_longer_than_it_may(address: str) -> None:
    database = Database.open(f"{address}&options=-c%20statement_timeout%3D100ms")
    try:
        with pytest.raises(StorageError, match="statement timeout"):
            async with database.read() as db:
                await db.execute(text("SELECT pg_sleep(30)"))
    finally:
        await database.close()


async def test_a_writer_that_stands_still_loses_its_turn(database: Database, address: str) -> None:
    sleeper = Database.open(f"{address}&options=-c%20idle_in_transaction_session_timeout%3D100ms")

    async def sleeping() -> None:
        async with sleeper.write() as db:
            await objects.next_revision(db, NOW)
            assert await write(database) == 1  # it waits, and gets its turn while the other sleeps
            await objects.next_revision(db, NOW)

    try:
        with pytest.raises(StorageError):
            await sleeping()
    finally:
        await sleeper.close()
    assert await read(database) == 1


async def test_a_password_is_said_where_one_is_asked_for(database: Database, cluster: Cluster) -> None:
    cluster.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {GUARDED}", "company")
    quoted = PASSWORD.replace("/", "%2F").replace(":", "%3A").replace("@", "%40")
    guest = Database.open(cluster.url("company", f"{GUARDED}:{quoted}"))
    try:
        assert await read(guest) == 0
        with pytest.raises(StorageError, match="permission denied"):
            await write(guest)
    finally:
        await guest.close()


async def test_a_database_that_cannot_keep_every_letter_is_refused(cluster: Cluster) -> None:
    more = "ENCODING 'LATIN1' LOCALE 'C'"
    database = Database.open(cluster.create("latin", template="template0", more=more))
    try:
        with pytest.raises(SettingError, match="UTF8"):
            await migrate(database)
    finally:
        await database.close()


async def test_two_who_migrate_at_once_do_it_once(cluster: Cluster) -> None:
    url = cluster.create("fresh")
    both = [Database.open(url) for _ in range(2)]
    try:
        assert len(set(await asyncio.gather(*map(migrate, both)))) == 1
        assert await write(both[0]) == 1
    finally:
        for database in both:
            await database.close()
