"""The audit chain: append-only, each hash covers the one before, written in the transaction of what it tells of.

A link's hash is the SHA-256 of the hash before, a line feed, and the entry's text; before the first stands nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select

from vaxelflode import request_id
from vaxelflode.storage import schema as t
from vaxelflode.storage.transaction import Transaction

#: Links that are read at once.
PAGE = 500

_LAST = select(t.audit.c.hash).order_by(t.audit.c.sequence.desc()).limit(1)
_ADD = insert(t.audit)


@dataclass(frozen=True, slots=True)
class Link:
    """A row of the chain. ``entry`` is JSON, as it was hashed."""

    sequence: int
    entry: str
    hash: str


async def record(db: Transaction, at: dt.datetime, what: str, entry: Mapping[str, Any]) -> None:
    """Append one entry, with the request that it was made in."""
    asked = {"request": asked_by} if (asked_by := request_id.current()) is not None else {}
    await db.execute(_ADD, link(await last_hash(db), at, what, asked | dict(entry)))


async def last_hash(db: Transaction) -> str:
    """The head of the chain, empty before the first link."""
    return (await db.execute(_LAST)).scalar() or ""


def link(last: str, at: dt.datetime, what: str, entry: Mapping[str, Any]) -> dict[str, str]:
    """The row that comes after the hash ``last``."""
    text = json.dumps({"at": at.isoformat(), "what": what, **entry}, ensure_ascii=False, sort_keys=True)
    return {"entry": text, "hash": hash_of(last, text)}


def hash_of(last: str, text: str) -> str:
    """The hash of an entry's text that comes after the hash ``last``."""
    return hashlib.sha256(f"{last}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


async def links(db: Transaction) -> AsyncIterator[Link]:
    """The whole chain from its beginning, a page at a time."""
    after: int | None = None
    while True:
        query = select(t.audit).order_by(t.audit.c.sequence).limit(PAGE)
        rows = (await db.execute(query if after is None else query.where(t.audit.c.sequence > after))).all()
        for row in rows:
            yield Link(row.sequence, row.entry, row.hash)
        if len(rows) < PAGE:
            return
        after = rows[-1].sequence


async def newest_link(db: Transaction) -> int:
    """Where the audit chain ends."""
    return (await db.execute(select(func.max(t.audit.c.sequence)))).scalar() or 0


async def told_since(db: Transaction, link: int, limit: int) -> list[tuple[int, list[str]]]:
    """What the audit chain tells of changes behind ``link``: each later link with the ids of the changes it is about.

    Whatever becomes of a change is written there in the same transaction, by whichever process, so this misses nothing.
    """
    query = select(t.audit).where(t.audit.c.sequence > link).order_by(t.audit.c.sequence).limit(limit)
    return [(row.sequence, _about(json.loads(row.entry))) for row in await db.execute(query)]


def _about(entry: Mapping[str, Any]) -> list[str]:
    undone = [entry["undoes"]] if entry.get("undoes") else []
    return [*entry.get("changes", ()), *([entry["change"]] if "change" in entry else []), *undone]
