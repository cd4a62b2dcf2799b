"""Sending again what may have been lost (RFC 3261, 17: timers A, E and G, ended by B, F and H)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

T1 = 0.5
"""Estimated round trip in seconds (RFC 3261, 17.1.1.1)."""
T2 = 4.0
"""Longest pause between two sendings, in seconds."""
LIFETIME = 64 * T1
"""How long a transaction lives (timers B, F, H and J), in seconds."""


class Resending:
    """Sends now, then after T1, 2·T1, 4·T1 … (at most ``cap`` s apart) until stopped or ``limit`` s have passed."""

    def __init__(self, send: Callable[[], None], on_limit: Callable[[], None], *, cap: float, limit: float) -> None:
        self._send, self._on_limit, self._cap = send, on_limit, cap
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + limit
        self._pause = T1
        self._handle: asyncio.TimerHandle | None = None
        self._again()

    def _again(self) -> None:
        now = self._loop.time()
        if now >= self._end:
            self._on_limit()
            return
        self._send()
        self._handle = self._loop.call_at(min(now + self._pause, self._end), self._again)
        self._pause = min(2 * self._pause, self._cap)

    def stop(self) -> None:
        """Send no more; may be called twice."""
        if self._handle is not None:
            self._handle.cancel()
