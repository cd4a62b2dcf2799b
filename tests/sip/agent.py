"""A user agent: one SIP socket, the calls on it, and what it does with strangers' requests."""

# A wait that fails here must tell the call's story, so each takes its limit itself instead of standing in a
# caller's `asyncio.timeout`.
# ruff: noqa: ASYNC109

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import ClassVar, Self

from .address import SIP_PORT, Address, Uri
from .call import Call
from .dialog import ALLOW, Dialog
from .digest import Credentials
from .incoming import IncomingCall, Policy, answer_after
from .media import Media
from .message import Request
from .outgoing import OutgoingCall
from .subscription import Lamp
from .tones import Pair
from .transaction import Transactions
from .transport import Transport


class UserAgent:
    """Places calls as a trunk would, and takes those sent to its address. Make one with `create`.

    ``policy`` decides what happens to calls that come in; ``speak`` is the voice that they hear. Whoever answers at one
    address for many says so by ``takes``.
    """

    most_calls: ClassVar[int] = 2000
    """Calls that an agent remembers having got; a test that needs more is mistaken."""

    def __init__(self, transport: Transport, *, speak: Pair | None = None, policy: Policy | None = None) -> None:
        self.policy = policy or answer_after(0)
        self.speak = speak
        self.calls: list[IncomingCall] = []
        """All calls that have come, in order, those that have ended among them."""
        self.notifications: deque[Request] = deque(maxlen=200)
        """The latest NOTIFY requests outside calls (waiting messages, for one)."""
        self.transport = transport
        self._transactions = Transactions(transport, self._on_request)
        transport.deliver_to(self._transactions.receive)
        self._by_dialog: dict[tuple[str, str], Call | Lamp] = {}
        self._taken = 0
        self._came = asyncio.Event()
        self._closed = False

    @classmethod
    async def create(
        cls, host: str = "127.0.0.1", port: int = 0, *, speak: Pair | None = None, policy: Policy | None = None
    ) -> Self:
        """Open the socket; raises OSError where the port is taken."""
        return cls(await Transport.bind(host, port), speak=speak, policy=policy)

    @property
    def address(self) -> Address:
        """Where we listen."""
        return self.transport.address

    async def call(
        self,
        target: str,
        to: Address,
        caller: str = "anonymous",
        *,
        caller_name: str = "",
        caller_host: str = "",
        headers: Mapping[str, str] | None = None,
        speak: Pair | None = None,
        quiet: bool = False,
        credentials: Credentials | None = None,
    ) -> OutgoingCall:
        """Send an INVITE to ``target`` (a user part such as ``+46101022290``) at the address ``to``; do not wait.

        ``caller_host`` is what stands for our address in the From, such as ``anonymous.invalid`` (RFC 3323).
        Who is ``quiet`` sends little but keys, for hundreds of calls at once.
        """
        host, port = (caller_host, SIP_PORT) if caller_host else self.address
        dialog = Dialog.outgoing(self.address, to, Uri(target, *to), local=Uri(caller, host, port), display=caller_name)
        media = Media(self.address[0], speak, quiet=quiet)
        call = OutgoingCall(self._transactions, dialog, media, headers=headers or {}, credentials=credentials)
        self._remember(call)
        return call

    def takes(self, request: Request) -> tuple[Policy, Pair | None]:
        """How a call that comes is dealt with, and the voice that it hears."""
        return self.policy, self.speak

    async def next_call(self, timeout: float = 5) -> IncomingCall:
        """The next call that came and was not returned before; raises TimeoutError when none comes."""
        async with asyncio.timeout(timeout):
            while self._taken == len(self.calls):
                self._came.clear()
                await self._came.wait()
        self._taken += 1
        return self.calls[self._taken - 1]

    async def close(self) -> None:
        """Hang up all calls and let go of the socket; may be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            await asyncio.gather(*(call.hangup() for call in list(self._by_dialog.values())))
        finally:
            self._transactions.close()
            await self.transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _remember(self, call: Call | Lamp) -> None:
        for key in [key for key, old in self._by_dialog.items() if old.is_over]:
            del self._by_dialog[key]
        self._by_dialog[call.dialog.call_id, call.dialog.local_tag] = call

    def _on_request(self, request: Request, source: Address) -> None:
        call = self._by_dialog.get((request.call_id, request.recipient.tag))
        if call is not None and not call.is_over:
            call.on_request(request, source)
        elif request.method != "ACK":
            self._on_stranger(request, source)

    def _on_stranger(self, request: Request, source: Address) -> None:
        in_dialog = bool(request.recipient.tag)
        if request.method == "INVITE" and not in_dialog:
            self._on_invite(request, source)
        elif request.method == "CANCEL":
            came = (call for call in self.calls[::-1] if not call.is_over)
            if not any(call.cancelled_by(request, source) for call in came):
                self._refuse(request, 481, source)
        elif request.method in {"OPTIONS", "NOTIFY"} and not in_dialog:
            if request.method == "NOTIFY":
                self.notifications.append(request)
            self._refuse(request, 200, source)
        else:
            self._refuse(request, 481 if in_dialog else 405, source)

    def _on_invite(self, request: Request, source: Address) -> None:
        if self._closed or len(self.calls) >= self.most_calls:
            self._refuse(request, 503, source)
            return
        policy, voice = self.takes(request)
        call = IncomingCall(self._transactions, request, source, Media(self.address[0], voice))
        self._remember(call)
        self.calls.append(call)
        self._came.set()
        call.follow(policy)

    def _refuse(self, request: Request, status: int, source: Address) -> None:
        response = request.reply(status, tag="vx")
        response.headers.add("Allow", ALLOW)
        self._transactions.respond(request, response, source)
