"""The tables. Migrations make them (``vaxelflode.storage.migrations``); a test holds the two against each other.

Times are UTC. What is shown to people (names, notes) is text and nothing else; what refers is a key with integrity.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Aware datetimes only; kept in UTC, also by SQLite, which knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """To the database."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value and value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


#: A count that a month away may bring beyond 32 bits; SQLite's integers have 64 as they are.
LongInteger = Integer().with_variant(BigInteger(), "postgresql")

#: One row: which installation this is.
installation = Table("installation", metadata, Column("id", String(32), primary_key=True))

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("password", String(200), nullable=False),
    Column("rights", JSON, nullable=False),
    Column("language", String(8), nullable=False),
    Column("extension", String(10)),
    Column("disabled", Boolean, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("label", String(100), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires", UtcDateTime, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime, nullable=False, index=True),
)

resets = Table(
    "resets",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires", UtcDateTime, nullable=False),
)

objects = Table(
    "objects",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("key", String(40), nullable=False),
    Column("name", String(200), nullable=False),
    Column("spec", JSON, nullable=False),
    Column("spec_version", Integer, nullable=False),
    Column("versions", JSON, nullable=False),
    Column("revision", Integer, nullable=False, index=True),
    Column("deleted_at", UtcDateTime),
    UniqueConstraint("kind", "key"),
)

references = Table(
    "object_references",
    metadata,
    Column("source_id", ForeignKey("objects.id"), primary_key=True),
    Column("field", String(80), primary_key=True),
    Column("target_id", ForeignKey("objects.id"), nullable=False, index=True),
)

overrides = Table(
    "overrides",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("object_id", ForeignKey("objects.id"), nullable=False, index=True),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("hours", JSON, nullable=False),
    Column("note", String(200), nullable=False),
    Column("closed", JSON),
    Column("made_by", String(254), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

prompts = Table(
    "prompts",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("sound", LargeBinary, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

flows = Table(
    "flows",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("description", String(1000), nullable=False),
    Column("number_id", ForeignKey("objects.id"), index=True),
    Column("version", Integer, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

supervisors = Table(
    "supervisors",
    metadata,
    Column("flow_id", ForeignKey("flows.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True),
)

grants = Table(
    "grants",
    metadata,
    Column("flow_id", ForeignKey("flows.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("object_id", ForeignKey("objects.id"), nullable=False, index=True),
    Column("aspects", JSON, nullable=False),
    Column("limits", JSON, nullable=False),
    Column("expires", UtcDateTime),
)

revisions = Table(
    "revisions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("id", String(16), nullable=False, unique=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(254), nullable=False),
    Column("actor_name", String(200), nullable=False),
    Column("origin", String(8), nullable=False),
    Column("flow_id", String(16), index=True),
    Column("flow_name", String(200)),
    Column("object_id", ForeignKey("objects.id"), nullable=False, index=True),
    Column("object_name", String(200), nullable=False),
    Column("action", String(8), nullable=False),
    Column("aspects", JSON, nullable=False),
    Column("edits", JSON, nullable=False),
    Column("base", JSON, nullable=False),
    Column("revision", Integer, nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("reason", Text),
    Column("live_ms", LongInteger),
    Column("undoes", String(16)),
    Column("undone_by", String(16)),
    Column("request", String(64)),
    Index("ix_changes_pending", "state", "sequence"),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("entry", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)

queue_agents = Table(
    "queue_agents",
    metadata,
    Column("object_id", ForeignKey("objects.id"), primary_key=True),
    Column("extension", String(10), primary_key=True),
    Column("permanent", Boolean, nullable=False),
    Column("penalty", Integer, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("reason", String(100), nullable=False),
    Column("added_by", String(254), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)

nodes = Table(
    "nodes",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("live_revision", Integer, nullable=False),
    Column("connection", String(12), nullable=False),
    Column("accounts", JSON, nullable=False, server_default="[]"),
    Column("reason", Text),
    Column("reported_at", UtcDateTime, nullable=False),
)

hand_edits = Table(
    "hand_edits",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("node", String(100), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("file", String(40), nullable=False),
    Column("difference", Text, nullable=False),
)

applications = Table(
    "applications",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("node", String(100), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("reason", Text),
    Column("steps", JSON, nullable=False),
)
