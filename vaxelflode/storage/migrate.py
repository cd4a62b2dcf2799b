"""Brings the database's schema to this version's. A downgrade is a restore from a backup."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect

from vaxelflode.storage.database import Database

#: Where Alembic writes down the revision that a database is at, and how it is asked for.
_TABLE = "alembic_version"
_VERSION = "SELECT version_num FROM alembic_version"


def newest() -> str:
    """The newest revision: each is a file that begins with its number, and they are in a row."""
    scripts = (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*_*.py")
    return max(script.name.partition("_")[0] for script in scripts)


def _here(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_TABLE):
        return None
    found: str | None = connection.exec_driver_sql(_VERSION).scalar()
    return found


async def migrate(database: Database) -> str:
    """Upgrade to the newest revision and return its name. Idempotent. Raises ``SettingError``."""

    def upgrade(connection: Connection) -> None:
        here = _here(connection)
        if here != newest():
            from vaxelflode.storage import upgrade as alembic  # noqa: PLC0415 -- its docstring says why

            alembic.upgrade(connection, here)

    await database.run_sync(upgrade)
    return newest()


async def version(database: Database) -> tuple[str | None, str]:
    """The revision that the database is at (``None``: it is empty), and the newest one. Changes nothing."""
    async with database.read() as db:
        return await db.run_sync(_here), newest()
