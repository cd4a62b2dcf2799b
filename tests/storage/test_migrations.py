"""Migrations make the tables that the code knows, once."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from vaxelflode.errors import SettingError
from vaxelflode.storage.database import Database
from vaxelflode.storage.installation import installation_id
from vaxelflode.storage.migrate import migrate, newest
from vaxelflode.storage.schema import metadata
from vaxelflode.storage.upgrade import config


async def test_migrations_make_the_tables_that_the_code_knows(database: Database) -> None:
    def differences(connection: Connection) -> Any:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

    assert await database.run_sync(differences) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    assert await migrate(database) == await migrate(database)


async def test_an_installation_has_a_name_made_once(database: Database, tmp_path: Path) -> None:
    async def name_of(one: Database) -> str:
        await migrate(one)
        async with one.read() as db:
            return await installation_id(db)

    other = Database.open(f"sqlite+aiosqlite:///{tmp_path}/other.sqlite3")
    names = [await name_of(one) for one in (database, database, other)]
    await other.close()
    assert names[0] == names[1] != names[2]
    assert all(re.fullmatch("[0-9a-f]{16}", name) for name in names)


async def test_a_backup_from_before_names_were_made_gets_the_name_of_what_it_is_a_backup_of(
    tmp_path: Path,
) -> None:
    names = set()
    for n in range(2):
        one = Database.open(f"sqlite+aiosqlite:///{tmp_path}/{n}.sqlite3")
        await one.run_sync(lambda connection: command.upgrade(config(connection), "0004"))
        async with one.write() as db:
            await db.execute(text("INSERT INTO audit (entry, hash) VALUES ('{}', :hash)"), {"hash": 32 * "1f"})
            if n:  # and went on without it
                await db.execute(text("INSERT INTO audit (entry, hash) VALUES ('{}', :hash)"), {"hash": 32 * "2f"})
        await migrate(one)
        async with one.read() as db:
            names.add(await installation_id(db))
        await one.close()
    assert names == {8 * "1f"}


async def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    async with database.write() as db:
        await db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingError, match="newer version"):
        await migrate(database)


def test_the_newest_revision_is_the_one_that_alembic_ends_with() -> None:
    """Who is at it need not load Alembic; so it is told by the names of the files."""
    assert ScriptDirectory.from_config(config()).get_heads() == [newest()]


def test_serve_loads_no_library_that_it_may_do_without() -> None:
    """Each is some megabytes, for as long as the process runs: Alembic, PostgreSQL's driver, ARI's client."""
    program = "import sys, vaxelflode.cli.serve; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert {"vaxelflode", "sqlalchemy", "aiohttp"} <= {*loaded}
    assert not {"alembic", "mako", "psycopg", "greenlet", "asyncari", "httpx", "pygments"} & {*loaded}
