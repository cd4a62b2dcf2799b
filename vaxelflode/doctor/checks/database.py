"""The database: there, of this version, and ready to be written to."""

from __future__ import annotations

from collections.abc import Sequence

from vaxelflode.doctor.finding import Finding, fail, ok
from vaxelflode.doctor.world import World
from vaxelflode.storage.database import StorageError
from vaxelflode.storage.migrate import version

NAME = "database"
_SETTING = "see that the server runs and that VAXELFLODE_DATABASE_URL names it; `serve` goes on by itself then"


async def look(world: World) -> Sequence[Finding]:
    """What a change would need of it."""
    database = world.database
    if database is None:
        return [fail(NAME, world.no_database, _remedy(world.no_database))]
    try:
        here, _ = await version(database)
        async with database.write():
            pass  # the lock of whoever writes; nothing is written
    except StorageError as err:
        return [fail(NAME, err.message, _remedy(err.message))]
    revision = world.company.revision if world.company is not None else 0
    return [ok(NAME, f"of schema {here}, at revision {revision}, and can be written to")]


def _remedy(words: str) -> str:
    """What to do about it; the words are SQLite's, PostgreSQL's, or ours."""
    told = words.casefold()
    for part, remedy in (
        ("another version", "run `vaxelflode migrate`, or start this version's `serve`, which does it"),
        ("newer version", "run the version of Växelflöde that made it; a downgrade is a restore from a backup"),
        ("there is no", "start `vaxelflode serve` once, which makes it, or correct VAXELFLODE_DATA_DIR"),
        ("others are writing", "find who keeps it locked (a command that hangs, a backup) and end that"),
        ("locked", "find who keeps it locked (a command that hangs, a backup) and end that"),
        ("readonly", "give the user that runs `serve` the right to write to the file and its folder"),
        ("unable to open", "give the user that runs `serve` the right to the file and its folder"),
        ("full", "make room on the file system of the data directory"),
        ("malformed", "the file is damaged: stop `serve` and restore the last backup"),
        ("not a database", "the file is damaged: stop `serve` and restore the last backup"),
        ("password", "correct the user and the password in VAXELFLODE_DATABASE_URL"),
    ):
        if part in told:
            return remedy
    return _SETTING
