"""An honest fake of Asterisk's manager interface, on a real socket, that can be told to misbehave.

It speaks as Asterisk 22 does (banner, order of headers, lists) and knows Login, Events and Ping; a test scripts the
rest with ``fake.answers["QueueStatus"] = handler``. What it heard is in ``received``, action by action as it was framed
on the wire, so that an injected action shows as one more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from vaxelflode.asterisk import AmiAccount

Fields = dict[str, str]
Handler = Callable[["Session", Fields], Awaitable[None]]

SECRET = "hemlig"


def message(*headers: tuple[str, str]) -> bytes:
    """One message; headers may repeat."""
    return "".join(f"{key}: {value}\r\n" for key, value in headers).encode() + b"\r\n"


class Session:
    """One client: what the handlers write to. ``silent`` hears and never answers; ``piece`` bytes go out at a time."""

    def __init__(self, fake: FakeAmi, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.fake = fake
        self._reader = reader
        self._writer = writer
        self.silent = False

    async def write(self, data: bytes) -> None:
        if self.fake.silent or self.silent:
            return
        await asyncio.sleep(self.fake.delay)
        piece = self.fake.piece or len(data)
        for start in range(0, len(data), piece):
            self._writer.write(data[start : start + piece])
            await self._writer.drain()
            await asyncio.sleep(0)  # a read of its own for each piece

    async def say(self, *headers: tuple[str, str]) -> None:
        await self.write(message(*headers))

    async def respond(self, fields: Fields, text: str = "Done", *, response: str = "Success") -> None:
        await self.say(("Response", response), ("ActionID", fields["ActionID"]), ("Message", text))

    async def start_list(self, fields: Fields) -> None:
        await self.say(
            ("Response", "Success"),
            ("ActionID", fields["ActionID"]),
            ("EventList", "start"),
            ("Message", "will follow"),
        )

    async def end_list(self, fields: Fields, name: str, items: int = 0) -> None:
        await self.say(
            ("Event", name), ("ActionID", fields["ActionID"]), ("EventList", "Complete"), ("ListItems", str(items))
        )

    async def fully_booted(self) -> None:
        await self.say(("Event", "FullyBooted"), ("Privilege", "system,all"), ("Status", "Fully Booted"))

    def cut(self) -> None:
        """As a crash does it: no farewell."""
        self._writer.transport.abort()

    async def serve(self) -> None:
        await self.write(b"Asterisk Call Manager/11.0.0\r\n")
        while True:
            raw = await self._reader.readuntil(b"\r\n\r\n")
            lines = (line.partition(": ") for line in raw.decode().split("\r\n"))
            fields = {key: value for key, colon, value in lines if colon}
            self.fake.received.append(fields)
            handler = self.fake.answers.get(fields.get("Action", ""), _unknown)
            await handler(self, fields)


class FakeAmi:
    """Listens on a free port of the loopback while it is entered; ``stop`` and ``start`` keep the port."""

    def __init__(self) -> None:
        self.secret = SECRET
        self.booted = True
        self.silent = False
        self.delay = 0.0
        self.piece = 0
        self.port = 0
        self.logins = 0
        self.received: list[Fields] = []
        self.sessions: list[Session] = []
        self.answers: dict[str, Handler] = {"Login": _login, "Events": _events, "Ping": _ping}
        self._server: asyncio.Server | None = None

    @property
    def account(self) -> AmiAccount:
        return AmiAccount("127.0.0.1", self.port, "vx-live", SECRET)

    def heard(self, action: str) -> list[Fields]:
        """The actions of this name that reached us, in order."""
        return [fields for fields in self.received if fields.get("Action") == action]

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cut everybody off and listen no more."""
        if self._server is not None:
            self._server.close()
        self.cut_all()
        await asyncio.sleep(0.01)

    def cut_all(self) -> None:
        for session in self.sessions:
            session.cut()
        self.sessions.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self, reader, writer)
        self.sessions.append(session)
        try:
            await session.serve()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away, or was cut off by the test
        finally:
            writer.transport.abort()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


async def _login(session: Session, fields: Fields) -> None:
    session.fake.logins += 1
    if fields.get("Secret") != session.fake.secret:
        await session.respond(fields, "Authentication failed", response="Error")
        session.cut()
        return
    await session.respond(fields, "Authentication accepted")
    if session.fake.booted:
        await session.fully_booted()


async def _ping(session: Session, fields: Fields) -> None:
    await session.say(("Response", "Success"), ("ActionID", fields["ActionID"]), ("Ping", "Pong"))


async def _events(session: Session, fields: Fields) -> None:
    await session.say(("Response", "Success"), ("ActionID", fields["ActionID"]), ("Events", "On"))


async def _unknown(session: Session, fields: Fields) -> None:
    await session.respond(fields, "Invalid/unknown command", response="Error")
