"""The UDP socket of a user agent: datagrams in, SIP messages out, and the other way round."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from .address import Address
from .message import MalformedError, Request, Response, parse

Receiver = Callable[[Request | Response, Address], None]
Loss = Callable[[bytes], bool]


class Transport(asyncio.DatagramProtocol):
    """One socket. ``lose`` decides which outgoing datagrams vanish, for tests of retransmission."""

    def __init__(self) -> None:
        self.lose: Loss = lambda _data: False
        self.malformed = 0
        self._receiver: Receiver = lambda _message, _source: None
        self._socket: asyncio.DatagramTransport | None = None
        self._closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def bind(cls, host: str, port: int) -> Transport:
        """Open the socket; port 0 picks a free one. Raises OSError where the port is taken."""
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_datagram_endpoint(cls, local_addr=(host, port))
        return protocol

    @property
    def address(self) -> Address:
        """Where we listen."""
        return cast("Address", self._open().get_extra_info("sockname")[:2])

    def deliver_to(self, receiver: Receiver) -> None:
        """Hand every message to ``receiver`` from now on."""
        self._receiver = receiver

    def send(self, message: Request | Response, to: Address) -> None:
        """Send at once; a closed socket swallows it, as a network would."""
        data = message.encode()
        if self._socket is not None and not self._socket.is_closing() and not self.lose(data):
            self._socket.sendto(data, to)

    async def close(self) -> None:
        """Close, and wait until the loop has let go of the socket."""
        self._open().close()
        async with asyncio.timeout(5):
            await asyncio.shield(self._closed)

    def _open(self) -> asyncio.DatagramTransport:
        if self._socket is None:
            raise RuntimeError("the SIP socket is not open")
        return self._socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's hook."""
        self._socket = cast("asyncio.DatagramTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's hook."""
        if not self._closed.done():
            self._closed.set_result(None)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Asyncio's hook; keep-alives and rubbish are counted and dropped."""
        try:
            message = parse(data)
        except MalformedError:
            self.malformed += 1
            return
        self._receiver(message, addr[:2])
