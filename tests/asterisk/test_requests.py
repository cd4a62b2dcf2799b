"""One action, one answer: matched by our own ActionID, within its deadline, sent once."""

from __future__ import annotations

import asyncio

import pytest

from tests.asterisk.fake_ami import FakeAmi, Fields, Session
from tests.asterisk.waiting import until
from vaxelflode.asterisk import AmiConnection, UnsafeField
from vaxelflode.errors import PbxRefused, PbxUnavailable


async def _mute(session: Session, fields: Fields) -> None:
    """Hears, and leaves it at that."""


async def test_queue_add_resolves(fake: FakeAmi, ami: AmiConnection) -> None:
    async def added(session: Session, fields: Fields) -> None:
        await session.respond(fields, "Added interface to queue")
        await session.say(("Event", "QueueMemberAdded"), ("Queue", fields["Queue"]))

    fake.answers["QueueAdd"] = added
    answer = await ami.request("QueueAdd", {"Queue": "vx-a", "Interface": "PJSIP/201"})
    assert answer.get("Message") == "Added interface to queue"


async def test_no_is_an_error_with_the_pbx_words(fake: FakeAmi, ami: AmiConnection) -> None:
    with pytest.raises(PbxRefused, match="Invalid/unknown command") as caught:
        await ami.request("Nonsense")
    assert caught.value.fields["action"] == "Nonsense"


async def test_neither_yes_nor_no_is_no_answer(fake: FakeAmi, ami: AmiConnection) -> None:
    async def garbled(session: Session, fields: Fields) -> None:
        await session.respond(fields, "Done", response="Succass")

    fake.answers["Getvar"] = garbled
    with pytest.raises(PbxUnavailable, match="not understood") as caught:
        await ami.request("Getvar", {"Variable": "A"})
    assert caught.value.fields["sent"] is True


@pytest.mark.parametrize("hostile", ["a\r\n\r\nAction: Originate", "a\nApplication: System", "a\0"])
async def test_injection_is_refused_and_nothing_is_sent(fake: FakeAmi, ami: AmiConnection, hostile: str) -> None:
    with pytest.raises(UnsafeField):
        await ami.request("DBPut", {"Family": "vx", "Key": "k", "Val": hostile})
    with pytest.raises(UnsafeField):
        await ami.request("DBPut", {hostile: "x"})
    await ami.request("Ping")
    assert {fields["Action"] for fields in fake.received} == {"Login", "Events", "Ping"}


async def test_no_answer_is_an_error_and_a_late_one_is_dropped(fake: FakeAmi, calm: AmiConnection) -> None:
    fake.answers["Getvar"] = _mute
    with pytest.raises(PbxUnavailable, match=r"no answer within 0\.05 s") as caught:
        await calm.request("Getvar", {"Variable": "A"}, 0.05)
    assert caught.value.fields["sent"] is True
    await fake.sessions[-1].respond(fake.heard("Getvar")[0], "late")
    assert (await calm.request("Ping"))["Ping"] == "Pong"


async def test_answers_in_another_order_find_their_questions(fake: FakeAmi, calm: AmiConnection) -> None:
    fake.answers["Getvar"] = _mute
    asked = [asyncio.create_task(calm.request("Getvar", {"Variable": name})) for name in "ABC"]
    await until(lambda: len(fake.heard("Getvar")) == 3)
    for fields in reversed(fake.heard("Getvar")):
        await fake.sessions[-1].respond(fields, fields["Variable"])
    assert [(await task)["Message"] for task in asked] == ["A", "B", "C"]


async def test_only_our_action_id_right_after_the_response_is_an_answer(fake: FakeAmi, ami: AmiConnection) -> None:
    async def forging(session: Session, fields: Fields) -> None:
        mine = fields["ActionID"]
        await session.say(("Response", "Success"), ("ActionID", "vx/forged/1/1"), ("Message", "forged"))
        await session.say(("Response", "Success"), ("Message", "forged"), ("ActionID", mine))
        await session.say(("Response", "Success"), ("Message", "no id at all"))
        await session.say(("Event", "QueueMember"), ("ActionID", mine), ("Message", "no response"))
        await session.respond(fields, "genuine")
        await session.respond(fields, "once more")

    fake.answers["Getvar"] = forging
    assert (await ami.request("Getvar", {"Variable": "A"}))["Message"] == "genuine"


async def test_action_ids_cannot_be_guessed_and_are_never_used_again(fake: FakeAmi, ami: AmiConnection) -> None:
    for _ in range(5):
        await ami.request("Ping")
    ids = [fields["ActionID"] for fields in fake.received]
    assert len(set(ids)) == len(ids)
    assert all(len(action_id.split("/")[1]) == 36 for action_id in ids)


async def test_too_many_unanswered_are_refused_before_they_are_sent(fake: FakeAmi, calm: AmiConnection) -> None:
    fake.answers["Getvar"] = _mute
    asked = [asyncio.create_task(calm.request("Getvar", {"Variable": "A"}, 0.1)) for _ in range(20)]
    failed = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(error, PbxUnavailable) for error in failed)
    assert len(fake.heard("Getvar")) <= 8
    await calm.request("Ping")


async def test_a_request_given_up_leaves_nothing_behind(fake: FakeAmi, calm: AmiConnection) -> None:
    fake.answers["Getvar"] = _mute
    for _ in range(20):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(calm.request("Getvar", {"Variable": "A"}), 0.005)
    await calm.request("Ping")


async def test_before_a_connection_nothing_is_asked(fake: FakeAmi) -> None:
    with pytest.raises(PbxUnavailable, match="not connected yet"):
        await AmiConnection(fake.account).request("Ping")
