"""Those who call: each is held in a step while revisions go live, and then led on to another place."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tests.crowd.stages import AGENT, PLACES, Group
from tests.sip import CallError, OutgoingCall, Pacer

#: Seconds by which a step may seem longer or shorter on a machine that is busy with other things; every step whose
#: length is judged is longer, so one that was left out or begun again is found all the same.
SLACK = 2.5
#: Seconds in which somebody who is led on must hear where to.
LED_WITHIN = 20.0
_WRONG_KEY = "9"
#: Seconds until somebody who has come to another place hangs up.
_STAY = 1.0


@dataclass
class Caller:
    """One call. Times are in seconds since it began, as in what it heard; ``spoken`` is how much sound was sent until
    it was in its place, and until the key was pressed.
    """

    group: Group
    call: OutgoingCall
    number: str
    began: float
    pressed: float | None = None
    erred: float | None = None
    spoken: tuple[float, float] = (0.0, 0.0)
    failed: str = ""

    @property
    def slack(self) -> float:
        """:data:`SLACK`, and how late the harness was."""
        return SLACK + self.lateness

    @property
    def lateness(self) -> float:
        """How late the harness itself has been during the call."""
        return Pacer.current().worst_since(self.began)

    async def err(self) -> None:
        """Press a key that leads nowhere."""
        self.erred = self.call.seconds
        await self.call.press(_WRONG_KEY)

    async def led_on(self, seconds: float) -> None:
        """Press the key, if one leads on, wait for at most so long until another place is heard, and hang up."""
        try:
            if self.group.key:
                self.pressed, self.spoken = self.call.seconds, (self.spoken[0], self.call.spoken)
                await self.call.press(self.group.key)
            await self._arrived(seconds)
            await asyncio.sleep(_STAY)
            await self.call.hangup()
        except CallError as err:
            self.failed = str(err)

    async def _arrived(self, seconds: float) -> None:
        names = {AGENT.name} if self.group.answered else {voice.name for voice in PLACES.values()}
        until = asyncio.get_running_loop().time() + seconds
        while not names & {h.name for h in self.call.heard} and asyncio.get_running_loop().time() < until:
            if self.call.is_over:
                return
            await asyncio.sleep(0.3)
