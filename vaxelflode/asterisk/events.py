"""Events on their way from the socket to those who asked for them, through one bounded queue."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable

from vaxelflode.asterisk.message import Message

log = logging.getLogger(__name__)

EventCallback = Callable[[Message], None]
_BATCH = 200


class EventBoard:
    """Delivers each wanted event to its callbacks in order.

    When listeners fall `bound` events or `most` bytes behind, the queue is thrown away whole and `on_gap` callbacks run
    instead: a listener that missed something must read the state anew, and a part of the backlog would only deceive it.
    Every event is a hint from a hostile place: names and numbers in it may forge whole events. State is read by
    requests.
    """

    def __init__(self, bound: int, most: int = 16 * 1024 * 1024) -> None:
        self._bound = bound
        self._most = most
        self._queue: deque[tuple[Message, int]] = deque()
        self._bytes = 0
        self._waiting = asyncio.Event()
        self._callbacks: dict[str, list[EventCallback]] = {}
        self._gap_callbacks: list[Callable[[], None]] = []
        self._gap = False
        self.wanted: set[bytes] = set()
        self.dropped = 0
        #: How many of each have come; only of those that somebody has asked for.
        self.counts: Counter[str] = Counter()

    def on_event(self, name: str, callback: EventCallback) -> Callable[[], None]:
        """Call back for each event of exactly this name; returns its removal."""
        self._callbacks.setdefault(name, []).append(callback)
        self.wanted.add(name.encode())
        return lambda: self._remove(name, callback)

    def _remove(self, name: str, callback: EventCallback) -> None:
        self._callbacks[name].remove(callback)
        if not self._callbacks[name]:
            self.wanted.discard(name.encode())

    def on_gap(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when events were thrown away; returns its removal."""
        self._gap_callbacks.append(callback)
        return lambda: self._gap_callbacks.remove(callback)

    def offer(self, event: Message, size: int) -> None:
        """Queue an event, `size` bytes as it came, for delivery; never blocks the reader."""
        if len(self._queue) >= self._bound or (self._queue and self._bytes + size > self._most):
            self.dropped += len(self._queue)
            self._queue.clear()
            self._bytes = 0
            self._gap = True
        self.counts[event.event] += 1
        self._queue.append((event, size))
        self._bytes += size
        self._waiting.set()

    async def deliver(self) -> None:
        """Deliver until cancelled; the connection owns this task."""
        while True:
            await self._waiting.wait()
            self._deliver_batch()
            await asyncio.sleep(0)

    def _deliver_batch(self) -> None:
        # call_soon: a callback that raises is reported by the loop and stops neither the others nor the connection.
        loop = asyncio.get_running_loop()
        if self._gap:
            self._gap = False
            log.warning("AMI events came faster than they were taken; %d thrown away in all", self.dropped)
            for on_gap in self._gap_callbacks:
                loop.call_soon(on_gap)
        for _ in range(min(_BATCH, len(self._queue))):
            event, size = self._queue.popleft()
            self._bytes -= size
            for callback in self._callbacks.get(event.event, ()):
                loop.call_soon(callback, event)
        if not self._queue:
            self._waiting.clear()
