"""A lamp on a phone: a subscription to one extension's state (RFC 6665, with dialog-info bodies of RFC 4235)."""

# ruff: noqa: ASYNC109 -- as in `agent`

from __future__ import annotations

import asyncio
import re

from .address import Address
from .dialog import Dialog
from .digest import Credentials, authorise
from .leg import HANG_UP_LIMIT
from .message import Request
from .transaction import Transactions

_EXPIRES = 600  # seconds, as tests are shorter; nothing renews it
_STATE = re.compile(rb"<state[^>]*>([a-z]+)</state>")
_LIT = {"terminated": False, "confirmed": True, "early": True}


class SubscriptionError(AssertionError):
    """The subscription was refused, or the lamp did not do what the test waits for."""


class Lamp:
    """Lit when the PBX says that the extension is in use. ``notified`` is each NOTIFY's state, in order."""

    def __init__(self, transactions: Transactions, dialog: Dialog, credentials: Credentials) -> None:
        self.dialog = dialog
        self.notified: list[bool] = []
        self._transactions = transactions
        self._credentials = credentials
        self._told = asyncio.Event()
        self._over = False

    @property
    def is_over(self) -> bool:
        """Given up."""
        return self._over

    async def subscribe(self) -> None:
        """Send SUBSCRIBE; raises `SubscriptionError` with the SIP status that refused it."""
        status = await self._send(_EXPIRES)
        if status not in {200, 202}:
            self._over = True
            raise SubscriptionError(f"the subscription to {self.dialog.target} was refused: {status}")

    async def shows(self, *, lit: bool, timeout: float = 5) -> None:
        """Wait until the lamp is lit, or dark."""
        try:
            async with asyncio.timeout(timeout):
                while not self.notified or self.notified[-1] is not lit:
                    self._told.clear()
                    await self._told.wait()
        except TimeoutError as err:
            told = ["lit" if one else "dark" for one in self.notified]
            raise SubscriptionError(f"the lamp was not {'lit' if lit else 'dark'} in {timeout} s, but {told}") from err

    async def hangup(self) -> None:
        """Give it up."""
        if not self._over:
            self._over = True
            await self._send(0)

    def on_request(self, request: Request, source: Address) -> None:
        """A NOTIFY within the subscription."""
        self._transactions.respond(request, request.reply(200), source)
        if found := _STATE.findall(request.body):
            self.notified.append(any(_LIT[state.decode()] for state in found))
            self._told.set()

    async def _send(self, expires: int) -> int:
        headers = {"Event": "dialog", "Accept": "application/dialog-info+xml", "Expires": str(expires)}
        request = self.dialog.request("SUBSCRIBE", headers=headers)
        response = await self._transactions.request(request, self.dialog.peer, HANG_UP_LIMIT)
        again = self.dialog.request("SUBSCRIBE", headers=headers)
        if authorise(again, response, self._credentials):
            response = await self._transactions.request(again, self.dialog.peer, HANG_UP_LIMIT)
        if response.status in {200, 202}:
            self.dialog.establish(response)
        return response.status
