"""How each of a node's accounts stands at the PBX."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """A node that has not reported since has none."""
    op.add_column("nodes", sa.Column("accounts", sa.JSON(), nullable=False, server_default="[]"))
