"""Which installation a database is: a name that was made with it, and goes with its backups."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from vaxelflode.storage import schema as t


async def installation_id(db: AsyncConnection) -> str:
    """The database's name; no two installations have the same."""
    return str((await db.execute(select(t.installation.c.id))).scalar_one())
