"""panoramisk's AMI protocol, hardened: framing in bytes, names before parsing, answers only to our own ActionIDs.

What it inherits: the connection's life in asyncio, the table of pending responses, the transport. What it replaces:
reading (UTF-8 was cut between reads, repeated headers raised, the buffer had no bound), matching (by anybody's
ActionID) and closing (unanswered actions were queued to be sent again; here they fail, and nothing is ever replayed).
"""

from __future__ import annotations

import asyncio

from panoramisk.ami_protocol import AMIProtocol

from vaxelflode.asterisk.action import GatewayAction
from vaxelflode.asterisk.events import EventBoard
from vaxelflode.asterisk.limits import Limits
from vaxelflode.asterisk.wire import Framer, Oversize, decode
from vaxelflode.errors import PbxUnavailable

_BANNER = b"Asterisk Call Manager/"
_EVENT = b"Event: "
_RESPONSE = b"Response: "
_FULLY_BOOTED = b"FullyBooted"


class GatewayProtocol(AMIProtocol):  # type: ignore[misc]  # panoramisk carries no types
    """One connection, used once. `lost` ends with the reason, `booted` when Asterisk says FullyBooted."""

    version: str | None

    def __init__(self, events: EventBoard, id_prefix: str, limits: Limits) -> None:
        self._events = events
        self._mine = f"\r\nActionID: {id_prefix}/".encode()
        self._framer = Framer(limits.message_bytes)
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[str] = loop.create_future()
        self.booted: asyncio.Future[None] = loop.create_future()
        self.responses: dict[str, GatewayAction] = {}
        self.closed = False
        #: How many messages were answers to what we asked.
        self.heard = 0

    def send(self, data: GatewayAction, as_list: bool | None = None) -> asyncio.Future[list[object]]:
        """Send an action; PbxUnavailable, and nothing sent, when the connection is gone."""
        del as_list  # panoramisk's hint; the action knows its own end
        if self.closed or self.transport.is_closing():
            raise PbxUnavailable(f"{data.name}: the connection is gone", sent=False)
        self.responses[data["ActionID"]] = data
        self.transport.write(data.payload)
        future: asyncio.Future[list[object]] = data.future
        return future

    @property
    def unsent(self) -> int:
        """Bytes that the peer has not taken yet. Whoever gave up waiting has left theirs here."""
        return int(self.transport.get_write_buffer_size())

    def forget(self, action: GatewayAction) -> None:
        """Whoever asked has the answer or gave up; a late answer is dropped."""
        self.responses.pop(action["ActionID"], None)

    def data_received(self, data: bytes) -> None:
        """Cut what came into messages and take each; a message beyond the cap drops the connection."""
        if self.closed:
            return
        try:
            messages = self._framer.feed(data)
        except Oversize as err:
            self.drop(str(err))
            return
        for raw in messages:
            self.take(raw)

    def take(self, raw: bytes) -> None:
        """One whole message. An event is looked at by its name alone until somebody wants it."""
        if raw.startswith(_EVENT):
            self._take_event(raw)
        elif raw.startswith(_RESPONSE):
            self._take_response(raw)
        elif raw.startswith(b"\r\n"):
            self.take(raw.lstrip(b"\r\n"))
        elif self.version is None and raw.startswith(_BANNER):
            banner, _, rest = raw.partition(b"\r\n")
            self.version = banner.removeprefix(_BANNER).decode("ascii", "replace")
            self.take(rest)

    def _take_event(self, raw: bytes) -> None:
        name, _, _ = raw[len(_EVENT) :].partition(b"\r\n")
        if self._mine in raw:
            event = decode(raw)
            action = self.responses.get(event.get("ActionID"))
            if action is not None:
                self.heard += 1
                action.collect(raw, event)
        elif name in self._events.wanted:
            self._events.offer(decode(raw), len(raw))
        if name == _FULLY_BOOTED and not self.booted.done():
            self.booted.set_result(None)

    def _take_response(self, raw: bytes) -> None:
        # Asterisk writes the ActionID right after the Response line; anywhere else it is part of somebody's text.
        head = raw.split(b"\r\n", 2)
        if len(head) > 1 and self._mine[2:] in head[1]:
            action = self.responses.get(head[1].removeprefix(b"ActionID: ").decode("ascii", "replace"))
            if action is not None:
                self.heard += 1
                action.answer(decode(raw))

    def drop(self, reason: str) -> None:
        """End the connection now. Everything unanswered fails, and may or may not have been done by the PBX."""
        if self.closed:
            return
        self.closed = True
        self.transport.abort()  # close() would first wait for a peer that may never read
        if not self.lost.done():
            self.lost.set_result(reason)
        waiting, self.responses = self.responses, {}
        for action in waiting.values():
            action.fail(PbxUnavailable(f"{action.name}: the connection was lost ({reason})", sent=True))

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio says that the connection is gone."""
        self.drop(str(exc) if exc else "the PBX closed the connection")

    def close(self) -> None:
        """panoramisk's way to end a connection."""
        self.drop("closed by us")
