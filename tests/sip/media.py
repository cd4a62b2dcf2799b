"""What a call says and hears: an RTP stream with a listener at its ear."""

# A wait that fails here must tell the call's story, so each takes its limit itself instead of standing in a
# caller's `asyncio.timeout`.
# ruff: noqa: ASYNC109

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from .g711 import Samples
from .listener import Heard, Listener
from .rtp import RtpStream
from .sdp import Session
from .tones import Pair

_GLANCE: Final = 0.08  # seconds between two looks at what has come: two frames


class Media:
    """The sound of one call, both ways. Seconds count from the making of this object."""

    def __init__(self, host: str, speak: Pair | None, *, quiet: bool = False) -> None:
        self.stream = RtpStream(host, speak, quiet=quiet)
        self._listener = Listener()
        self._told = 0
        self._closed = False
        self.here = Session(self.stream.address)

    @property
    def audio(self) -> Samples:
        """All that was heard: mono, 16 bits, 8 kHz; sample 0 is the beginning of the call."""
        return self.stream.assembly.audio

    @property
    def heard(self) -> list[Heard]:
        """Each stretch of a pair so far, in order."""
        self._listen()
        return self._listener.heard

    @property
    def hearing(self) -> str | None:
        """The name of the pair that is heard now."""
        self._listen()
        return self._listener.hearing

    async def hear(self, pair: Pair, timeout: float, over: Callable[[], bool]) -> Heard | None:
        """Wait for the next stretch of ``pair`` that begins after the one told last; None when none comes.

        Gives up after ``timeout`` seconds, or when ``over()`` says that nothing more will come.
        """
        end = asyncio.get_running_loop().time() + timeout
        while True:
            last = over() or asyncio.get_running_loop().time() >= end
            for number, found in enumerate(self.heard[self._told :], self._told + 1):
                if found.name == pair.name:
                    self._told = number
                    return found
            if last:
                return None
            await asyncio.sleep(_GLANCE)

    def close(self) -> None:
        """Hear what is left and let go of the socket; may be called twice."""
        if not self._closed:
            self._closed = True
            self._listener.feed(self.stream.assembly.audio[self._listener.position :])
            self.stream.close()

    def _listen(self) -> None:
        if self._closed:
            return
        settled = self.stream.assembly.settled(self.stream.now)
        if settled > self._listener.position:
            self._listener.feed(self.stream.assembly.between(self._listener.position, settled))
