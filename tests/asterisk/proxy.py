"""A proxy between the gateway and a manager interface, with faults that are switched while it runs.

    async with Proxy("127.0.0.1", pbx.ami.port) as proxy:
        ... connect to proxy.port instead ...
        proxy.down.piece = 1                    # from the PBX: one byte at a time
        proxy.up.delay = 0.1                    # to the PBX: each read that much later
        proxy.down.silent = True                # the PBX's words are lost, its socket stays open
        proxy.up.stuck = True                   # nobody reads what is sent to the PBX
        proxy.down.garble = Garble(one_in=200, seed=1)
        proxy.down.rule = swallowing(b"Event: FullyBooted")
        await proxy.forge(b"Event: ...")        # whole messages that nobody sent
        proxy.cut("rst")                        # or "fin", "half open"
        proxy.shut()                            # everybody is cut off, and whoever comes is turned away
        proxy.mend()                            # no more faults

Nothing is put in another order. What comes is cut into whole messages first, so that a rule sees one at a time, a
forged one never lands inside a genuine one, and ``passed`` says what got through, message by message.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

END = b"\r\n\r\n"
_BANNER = b"Asterisk Call Manager/"

#: Takes a whole message and says what is sent in its place; ``b""`` swallows it.
Rule = Callable[[bytes], bytes]
Damage = Literal["flip", "insert", "drop"]
How = Literal["rst", "fin", "half open"]


class Garble:
    """Damages bytes: those at the given offsets, counted from its first, and by the seed one in so many of the rest."""

    def __init__(self, at: Mapping[int, Damage] | None = None, *, one_in: int = 0, seed: int = 0) -> None:
        self._at = dict(at or {})
        self._one_in = one_in
        self._random = random.Random(seed)
        self._offset = 0
        self.damaged = 0

    def __call__(self, data: bytes) -> bytes:
        """The same, damaged."""
        out = bytearray()
        for byte in data:
            damage = self._at.get(self._offset) or self._drawn()
            self._offset += 1
            self.damaged += damage is not None
            if damage == "insert":
                out.append(self._random.randrange(256))
            if damage != "drop":
                out.append(byte ^ (1 << self._random.randrange(8)) if damage == "flip" else byte)
        return bytes(out)

    def _drawn(self) -> Damage | None:
        if not self._one_in or self._random.randrange(self._one_in):
            return None
        damages: tuple[Damage, ...] = ("flip", "insert", "drop")
        return self._random.choice(damages)


def swallowing(*starts: bytes) -> Rule:
    """Messages that begin so are lost; the others pass."""
    return lambda message: b"" if message.startswith(starts) else message


def at_the(nth: int, start: bytes, act: Callable[[], None]) -> Rule:
    """Everything passes; once the ``nth`` message that begins so comes, ``act`` is called and it is swallowed."""
    left = nth

    def rule(message: bytes) -> bytes:
        nonlocal left
        if not message.startswith(start):
            return message
        left -= 1
        if left:
            return message
        act()
        return b""

    return rule


@dataclass
class Way:
    """One direction. Every field may be changed while bytes are on their way."""

    #: Seconds before what one read brought is sent on.
    delay: float = 0.0
    #: Bytes that are sent at a time; 0: a message at once.
    piece: int = 0
    #: What comes is lost.
    silent: bool = False
    #: Nothing more is read: what is sent piles up at the sender.
    stuck: bool = False
    garble: Garble | None = None
    rule: Rule | None = None
    #: The messages that were sent on, as they were sent on.
    passed: list[bytes] = field(default_factory=list)

    def after_faults(self, message: bytes) -> bytes:
        """What is sent on in place of a whole message."""
        if self.silent:
            return b""
        if self.rule is not None:
            message = self.rule(message)
        return self.garble(message) if self.garble is not None else message


class _Session:
    """One client and its connection to the PBX."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client = client
        self.server = server
        self._turns = {client: asyncio.Lock(), server: asyncio.Lock()}
        self._vanished = False

    async def carry(self, reader: asyncio.StreamReader, way: Way, writer: asyncio.StreamWriter) -> None:
        """Carry messages until one side goes away, then tell the other."""
        held = b""
        with contextlib.suppress(ConnectionError):
            while read := await reader.read(65_536):
                await asyncio.sleep(way.delay)
                whole, held = _messages(held + read)
                for message in whole:
                    await self.send(way.after_faults(message), way, writer)
                while way.stuck:  # noqa: ASYNC110 - a test's switch, without an event
                    await asyncio.sleep(0.01)
        if not self._vanished:
            writer.close()

    async def send(self, message: bytes, way: Way, writer: asyncio.StreamWriter) -> None:
        """One message, in pieces if need be, with nothing else in between."""
        async with self._turns[writer]:
            if not message or writer.is_closing() or self._vanished:
                return
            way.passed.append(message)
            piece = way.piece or len(message)
            for start in range(0, len(message), piece):
                writer.write(message[start : start + piece])
                await writer.drain()
                await asyncio.sleep(0)  # whoever reads, reads this piece by itself

    def cut(self, how: How) -> None:
        """End it in one of three ways."""
        if how == "fin":
            self.client.close()
            self.server.close()
            return
        _reset(self.server)
        if how == "rst":
            _reset(self.client)
        else:
            self._vanished = True  # nobody tells the client: what it sends meets no answer


