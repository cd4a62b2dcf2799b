"""Alembic at work. Only who has something to upgrade imports this: Alembic is 11 MB, kept as long as the process."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from vaxelflode.errors import SettingError


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, for the revisions of this version."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.attributes["connection"] = connection
    return made


def upgrade(connection: Connection, here: str | None) -> None:
    """Bring a database at the revision ``here`` (``None``: an empty one) to the newest.

    Raises :class:`SettingError` where this version does not know the revision, or cannot use the database.
    """
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if here is not None and here not in known:
        raise SettingError("the database was made by a newer version of Växelflöde", name="DATABASE_URL")
    if here is None:
        _require_utf8(connection)
    command.upgrade(config(connection), "head")


def _require_utf8(connection: Connection) -> None:
    """Names are in every language; SQLite keeps no other encoding."""
    if connection.dialect.name == "postgresql":
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            words = f"the database must have the encoding UTF8, and has {encoding}"
            raise SettingError(f"VAXELFLODE_DATABASE_URL: {words}", name="DATABASE_URL")
