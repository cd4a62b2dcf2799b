"""ARI: requests are sent once, within their limit; errors are ours; the secret is nowhere to be read."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from vaxelflode.asterisk.ari import AriAccount, connected, set_devices
from vaxelflode.demo.pbx import Pbx
from vaxelflode.errors import PbxLoginRefused, PbxRefused, PbxUnavailable

pytestmark = pytest.mark.pbx


def _account(pbx: Pbx, **changed: str) -> AriAccount:
    values = {"url": pbx.ari.url, "username": pbx.ari.username, "secret": pbx.ari.password}
    return AriAccount(**(values | changed))


async def test_a_call_that_cannot_be_placed_is_refused_in_asterisks_words(pbx: Pbx) -> None:
    async with connected(_account(pbx), "vx-test") as ari:
        with pytest.raises(PbxRefused, match=r"ARI: .+") as caught:
            async with ari.call("Nonsense/1", "vx-test-1", caller="<+46701740601>"):
                pytest.fail("there is no such technology")
        assert caught.value.fields["status"] in {400, 500}
        assert await ari.channels("vx-test-") == []


async def test_what_is_not_there_is_told(pbx: Pbx) -> None:
    async with connected(_account(pbx), "vx-test") as ari:
        assert await ari.place("nobody") is None
        assert await ari.hang_up("nobody") is False
        assert await ari.channels("") == []
        await ari.clear("")


async def test_a_custom_device_is_set_and_nothing_else_is(pbx: Pbx) -> None:
    for states in ({"vx-test-lamp": True, "vx-test-other": False}, {"vx-test-lamp": False}):
        await set_devices(_account(pbx), "vx-test", states)
        shown = await pbx.cli("devstate list")
        for device, in_use in states.items():
            assert f"'Custom:{device}'  State: '{'INUSE' if in_use else 'NOT_INUSE'}'" in shown
    with pytest.raises(ValueError, match="device"):
        await set_devices(_account(pbx), "vx-test", {"x)=INUSE,${SHELL(id)}": True})
    for device in ("vx-test-lamp", "vx-test-other"):
        await pbx.cli(f"database del CustomDevstate {device}")


async def test_a_wrong_secret_is_told_and_not_repeated(pbx: Pbx, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(PbxLoginRefused) as caught:
        async with connected(_account(pbx, secret="very-secret-word"), "vx-test"):
            pytest.fail("must not connect")
    assert "very-secret-word" not in f"{caught.value!r} {caplog.text} {_account(pbx, secret='very-secret-word')!r}"


async def test_the_secret_is_in_no_log(pbx: Pbx, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with connected(_account(pbx), "vx-test") as ari:
            await ari.channels("")
    assert pbx.ari.password not in caplog.text


async def test_the_connection_ends_without_a_task_left(pbx: Pbx) -> None:
    before = asyncio.all_tasks()
    async with connected(_account(pbx), "vx-test") as ari:
        assert await ari.lasts(0.05)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before
    with pytest.raises(PbxUnavailable, match=r"ended|closed"):
        await ari.channels("")


@asynccontextmanager
async def _server(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await answer(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ari"
    finally:
        server.close()
        for writer in writers:
            writer.close()


async def test_silence_has_a_limit() -> None:
    asked = []

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))

    began = time.monotonic()
    async with _server(silent) as url:
        with pytest.raises(PbxUnavailable, match=r"0\.5 s"):
            async with connected(AriAccount(url, "vaxelflode", "x"), "vx-test", limit=0.5):
                pytest.fail("must not connect")
    assert time.monotonic() - began < 3
    assert len(asked) == 1


@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", '{"apis": [{"path": 1}]}', '{"apis": [], "basePath": "x"}'])
async def test_what_is_not_ari_is_told(body: str) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body.encode())
        await writer.drain()
        writer.close()

    async with _server(other) as url:
        with pytest.raises(PbxUnavailable):
            async with connected(AriAccount(url, "vaxelflode", "x"), "vx-test", limit=2):
                pytest.fail("must not connect")


async def test_nobody_there_is_told() -> None:
    with pytest.raises(PbxUnavailable, match="does not answer"):
        async with connected(AriAccount("http://127.0.0.1:9/ari", "vaxelflode", "x"), "vx-test"):
            pytest.fail("must not connect")
