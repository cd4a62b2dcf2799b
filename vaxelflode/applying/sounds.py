"""The prompts on the node's disk: files named by their hash, written before anything that plays them."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path

from vaxelflode.applying.store import StoreError
from vaxelflode.domain.company import EMPTY, Company
from vaxelflode.storage import prompts
from vaxelflode.storage.database import Database


class Sounds:
    """One node's directory of prompts."""

    def __init__(self, database: Database, directory: Path) -> None:
        self._database = database
        self._directory = directory
        self._present: set[str] = set()
        self._seen = EMPTY

    async def ensure(self, company: Company) -> None:
        """Every prompt that the company's objects play is on the disk. Raises :class:`StoreError`."""
        fresh, _ = company.since(self._seen)
        wanted = {p for o in fresh for p in o.spec.sounds().values() if p} - self._present
        for digest in sorted(wanted):
            await self._fetch(digest)
        self._present |= wanted
        self._seen = company

    async def ensure_all(self, company: Company) -> None:
        """As :meth:`ensure`, looking at the disk again for what was there before."""
        self._present, self._seen = set(), EMPTY
        await self.ensure(company)

    async def _fetch(self, digest: str) -> None:
        path = self._directory / f"{digest}.wav"
        if path.exists():
            return
        async with self._database.read() as db:
            sound = await prompts.sound(db, digest)
        if sound is None:
            raise StoreError(f"the prompt {digest} is not in the database")
        await asyncio.to_thread(_write, path, sound)


def _write(path: Path, sound: bytes) -> None:
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("xb") as file:
            file.write(sound)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o644)
        fresh.replace(path)
    except OSError as err:
        raise StoreError(f"{path}: {err.strerror}") from err
