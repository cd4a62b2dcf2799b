"""Brings the database's schema to this version's. A downgrade is a restore from a backup."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from vaxelflode.errors import SettingError
from vaxelflode.storage.database import Database


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _require_utf8(connection: Connection) -> None:
    """Names are in every language; SQLite keeps no other encoding."""
    if connection.dialect.name == "postgresql":
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            words = f"the database must have the encoding UTF8, and has {encoding}"
            raise SettingError(f"VAXELFLODE_DATABASE_URL: {words}", name="DATABASE_URL")


async def migrate(database: Database) -> str:
    """Upgrade to the newest revision and return its name. Idempotent."""

    def upgrade(connection: Connection) -> str:
        script = ScriptDirectory.from_config(_config())
        here = MigrationContext.configure(connection).get_current_revision()
        known = {revision.revision for revision in script.walk_revisions()}
        if here is not None and here not in known:
            raise SettingError("the database was made by a newer version of Växelflöde", name="DATABASE_URL")
        if here is None:
            _require_utf8(connection)
        head = script.get_current_head()
        if here != head:
            command.upgrade(_config(connection), "head")
        return str(head)

    return str(await database.run_sync(upgrade))


async def version(database: Database) -> tuple[str | None, str]:
    """The revision that the database is at (``None``: it is empty), and the newest one. Changes nothing."""
    async with database.read() as db:
        here = await db.run_sync(lambda connection: MigrationContext.configure(connection).get_current_revision())
    return here, str(ScriptDirectory.from_config(_config()).get_current_head())
