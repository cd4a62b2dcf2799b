"""Where the connection stands, since when and why; for `/readyz`, the pages and whoever waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from vaxelflode.errors import PbxLoginRefused, PbxUnavailable


class ConnectionState(StrEnum):
    """`booting`: logged in, but Asterisk has not said FullyBooted, so its empty answers mean nothing yet."""

    CONNECTED = "connected"
    BOOTING = "booting"
    LOST = "lost"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Status:
    """`since` is UTC; `reason` is one plain sentence for administrators, without secrets.

    `reached` is whether the PBX has ever been there since we began; what never was cannot be lost.
    """

    state: ConnectionState
    since: datetime
    reason: str
    reached: bool = True

    @property
    def word(self) -> str:
        """The state as it is told."""
        return "not reached yet" if self.state is ConnectionState.LOST and not self.reached else str(self.state)

    def __str__(self) -> str:
        """As `lost since 2027-03-16 10:42:07 UTC: the PBX closed the connection`."""
        began = "" if self.reached else "the start at "
        return f"{self.word} since {began}{self.since:%Y-%m-%d %H:%M:%S} UTC: {self.reason}"


StateCallback = Callable[[Status], None]


class StateBoard:
    """Holds the present status and tells those who wait for another."""

    def __init__(self) -> None:
        self.status = Status(ConnectionState.LOST, datetime.now(UTC), "not connected yet", reached=False)
        self._changed = asyncio.Event()
        self._callbacks: list[StateCallback] = []

    def on_change(self, callback: StateCallback) -> Callable[[], None]:
        """Call back after every change, from the event loop; returns the removal. A raising callback harms no other."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def enter(self, state: ConnectionState, reason: str) -> None:
        """Take the new state; `since` is kept while only the reason differs."""
        reached = self.status.reached or state is not ConnectionState.LOST
        since = self.status.since if state is self.status.state else datetime.now(UTC)
        self.status = Status(state, since, reason, reached)
        self._changed.set()
        self._changed = asyncio.Event()
        for callback in self._callbacks:
            asyncio.get_running_loop().call_soon(callback, self.status)

    async def wait_connected(self, limit: float) -> None:
        """Wait for `connected`; PbxLoginRefused as soon as we are refused, PbxUnavailable after `limit` seconds."""
        try:
            async with asyncio.timeout(limit):
                while self.status.state is not ConnectionState.CONNECTED:
                    self.raise_if_refused()
                    await self._changed.wait()
        except TimeoutError as err:
            raise self.unavailable() from err

    def raise_if_refused(self) -> None:
        """Raise PbxLoginRefused when the PBX does not take our secret."""
        if self.status.state is ConnectionState.REFUSED:
            raise PbxLoginRefused(self.status.reason)

    def unavailable(self) -> PbxUnavailable:
        """The error that says why nothing can be asked now; nothing was sent."""
        return PbxUnavailable(f"{self.status.word}: {self.status.reason}", state=str(self.status.state), sent=False)
