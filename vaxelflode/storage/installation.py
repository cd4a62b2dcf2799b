"""Which installation a database is: a name that was made with it, and goes with its backups."""

from __future__ import annotations

from sqlalchemy import select

from vaxelflode.storage import schema as t
from vaxelflode.storage.transaction import Transaction


async def installation_id(db: Transaction) -> str:
    """The database's name; no two installations have the same."""
    return str((await db.execute(select(t.installation.c.id))).scalar_one())
