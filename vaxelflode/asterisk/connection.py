"""One AMI connection that keeps itself alive: log in, wait for FullyBooted, ping, and begin again when it is lost.

    async with AmiConnection(account) as ami:
        await ami.wait_connected(10)
        answer = await ami.request("Ping")

In flight at a drop means failed; nothing is ever sent twice. It holds no knowledge of what is asked: that is in
`dialplan`, `queues`, `voicemail` and `core`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import NoReturn, Self

from vaxelflode.asterisk.account import AmiAccount
from vaxelflode.asterisk.backoff import Backoff
from vaxelflode.asterisk.events import EventBoard, EventCallback
from vaxelflode.asterisk.limits import Limits
from vaxelflode.asterisk.login import log_in
from vaxelflode.asterisk.manager import GatewayManager
from vaxelflode.asterisk.message import Message
from vaxelflode.asterisk.protocol import GatewayProtocol
from vaxelflode.asterisk.pulse import Pulse
from vaxelflode.asterisk.state import ConnectionState, StateBoard, StateCallback, Status
from vaxelflode.asterisk.wire import Fields
from vaxelflode.asterisk.witness import reloading
from vaxelflode.errors import PbxLoginRefused, PbxRefused, PbxUnavailable

log = logging.getLogger(__name__)

ANSWER_LIMIT = 5.0


class AmiConnection:
    """Owns the socket and two tasks (`ami-<username>`, `ami-<username>-events`); made and used in one event loop."""

    def __init__(self, account: AmiAccount, limits: Limits | None = None) -> None:
        self.account = account
        self._limits = limits or Limits()
        self._board = StateBoard()
        self._events = EventBoard(self._limits.queued_events, self._limits.queued_bytes)
        self._manager = GatewayManager(account, self._events, self._limits)
        self._pulse = Pulse(self._manager, lambda: reloading(account, self._limits), self._limits)
        self._backoff = Backoff(self._limits.retry_first, self._limits.retry_most)
        self._refusals = Backoff(self._limits.retry_refused, self._limits.retry_refused)
        self._task: asyncio.Task[NoReturn] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.run(), name=f"ami-{self.account.username}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            if not self._task.cancelled():
                self._task.result()  # a defect of ours is not hidden

    @property
    def state(self) -> ConnectionState:
        """`connected`, `booting`, `lost` or `refused`."""
        return self._board.status.state

    @property
    def status(self) -> Status:
        """The state, since when (UTC) and why."""
        return self._board.status

    @property
    def event_counts(self) -> Mapping[str, int]:
        """How many events of each wanted name have come since the start."""
        return self._events.counts

    @property
    def events_dropped(self) -> int:
        """How many events were thrown away since the start because listeners fell behind."""
        return self._events.dropped

    def on_state(self, callback: StateCallback) -> Callable[[], None]:
        """Call back with every new status; returns the removal."""
        return self._board.on_change(callback)

    def on_event(self, name: str, callback: EventCallback) -> Callable[[], None]:
        """Call back, in order, for each event of exactly this name; returns the removal.

        Events are hints, and those of before the call are not told: see EventBoard.
        """
        return self._events.on_event(name, callback)

    def on_gap(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when events were thrown away, so that state must be read anew; returns the removal."""
        return self._events.on_gap(callback)

    async def wait_connected(self, limit: float) -> None:
        """Wait at most `limit` seconds for `connected`; PbxLoginRefused at once when refused, else PbxUnavailable."""
        await self._board.wait_connected(limit)

    async def request(self, action: str, fields: Fields | None = None, limit: float = ANSWER_LIMIT) -> Message:
        """Send one action and return its response.

        PbxRefused with the PBX's words when it says no; UnsafeField, nothing sent, for what AMI cannot carry;
        PbxUnavailable when there is no connection or no answer within `limit` seconds. The latter's field `sent` tells
        whether it may have been done all the same. Asterisk answers a connection's actions one after the other: what is
        asked behind a long reload waits for its end.
        """
        return (await self._ask(action, fields, "", limit))[0]

    async def request_list(
        self, action: str, fields: Fields | None = None, *, complete: str, limit: float = ANSWER_LIMIT
    ) -> list[Message]:
        """Send one action and return the events of its list, without the response and without the end named `complete`.

        Errors as in `request`. A success with Asterisk's words that there is nothing, and no list, is an empty list.
        A drop or the deadline in the middle is PbxUnavailable: half a list is no list.
        """
        return (await self._ask(action, fields, complete, limit))[1:-1]

    async def _ask(self, name: str, fields: Fields | None, complete: str, limit: float) -> list[Message]:
        action = self._manager.action(name, fields or {}, complete)
        self._board.raise_if_refused()
        if self.state is not ConnectionState.CONNECTED:
            raise self._board.unavailable()
        self._manager.require_room()
        return await self._manager.ask(action, limit)

    async def run(self) -> NoReturn:
        """Keep the connection until cancelled."""
        loop = asyncio.get_running_loop()
        delivery = loop.create_task(self._events.deliver(), name=f"ami-{self.account.username}-events")
        try:
            while True:
                delay = await self._once()
                await asyncio.sleep(delay)
        finally:
            delivery.cancel()
            self._board.enter(ConnectionState.LOST, "closed by us")

    async def _once(self) -> float:
        """One connection from beginning to end; returns how many seconds to wait before the next."""
        try:
            await self._session()
        except PbxLoginRefused as err:
            self._enter(ConnectionState.REFUSED, err.message)
            return self._refusals.delay()
        except (PbxUnavailable, PbxRefused) as err:  # a PBX that is shutting down refuses even a Ping
            self._enter(ConnectionState.LOST, err.message)
            return self._backoff.delay()
        finally:
            self._manager.close()

    async def _session(self) -> NoReturn:
        protocol = await self._manager.open()
        # Until Asterisk is booted we hear of nothing but itself: a caller's name could forge a FullyBooted.
        await log_in(self._manager, self.account, "system", self._limits.login)
        self._enter(ConnectionState.BOOTING, "logged in, waiting for FullyBooted")
        await self._until_booted(protocol)
        await self._manager.ask(self._manager.action("Events", {"EventMask": "on"}), self._limits.login)
        self._enter(ConnectionState.CONNECTED, "logged in and fully booted")
        connected_at = asyncio.get_running_loop().time()
        try:
            await self._keep_alive(protocol)
        finally:
            if asyncio.get_running_loop().time() - connected_at >= self._limits.steady:
                self._backoff.reset()

    async def _until_booted(self, protocol: GatewayProtocol) -> None:
        if not await _first(protocol.booted, protocol, self._limits.booted):
            raise PbxUnavailable(
                f"no FullyBooted within {self._limits.booted:g} s; does {self.account.username} have read=system?"
            )

    async def _keep_alive(self, protocol: GatewayProtocol) -> NoReturn:
        while True:
            await _first(None, protocol, self._limits.ping_every)
            await self._pulse.feel()

    def _enter(self, state: ConnectionState, reason: str) -> None:
        news = (state, reason) != (self.status.state, self.status.reason)
        self._board.enter(state, reason)
        if news:
            log.info("AMI %s is %s: %s", self.account.username, self.status.word, reason)


async def _first(wanted: asyncio.Future[None] | None, protocol: GatewayProtocol, limit: float) -> bool:
    """Whether `wanted` came within `limit` seconds; PbxUnavailable when the connection was lost meanwhile."""
    awaited: set[asyncio.Future[None] | asyncio.Future[str]] = {protocol.lost}
    if wanted is not None:
        awaited.add(wanted)
    await asyncio.wait(awaited, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
    if protocol.lost.done():
        raise PbxUnavailable(protocol.lost.result())
    return wanted is not None and wanted.done()
