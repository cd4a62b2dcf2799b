"""Our side of a call's protocol: its dialog, its sound, what comes in on it, and its end.

What a test does with a call is `call.Call`, on top of this; how it begins differs by direction and is in `outgoing`
and `incoming`.
"""

from __future__ import annotations

import asyncio

from .address import Address
from .dialog import ALLOW, Dialog
from .media import Media
from .message import Message, Request, Response
from .sdp import Session
from .transaction import Transactions

HANG_UP_LIMIT = 4.0
"""How long to wait for the answer to a BYE or a CANCEL, in seconds."""


class CallError(AssertionError):
    """The call did not do what the test waits for; the message tells its story."""


class Leg:
    """One side of one call. ``status`` is the final SIP status of its INVITE, None while there is none."""

    def __init__(self, transactions: Transactions, dialog: Dialog, media: Media) -> None:
        self.dialog = dialog
        self.status: int | None = None
        self.rang = False
        """Whether a 18x has passed; an answer without one counts as well."""
        self.ended_by: str = ""
        """'us' or 'them', once the call has ended."""
        self.story: list[str] = []
        self._transactions = transactions
        self._media = media
        self._born = asyncio.get_running_loop().time()
        self._rung, self._final, self._over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @property
    def is_up(self) -> bool:
        """Answered, and not ended."""
        return self.status == 200 and not self._over.is_set()

    @property
    def is_over(self) -> bool:
        """Ended or refused."""
        return self._over.is_set()

    @property
    def seconds(self) -> float:
        """How long ago the call began."""
        return asyncio.get_running_loop().time() - self._born

    def on_request(self, request: Request, source: Address) -> None:
        """A request within the dialog."""
        self._tell(request)
        if request.method == "BYE":
            self._transactions.respond(request, request.reply(200), source)
            self._end("them")
        elif request.method == "INVITE":
            self._reinvited(request, source)
        elif request.method == "ACK":
            self._take(request)
        elif request.method in {"NOTIFY", "OPTIONS"}:
            self._transactions.respond(request, request.reply(200), source)
        else:
            refusal = request.reply(405)
            refusal.headers.add("Allow", ALLOW)
            self._transactions.respond(request, refusal, source)

    def _reinvited(self, request: Request, source: Address) -> None:
        """Our session stays what it is; only the other side's address may have changed."""
        offer = self._take(request)
        answer = self._media.here if offer is None else self._media.here.answer_to(offer)
        response = request.reply(200)
        self._describe(response, answer)
        self._transactions.respond(request, response, source)

    def _describe(self, response: Response, session: Session) -> None:
        response.headers.add("Contact", self.dialog.contact)
        response.headers.add("Allow", ALLOW)
        response.headers.add("Content-Type", "application/sdp")
        response.body = session.encode()

    def _take(self, message: Message) -> Session | None:
        """Point the stream to where ``message`` wants it, if it says so."""
        session = Session.parse(message.body) if message.body and not self._over.is_set() else None
        if session is not None:
            self._media.stream.connect(session)
        return session

    async def _bye(self) -> None:
        bye = self.dialog.request("BYE")
        self._tell("> BYE")
        response = await self._transactions.request(bye, self.dialog.peer, HANG_UP_LIMIT)
        self._tell(response)

    def _ring(self) -> None:
        self.rang = True
        self._rung.set()

    def _end(self, by: str) -> None:
        if not self._over.is_set():
            self.ended_by = by
            self._media.close()
            for event in (self._rung, self._final, self._over):
                event.set()

    def _tell(self, what: Message | str) -> None:
        text = what if isinstance(what, str) else f"< {what.start_line}"
        self.story.append(f"{self.seconds:7.3f} {text}")

    def _failed(self, what: str) -> CallError:
        return CallError("\n  ".join([f"the call {what}; heard {[*map(tuple, self._media.heard)]}", *self.story]))

    async def _wait(self, event: asyncio.Event, limit: float, what: str) -> None:
        try:
            async with asyncio.timeout(limit):  # wait_for may lose a cancellation that comes with the waking
                await event.wait()
        except TimeoutError as err:
            raise self._failed(f"was waited for {what} {limit} s in vain") from err
