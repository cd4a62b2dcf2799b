"""What a bench found: one table for people, the same as JSON for machines."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from tests import tables

#: Where the figures of the last run are kept.
KEPT = tables.CACHE / "bench"
#: Few samples of a small company, for who wants to know that every row is made: ``BENCH_QUICK=1``.
QUICK = os.environ.get("BENCH_QUICK", "") not in ("", "0")

S = TypeVar("S")


def of_this_run(whole: S, *, quick: S) -> S:
    """What is measured, or so little of it that its figures say nothing."""
    return quick if QUICK else whole


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. ``ratio`` is what the goal speaks of; ``met`` is ``None`` where there is no goal."""

    what: str
    goal: str
    figure: str
    ratio: str = ""
    met: bool | None = None


def at_most(what: str, goal: str, milliseconds: float, base: float, limit: float) -> Row:
    """A time against ``limit`` times ``base``."""
    return Row(what, goal, ms(milliseconds), f"{milliseconds / base:.2f}", milliseconds <= limit * base)


def ms(milliseconds: float) -> str:
    """As a person reads it."""
    return f"{milliseconds:.2f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


async def timed(act: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds that it took."""
    started = time.perf_counter()
    await act()
    return (time.perf_counter() - started) * 1000


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def show(title: str, name: str, rows: Sequence[Row], *, needed: Sequence[str] = ()) -> None:
    """Print the table and write it to ``.cache/bench/NAME.json``, or ``NAME-quick.json``.

    Whatever was measured, each of ``needed`` is the end of what some row is about.
    """
    cells = [("what", "goal", "figure", "ratio", "met"), *((r.what, r.goal, r.figure, r.ratio, _met(r)) for r in rows)]
    kept = KEPT / f"{name}-quick.json" if QUICK else KEPT / f"{name}.json"
    tables.show(title, kept, cells, [asdict(row) for row in rows])
    written = [row["what"] for row in json.loads(kept.read_text())["rows"] if row["figure"]]
    assert not [end for end in needed if not any(what.endswith(end) for what in written)]
    assert len(written) == len(rows)


def _met(row: Row) -> str:
    return "" if row.met is None else "yes" if row.met else "NO"
