"""Migrations make the tables that the code knows, once."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from vaxelflode.errors import SettingError
from vaxelflode.storage.database import Database
from vaxelflode.storage.migrate import migrate
from vaxelflode.storage.schema import metadata


async def test_migrations_make_the_tables_that_the_code_knows(database: Database) -> None:
    def differences(connection: Connection) -> Any:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

    assert await database.run_sync(differences) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    assert await migrate(database) == await migrate(database)


async def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    async with database.write() as db:
        await db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingError, match="newer version"):
        await migrate(database)
