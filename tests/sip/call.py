"""A call as a test sees it, whoever placed it: wait, hear, press, hang up.

The two ways in are `outgoing.OutgoingCall` and `incoming.IncomingCall`. Every wait has a limit, and what it throws
tells the call's story: each message with its time, and what was heard.
"""

# A wait that fails here must tell the call's story, so each takes its limit itself instead of standing in a
# caller's `asyncio.timeout`.
# ruff: noqa: ASYNC109

from __future__ import annotations

from typing import Self

from .g711 import RATE, Samples
from .leg import Leg
from .listener import Heard
from .pacer import BEAT
from .tones import Pair


class Call(Leg):
    """One call; all that a test may do with it."""

    # --- waiting

    async def rung(self, timeout: float = 5) -> Self:
        """Wait for the ringing (180) or early media (183)."""
        await self._wait(self._rung, timeout, "to ring")
        if not self.rang:
            raise self._failed("never rang")
        return self

    async def answered(self, timeout: float = 5) -> Self:
        """Wait for the answer; raises `CallError` where the call is refused or nobody answers in time."""
        await self._wait(self._final, timeout, "to be answered")
        if self.status != 200:
            raise self._failed("was refused")
        return self

    async def refused(self, timeout: float = 5) -> int:
        """Wait for the refusal and return its SIP status."""
        await self._wait(self._final, timeout, "to be refused")
        if self.status is None or self.status < 300:
            raise self._failed("was answered instead of refused")
        return self.status

    async def ended(self, timeout: float = 5) -> Self:
        """Wait for the end, by either side or by refusal."""
        await self._wait(self._over, timeout, "to end")
        return self

    # --- sound

    async def hear(self, pair: Pair, timeout: float = 5) -> Heard:
        """Wait until ``pair`` is heard, 0.1–0.3 s after it begins.

        Each call of `hear` looks after the stretch that the last one found: hearing the same pair twice means that it
        began twice. For what still goes on there is `hearing`.
        """
        found = await self._media.hear(pair, timeout, self._over.is_set)
        if found is None:
            raise self._failed(f"did not hear {pair.name} within {timeout} s")
        return found

    @property
    def heard(self) -> list[Heard]:
        """Every stretch so far as (name of the pair, start, end), in seconds since the call began."""
        return self._media.heard

    @property
    def hearing(self) -> str | None:
        """The name of the pair that is heard at this moment."""
        return self._media.hearing

    @property
    def audio(self) -> Samples:
        """All sound so far: int16 at 8 kHz, sample 0 when the call began, silence where nothing came."""
        return self._media.audio

    @property
    def longest_pause(self) -> float:
        """The longest time in which not even silence came, in seconds; the harness's own lateness included."""
        return self._media.stream.assembly.longest_pause / RATE

    @property
    def spoken(self) -> float:
        """Seconds of sound that were sent so far: fewer than have passed, where the harness was too late."""
        return self._media.stream.sent * BEAT

    @property
    def digits(self) -> str:
        """The keys that the other side has pressed."""
        return self._media.stream.digits

    def speak(self, pair: Pair | None) -> None:
        """Speak another pair from now on, or be silent."""
        self._media.stream.speak(pair)

    async def press(self, digits: str, *, duration: float = 0.1, gap: float = 0.1) -> None:
        """Press keys (RFC 4733): each is held ``duration`` seconds and followed by ``gap`` seconds of voice."""
        if self._over.is_set():
            raise self._failed(f"had ended before {digits} was pressed")
        self._tell(f"pressed {digits}")
        await self._media.stream.press(digits, duration=duration, gap=gap)

    # --- ending

    async def hangup(self) -> None:
        """End the call, whatever state it is in; at once where it has ended already."""
        if not self._over.is_set():
            await self._hang_up()
            self._end("us")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.hangup()

    async def _hang_up(self) -> None:
        """By BYE, CANCEL or refusal, as the state of the call wants it."""
        raise NotImplementedError
