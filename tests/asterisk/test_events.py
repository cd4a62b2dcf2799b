"""Events: only the wanted are parsed, in order, through a bounded queue, and no listener harms another."""

from __future__ import annotations

import asyncio

import pytest

from tests.asterisk.conftest import QUICK
from tests.asterisk.fake_ami import FakeAmi
from tests.asterisk.waiting import until
from vaxelflode.asterisk import AmiConnection, Message, protocol
from vaxelflode.asterisk.events import EventBoard


async def test_wanted_events_come_in_order_and_others_are_not_even_parsed(
    fake: FakeAmi, ami: AmiConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    got: list[str] = []
    parsed: list[bytes] = []

    def decode(raw: bytes) -> Message:
        parsed.append(raw)
        return Message({"Event": "Wanted", "N": raw[-1:].decode()})

    monkeypatch.setattr(protocol, "decode", decode)
    ami.on_event("Wanted", lambda event: got.append(event["N"]))
    for number in range(5):
        await fake.sessions[-1].say(("Event", "Unwanted"), ("N", str(number)))
        await fake.sessions[-1].say(("Event", "Wanted"), ("N", str(number)))
    await until(lambda: len(got) == 5)
    assert got == list("01234")
    assert not any(b"Unwanted" in raw for raw in parsed)


async def test_utf8_cut_between_reads_stays_whole(fake: FakeAmi, ami: AmiConnection) -> None:
    got: list[str] = []
    ami.on_event("QueueMemberAdded", lambda event: got.append(event["MemberName"]))
    fake.piece = 1
    await fake.sessions[-1].say(("Event", "QueueMemberAdded"), ("MemberName", "Åsa Öström"))
    await until(lambda: bool(got))
    assert got == ["Åsa Öström"]


async def test_a_repeated_event_header_raises_nothing(fake: FakeAmi, ami: AmiConnection) -> None:
    got: list[Message] = []
    ami.on_event("UserEvent", got.append)
    await fake.sessions[-1].say(("Event", "UserEvent"), ("UserEvent", "x"), ("Event", "FullyBooted"))
    await until(lambda: bool(got))
    assert got[0].event == "UserEvent"
    await ami.request("Ping")
    assert fake.logins == 1


async def test_a_raising_listener_harms_nobody(fake: FakeAmi, ami: AmiConnection) -> None:
    got: list[Message] = []
    reported: list[object] = []

    def bad(event: Message) -> None:
        raise RuntimeError("a listener's defect")

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
    try:
        ami.on_event("X", bad)
        ami.on_event("X", got.append)
        await fake.sessions[-1].say(("Event", "X"))
        await until(lambda: bool(got))
        await ami.request("Ping")
    finally:
        loop.set_exception_handler(None)
    assert isinstance(reported[0], RuntimeError)


async def test_a_removed_listener_hears_no_more(fake: FakeAmi, ami: AmiConnection) -> None:
    first: list[Message] = []
    second: list[Message] = []
    remove = ami.on_event("X", first.append)
    ami.on_event("X", second.append)
    remove()
    await fake.sessions[-1].say(("Event", "X"))
    await until(lambda: bool(second))
    assert first == []


async def test_a_flood_is_thrown_away_whole_and_told(fake: FakeAmi, ami: AmiConnection) -> None:
    gaps: list[bool] = []
    ami.on_event("X", lambda _: None)
    remove = ami.on_gap(lambda: gaps.append(True))
    await fake.sessions[-1].write(b"Event: X\r\n\r\n" * (QUICK.queued_events * 3))
    await until(lambda: bool(gaps))
    assert ami.events_dropped >= QUICK.queued_events
    remove()
    await ami.request("Ping")


async def test_the_queue_never_outgrows_its_bound() -> None:
    board = EventBoard(10)
    for number in range(95):
        board.offer(Message({"Event": "X", "N": str(number)}), 1)
    assert board.dropped == 90
    got: list[str] = []
    board.on_event("X", lambda event: got.append(event["N"]))
    task = asyncio.create_task(board.deliver())
    await until(lambda: len(got) == 5)
    task.cancel()
    assert got == ["90", "91", "92", "93", "94"]


async def test_the_queue_never_outgrows_its_bytes() -> None:
    board = EventBoard(1000, 100)
    for _ in range(5):
        board.offer(Message({"Event": "X"}), 40)
    assert board.dropped == 4
    board.offer(Message({"Event": "X"}), 1000)  # one alone is what a message may be
    assert board.dropped == 5


async def test_listeners_outlive_a_reconnect(fake: FakeAmi, ami: AmiConnection) -> None:
    got: list[Message] = []
    ami.on_event("X", got.append)
    logins = fake.logins
    fake.cut_all()
    await until(lambda: fake.logins > logins)
    await ami.wait_connected(2)
    await fake.sessions[-1].say(("Event", "X"))
    await until(lambda: bool(got))
