"""Migrations make the tables that the code knows, once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from vaxelflode.errors import SettingError
from vaxelflode.storage.database import Database
from vaxelflode.storage.installation import installation_id
from vaxelflode.storage.migrate import _config, migrate
from vaxelflode.storage.schema import metadata


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
        await one.run_sync(lambda connection: command.upgrade(_config(connection), "0004"))
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
