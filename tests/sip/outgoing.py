"""Calls that we place: INVITE, digest, early media, answer, CANCEL (RFC 3261, 9, 13 and 17.1.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from .call import Call
from .dialog import Dialog, cancel_of
from .digest import Credentials, authorise
from .leg import HANG_UP_LIMIT
from .media import Media
from .message import Response
from .transaction import InviteClient, Transactions


class OutgoingCall(Call):
    """A call from its INVITE on; ``headers`` ride on every INVITE of it."""

    def __init__(
        self,
        transactions: Transactions,
        dialog: Dialog,
        media: Media,
        *,
        headers: Mapping[str, str],
        credentials: Credentials | None,
    ) -> None:
        super().__init__(transactions, dialog, media)
        self._extra = headers
        self._credentials = credentials
        self._heard_of = asyncio.Event()
        self._cancelled = False
        self._invite: InviteClient = self._send_invite(None)

    def _send_invite(self, refused: Response | None) -> InviteClient:
        request = self.dialog.request("INVITE", headers=self._extra, body=self._media.here.encode())
        if refused is not None and self._credentials is not None:
            authorise(request, refused, self._credentials)
        self._tell(f"> {request.start_line}")
        return self._transactions.invite(request, self.dialog.peer, self._on_response)

    def _on_response(self, response: Response) -> None:
        self._tell(response)
        if response.status in {401, 407} and self._credentials is not None and not self._cancelled:
            # answered once: a second challenge means that the password is wrong
            self._transactions.forget(self._invite)
            self._invite = self._send_invite(response)
            self._credentials = None
            return
        self._heard_of.set()
        if response.status < 200:
            self._provisional(response)
        elif response.status < 300:
            self.dialog.establish(response)
            self._transactions.acknowledge(self._invite, self.dialog.ack(self._invite.request.cseq[0]))
            self._take(response)
            self.status = response.status
            self._ring()
            self._final.set()
        else:
            self.status = response.status
            self._end("us" if self._cancelled else "them")

    def _provisional(self, response: Response) -> None:
        if response.status > 100:
            self._take(response)
            self._ring()

    async def _hang_up(self) -> None:
        """BYE when it is up; before that CANCEL, which must wait for a sign of life (RFC 3261, 9.1)."""
        if not self._final.is_set():
            self._cancelled = True
            await self._within(self._heard_of)
            if not self._final.is_set() and self._heard_of.is_set():
                self._tell("> CANCEL")
                cancel = cancel_of(self._invite.request)
                self._tell(await self._transactions.request(cancel, self.dialog.peer, HANG_UP_LIMIT))
                await self._within(self._final)
        if self.is_up:
            await self._bye()

    async def _within(self, event: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(HANG_UP_LIMIT):
                await event.wait()
        except TimeoutError:
            self._tell("nothing came")

    def _end(self, by: str) -> None:
        self._transactions.forget(self._invite)
        super()._end(by)
