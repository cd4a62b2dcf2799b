"""A peer that is silent while it was asked for something long: at work, or gone?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from tests.asterisk.conftest import QUICK
from tests.asterisk.fake_ami import FakeAmi, Fields, Session
from tests.asterisk.waiting import until
from vaxelflode.asterisk import AmiConnection, ConnectionState
from vaxelflode.errors import PbxUnavailable

RELOAD = {"Module": "app_voicemail"}


class Reloading:
    """Asterisk's one lock for all reloads: who comes second is told that it is taken."""

    def __init__(self, fake: FakeAmi) -> None:
        self.done = asyncio.Event()
        self.locked_by: list[Session] = []
        self.refused = 0
        fake.answers["Reload"] = self

    async def __call__(self, session: Session, fields: Fields) -> None:
        if self.locked_by:
            self.refused += 1
            await session.respond(fields, "A reload is in progress", response="Error")
        elif fields["Module"] != RELOAD["Module"]:
            await session.respond(fields, "No such module", response="Error")
        else:
            self.locked_by.append(session)
            await self.done.wait()
            self.locked_by.clear()
            await session.respond(fields, "Module Reloaded")


@pytest_asyncio.fixture
async def reloading(fake: FakeAmi, ami: AmiConnection) -> AsyncIterator[tuple[Reloading, asyncio.Task[object]]]:
    """A reload that takes until it is told to be done, and whoever waits for it."""
    lock = Reloading(fake)
    asked = asyncio.create_task(ami.request("Reload", RELOAD, 60))
    await until(lambda: bool(lock.locked_by))
    yield lock, asked
    asked.cancel()


async def test_a_long_reload_is_not_taken_for_silence(
    ami: AmiConnection, reloading: tuple[Reloading, asyncio.Task[object]]
) -> None:
    lock, asked = reloading
    since = ami.status.since
    await until(lambda: lock.refused >= 4)
    assert not asked.done()
    lock.done.set()
    await asyncio.wait_for(asked, 2)
    assert (ami.state, ami.status.since) == (ConnectionState.CONNECTED, since)


async def test_a_peer_that_falls_silent_in_mid_reload_is_left_long_before_the_reload_is_given_up(
    fake: FakeAmi, ami: AmiConnection, reloading: tuple[Reloading, asyncio.Task[object]]
) -> None:
    _, asked = reloading
    fake.silent = True
    await until(lambda: ami.state is ConnectionState.LOST)
    assert "no answer" in ami.status.reason
    with pytest.raises(PbxUnavailable) as caught:
        await asyncio.wait_for(asked, 1)
    assert caught.value.fields["sent"] is True


async def test_a_session_whose_answer_got_lost_is_left_once_no_reload_is_in_progress(
    fake: FakeAmi, ami: AmiConnection, reloading: tuple[Reloading, asyncio.Task[object]]
) -> None:
    lock, asked = reloading
    logins = fake.logins
    lock.locked_by[0].silent = True  # this session alone: others are answered, and go on being
    await until(lambda: lock.refused >= 2)
    assert ami.state is ConnectionState.CONNECTED
    lock.done.set()
    with pytest.raises(PbxUnavailable):
        await asyncio.wait_for(asked, 3)
    await until(lambda: fake.logins > logins)
    await ami.wait_connected(2)


async def test_where_one_session_an_account_is_all_the_reload_is_waited_for(
    fake: FakeAmi, ami: AmiConnection, reloading: tuple[Reloading, asyncio.Task[object]]
) -> None:
    lock, asked = reloading
    fake.secret = "another"
    refused = fake.logins
    await until(lambda: fake.logins >= refused + 3)
    assert ami.state is ConnectionState.CONNECTED
    assert not asked.done()
    lock.done.set()
    await asyncio.wait_for(asked, 2)
    assert ami.state is ConnectionState.CONNECTED


async def test_a_farewell_is_noticed_while_the_witness_is_still_asked(fake: FakeAmi) -> None:
    slow = replace(QUICK, login=30, connect=30)
    async with AmiConnection(fake.account, slow) as ami:
        await ami.wait_connected(2)
        lock = Reloading(fake)
        asked = asyncio.create_task(ami.request("Reload", RELOAD, 60))
        await until(lambda: bool(lock.locked_by))

        async def mute(session: Session, fields: Fields) -> None:
            """Hears the witness, and leaves it at that."""

        fake.answers["Login"] = mute
        count = len(fake.sessions)
        await until(lambda: len(fake.sessions) > count)
        lock.locked_by[0].cut()
        await until(lambda: ami.state is ConnectionState.LOST)
        with pytest.raises(PbxUnavailable):
            await asked
