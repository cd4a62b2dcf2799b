"""A phone: a user agent that has registered with a PBX (RFC 3261, 10) and un-registers when it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from .address import Address, Uri
from .agent import UserAgent
from .dialog import Dialog
from .digest import Credentials, authorise
from .incoming import Policy
from .message import Response
from .outgoing import OutgoingCall
from .subscription import Lamp
from .tones import Pair
from .transport import Transport

_EXPIRES = 3600  # seconds, as tests are shorter; nothing renews it
_LIMIT = 5.0  # seconds to wait for the registrar


class RegistrationError(AssertionError):
    """The registrar refused, or did not answer (408)."""

    def __init__(self, username: str, status: int) -> None:
        super().__init__(f"{username} was not registered: {status}")
        self.status = status


class Phone(UserAgent):
    """Made with `register`. Rings and answers by ``policy``, speaks ``speak``, places calls with `dial`."""

    _registrar: Address
    _credentials: Credentials
    _registration: Dialog

    @classmethod
    async def register(
        cls,
        host: str,
        port: int,
        username: str,
        password: str,
        *,
        speak: Pair | None = None,
        policy: Policy | None = None,
        local: str = "127.0.0.1",
    ) -> Self:
        """Register ``username`` at the PBX; raises `RegistrationError` with the SIP status."""
        phone = cls(await Transport.bind(local, 0), speak=speak, policy=policy)
        phone._registrar = (host, port)
        phone._credentials = Credentials(username, password)
        who = Uri(username, host, port)
        phone._registration = Dialog.outgoing(phone.address, (host, port), who, local=who)
        phone._registration.target = f"sip:{host}:{port}"
        response = await phone._send_registration(_EXPIRES)
        if response.status != 200:
            await UserAgent.close(phone)
            raise RegistrationError(username, response.status)
        return phone

    @property
    def username(self) -> str:
        """The name that it registered by."""
        return self._credentials.username

    async def dial(
        self, target: str, *, headers: Mapping[str, str] | None = None, speak: Pair | None = None
    ) -> OutgoingCall:
        """Call ``target`` through the PBX, with the phone's own voice unless told otherwise; do not wait."""
        return await self.call(
            target,
            self._registrar,
            self.username,
            headers=headers,
            speak=speak or self.speak,
            credentials=self._credentials,
        )

    async def watch(self, target: str) -> Lamp:
        """A lamp for ``target``; raises `SubscriptionError` where the PBX has no such extension to watch."""
        host, port = self._registrar
        dialog = Dialog.outgoing(
            self.address, self._registrar, Uri(target, host, port), local=Uri(self.username, host, port)
        )
        lamp = Lamp(self._transactions, dialog, self._credentials)
        self._remember(lamp)  # before the answer: the first NOTIFY may overtake it
        await lamp.subscribe()
        return lamp

    async def close(self) -> None:
        """Hang up, take the registration back and let go of the socket; a PBX that is gone is no error."""
        if not self._closed:
            await self._send_registration(0)
        await super().close()

    async def _send_registration(self, expires: int) -> Response:
        headers = {"Expires": str(expires)}
        request = self._registration.request("REGISTER", headers=headers)
        response = await self._transactions.request(request, self._registrar, _LIMIT)
        again = self._registration.request("REGISTER", headers=headers)
        if authorise(again, response, self._credentials):
            response = await self._transactions.request(again, self._registrar, _LIMIT)
        return response
