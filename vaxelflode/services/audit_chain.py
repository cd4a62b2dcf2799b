"""Reading the audit chain from end to end, and holding the history against it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from vaxelflode.domain.change import Change
from vaxelflode.storage import audit, changes
from vaxelflode.storage.audit import Link
from vaxelflode.storage.database import Database, Transaction


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found. ``broken`` says in words what does not hold; ``row`` is the first such link, where it is one.

    ``links`` were read up to there, ``head`` is the hash of the last that holds. ``noted_at`` is the link that a noted
    head was found at.
    """

    links: int
    head: str
    broken: str | None = None
    row: int | None = None
    noted_at: int | None = None


class _Broken(Exception):
    def __init__(self, words: str, row: int | None = None) -> None:
        super().__init__(words)
        self.words, self.row = words, row


async def verify(database: Database, noted: str | None = None) -> Verified:
    """The chain, link by link, against its hashes, against the history, and against a head that was ``noted`` before.

    Whoever may write to the database can make a whole chain anew; only a head that was noted elsewhere tells of that.
    A page at a time: of all that is read only the changes that wait are remembered.
    """
    async with database.read() as db:
        reader = _Reader(db, noted)
        try:
            await reader.read()
        except _Broken as err:
            return Verified(reader.count, reader.head, err.words, err.row, reader.noted_at)
    return Verified(reader.count, reader.head, noted_at=reader.noted_at)


class _Reader:
    """One reading of the chain, beside the history in the same order."""

    def __init__(self, db: Transaction, noted: str | None) -> None:
        self._db = db
        self._noted = noted
        self._history: AsyncIterator[Change] = changes.in_order(db)
        #: Changes that are told, and whose result is not yet.
        self._waiting: set[str] = set()
        self.count = 0
        self.head = ""
        self.noted_at: int | None = None

    async def read(self) -> None:
        """All of it; raises :class:`_Broken` at the first that does not hold."""
        async for link in audit.links(self._db):
            self._linked(link)
            await self._told(link)
            self.count, self.head = self.count + 1, link.hash
            if self.count % audit.PAGE == 1:
                await asyncio.sleep(0)  # SQLite answers at once: others, and limits of time, have their turn here
            if link.hash == self._noted:
                self.noted_at = link.sequence
        await self._ended()

    def _linked(self, link: Link) -> None:
        if audit.hash_of(self.head, link.entry) != link.hash:
            words = f"link {link.sequence} does not follow from what stands before it: it, or that, is not as written"
            raise _Broken(words, link.sequence)

    async def _told(self, link: Link) -> None:
        entry = _entry(link)
        match entry.get("what"):
            case "change":
                await self._same_as_history(link, entry)
            case "result":
                self._waiting.difference_update(entry.get("changes", ()))

    async def _same_as_history(self, link: Link, entry: Mapping[str, Any]) -> None:
        change = await anext(self._history, None)
        if change is None or change.id != entry.get("change"):
            found = "nothing more" if change is None else f"change {change.id}"
            words = f"link {link.sequence} tells of change {entry.get('change')}, where the history has {found}"
            raise _Broken(words, link.sequence)
        now = json.loads(json.dumps(changes.as_entry(change)))
        if differing := sorted(name for name, value in now.items() if name in entry and entry[name] != value):
            words = (
                f"the history tells {', '.join(differing)} of change {change.id} otherwise than link {link.sequence}"
            )
            raise _Broken(words, link.sequence)
        if change.state == "pending":
            return
        self._waiting.add(change.id)

    async def _ended(self) -> None:
        change = await anext(self._history, None)
        if change is not None:
            raise _Broken(f"the chain ends before change {change.id} of the history: its end is cut off")
        if self._waiting:
            which = min(self._waiting)
            raise _Broken(f"the chain does not tell what became of change {which}: its end is cut off")
        if self._noted is not None and self.noted_at is None:
            raise _Broken(f"the noted head {self._noted} is nowhere in the chain: it was cut, or made anew")


def _entry(link: Link) -> Mapping[str, Any]:
    try:
        found = json.loads(link.entry)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _Broken(f"link {link.sequence} holds no entry", link.sequence)
    return found
