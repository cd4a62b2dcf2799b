"""The heartbeat of all calls: one timer of 20 ms, not one a call.

At each beat the sockets that have something are read dry (found by one ``select``), then every stream sends its packet.
Fifty calls thus cost the event loop one wake-up in 20 ms instead of 5,000 a second. There is one pacer an event loop;
it beats while it has streams and owns no task.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
from collections import deque
from typing import ClassVar, Final, Protocol
from weakref import WeakKeyDictionary

BEAT: Final = 0.02
"""Seconds between two packets of a stream."""
_LAPSE: Final = 0.2  # seconds: a beat that is later than this is remembered
_CATCH_UP: Final = 5  # beats that a late pacer makes good at once; what is older is not sent at all


class Stream(Protocol):
    """What the pacer drives."""

    @property
    def socket(self) -> socket.socket:
        """A non-blocking socket."""

    def read(self) -> None:
        """Take in all that has come."""

    def send(self, beat: int) -> None:
        """Send the packet of that beat."""


class Pacer:
    """Beats for the streams that have joined; ``worst_delay`` is how late a beat has been at most, in seconds."""

    _of_loop: ClassVar[WeakKeyDictionary[asyncio.AbstractEventLoop, Pacer]] = WeakKeyDictionary()

    def __init__(self) -> None:
        self.worst_delay = 0.0
        self._lapses: deque[tuple[float, float]] = deque(maxlen=1000)  # when a late beat came, and how late
        self.beat = 0
        self._start = asyncio.get_running_loop().time()
        self._streams: dict[Stream, None] = {}
        self._selector: selectors.BaseSelector | None = None
        self._handle: asyncio.TimerHandle | None = None

    @classmethod
    def current(cls) -> Pacer:
        """The pacer of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in cls._of_loop:
            cls._of_loop[loop] = cls()
        return cls._of_loop[loop]

    @property
    def clock(self) -> float:
        """The time in beats, whether the pacer beats or not."""
        return (asyncio.get_running_loop().time() - self._start) / BEAT

    def worst_since(self, time: float) -> float:
        """How late a beat has been at most since ``time`` (the loop's), in seconds; 0 for what nobody notices."""
        return max((delay for at, delay in self._lapses if at >= time), default=0.0)

    def join(self, stream: Stream) -> None:
        """Drive ``stream`` from the next beat on."""
        if self._selector is None:
            self._selector = selectors.DefaultSelector()
            self.beat = int(self.clock)
            self._schedule()
        if stream not in self._streams:
            self._selector.register(stream.socket, selectors.EVENT_READ, stream)
            self._streams[stream] = None

    def leave(self, stream: Stream) -> None:
        """Drive it no more; the last one to leave stops the pacer."""
        if self._selector is None or stream not in self._streams:
            return
        self._selector.unregister(stream.socket)
        del self._streams[stream]
        if not self._streams:
            self._selector.close()
            self._selector = None
            if self._handle is not None:
                self._handle.cancel()

    def _schedule(self) -> None:
        self._handle = asyncio.get_running_loop().call_at(self._start + (self.beat + 1) * BEAT, self._tick)

    def _tick(self) -> None:
        clock = self.clock
        due = int(clock + 1e-4)  # the loop may call a trifle early
        delay = (clock - self.beat - 1) * BEAT
        self.worst_delay = max(self.worst_delay, delay)
        if delay > _LAPSE:
            self._lapses.append((asyncio.get_running_loop().time(), delay))
        first = max(self.beat + 1, due - _CATCH_UP + 1)
        self.beat = max(due, self.beat)
        self._schedule()
        if self._selector is not None:
            for key, _ in self._selector.select(0):
                key.data.read()
        for beat in range(first, self.beat + 1):
            for stream in self._streams:
                stream.send(beat)
