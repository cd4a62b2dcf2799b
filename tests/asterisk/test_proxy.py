"""The proxy is what the faults are made of: it does what its names say, and nothing when there is no fault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.asterisk.proxy import Damage, Garble, Proxy, at_the, swallowing
from tests.asterisk.waiting import until

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


@dataclass
class Peers:
    """A client, and a server that begins with the banner and sends back whatever comes."""

    proxy: Proxy
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def said(self, *messages: bytes) -> None:
        self.writer.write(b"".join(messages))
        await self.writer.drain()

    async def hears(self, expected: bytes) -> None:
        async with asyncio.timeout(5):
            assert await self.reader.readexactly(len(expected)) == expected

    async def hears_the_end(self) -> bool:
        """Whether it was a farewell; an RST is none."""
        async with asyncio.timeout(5):
            try:
                return await self.reader.read() == b""
            except ConnectionResetError:
                return False


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(BANNER)
    try:
        while data := await reader.read(1000):
            writer.write(data)
    except ConnectionError:
        pass
    writer.close()


@pytest_asyncio.fixture
async def peers() -> AsyncIterator[Peers]:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    async with Proxy("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        made = Peers(proxy, reader, writer)
        await made.hears(BANNER)
        yield made
        writer.transport.abort()
    server.close()


A, B, C = b"Action: A\r\nX: \xc3\xa5\r\n\r\n", b"Action: B\r\n\r\n", b"Action: A\r\nX: 2\r\n\r\n"


async def test_without_a_fault_nothing_is_changed(peers: Peers) -> None:
    await peers.said(A, B[:5])
    await peers.said(B[5:], C)
    await peers.hears(A + B + C)
    assert peers.proxy.up.passed == [A, B, C]
    assert [action["X"] for action in peers.proxy.reached("A")] == ["å", "2"]


@pytest.mark.parametrize(("how", "farewell"), [("rst", False), ("fin", True)])
async def test_a_cut_ends_the_connection(peers: Peers, how: str, farewell: bool) -> None:
    peers.proxy.cut(how)  # type: ignore[arg-type]
    assert await peers.hears_the_end() is farewell


async def test_half_open_takes_everything_and_answers_nothing(peers: Peers) -> None:
    peers.proxy.cut("half open")
    await peers.said(A * 100)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(peers.reader.read(1), 0.1)


async def test_shut_turns_away_until_it_is_mended(peers: Peers) -> None:
    peers.proxy.shut()
    await peers.hears_the_end()
    late = Peers(peers.proxy, *await asyncio.open_connection("127.0.0.1", peers.proxy.port))
    assert not await late.hears_the_end()
    peers.proxy.mend()
    later = Peers(peers.proxy, *await asyncio.open_connection("127.0.0.1", peers.proxy.port))
    await later.hears(BANNER)
    for one in (late, later):
        one.writer.close()
    assert peers.proxy.came == 3


async def test_what_is_silent_is_lost(peers: Peers) -> None:
    peers.proxy.down.silent = True
    await peers.said(A)
    await until(lambda: peers.proxy.up.passed == [A])
    await asyncio.sleep(0.05)
    peers.proxy.down.silent = False
    await peers.said(B)
    await peers.hears(B)


async def test_what_is_stuck_is_kept_and_comes_later(peers: Peers) -> None:
    peers.proxy.up.stuck = True
    await peers.said(A)
    await until(lambda: peers.proxy.up.passed == [A])
    await peers.said(B)
    await asyncio.sleep(0.05)
    assert peers.proxy.up.passed == [A]
    peers.proxy.mend()
    await peers.hears(A + B)


async def test_trickling_and_delay_change_nothing_but_the_time(peers: Peers) -> None:
    for way in (peers.proxy.up, peers.proxy.down):
        way.piece, way.delay = 1, 0.02
    started = asyncio.get_running_loop().time()
    await peers.said(A, B)
    await peers.hears(A + B)
    assert asyncio.get_running_loop().time() - started >= 0.04


async def test_rules_swallow_and_act(peers: Peers) -> None:
    acted: list[int] = []
    peers.proxy.up.rule = at_the(2, b"Action: A", lambda: acted.append(1))
    peers.proxy.down.rule = swallowing(b"Action: B")
    await peers.said(A, B, C)
    await peers.hears(A)
    await until(lambda: bool(acted))
    peers.proxy.mend()
    await peers.said(B)
    await peers.hears(B)
    assert peers.proxy.up.passed == [A, B, B]


async def test_what_is_forged_stands_between_messages(peers: Peers) -> None:
    forged = b"Event: Forged\r\n\r\n"
    peers.proxy.down.piece = 1
    await peers.said(A * 3)
    await until(lambda: bool(peers.proxy.up.passed))
    await peers.proxy.forge(forged, forged)
    async with asyncio.timeout(5):
        heard = await peers.reader.readexactly(len(A * 3 + forged * 2))
    assert heard.replace(forged, b"") == A * 3


@pytest.mark.parametrize(
    ("damage", "holds"),
    [
        ("drop", lambda out: out == b"abd"),
        ("insert", lambda out: len(out) == 5 and out[:2] + out[3:] == b"abcd"),
        ("flip", lambda out: len(out) == 4 and (out[2] ^ ord("c")).bit_count() == 1),
    ],
)
def test_bytes_are_damaged_where_it_is_said(damage: Damage, holds: Callable[[bytes], bool]) -> None:
    garble = Garble({2: damage})
    out = garble(b"a") + garble(b"bcd")
    assert holds(out)
    assert garble.damaged == 1


def test_a_seed_damages_the_same_bytes_again() -> None:
    text = b"Event: QueueMember\r\nName: x\r\n\r\n" * 50
    first, again, other = (Garble(one_in=40, seed=seed)(text) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert first != text
