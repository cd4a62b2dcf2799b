"""Prompts: sounds by the hash of their bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from vaxelflode.storage import schema as t


async def add(db: AsyncConnection, digest: str, sound: bytes, seconds: int, words: str, now: dt.datetime) -> None:
    """Keep a sound (WAV, mono, 16 bit, 8 kHz) unless it is there already."""
    if not await exists(db, digest):
        await db.execute(insert(t.prompts).values(hash=digest, sound=sound, seconds=seconds, words=words, made_at=now))


async def exists(db: AsyncConnection, digest: str) -> bool:
    """Whether the prompt is known."""
    return (await db.execute(select(t.prompts.c.hash).where(t.prompts.c.hash == digest))).first() is not None


async def sound(db: AsyncConnection, digest: str) -> bytes | None:
    """A prompt's bytes."""
    return (await db.execute(select(t.prompts.c.sound).where(t.prompts.c.hash == digest))).scalar()


async def missing_from(db: AsyncConnection, present: Iterable[str]) -> list[str]:
    """The prompts that are in the database and not among ``present``."""
    return sorted(set((await db.execute(select(t.prompts.c.hash))).scalars()) - set(present))
