"""The company as last read, shared by all who read it in this process: each revision is read and parsed once."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

from vaxelflode.domain.company import EMPTY, Company
from vaxelflode.storage import objects
from vaxelflode.storage.transaction import Transaction


class CompanyAtHand:
    """One for a process and its database."""

    def __init__(self) -> None:
        self._company = EMPTY
        self._lock = asyncio.Lock()
        #: Called when all of it has been read at once, as happens when a process begins.
        self.on_whole: Callable[[], None] = lambda: None

    async def at(self, db: Transaction, now: dt.datetime) -> Company:
        """The company at this transaction's revision.

        To be asked before anything else is read, so that the transaction sees no older state than what is at hand;
        and never after a revision was written in it: what is not committed is nobody else's to see.
        """
        async with self._lock:
            before = self._company
            self._company = await objects.refreshed(db, before, now)
            if before is EMPTY and self._company is not EMPTY:
                self.on_whole()
            return self._company
