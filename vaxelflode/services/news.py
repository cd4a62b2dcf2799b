"""What becomes of changes, and how the PBX is, told to whoever watches: as it happens, and what was missed.

The audit chain is the one source: whatever becomes of a change stands there, whichever process wrote it, in order. An
item's id is its link, so that whoever comes back says where they left off. Each watcher has a bounded queue; one who
falls behind is let go, and comes back for what was missed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from vaxelflode.domain.change import Change
from vaxelflode.domain.flow import Person
from vaxelflode.errors import VaxelflodeError
from vaxelflode.services.context import Context
from vaxelflode.services.history import as_known, may_read
from vaxelflode.services.standing import Answers, answers
from vaxelflode.storage import audit, changes
from vaxelflode.storage.database import StorageError

log = logging.getLogger(__name__)

#: Seconds between two looks at whether anything was written.
LOOK_EVERY = 0.3
_RETRY_AFTER = 2.0
#: Links that are read at once, and that are looked back for whoever comes back: of more they read the pages anew.
_BATCH, LOOK_BACK = 200, 1000
#: Items that wait for one watcher, and watchers at once.
_QUEUED, MOST = 200, 2000
#: Of one person, also those that were let go and whose browser takes no answer: nobody keeps the others from theirs.
MOST_OF_ONE = 50


class TooManyWatch(VaxelflodeError):
    """As many watch already as this process serves."""

    key = "too_many_watch"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened: a change became something, the PBX came or went, or one's rights are other.

    ``id`` is the link of a change, else 0; ``rights`` a mark of what one may.
    """

    id: int
    change: Change | None = None
    pbx: Answers | None = None
    rights: str | None = None


async def rights_of(context: Context, person: Person) -> str:
    """A mark of what the person may do now; a page that was made with another one is out of date."""
    async with context.reading(person) as desk:
        return desk.authority.mark


@dataclass(eq=False, slots=True)
class _Watcher:
    queue: asyncio.Queue[Item | None] = field(default_factory=lambda: asyncio.Queue(_QUEUED))


class News:
    """Owned by one task that runs :meth:`run`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._watchers: set[_Watcher] = set()
        self._open: Counter[int] = Counter()
        self._link = 0
        self._pbx: Answers | None = None
        #: How often something was written: until then nobody was given or lost anything but by time.
        self.written = 0

    @property
    def watchers(self) -> int:
        """How many watch."""
        return len(self._watchers)

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            try:
                await self._tell()
            except StorageError as err:
                log.warning("cannot read what is new: %s", err)
                await asyncio.sleep(_RETRY_AFTER)

    async def _tell(self) -> None:
        database = self._context.database
        async with database.noticing() as look:
            async with database.read() as db:
                self._link = self._link or await audit.newest_link(db)
            seen: object = None
            while True:
                found = await look()
                if found != seen:
                    seen = found
                    self.written += 1
                    await self._look()
                await asyncio.sleep(LOOK_EVERY)

    async def _look(self) -> None:
        pbx = await answers(self._context)
        if pbx != self._pbx:
            self._pbx = pbx
            self._give([Item(0, pbx=pbx)])
        while True:
            async with self._context.database.read() as db:
                told = await audit.told_since(db, self._link, _BATCH)
                known = await changes.several(db, [i for _, ids in told for i in ids]) if self._watchers else {}
            self._give([Item(link, known[i]) for link, ids in told for i in ids if i in known])
            self._link = told[-1][0] if told else self._link
            if len(told) < _BATCH:
                return

    def _give(self, items: list[Item]) -> None:
        for watcher in list(self._watchers):
            for item in items:
                try:
                    watcher.queue.put_nowait(item)
                except asyncio.QueueFull:
                    self._let_go(watcher)
                    break

    def _let_go(self, watcher: _Watcher) -> None:
        """End one: what waits is dropped, since whoever comes back is told it again."""
        self._watchers.discard(watcher)
        while not watcher.queue.empty():
            watcher.queue.get_nowait()
        watcher.queue.put_nowait(None)

    def close(self) -> None:
        """Let everybody go: this process ends."""
        for watcher in list(self._watchers):
            self._let_go(watcher)

    @contextmanager
    def watching(self, person: Person) -> Iterator[asyncio.Queue[Item | None]]:
        """Be told until the block ends; ``None``: there is no more. Raises :class:`TooManyWatch`."""
        if len(self._watchers) >= MOST or self._open[person.id] >= MOST_OF_ONE:
            raise TooManyWatch("too many pages are open; try again later")
        watcher = _Watcher()
        self._watchers.add(watcher)
        self._open[person.id] += 1
        try:
            yield watcher.queue
        finally:
            self._watchers.discard(watcher)
            self._open[person.id] -= 1
            self._open += Counter()  # those of whom none is left are forgotten

    async def reached(self, link: int) -> int:
        """How far somebody is who says that they have heard up to ``link``: not beyond the end of the chain.

        In a database that was put back to an older state the links are given once more.
        """
        async with self._context.database.read() as db:
            return min(link, await audit.newest_link(db))

    async def missed(self, person: Person, after: int | None) -> AsyncIterator[Item]:
        """What happened behind the link ``after``, as far as the person may know; and how the PBX is."""
        yield Item(0, pbx=await answers(self._context))
        if after is None:
            return
        async with self._context.database.read() as db:
            begin = max(after, await audit.newest_link(db) - LOOK_BACK)
            told = await audit.told_since(db, begin, LOOK_BACK)
            known = await changes.several(db, [i for _, ids in told for i in ids])
        for link, ids in told:
            for change in (known[i] for i in ids if i in known):
                if (shown := await self.as_known(person, Item(link, change))) is not None:
                    yield shown

    async def rights(self, person: Person) -> Item:
        """What the person may do now."""
        return Item(0, rights=await rights_of(self._context, person))

    async def as_known(self, person: Person, item: Item) -> Item | None:
        """The item as the person may know it now, by today's grants; ``None``: not at all."""
        if item.change is None:
            return item
        async with self._context.reading(person) as desk:
            return Item(item.id, as_known(desk, item.change)) if may_read(desk, item.change) else None
