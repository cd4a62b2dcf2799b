"""How long to wait before the next try: doubling, with jitter, never above a cap."""

from __future__ import annotations

from random import SystemRandom

_random = SystemRandom()


class Backoff:
    """Delays in seconds: `first`, twice that, … up to `most`, each times 0.5–1.0.

    The jitter keeps many nodes from knocking in step.
    """

    def __init__(self, first: float, most: float) -> None:
        self._first = first
        self._most = most
        self._next = first

    def delay(self) -> float:
        """The next delay; the one after is twice as long, until the cap."""
        base = self._next
        self._next = min(self._most, base * 2)
        return base * _random.uniform(0.5, 1.0)

    def reset(self) -> None:
        """Begin again from the shortest."""
        self._next = self._first
