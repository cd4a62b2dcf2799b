"""What became of a change, and how somebody waits to hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from vaxelflode.domain.change import State


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change: ``live`` after ``ms`` milliseconds, or ``rejected`` for a reason."""

    state: State
    reason: str | None = None
    ms: int | None = None


class Watch:
    """Somebody waits to hear what becomes of one change."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._told: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def tell(self, outcome: Outcome) -> None:
        """It is decided."""
        if not self._told.done():
            self._told.set_result(outcome)

    async def outcome(self, limit: float) -> Outcome | None:
        """What became of it, waiting at most ``limit`` seconds; ``None``: not decided yet."""
        self._wake()
        try:
            async with asyncio.timeout(limit):
                return await asyncio.shield(self._told)
        except TimeoutError:
            return None
