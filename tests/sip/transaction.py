"""SIP transactions over UDP (RFC 3261, 17): what is lost is sent again, what comes twice is handled once.

No tasks: a transaction is a timer handle and a callback, all owned by `Transactions`, which ends them in ``close``.
A request that nobody answers counts as answered with 408, as RFC 3261, 8.1.3.1 has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from .address import Address
from .dialog import refusal_ack_of
from .message import Request, Response
from .resending import LIFETIME, T2, Resending
from .transport import Transport

OnResponse = Callable[[Response], None]
OnRequest = Callable[[Request, Address], None]


@dataclass(slots=True)
class InviteClient:
    """An INVITE on its way: ``on_response`` sees each provisional and the first final response."""

    request: Request
    to: Address
    on_response: OnResponse
    acknowledgement: Request | None = None
    final: bool = False


@dataclass(slots=True)
class _Answered:
    """A request that came in, and what it was answered with last."""

    born: float
    response: Response | None = None


@dataclass(slots=True)
class Transactions:
    """All transactions of one socket. ``on_request`` sees each request once, and every ACK."""

    transport: Transport
    on_request: OnRequest
    _waiting: dict[tuple[str, str], OnResponse] = field(default_factory=dict)
    _resending: dict[tuple[str, str], Resending] = field(default_factory=dict)
    _answered: dict[tuple[str, str, str], _Answered] = field(default_factory=dict)
    _unacknowledged: dict[tuple[str, int], Resending] = field(default_factory=dict)

    async def request(self, request: Request, to: Address, limit: float = LIFETIME) -> Response:
        """Send anything but INVITE and ACK, and return the final response: 408 after ``limit`` seconds of silence."""
        key = (request.branch, request.method)
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

        def settle(response: Response) -> None:
            if response.status >= 200 and not answer.done():
                answer.set_result(response)

        self._start(key, request, to, settle, cap=T2, limit=limit)
        try:
            return await answer
        finally:
            self._forget(key)

    def invite(self, request: Request, to: Address, on_response: OnResponse) -> InviteClient:
        """Send an INVITE; `forget` it when its call has ended."""
        client = InviteClient(request, to, on_response)
        key = (request.branch, "INVITE")
        # Resending is doubled without a cap (timer A), unlike other methods'.
        self._start(key, request, to, lambda response: self._invited(client, response), cap=LIFETIME, limit=LIFETIME)
        return client

    def acknowledge(self, client: InviteClient, ack: Request) -> None:
        """Send the ACK of a 2xx, and again for each time the 2xx is repeated."""
        client.acknowledgement = ack
        self.transport.send(ack, client.to)

    def forget(self, client: InviteClient) -> None:
        """Drop what still comes for this INVITE."""
        self._forget((client.request.branch, "INVITE"))

    def respond(self, request: Request, response: Response, to: Address) -> None:
        """Answer; a final answer to an INVITE is repeated until its ACK comes (timer G)."""
        kept = self._answered.get(_key(request))
        if kept is not None:
            kept.response = response
        if request.method != "INVITE" or response.status < 200:
            self.transport.send(response, to)
            return
        key = (request.call_id, request.cseq[0])

        def give_up() -> None:
            self._unacknowledged.pop(key, None)

        self._unacknowledged[key] = Resending(
            lambda: self.transport.send(response, to), give_up, cap=T2, limit=LIFETIME
        )

    def receive(self, message: Request | Response, source: Address) -> None:
        """What the socket brings."""
        if isinstance(message, Response):
            waiting = self._waiting.get((message.branch, message.cseq[1]))
            if waiting is not None:
                waiting(message)
        elif message.method == "ACK":
            resending = self._unacknowledged.pop((message.call_id, message.cseq[0]), None)
            if resending is not None:
                resending.stop()
                self.on_request(message, source)
        else:
            self._incoming(message, source)

    def close(self) -> None:
        """Stop all timers."""
        for resending in [*self._resending.values(), *self._unacknowledged.values()]:
            resending.stop()
        self._waiting.clear()
        self._resending.clear()
        self._unacknowledged.clear()

    def _start(
        self, key: tuple[str, str], request: Request, to: Address, on_response: OnResponse, *, cap: float, limit: float
    ) -> None:
        self._waiting[key] = on_response
        silence = request.reply(408, reason="Nobody Answered")
        self._resending[key] = Resending(
            lambda: self.transport.send(request, to), lambda: on_response(silence), cap=cap, limit=limit
        )

    def _forget(self, key: tuple[str, str]) -> None:
        self._waiting.pop(key, None)
        resending = self._resending.pop(key, None)
        if resending is not None:
            resending.stop()

    def _invited(self, client: InviteClient, response: Response) -> None:
        self._resending[client.request.branch, "INVITE"].stop()
        if response.status >= 300:
            self.transport.send(refusal_ack_of(client.request, response), client.to)
        if not client.final:
            client.final = response.status >= 200
            client.on_response(response)
        elif client.acknowledgement is not None and response.status < 300:
            self.transport.send(client.acknowledgement, client.to)

    def _incoming(self, request: Request, source: Address) -> None:
        now = asyncio.get_running_loop().time()
        while self._answered and next(iter(self._answered.values())).born < now - LIFETIME:
            del self._answered[next(iter(self._answered))]  # the oldest stands first
        kept = self._answered.get(_key(request))
        if kept is None:
            self._answered[_key(request)] = _Answered(now)
            self.on_request(request, source)
        elif kept.response is not None:
            self.transport.send(kept.response, source)


def _key(request: Request) -> tuple[str, str, str]:
    return request.branch, request.sent_by, request.method
