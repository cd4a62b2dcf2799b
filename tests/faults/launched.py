"""``vaxelflode`` that ends itself by SIGKILL at a named point: ``python -m tests.faults.launched serve``.

The same process as ever but for its methods, each of which asks first whether this is the point. So the product itself
has nothing in it that could end it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults.points import CALLS, STEPS, VARIABLE, Order
from vaxelflode import bootstrap
from vaxelflode.applying import disk
from vaxelflode.applying.applier import Applier
from vaxelflode.applying.node import AmiPbx
from vaxelflode.applying.outcome import Watch
from vaxelflode.applying.store import Store
from vaxelflode.cli import main
from vaxelflode.storage import changes

Work = Callable[..., Any]


class Ordered:
    """The order that stands, and how often each point was come to since it was given."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._order = Order()
        self._turns: dict[str, int] = {}
        #: The steps that the store is at; of what several steps use, this tells whose it may be.
        self.steps: list[str] = []

    def now(self) -> Order:
        """As it stands; a new one is counted from its beginning."""
        if (order := Order.read(self._file)) != self._order:
            self._order, self._turns = order, {}
        return self._order

    def turn(self, point: str) -> int:
        """How often this point was come to."""
        self._turns[point] = self._turns.get(point, 0) + 1
        return self._turns[point]

    def reach(self, point: str) -> None:
        """The end of the process, if it is ordered here."""
        order = self.now()
        if order.at and order.at == point and self.turn(point) == order.turn:
            os.kill(os.getpid(), signal.SIGKILL)


def wrap(ordered: Ordered) -> None:
    """Put the points around what the product does."""
    for name in STEPS:
        setattr(Store, name, _step(ordered, name, getattr(Store, name)))
    disk.write = _amid(ordered, disk.write)
    disk.sync = _amid(ordered, disk.sync)
    Path.symlink_to = _amid(ordered, Path.symlink_to)  # type: ignore[method-assign]
    for name in {call.split()[0] for call in CALLS}:
        setattr(AmiPbx, name, _call(ordered, name, getattr(AmiPbx, name)))
    Watch.outcome = _around(ordered, Watch.outcome, before="after save")  # type: ignore[method-assign]
    changes.settle = _around(ordered, changes.settle, after="amid settle")
    Applier._settle = _around(  # type: ignore[method-assign]
        ordered, Applier._settle, before="before settle", after="after settle"
    )
    bootstrap.utc_now = lambda: dt.datetime.now(dt.UTC) + dt.timedelta(seconds=ordered.now().ahead)


def _step(ordered: Ordered, name: str, work: Work) -> Work:
    @functools.wraps(work)
    def wrapped(here: Store, *args: Any) -> Any:
        ordered.reach(f"before {name}")
        ordered.steps.append(name)
        try:
            found = work(here, *args)
        finally:
            ordered.steps.remove(name)
        if name == "switch" and ordered.now().spoil and ordered.turn("spoil") == 1:
            _spoil(here)
        ordered.reach(f"after {name}")
        return found

    return wrapped


def _spoil(here: Store) -> None:
    """What has become current ends in the middle."""
    file = here.directory / "current" / "extensions.conf"
    os.truncate(file, file.stat().st_size // 2)


def _amid(ordered: Ordered, work: Work) -> Work:
    """What several steps use: when it is done the step is half-way."""

    @functools.wraps(work)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        found = work(*args, **kwargs)
        for step in tuple(ordered.steps):
            ordered.reach(f"amid {step}")
        return found

    return wrapped


def _call(ordered: Ordered, name: str, work: Work) -> Work:
    @functools.wraps(work)
    async def wrapped(here: AmiPbx, *args: Any) -> Any:
        point = f"reload {args[0]}" if name == "reload" else name
        ordered.reach(f"before {point}")
        soon = asyncio.create_task(_soon(ordered, f"amid {point}"))
        try:
            found = await work(here, *args)
        finally:
            if not soon.done():  # on a busy machine the answer may be there before this process comes to its turn
                soon.cancel()
                ordered.reach(f"amid {point}")
        ordered.reach(f"after {point}")
        return found

    return wrapped


async def _soon(ordered: Ordered, point: str) -> None:
    """Come to a point when the request is on its way, and long before it is answered."""
    for _ in range(3):
        await asyncio.sleep(0)
    ordered.reach(point)


def _around(ordered: Ordered, work: Work, *, before: str = "", after: str = "") -> Work:
    @functools.wraps(work)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        ordered.reach(before)
        found = await work(*args, **kwargs)
        ordered.reach(after)
        return found

    return wrapped


if __name__ == "__main__":
    wrap(Ordered(Path(os.environ[VARIABLE])))
    main()
