"""Counts beyond 32 bits: the milliseconds of a change that waits for a PBX that is away for a month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Only PostgreSQL has integers of 32 bits."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("changes", "live_ms", type_=sa.BigInteger())
