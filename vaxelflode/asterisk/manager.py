"""panoramisk's Manager without a will of its own.

As it stands it logs in, pings, reconnects and sends again by callbacks and tasks that nobody owns. Here it opens the
connection, numbers the actions and sends them; :mod:`vaxelflode.asterisk.connection` owns the rest.
"""

from __future__ import annotations

import asyncio

from panoramisk import Manager
from panoramisk.utils import IdGenerator

from vaxelflode.asterisk.account import AmiAccount
from vaxelflode.asterisk.action import GatewayAction
from vaxelflode.asterisk.events import EventBoard
from vaxelflode.asterisk.limits import Limits
from vaxelflode.asterisk.message import Message
from vaxelflode.asterisk.protocol import GatewayProtocol
from vaxelflode.asterisk.wire import Fields
from vaxelflode.errors import PbxUnavailable


class GatewayManager(Manager):  # type: ignore[misc]  # panoramisk carries no types
    """Opens connections with our protocol.

    The account's name and secret are not given to panoramisk, which would log in by itself and ignore a refusal.
    """

    protocol: GatewayProtocol | None

    def __init__(self, account: AmiAccount, events: EventBoard, limits: Limits) -> None:
        # The prefix is a fresh uuid4: no caller, and no other AMI user, can guess an ActionID of ours.
        self._ids = IdGenerator("vx")
        prefix = f"{self._ids.prefix}/{self._ids.uid}"
        super().__init__(
            host=account.host, port=account.port, protocol_factory=lambda: GatewayProtocol(events, prefix, limits)
        )
        self._limits = limits

    async def open(self) -> GatewayProtocol:
        """Connect once; PbxUnavailable when there is no connection within the limit."""
        task: asyncio.Task[object] = self.connect()
        where = f"{self.config['host']}:{self.config['port']}"
        try:
            async with asyncio.timeout(self._limits.connect):
                await task
        except TimeoutError as err:
            raise PbxUnavailable(f"no connection to {where} within {self._limits.connect:g} s", sent=False) from err
        except OSError as err:
            raise PbxUnavailable(f"no connection to {where}: {err.strerror or err}", sent=False) from err
        assert self.protocol is not None  # noqa: S101 - connection_made ran before the task that awaits it
        return self.protocol

    def connection_made(self, f: asyncio.Task[object]) -> None:
        """The connecting task's callback. A failure is `open`'s to tell; panoramisk would begin a retry of its own."""
        if f.cancelled() or f.exception() is not None:
            return
        super().connection_made(f)
        self.pinger.cancel()

    def connection_lost(self, exc: object) -> None:
        """Nothing: panoramisk would reconnect here, and send again what was not answered."""

    async def send_awaiting_actions(self, *_: object) -> None:
        """Nothing is ever sent again."""

    def action(self, name: str, fields: Fields, complete: str = "") -> GatewayAction:
        """A new action with an ActionID of ours; raises UnsafeField."""
        return GatewayAction(name, fields, self._ids, complete, self._limits)

    def require_room(self) -> None:
        """PbxUnavailable when too much waits for an answer, or to be read. Our own login and ping ask for no room."""
        if self.protocol is None:
            return
        if (waiting := len(self.protocol.responses)) >= self._limits.pending_actions:
            raise PbxUnavailable(f"{waiting} actions wait for an answer", sent=False)
        if (unsent := self.protocol.unsent) >= self._limits.unsent_bytes:
            raise PbxUnavailable(f"the PBX does not read: {unsent} bytes wait", sent=False)

    @property
    def unanswered(self) -> list[GatewayAction]:
        """What was asked and not answered yet, in order."""
        return list(self.protocol.responses.values()) if self.protocol else []

    @property
    def heard(self) -> int:
        """How many messages have answered us on this connection; 0 without one."""
        return self.protocol.heard if self.protocol else 0

    def begin(self, action: GatewayAction, limit: float) -> asyncio.Future[list[Message]]:
        """Send once; PbxUnavailable without a connection. Whoever begins waits at most `limit` seconds, and ends it."""
        if self.protocol is None:
            raise PbxUnavailable(f"{action.name}: there is no connection", sent=False)
        action.deadline = asyncio.get_running_loop().time() + limit
        answer: asyncio.Future[list[Message]] = self.send_action(action)
        return answer

    def end(self, action: GatewayAction) -> None:
        """Whoever began has the answer or gave up."""
        if self.protocol is not None:
            self.protocol.forget(action)

    async def ask(self, action: GatewayAction, limit: float) -> list[Message]:
        """Send once and wait at most `limit` seconds; PbxUnavailable or PbxRefused."""
        answer = self.begin(action, limit)
        try:
            async with asyncio.timeout(limit):
                return await answer
        except TimeoutError as err:
            raise PbxUnavailable(f"{action.name}: no answer within {limit:g} s", sent=True) from err
        finally:
            self.end(action)
