"""Two user agents that call each other on loopback: no PBX between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import sip
from tests.sip import CallError, UserAgent, answer_after, busy, decline, pair, reject, resending, ring_only
from tests.sip.message import Request, Response, parse
from tests.sip.pacer import Pacer

T1 = 0.1  # seconds: on loopback nothing is under way for longer
ALICE, BOB, CAROL = pair(0), pair(1), pair(2)


@pytest.fixture
async def bob() -> AsyncIterator[UserAgent]:
    async with await UserAgent.create(speak=BOB) as agent:
        yield agent


def _is_of_a_phone(task: asyncio.Task[object]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is None or Path(code.co_filename).parent == Path(sip.__file__).parent


@pytest.fixture
async def alice() -> AsyncIterator[UserAgent]:
    others = asyncio.all_tasks()
    async with await UserAgent.create() as agent:
        yield agent
    # Fixtures that last as long as the run have tasks of their own, and begin new ones.
    assert not [task for task in asyncio.all_tasks() - others - {asyncio.current_task()} if _is_of_a_phone(task)]
    assert not Pacer.current()._streams
    assert not agent._transactions._resending


async def test_both_hear_each_other_and_each_word_is_told_once(alice: UserAgent, bob: UserAgent) -> None:
    headers = {"X-Test-Time": "1783000000"}
    async with await alice.call(
        "+46101022290", bob.address, "+46701740601", caller_name="Åsa", headers=headers, speak=ALICE
    ) as call:
        await call.answered(1)
        incoming = await bob.next_call(1)
        assert (incoming.caller, incoming.caller_name, incoming.called) == ("+46701740601", "Åsa", "+46101022290")
        assert incoming.headers.get("x-test-time") == "1783000000"
        heard, _ = await asyncio.gather(call.hear(BOB, 2), incoming.hear(ALICE, 2))
        assert heard.start < 0.3
        assert call.hearing == BOB.name
        incoming.speak(CAROL)
        await call.hear(CAROL, 2)
        with pytest.raises(CallError, match="did not hear"):
            await call.hear(CAROL, 0.1)
    await incoming.ended(1)
    assert (call.status, call.ended_by, incoming.status, incoming.ended_by) == (200, "us", 200, "them")
    assert [h.name for h in call.heard] == [BOB.name, CAROL.name]
    assert len(call.audio) / 8000 == pytest.approx(call.seconds, abs=0.3)


async def test_keys_arrive_once_each_in_order_both_ways(alice: UserAgent, bob: UserAgent) -> None:
    call = await alice.call("1", bob.address)
    await call.answered(1)
    incoming = await bob.next_call(1)
    await asyncio.gather(call.press("12#1", duration=0.06, gap=0.04), incoming.press("*0", duration=0.1, gap=0))
    await asyncio.sleep(0.06)
    assert (incoming.digits, call.digits) == ("12#1", "*0")
    await incoming.hangup()
    await call.ended(1)
    assert call.ended_by == "them"
    with pytest.raises(CallError, match="had ended"):
        await call.press("1")


@pytest.mark.parametrize(("policy", "status"), [(busy(), 486), (decline(), 603), (reject(480, after=0.1), 480)])
async def test_a_refusal_is_told_by_its_status(alice: UserAgent, bob: UserAgent, policy: object, status: int) -> None:
    bob.policy = policy  # type: ignore[assignment]
    call = await alice.call("1", bob.address)
    assert await call.refused(1) == status
    assert (call.status, call.is_over, call.rang) == (status, True, status == 480)
    with pytest.raises(CallError, match="was refused"):
        await call.answered(1)


async def test_a_caller_who_gives_up_cancels(alice: UserAgent, bob: UserAgent) -> None:
    bob.policy = ring_only()
    call = await alice.call("1", bob.address)
    await call.rung(1)
    with pytest.raises(CallError, match="180 Ringing"):
        await call.answered(0.1)
    await call.hangup()
    incoming = await bob.next_call(1)
    await incoming.ended(1)
    assert (call.status, incoming.status, incoming.ended_by) == (487, 487, "them")


async def test_a_cancel_that_crosses_the_answer_becomes_a_bye(alice: UserAgent, bob: UserAgent) -> None:
    bob.policy = ring_only()
    call = await alice.call("1", bob.address)
    incoming = await bob.next_call(1)
    await call.rung(1)
    incoming.answer()
    await call.hangup()
    await incoming.ended(2)
    assert call.status == incoming.status == 200


async def test_whoever_is_closed_first_hangs_up_all_his_calls(alice: UserAgent) -> None:
    bob = await UserAgent.create(policy=answer_after(0.05))
    calls = [await alice.call(str(n), bob.address) for n in range(5)]
    await asyncio.gather(*(call.answered(1) for call in calls))
    await bob.close()
    await asyncio.gather(*(call.ended(1) for call in calls))
    assert {call.ended_by for call in calls} == {"them"}
    await bob.close()


async def test_what_is_lost_once_is_sent_again_and_handled_once(
    alice: UserAgent, bob: UserAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resending, "T1", T1)
    lost: set[str] = set()

    def lose_each_kind_once(data: bytes) -> bool:
        message = parse(data)
        kind = f"{message.start_line.split(' sip:')[0]} {message.cseq[1]}"
        first = kind not in lost
        lost.add(kind)
        return first

    alice.transport.lose = bob.transport.lose = lose_each_kind_once
    async with await alice.call("1", bob.address, speak=ALICE) as call:
        await call.answered(3 * T1)
        incoming = await bob.next_call(1)
        await call.hear(pair(1), 1)
        await asyncio.sleep(2 * T1)  # the ACK that was lost follows the repeated 200
        assert not bob._transactions._unacknowledged
    await incoming.ended(2 * T1)
    assert {"INVITE INVITE", "SIP/2.0 200 OK INVITE", "ACK ACK", "BYE BYE"} <= lost
    assert len(bob.calls) == 1
    assert sum("BYE" in line for line in incoming.story) == 1


async def test_a_re_invite_is_answered_with_the_same_session(alice: UserAgent, bob: UserAgent) -> None:
    call = await alice.call("1", bob.address, speak=ALICE)
    await call.answered(1)
    incoming = await bob.next_call(1)
    answers, came = list[Response](), asyncio.Event()

    def on_response(response: Response) -> None:
        answers.append(response)
        came.set()

    again = incoming.dialog.request("INVITE", body=incoming._media.here.encode())
    client = bob._transactions.invite(again, incoming.dialog.peer, on_response)
    async with asyncio.timeout(1):
        await came.wait()
    bob._transactions.acknowledge(client, incoming.dialog.ack(again.cseq[0]))
    assert answers[0].status == 200
    assert answers[0].body.startswith(b"v=0")
    assert f"m=audio {call._media.stream.address[1]} ".encode() in answers[0].body
    await incoming.hear(ALICE, 1)
    bob._transactions.forget(client)


async def test_strangers_requests_get_their_answers(alice: UserAgent, bob: UserAgent) -> None:
    call = await alice.call("1", bob.address)
    await call.answered(1)
    expected = {"OPTIONS": 200, "NOTIFY": 200, "MESSAGE": 405, "REFER": 405}
    for method, status in expected.items():
        for dialog in (call.dialog, None):
            request = call.dialog.request(method) if dialog else stranger(call.dialog.request(method))
            response = await alice._transactions.request(request, bob.address, 1)
            assert response.status == status
            assert "BYE" in response.headers.get("Allow") or status == 200
    assert len(bob.notifications) == 1
    await call.hangup()
    gone = await alice._transactions.request(call.dialog.request("BYE"), bob.address, 1)
    assert gone.status == 481


def stranger(request: Request) -> Request:
    """The request without its dialog."""
    items = [(n, v.partition(";tag")[0] if n == "To" else v) for n, v in request.headers]
    request.headers._items[:] = items
    return request


async def test_nobody_there_is_told_in_time(alice: UserAgent) -> None:
    async with await UserAgent.create() as gone:
        address = gone.address
    call = await alice.call("1", address)
    with pytest.raises(CallError, match="in vain"):
        await call.answered(0.1)
    call._transactions.forget(call._invite)
    call._end("us")
    response = await alice._transactions.request(call.dialog.request("OPTIONS"), address, 0.1)
    assert response.status == 408
