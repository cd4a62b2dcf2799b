"""The rows of QUALITY.md's table: each is a fault that is repeated, where it must wait on several stands at a time."""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests import tables
from tests.faults.stand import AGREED_WITHIN, Stand, stand
from tests.share import Share
from vaxelflode.demo.choose import Maker

#: ``make test`` tries a selection; ``make faults`` all of it, unless it is told otherwise.
RUN = Share.of("FAULTS", 0.0)
#: What every row is: a long test with a real Asterisk.
MARKS = [pytest.mark.pbx, pytest.mark.timeout(300 + 3300 * RUN.part)]
#: Repetitions after which the product's own `check` is asked too.
_CHECKED_EVERY = 10
#: Saves after which a stand is put away: a schedule holds so many changes, and what is large takes its time.
_WORN_AFTER = 250

#: Does one repetition, the given one; returns the seconds to agreement after what was done had ended.
Once = Callable[[Stand, int], Awaitable[float]]


@dataclass
class Rows:
    """The stands of a run, and what was found on them."""

    maker: Maker
    folder: Path
    _stack: contextlib.AsyncExitStack
    _found: dict[str, list[float]] = field(default_factory=dict)
    _idle: list[tuple[Stand, contextlib.AsyncExitStack]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(
        self,
        row: str,
        once: Once,
        *,
        whole: int = 50,
        least: int = 2,
        side_by_side: int = 2,
        on: Stand | None = None,
    ) -> None:
        """Repeat ``once`` this run's share of ``whole`` times, and keep how long it took until all agreed again.

        ``on``: a stand of the test's own, for those whom no other will do.
        """
        repetitions = RUN.count(whole, least)
        left = iter(range(repetitions))

        async def work() -> None:
            async with contextlib.nullcontext(on) if on is not None else self._shared() as here:
                for number in left:
                    await self._repeat(row, once, here, number)

        async with asyncio.TaskGroup() as group:
            for _ in range(1 if on is not None else min(side_by_side, repetitions)):
                group.create_task(work())

    async def _repeat(self, row: str, once: Once, here: Stand, number: int) -> None:
        try:
            here.may_refuse = False
            self._found.setdefault(row, []).append(await once(here, number))
            if number % _CHECKED_EVERY == 0:
                await here.check()
        except Exception as err:
            err.add_note(f"{row}: repetition {number}; seed {RUN.seed}, share {RUN.part}\n{here.last_words()}")
            raise

    @asynccontextmanager
    async def _shared(self) -> AsyncIterator[Stand]:
        """One that is whole, and is put back only as such."""
        if self._idle:
            here, life = self._idle.pop()
        else:
            life = await self._stack.enter_async_context(contextlib.AsyncExitStack())
            async with self._making:  # one after the other: each takes a core for some seconds
                here = await life.enter_async_context(stand(self.maker, self.folder / f"stand{next(self._numbers)}"))
        try:
            yield here
        except BaseException:
            await life.aclose()
            raise
        if len(here.saving.saves) < _WORN_AFTER:
            self._idle.append((here, life))
        else:
            await life.aclose()

    def show(self) -> None:
        """The table of what was tried, and of the worst."""
        if not self._found:
            return
        rows = [_told(row, times) for row, times in self._found.items() if times]
        names = ("fault", "repetitions", "median s", "worst s", "met")
        cells = [names, *((r["fault"], str(r["repetitions"]), *r["cells"]) for r in rows)]
        kept = tables.CACHE / "faults" / ("faults.json" if RUN.part >= 1 else "selection.json")
        title = f"Faults: seconds until database, disk and PBX agree; seed {RUN.seed}, share {RUN.part:g}"
        tables.show(title, kept, cells, [{k: v for k, v in row.items() if k != "cells"} for row in rows])


def _told(row: str, times: list[float]) -> dict[str, Any]:
    median, worst = statistics.median(times), max(times)
    met = worst <= AGREED_WITHIN
    cells = (f"{median:.1f}", f"{worst:.1f}", "yes" if met else "NO")
    figures = {"median_s": round(median, 2), "worst_s": round(worst, 2), "met": met}
    return {"fault": row, "repetitions": len(times), "cells": cells} | figures


def chance(row: str, number: int) -> random.Random:
    """What a repetition draws from: the same in a run with the same seed."""
    return random.Random(f"{RUN.seed} {row} {number}")
