"""Prompts: sounds by the hash of their bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import func, insert, select

from vaxelflode.storage import schema as t
from vaxelflode.storage.transaction import Transaction

#: A WAV file of ours: its header, and mono samples of 16 bits at 8 kHz.
_HEADER, _BYTES_A_SECOND = 44, 16000
#: Prompts asked about at once.
_BATCH = 500


async def add(db: Transaction, digest: str, sound: bytes, seconds: int, words: str, now: dt.datetime) -> None:
    """Keep a sound (WAV, mono, 16 bit, 8 kHz) unless it is there already."""
    if not await exists(db, digest):
        await db.execute(insert(t.prompts).values(hash=digest, sound=sound, seconds=seconds, words=words, made_at=now))


async def exists(db: Transaction, digest: str) -> bool:
    """Whether the prompt is known."""
    return (await db.execute(select(t.prompts.c.hash).where(t.prompts.c.hash == digest))).first() is not None


async def sound(db: Transaction, digest: str) -> bytes | None:
    """A prompt's bytes."""
    return (await db.execute(select(t.prompts.c.sound).where(t.prompts.c.hash == digest))).scalar()


async def lengths(db: Transaction, digests: Iterable[str]) -> dict[str, float]:
    """Prompt → its length in seconds, for those that are known."""
    wanted, found = sorted(set(digests)), dict[str, float]()
    query = select(t.prompts.c.hash, func.length(t.prompts.c.sound))
    for batch in (wanted[n : n + _BATCH] for n in range(0, len(wanted), _BATCH)):
        rows = await db.execute(query.where(t.prompts.c.hash.in_(batch)))
        found |= {row[0]: _seconds(row[1]) for row in rows}
    return found


async def told(db: Transaction) -> dict[str, tuple[float, str]]:
    """Every prompt: its length in seconds, and the words spoken in it."""
    query = select(t.prompts.c.hash, func.length(t.prompts.c.sound).label("size"), t.prompts.c.words)
    return {row.hash: (_seconds(row.size), row.words) for row in await db.execute(query)}


async def told_of(db: Transaction, digests: Iterable[str]) -> dict[str, tuple[float, str, dt.datetime]]:
    """As :func:`told`, of these prompts alone, and when each was made."""
    wanted, found = sorted(set(digests)), dict[str, tuple[float, str, dt.datetime]]()
    columns = t.prompts.c.hash, func.length(t.prompts.c.sound).label("size"), t.prompts.c.words, t.prompts.c.made_at
    for batch in (wanted[n : n + _BATCH] for n in range(0, len(wanted), _BATCH)):
        rows = await db.execute(select(*columns).where(t.prompts.c.hash.in_(batch)))
        found |= {row.hash: (_seconds(row.size), row.words, row.made_at) for row in rows}
    return found


def _seconds(size: int) -> float:
    return max(0, size - _HEADER) / _BYTES_A_SECOND


async def missing_from(db: Transaction, present: Iterable[str]) -> list[str]:
    """The prompts that are in the database and not among ``present``."""
    return sorted(set((await db.execute(select(t.prompts.c.hash))).scalars()) - set(present))
