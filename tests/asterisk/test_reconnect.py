"""A connection that breaks: noticed, told, and begun anew; nothing is sent twice."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from tests.asterisk.conftest import QUICK
from tests.asterisk.fake_ami import FakeAmi, Fields, Session
from tests.asterisk.waiting import until
from vaxelflode.asterisk import AmiConnection, ConnectionState
from vaxelflode.asterisk.backoff import Backoff
from vaxelflode.errors import PbxUnavailable


async def _mute(session: Session, fields: Fields) -> None:
    """Hears, and leaves it at that."""


async def _reconnected(fake: FakeAmi, ami: AmiConnection, logins: int) -> None:
    await until(lambda: fake.logins > logins)
    await ami.wait_connected(2)


async def test_what_was_in_flight_fails_at_the_drop_and_is_never_sent_again(fake: FakeAmi, calm: AmiConnection) -> None:
    fake.answers["QueueAdd"] = _mute
    asked = [asyncio.create_task(calm.request("QueueAdd", {"Queue": "a"}, 30)) for _ in range(3)]
    await until(lambda: len(fake.heard("QueueAdd")) == 3)
    logins = fake.logins
    fake.cut_all()
    for error in await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 2):
        assert isinstance(error, PbxUnavailable)
        assert error.fields["sent"] is True
    await _reconnected(fake, calm, logins)
    await calm.request("Ping")
    await asyncio.sleep(0.1)
    assert len(fake.heard("QueueAdd")) == 3


async def test_a_silent_peer_is_noticed_and_left(fake: FakeAmi, ami: AmiConnection) -> None:
    logins = fake.logins
    fake.silent = True
    await until(lambda: ami.state is ConnectionState.LOST)
    assert "Ping: no answer" in ami.status.reason
    fake.silent = False
    await _reconnected(fake, ami, logins)


async def test_a_peer_that_talks_but_never_answers_is_noticed_too(fake: FakeAmi, ami: AmiConnection) -> None:
    async def babble(session: Session, fields: Fields) -> None:
        await session.say(("Event", "Registry"), ("ActionID", "other"))

    fake.answers["Ping"] = babble
    await until(lambda: ami.state is ConnectionState.LOST)


async def test_an_answer_that_was_lost_is_not_waited_for_once_a_later_ping_is_answered(
    fake: FakeAmi, ami: AmiConnection
) -> None:
    fake.answers["Reload"] = _mute
    with pytest.raises(PbxUnavailable, match="lost on the way") as caught:
        await asyncio.wait_for(ami.request("Reload", {"Module": "app_voicemail"}, 60), 5)
    assert caught.value.fields["sent"] is True
    assert fake.logins == 1


async def test_silence_is_noticed_though_requests_never_stop(fake: FakeAmi, ami: AmiConnection) -> None:
    async def ask() -> None:
        while True:
            with contextlib.suppress(PbxUnavailable):
                await ami.request("Getvar", {"Variable": "A"}, 0.05)
            await asyncio.sleep(0)

    fake.silent = True
    asking = asyncio.create_task(ask())
    await until(lambda: ami.state is ConnectionState.LOST)
    asking.cancel()


async def test_a_message_beyond_the_cap_drops_the_connection(fake: FakeAmi, ami: AmiConnection) -> None:
    logins = fake.logins
    await fake.sessions[-1].write(b"Event: Huge\r\nData: " + b"x" * (QUICK.message_bytes + 1))
    await _reconnected(fake, ami, logins)


async def test_the_reason_of_a_loss_is_told(fake: FakeAmi, ami: AmiConnection) -> None:
    seen: list[str] = []
    ami.on_state(lambda status: seen.append(status.reason))
    await fake.sessions[-1].write(b"x" * (QUICK.message_bytes + 1))
    await until(lambda: len(seen) >= 3)
    assert "more than 65536 bytes" in seen[0]


async def test_back_when_asterisk_is_back(fake: FakeAmi, ami: AmiConnection) -> None:
    await fake.stop()
    await until(lambda: ami.state is ConnectionState.LOST)
    with pytest.raises(PbxUnavailable) as caught:
        await ami.request("Ping")
    assert caught.value.fields["sent"] is False
    fake.booted = False  # as a restart does: the login works before Asterisk is ready
    await fake.start()
    await until(lambda: ami.state is ConnectionState.BOOTING)
    await fake.sessions[-1].fully_booted()
    await ami.wait_connected(2)
    await ami.request("Ping")


async def test_since_is_the_first_failure_and_not_the_last_try(fake: FakeAmi, ami: AmiConnection) -> None:
    await fake.stop()
    await until(lambda: ami.state is ConnectionState.LOST)
    since = ami.status.since
    await asyncio.sleep(0.2)
    assert ami.status.since == since


def test_delays_grow_to_a_cap_with_jitter() -> None:
    backoff = Backoff(0.2, 10)
    delays = [backoff.delay() for _ in range(12)]
    ideal = [min(10, 0.2 * 2**n) for n in range(12)]
    assert all(0.5 * most <= delay <= most for delay, most in zip(delays, ideal, strict=True))
    assert len(set(delays[-5:])) == 5
    backoff.reset()
    assert backoff.delay() <= 0.2


async def test_garbage_is_passed_over(fake: FakeAmi, ami: AmiConnection) -> None:
    for garbage in (b"\r\n\r\n\r\n", b"\xff\xfe\r\n\r\n", b"Event:\r\n\r\n", b"Event: \r\n\r\n", b"Response: \r\n\r\n"):
        await fake.sessions[-1].write(garbage)
    await fake.sessions[-1].write(b"Response: Success\r\nActionID: \xff\r\n\r\n")
    await fake.sessions[-1].write(b"Asterisk Call Manager/11.0.0\r\n\r\n")
    await ami.request("Ping")
    assert fake.logins == 1


async def test_everything_works_one_byte_at_a_time(fake: FakeAmi) -> None:
    async def getvar(session: Session, fields: Fields) -> None:
        await session.say(("Response", "Success"), ("ActionID", fields["ActionID"]), ("Value", "Åsa Öström 🎄"))

    fake.piece = 1
    fake.answers["Getvar"] = getvar
    async with AmiConnection(fake.account, QUICK) as connection:
        await connection.wait_connected(2)
        assert (await connection.request("Getvar", {"Variable": "A"}))["Value"] == "Åsa Öström 🎄"


async def test_delayed_answers_arrive(fake: FakeAmi, ami: AmiConnection) -> None:
    fake.delay = 0.05
    assert (await ami.request("Ping"))["Ping"] == "Pong"


async def _shutting_down(session: Session, fields: Fields) -> None:
    await session.respond(fields, "Asterisk is shutting down", response="Error")


@pytest.mark.parametrize("action", ["Ping", "Login"])
async def test_a_pbx_that_is_shutting_down_is_lost_and_found_again(
    fake: FakeAmi, ami: AmiConnection, action: str
) -> None:
    well = fake.answers[action]
    fake.answers[action] = _shutting_down
    if action == "Login":
        fake.cut_all()
    await until(lambda: "shutting down" in ami.status.reason)
    assert ami.state is ConnectionState.LOST
    fake.answers[action] = well
    await ami.wait_connected(2)
