"""Hand edits of the generated files, as the nodes found them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vaxelflode.storage.schema import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """A table of its own: administrators read it, nothing refers to it."""
    op.create_table(
        "hand_edits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("node", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("file", sa.String(length=40), nullable=False),
        sa.Column("difference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_edits")),
    )
    with op.batch_alter_table("hand_edits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hand_edits_node"), ["node"], unique=False)
