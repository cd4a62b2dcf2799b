"""Calls that come to us: ringing, answer or refusal by a policy or by hand (RFC 3261, 13.3)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from .address import Address
from .call import Call
from .dialog import Dialog
from .headers import Headers
from .media import Media
from .message import Request
from .sdp import Session
from .transaction import Transactions

_ACK_LIMIT = 2.0  # seconds to wait for the ACK before a BYE is sent all the same


@dataclass(frozen=True, slots=True)
class Policy:
    """What a phone does with a call: rings if ``ring``, and after ``after`` seconds sends ``status`` (None: never)."""

    status: int | None
    after: float = 0.0
    ring: bool = True


def answer_after(seconds: float) -> Policy:
    """Ring, and answer after so many seconds."""
    return Policy(200, seconds)


def ring_only() -> Policy:
    """Ring until the caller gives up."""
    return Policy(None)


def reject(status: int, after: float = 0.0) -> Policy:
    """Refuse with that SIP status; ring first where it takes time."""
    return Policy(status, after, ring=after > 0)


def busy() -> Policy:
    """486."""
    return reject(486)


def decline() -> Policy:
    """603."""
    return reject(603)


class IncomingCall(Call):
    """A call from the moment its INVITE came. ``caller`` and ``called`` are user parts, without the host."""

    def __init__(self, transactions: Transactions, request: Request, source: Address, media: Media) -> None:
        super().__init__(transactions, Dialog.incoming(transactions.transport.address, source, request), media)
        self.caller = request.sender.uri.user
        self.caller_name = request.sender.display
        self.called = request.recipient.uri.user
        self.headers: Headers = request.headers
        self._invite, self._source = request, source
        self._offer = Session.parse(request.body)
        self._acknowledged = asyncio.Event()
        self._policy: asyncio.TimerHandle | None = None
        self._tell(request)
        self._respond(100)

    def follow(self, policy: Policy) -> None:
        """Do what the policy says, now and when its time comes."""
        if policy.ring:
            self._respond(180)
            self._ring()
        if policy.status is not None:
            loop = asyncio.get_running_loop()
            self._policy = loop.call_later(policy.after, self._finish, policy.status)

    def answer(self) -> None:
        """Pick up now; nothing happens when the call is answered or over already."""
        self._finish(200)

    def reject(self, status: int = 486) -> None:
        """Refuse now."""
        self._finish(status)

    def cancelled_by(self, request: Request, source: Address) -> bool:
        """Take a CANCEL if it is for this call: 200 to it, 487 to the INVITE unless that was answered (9.2)."""
        if (request.branch, request.sent_by) != (self._invite.branch, self._invite.sent_by):
            return False
        self._tell(request)
        self._transactions.respond(request, request.reply(200, tag=self.dialog.local_tag), source)
        self._finish(487, by="them")
        return True

    def on_request(self, request: Request, source: Address) -> None:
        """A request within the dialog."""
        if request.method == "ACK":
            self._acknowledged.set()
        super().on_request(request, source)

    def _finish(self, status: int, by: str = "us") -> None:
        if self._final.is_set():
            return
        accepted = self._media.here.answer_to(self._offer) if self._offer is not None else None
        if status == 200 and accepted is None and self._invite.body:
            status = 488  # nothing that we could speak
        self.status = status
        if status == 200:
            response = self._invite.reply(200, tag=self.dialog.local_tag)
            self._describe(response, accepted or self._media.here)
            self._tell(f"> {response.start_line}")
            self._transactions.respond(self._invite, response, self._source)
            self._take(self._invite)
            self._final.set()
        else:
            self._respond(status)
            self._end(by)

    def _respond(self, status: int) -> None:
        response = self._invite.reply(status, tag=self.dialog.local_tag if status > 100 else "")
        if status == 180:
            response.headers.add("Contact", self.dialog.contact)
        self._tell(f"> {response.start_line}")
        self._transactions.respond(self._invite, response, self._source)

    async def _hang_up(self) -> None:
        if not self._final.is_set():
            self._finish(480)
            return
        try:  # a BYE must not overtake the ACK (RFC 3261, 15)
            async with asyncio.timeout(_ACK_LIMIT):
                await self._acknowledged.wait()
        except TimeoutError:
            self._tell("no ACK came")
        if self.is_up:
            await self._bye()

    def _end(self, by: str) -> None:
        if self._policy is not None:
            self._policy.cancel()
        super()._end(by)