class Proxy:
    """Listens on a free port of the loopback while it is entered, and leads whoever comes to ``host:port``."""

    def __init__(self, host: str, port: int) -> None:
        self._where = host, port
        self.up, self.down = Way(), Way()
        #: How many have come so far, those turned away included.
        self.came = 0
        self.port = 0
        self._shut = False
        self._sessions: list[_Session] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    def reached(self, action: str) -> list[dict[str, str]]:
        """The headers of each action of this name that reached the PBX, in order."""
        start = f"Action: {action}\r\n".encode()
        return [_headers(message) for message in self.up.passed if message.startswith(start)]

    def cut(self, how: How = "rst") -> None:
        """End every connection."""
        for session in self._sessions:
            session.cut(how)

    def shut(self) -> None:
        """Cut everybody off, and turn away whoever comes."""
        self._shut = True
        self.cut()

    def mend(self) -> None:
        """No more faults; what was lost stays lost."""
        self._shut = False
        for way in (self.up, self.down):
            way.delay, way.piece, way.silent, way.stuck, way.garble, way.rule = 0.0, 0, False, False, None, None

    async def forge(self, *messages: bytes) -> None:
        """Tell every client what the PBX did not say: whole messages, never in the middle of a genuine one."""
        for session in list(self._sessions):
            for message in messages:
                await session.send(message, self.down, session.client)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.came += 1
        try:
            if self._shut:
                raise ConnectionRefusedError
            from_pbx, to_pbx = await asyncio.open_connection(*self._where)
        except OSError:  # the PBX is away, or said to be
            _reset(writer)
            return
        session = _Session(writer, to_pbx)
        self._sessions.append(session)
        try:
            await asyncio.gather(session.carry(reader, self.up, to_pbx), session.carry(from_pbx, self.down, writer))
        finally:
            self._sessions.remove(session)
            writer.transport.abort()
            to_pbx.transport.abort()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.mend()
        self.shut()
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=5)
            assert not left


def _messages(data: bytes) -> tuple[list[bytes], bytes]:
    """The whole messages, each with its end, and what is not whole yet. The banner is a line of its own."""
    whole: list[bytes] = []
    if data.startswith(_BANNER) and b"\r\n" in data:
        banner, _, data = data.partition(b"\r\n")
        whole.append(banner + b"\r\n")
    *rest, tail = data.split(END)
    return whole + [one + END for one in rest], tail


def _headers(message: bytes) -> dict[str, str]:
    lines = (line.partition(": ") for line in message.decode(errors="replace").split("\r\n"))
    return {key: value for key, colon, value in lines if colon}


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close at once, with an RST instead of a farewell."""
    if (found := writer.get_extra_info("socket")) is not None and not writer.is_closing():
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
