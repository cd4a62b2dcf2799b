"""Alembic's environment: runs the revisions on the connection that :mod:`vaxelflode.storage.migrate` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from vaxelflode.storage.schema import UtcDateTime, metadata


def _own_types(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column types by their short name."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen.imports.add("from vaxelflode.storage.schema import UtcDateTime")
        return "UtcDateTime()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_own_types,
)
context.run_migrations()
