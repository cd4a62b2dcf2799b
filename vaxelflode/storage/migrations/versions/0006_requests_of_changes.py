"""The request that each change was made by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nobody knows the requests of what was changed before."""
    op.add_column("changes", sa.Column("request", sa.String(length=64), nullable=True))
