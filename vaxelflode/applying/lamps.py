"""The lamps on phones that watch a code: lit while a switch stands elsewhere than at its default.

A phone's own change sets its lamp in the dialplan. What comes from the web, and the end that a position has, is told to
the PBX from here, over ARI, where ARI is configured. Best effort: a lamp that could not be set is tried again at the
next look, and no change waits for it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Mapping

from vaxelflode.domain.company import EMPTY, Company
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.spec import Spec
from vaxelflode.errors import PbxError
from vaxelflode.rendering.encode import Names

log = logging.getLogger(__name__)

#: Seconds between two looks, and until the next try.
LOOK_EVERY = 30.0

#: Sets devices, by their names, to lit or dark; raises ``PbxError``.
SetLamps = Callable[[Mapping[str, bool]], Awaitable[None]]


class Lamps:
    """Owned by one task that runs :meth:`run`."""

    def __init__(
        self, company: Callable[[], Company], set_lamps: SetLamps, names: Names, clock: Callable[[], dt.datetime]
    ) -> None:
        """``company`` is what is live: no lamp tells of what is not proven."""
        self._live = company
        self._set_lamps = set_lamps
        self._names = names
        self._clock = clock
        self._wake = asyncio.Event()
        self._company = EMPTY
        self._watched: dict[ObjectRef, Spec] = {}
        self._shown: dict[str, bool] = {}
        self._doubtful = False
        self._failed = False

    def wake(self, *, doubtful: bool = False) -> None:
        """Something is live; ``doubtful``: what was shown may no longer be (a new connection)."""
        self._doubtful = self._doubtful or doubtful
        self._wake.set()

    async def run(self) -> None:
        """Set lamps until cancelled."""
        while True:
            self._wake.clear()
            await self.once()
            try:
                async with asyncio.timeout(self._until_next()):  # wait_for may lose a cancellation that comes with it
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def once(self) -> None:
        """Set what is not as it should be. What watches a code no longer in use goes dark."""
        self._follow(self._live())
        if self._doubtful:
            self._doubtful, self._shown = False, {}
        now = self._clock()
        lamps = [lamp for spec in self._watched.values() if (lamp := spec.lamp(now)) is not None]
        wanted = dict.fromkeys(self._shown, False) | {self._names.code(code): lit for code, lit in lamps}
        changed = {device: on for device, on in wanted.items() if self._shown.get(device) is not on}
        if not changed:
            return
        try:
            await self._set_lamps(changed)
        except PbxError as err:
            if not self._failed:
                log.info("cannot set lamps now: %s", err.message)
            self._failed = True
            return
        self._shown, self._failed = wanted, False

    def _follow(self, company: Company) -> None:
        changed, gone = company.since(self._company)
        for ref in gone:
            self._watched.pop(ref, None)
        for o in changed:
            self._watched.pop(o.ref, None)
            if not o.retired and o.spec.lamp(self._clock()) is not None:
                self._watched[o.ref] = o.spec
        self._company = company

    def _until_next(self) -> float:
        """Seconds until a position ends, or until the next look."""
        now = self._clock()
        limit = now + dt.timedelta(seconds=LOOK_EVERY)
        ends = [end for spec in self._watched.values() for end in spec.turns(now, limit)]
        return (min([*ends, limit]) - now).total_seconds()
