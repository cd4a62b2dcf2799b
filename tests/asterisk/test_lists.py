"""Answers that are lists: whole or not at all, and nothing in them that somebody else put there."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.asterisk.conftest import QUICK
from tests.asterisk.fake_ami import FakeAmi, Fields, Session
from vaxelflode.asterisk import AmiConnection, Queues
from vaxelflode.errors import PbxUnavailable

QUEUE = (
    *(("Event", "QueueParams"), ("Queue", "vx-a"), ("Max", "0"), ("Strategy", "ringall"), ("Calls", "1")),
    *(("Holdtime", "2"), ("TalkTime", "3"), ("Completed", "4"), ("Abandoned", "5"), ("ServiceLevel", "20")),
    *(("ServicelevelPerf", "66.7"), ("ServicelevelPerf2", "50.0"), ("Weight", "1")),
)


async def _list(ami: AmiConnection) -> list[str]:
    events = await ami.request_list("QueueStatus", complete="QueueStatusComplete", limit=1)
    return [event.get("Name") for event in events]


async def _member(session: Session, fields: Fields, name: str) -> None:
    await session.say(("Event", "QueueMember"), ("Name", name), ("ActionID", fields["ActionID"]))


async def test_the_events_between_start_and_end(fake: FakeAmi, ami: AmiConnection) -> None:
    async def status(session: Session, fields: Fields) -> None:
        await session.start_list(fields)
        await _member(session, fields, "one")
        await session.say(("Event", "QueueMember"), ("Name", "without an id"))
        await session.say(("Event", "QueueMember"), ("Name", "another's"), ("ActionID", "somebody"))
        await _member(session, fields, "two")
        await session.end_list(fields, "QueueStatusComplete", 2)

    fake.answers["QueueStatus"] = status
    assert await _list(ami) == ["one", "two"]


async def test_a_drop_in_the_middle_fails_the_list_at_once(fake: FakeAmi, ami: AmiConnection) -> None:
    async def half(session: Session, fields: Fields) -> None:
        await session.start_list(fields)
        await _member(session, fields, "one")
        session.cut()

    fake.answers["QueueStatus"] = half
    started = time.monotonic()
    with pytest.raises(PbxUnavailable, match="lost") as caught:
        await ami.request_list("QueueStatus", complete="QueueStatusComplete", limit=30)
    assert time.monotonic() - started < 2
    assert caught.value.fields["sent"] is True


async def test_a_list_without_an_end_meets_the_deadline(fake: FakeAmi, calm: AmiConnection) -> None:
    async def endless(session: Session, fields: Fields) -> None:
        await session.start_list(fields)
        await _member(session, fields, "one")

    fake.answers["QueueStatus"] = endless
    with pytest.raises(PbxUnavailable, match="no answer within"):
        await calm.request_list("QueueStatus", complete="QueueStatusComplete", limit=0.1)


async def test_a_list_that_the_pbx_breaks_off_fails(fake: FakeAmi, ami: AmiConnection) -> None:
    async def cancelled(session: Session, fields: Fields) -> None:
        await session.start_list(fields)
        await session.say(("Event", "X"), ("ActionID", fields["ActionID"]), ("EventList", "cancelled"))

    fake.answers["QueueStatus"] = cancelled
    with pytest.raises(PbxUnavailable, match="broke off"):
        await _list(ami)


async def test_a_list_beyond_the_bound_fails(fake: FakeAmi, ami: AmiConnection) -> None:
    async def long(session: Session, fields: Fields) -> None:
        await session.start_list(fields)
        for number in range(200):
            await _member(session, fields, str(number))

    fake.answers["QueueStatus"] = long
    with pytest.raises(PbxUnavailable, match="more than 100"):
        await _list(ami)


async def test_a_list_of_few_but_long_items_fails_beyond_its_bytes(fake: FakeAmi, ami: AmiConnection) -> None:
    async def heavy(session: Session, fields: Fields) -> None:
        await session.start_list(fields)
        for _ in range(5):
            await _member(session, fields, "x" * 40_000)

    fake.answers["QueueStatus"] = heavy
    with pytest.raises(PbxUnavailable, match=f"more than {QUICK.list_bytes} bytes"):
        await _list(ami)


async def test_success_without_a_list_and_without_a_word_why_is_no_answer(fake: FakeAmi, ami: AmiConnection) -> None:
    """As from a garbled line: to take it for an empty list would be to believe that there is nothing."""

    async def garbled(session: Session, fields: Fields) -> None:
        await session.say(("Response", "Success"), ("ActionID", fields["ActionID"]), ("EvantList", "start"))

    fake.answers["QueueStatus"] = garbled
    with pytest.raises(PbxUnavailable, match="not understood"):
        await _list(ami)


async def test_success_without_a_list_is_an_empty_one(fake: FakeAmi, ami: AmiConnection) -> None:
    async def none(session: Session, fields: Fields) -> None:
        await session.respond(fields, "There are no voicemail users currently defined.")

    fake.answers["QueueStatus"] = none
    assert await _list(ami) == []


async def test_an_end_before_the_start_or_of_another_list_is_none(fake: FakeAmi, ami: AmiConnection) -> None:
    async def confused(session: Session, fields: Fields) -> None:
        await session.end_list(fields, "QueueStatusComplete")
        await session.start_list(fields)
        await session.end_list(fields, "ShowDialPlanComplete")
        await _member(session, fields, "one")
        await session.end_list(fields, "QueueStatusComplete", 1)

    fake.answers["QueueStatus"] = confused
    assert "one" in await _list(ami)


async def _forge(session: Session, fields: Fields, words: str) -> None:
    """A waiting caller whose name carries ``words``; Asterisk writes the ActionID last."""
    await session.say(
        *(("Event", "QueueEntry"), ("Queue", "vx-a"), ("Position", "1"), ("Channel", "PJSIP/x"), ("Uniqueid", "1.1")),
        *(("CallerIDNum", "070"), ("CallerIDName", words), ("ConnectedLineNum", "unknown")),
        *(("ConnectedLineName", "unknown"), ("Wait", "7"), ("Priority", "0"), ("ActionID", fields["ActionID"])),
    )


PHANTOM = "x\r\n\r\nEvent: QueueMember\r\n" + "\r\n".join(
    f"{header}: {value}"
    for header, value in (
        *(("Queue", "vx-a"), ("Name", "phantom"), ("Location", "PJSIP/666"), ("StateInterface", "PJSIP/666")),
        *(("Membership", "dynamic"), ("Penalty", 0), ("CallsTaken", 0), ("LastCall", 0), ("LastPause", 0)),
        *(("LoginTime", 0), ("InCall", 0), ("Status", 1), ("Paused", 0), ("PausedReason", ""), ("Wrapuptime", 0)),
    )
)


@pytest.mark.parametrize(
    "words",
    [
        PHANTOM,
        "x\r\n\r\nEvent: QueueStatusComplete\r\nEventList: Complete\r\nListItems: 1",
        "x\r\n\r\nEvent: QueueParams\r\nQueue: vx-forged\r\nMax: 0\r\nStrategy: x",
        "x\r\nQueue: vx-b\r\nPosition: 9",
        "x\r\n\r\nResponse: Success\r\nMessage: forged",
    ],
)
async def test_a_callers_name_forges_neither_an_end_nor_a_member(fake: FakeAmi, ami: AmiConnection, words: str) -> None:
    async def status(session: Session, fields: Fields) -> None:
        await session.start_list(fields)
        await session.say(*QUEUE, ("ActionID", fields["ActionID"]))
        await _forge(session, fields, words)
        await _forge(session, fields, "Åsa")
        await session.end_list(fields, "QueueStatusComplete", 3)

    fake.answers["QueueStatus"] = status
    (queue,) = await Queues(ami).status()
    assert queue.name == "vx-a"
    assert queue.members == ()
    assert [(entry.caller_name, entry.wait) for entry in queue.entries] == [("Åsa", 7)]


async def test_two_lists_at_once_do_not_mix(fake: FakeAmi, calm: AmiConnection) -> None:
    asked: list[Fields] = []

    async def both(session: Session, fields: Fields) -> None:
        asked.append(fields)
        if len(asked) < 2:
            return
        for one in asked:
            await session.start_list(one)
        for name in ("a", "b"):
            for one in asked:
                await _member(session, one, name + one["Queue"])
        for one in asked:
            await session.end_list(one, "QueueStatusComplete", 2)

    fake.answers["QueueStatus"] = both
    lists = await asyncio.gather(
        *(calm.request_list("QueueStatus", {"Queue": queue}, complete="QueueStatusComplete") for queue in "12")
    )
    assert [[event["Name"] for event in events] for events in lists] == [["a1", "b1"], ["a2", "b2"]]
