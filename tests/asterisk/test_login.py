"""From the socket to ``connected``: the secret, FullyBooted, and every way it may stop on the way."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace

import pytest

from tests.asterisk.conftest import QUICK
from tests.asterisk.fake_ami import FakeAmi, Fields, Session
from tests.asterisk.waiting import until
from vaxelflode.asterisk import AmiAccount, AmiConnection, ConnectionState, Status
from vaxelflode.errors import PbxLoginRefused, PbxUnavailable


async def test_connected_after_login_and_fully_booted(fake: FakeAmi) -> None:
    seen: list[Status] = []
    connection = AmiConnection(fake.account, QUICK)
    remove = connection.on_state(seen.append)
    assert connection.status.reason == "not connected yet"
    async with connection:
        await connection.wait_connected(2)
        await asyncio.sleep(0)
        assert connection.status.since.tzinfo is not None
        remove()
    assert [status.state for status in seen] == [ConnectionState.BOOTING, ConnectionState.CONNECTED]
    assert connection.status.reason == "closed by us"


async def test_what_was_never_there_is_not_told_as_lost() -> None:
    """Whoever starts before the PBX does, or at a wrong address, has lost nothing; once it was there it can be."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        account = AmiAccount("127.0.0.1", port, "vx-live", "secret")
        async with AmiConnection(account, QUICK) as connection:
            await until(lambda: connection.status.reason != "not connected yet")
            assert connection.state is ConnectionState.LOST
            began = f"not reached yet since the start at {connection.status.since:%Y-%m-%d %H:%M:%S} UTC: "
            assert str(connection.status) == began + connection.status.reason
            with pytest.raises(PbxUnavailable, match=r"^not reached yet: ") as caught:
                await connection.request("Ping")
            assert caught.value.fields["state"] == "lost"


async def test_what_was_there_is_told_as_lost(fake: FakeAmi) -> None:
    async with AmiConnection(fake.account, QUICK) as connection:
        await connection.wait_connected(2)
        await fake.stop()
        await until(lambda: connection.state is ConnectionState.LOST)
        assert str(connection.status).startswith("lost since 2")


async def test_booting_until_asterisk_says_fully_booted(fake: FakeAmi) -> None:
    fake.booted = False
    async with AmiConnection(fake.account, QUICK) as connection:
        with pytest.raises(PbxUnavailable, match="booting"):
            await connection.wait_connected(0.2)
        assert connection.state is ConnectionState.BOOTING
        with pytest.raises(PbxUnavailable, match="FullyBooted") as caught:
            await connection.request("QueueStatus")
        assert caught.value.fields["sent"] is False
        await fake.sessions[-1].fully_booted()
        await connection.wait_connected(1)


async def test_an_account_that_never_hears_fully_booted_is_told_why(fake: FakeAmi) -> None:
    fake.booted = False
    async with AmiConnection(fake.account, QUICK) as connection:
        await until(lambda: fake.logins > 1)
        assert "read=system" in connection.status.reason or connection.state is ConnectionState.BOOTING


async def test_a_wrong_secret_is_refused_at_once_and_mended_when_it_is_right(fake: FakeAmi) -> None:
    fake.secret = "another"
    async with AmiConnection(fake.account, QUICK) as connection:
        started = time.monotonic()
        with pytest.raises(PbxLoginRefused, match="Authentication failed"):
            await connection.wait_connected(30)
        assert time.monotonic() - started < 5
        assert connection.state is ConnectionState.REFUSED
        assert fake.account.secret not in connection.status.reason
        with pytest.raises(PbxLoginRefused):
            await connection.request("Ping")
        fake.secret = fake.account.secret
        await until(lambda: connection.state is ConnectionState.CONNECTED)


async def test_nobody_listens() -> None:
    async with AmiConnection(AmiAccount("127.0.0.1", 1, "vx-live", "x"), QUICK) as connection:
        with pytest.raises(PbxUnavailable, match=r"127\.0\.0\.1:1"):
            await connection.wait_connected(0.2)
        assert connection.state is ConnectionState.LOST


async def test_a_connection_that_is_not_taken_is_given_up() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:  # the backlog is full: Linux drops the next one's SYN, and nobody hears of it
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        account = AmiAccount("127.0.0.1", full.getsockname()[1], "vx-live", "x")
        async with AmiConnection(account, replace(QUICK, connect=0.2)) as connection:
            await until(lambda: "within 0.2 s" in connection.status.reason)
            assert connection.state is ConnectionState.LOST
        for one in waiting:
            one.close()


async def test_a_peer_that_never_answers_the_login_is_left(fake: FakeAmi) -> None:
    fake.silent = True
    async with AmiConnection(fake.account, QUICK) as connection:
        await until(lambda: len(fake.sessions) > 1)
        assert "Login: no answer within 0.3 s" in connection.status.reason


async def test_a_login_cut_off_is_lost_and_not_refused(fake: FakeAmi) -> None:
    async def cut(session: Session, fields: Fields) -> None:
        session.cut()

    fake.answers["Login"] = cut
    async with AmiConnection(fake.account, QUICK) as connection:
        await until(lambda: len(fake.heard("Login")) > 2)
        assert connection.state is ConnectionState.LOST


async def test_leaving_ends_every_task(fake: FakeAmi) -> None:
    before = asyncio.all_tasks()
    async with AmiConnection(fake.account, QUICK) as connection:
        await connection.wait_connected(1)
        ours = {task.get_name() for task in asyncio.all_tasks() - before if task.get_name().startswith("ami-")}
        assert ours == {"ami-vx-live", "ami-vx-live-events"}
    await asyncio.sleep(0.05)
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("ami-")]


def test_the_secret_is_not_in_the_accounts_words() -> None:
    assert "hemlig" not in repr(AmiAccount("h", 1, "u", "hemlig"))
