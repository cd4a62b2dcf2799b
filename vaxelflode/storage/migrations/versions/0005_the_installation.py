"""Which installation this database is."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_FIRST_OF_AUDIT = sa.text("SELECT hash FROM audit ORDER BY sequence LIMIT 1")


def upgrade() -> None:
    """A name of its own, made once.

    Of the audit's first link where there is one: whatever backup of this database is put back and brought up to date
    later has the same name.
    """
    made = op.create_table(
        "installation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    first = op.get_bind().execute(_FIRST_OF_AUDIT).scalar()
    op.bulk_insert(made, [{"id": first[:16] if first else secrets.token_hex(8)}])
