"""The SIP user agent of ``tests/sip`` against a real Asterisk: what the call tests build on holds.

The dialplan here is written by hand and only as large as the proofs need; what the product renders is tried elsewhere.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from tests.sip import (
    OutgoingCall,
    Pacer,
    Pair,
    Phone,
    RegistrationError,
    UserAgent,
    answer_after,
    busy,
    pair,
    ring_only,
    synthesise,
    wav_bytes,
)
from tests.sip.g711 import RATE
from tests.sip.listener import Listener
from vaxelflode.demo.choose import Maker
from vaxelflode.demo.pbx import SOUNDS_INSIDE, Pbx

pytestmark = [pytest.mark.pbx, pytest.mark.call]

CALLER, AGENT, MENU, ONE, TWO, GREETING = (pair(n) for n in range(100, 106))
MANY = 50
CALLERS = [pair(n) for n in range(MANY)]
CALLEES = [pair(n + MANY) for n in range(MANY)]
DIALPLAN = """
[vx-incoming]
exten => 700,1,Answer
 same => n,Playback({sounds}/one&{sounds}/two)
 same => n,Hangup
exten => 701,1,Answer
 same => n,Goto(vx-menu,s,1)
exten => 702,1,Dial(PJSIP/201,10)
 same => n,Hangup(17)
exten => 703,1,Answer
 same => n,Queue(vx-test,,,,20)
exten => 704,1,Answer
 same => n,Playback({sounds}/greeting)
 same => n,VoiceMail(100@vx,s)
exten => 705,1,Progress
 same => n,Playback({sounds}/greeting,noanswer)
 same => n,Hangup(17)
exten => 706,1,Answer
 same => n,Wait(20)
exten => _8XX,1,Answer
 same => n,Playback({sounds}/${{EXTEN}})
 same => n,Wait(20)
exten => _9XX,1,Dial(PJSIP/vx-demo-trunk/sip:${{EXTEN:1}}@127.0.0.1:{peer},10)

[vx-extension-201]
exten => s,1,Dial(PJSIP/201,10)

[vx-menu]
exten => s,1,Background({sounds}/menu)
 same => n,WaitExten(5)
exten => 1,1,Playback({sounds}/one)
exten => 2,1,Playback({sounds}/two)
 same => n,Goto(s,1)
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def trunk() -> AsyncIterator[UserAgent]:
    """The operator: places calls, and takes those that Asterisk sends out."""
    async with await UserAgent.create() as agent:
        yield agent


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def box(pbx_maker: Maker, trunk: UserAgent, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    """An Asterisk with the dialplan above, a queue, a mailbox, and prompts that are tone pairs."""
    pbx = pbx_maker(tmp_path_factory.mktemp("ua"))
    release = pbx.generated / "releases" / "1"
    release.mkdir(parents=True)
    pbx.sounds.mkdir(parents=True)
    (release / "extensions.conf").write_text(DIALPLAN.format(sounds=SOUNDS_INSIDE, peer=trunk.address[1]))
    (release / "queues.conf").write_text("[vx-test]\nstrategy = ringall\nmember => PJSIP/201\n")
    (release / "voicemail.conf").write_text("[vx]\n100 => 1234,Test\n")
    (pbx.generated / "current").symlink_to("releases/1")
    prompts = {"menu": MENU, "one": ONE, "two": TWO, "greeting": GREETING}
    for name, tones in [*prompts.items(), *((str(800 + n), CALLEES[n]) for n in range(MANY))]:
        (pbx.sounds / f"{name}.wav").write_bytes(wav_bytes(synthesise(tones, 1)))
    async with pbx:
        yield pbx


@pytest_asyncio.fixture(loop_scope="session")
async def phone(box: Pbx) -> AsyncIterator[Phone]:
    """Phone 201."""
    async with await register(box, "201", AGENT) as made:
        made.policy = answer_after(0.2)
        yield made


async def register(box: Pbx, number: str, speak: Pair) -> Phone:
    return await Phone.register(box.sip_host, box.sip_port, number, box.secrets.phones[number], speak=speak)


async def call(trunk: UserAgent, box: Pbx, number: str, speak: Pair = CALLER) -> OutgoingCall:
    return await trunk.call(number, (box.sip_host, box.sip_port), "+46701740601", speak=speak)


def names(sound: OutgoingCall) -> list[str]:
    return [heard.name for heard in sound.heard]


async def test_registers_with_digest_and_leaves_no_registration(box: Pbx) -> None:
    async with await register(box, "204", AGENT):
        assert "sip:204@127.0.0.1" in await box.cli("pjsip show contacts")
    assert "sip:204@" not in await box.cli("pjsip show contacts")
    with pytest.raises(RegistrationError, match="401"):
        await Phone.register(box.sip_host, box.sip_port, "204", "wrong")


async def test_prompts_are_heard_in_order_and_whole(box: Pbx, trunk: UserAgent) -> None:
    async with await call(trunk, box, "700") as made:
        await made.answered()
        await made.hear(ONE)
        await made.hear(TWO)
        await made.ended()
    assert names(made) == [ONE.name, TWO.name]
    assert [heard.end - heard.start for heard in made.heard] == pytest.approx([1, 1], abs=0.1)


async def test_keys_are_pressed_when_the_menu_is_heard(box: Pbx, trunk: UserAgent) -> None:
    async with await call(trunk, box, "701") as made:
        await made.answered()
        await made.hear(MENU)
        await made.press("2")
        await made.hear(TWO)
        await made.hear(MENU)
        await made.press("1")
        await made.hear(ONE)
        await made.ended()
    assert names(made) == [MENU.name, TWO.name, MENU.name, ONE.name]
    assert made.heard[0].end - made.heard[0].start < 0.9  # the key cut the prompt short


async def test_early_media_is_heard_before_a_refusal(box: Pbx, trunk: UserAgent) -> None:
    made = await call(trunk, box, "705")
    await made.rung()
    await made.hear(GREETING)
    assert made.status is None
    assert await made.refused() == 486


@pytest.mark.parametrize("number", ["702", "703"], ids=["dial", "queue"])
async def test_a_phone_and_a_caller_hear_each_other(box: Pbx, trunk: UserAgent, phone: Phone, number: str) -> None:
    async with await call(trunk, box, number) as made:
        await made.answered()
        at_phone = await phone.next_call()
        await asyncio.gather(made.hear(AGENT), at_phone.hear(CALLER))
        assert at_phone.caller == "+46701740601"
        await made.press("5")
        await asyncio.sleep(0.1)
        assert at_phone.digits == "5"
        await at_phone.hangup()
        await made.ended()
    assert names(made) == [AGENT.name]


async def test_phones_call_each_other(box: Pbx, phone: Phone) -> None:
    async with await register(box, "202", MENU) as other, await other.dial("201") as made:
        await made.rung()
        await made.answered()
        at_phone = await phone.next_call()
        await asyncio.gather(made.hear(AGENT), at_phone.hear(MENU))
        assert at_phone.caller == "202"


async def test_busy_and_cancel_cross_the_pbx(box: Pbx, trunk: UserAgent, phone: Phone) -> None:
    phone.policy = busy()
    assert await (await call(trunk, box, "702")).refused() == 486
    assert (await phone.next_call()).status == 486
    phone.policy = ring_only()
    made = await call(trunk, box, "702")
    await made.rung()
    ringing = await phone.next_call()
    await made.hangup()
    await ringing.ended()
    assert (made.status, ringing.status) == (487, 487)


async def test_voicemail_records_the_caller(box: Pbx, trunk: UserAgent) -> None:
    async with await call(trunk, box, "704") as made:
        await made.hear(GREETING)
        await asyncio.sleep(4)
    message = box.spool / "voicemail/vx/100/INBOX/msg0000.wav"
    async with asyncio.timeout(5):
        while not message.with_suffix(".txt").exists():  # noqa: ASYNC110 - a file of another process has no event
            await asyncio.sleep(0.05)
    listener = Listener()
    listener.feed(np.frombuffer(message.read_bytes()[44:], np.int16))
    assert [heard.name for heard in listener.heard] == [CALLER.name]
    assert listener.heard[0].end - listener.heard[0].start > 2


class Cost:
    """Prints what a stretch of time has cost Asterisk and this harness, in shares of a core."""

    def __init__(self, box: Pbx, what: str) -> None:
        self._pbx, self._what = box, what

    def __enter__(self) -> None:
        self._wall, self._here, self._there = time.monotonic(), self._own(), self._asterisk()

    def __exit__(self, *_: object) -> None:
        wall = time.monotonic() - self._wall
        here, there = (self._own() - self._here) / wall, (self._asterisk() - self._there) / wall
        late = 1000 * Pacer.current().worst_delay
        print(f"\n{self._what}: Asterisk {there:.0%}, harness {here:.0%} of a core; {late:.0f} ms late at worst")

    def _own(self) -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime

    def _asterisk(self) -> float:
        """CPU seconds of the processes that have this instance's directories mounted."""
        ticks = 0
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if str(self._pbx.home) in (process / "mountinfo").read_text():
                    ticks += sum(map(int, (process / "stat").read_text().rpartition(")")[2].split()[11:13]))
            except OSError:
                continue  # it ended while we looked
        return ticks / 100


async def test_fifty_calls_at_once_hear_each_its_own_prompt(box: Pbx, trunk: UserAgent) -> None:
    with Cost(box, f"setting up {MANY} calls and hearing a prompt in each"):
        calls = [await call(trunk, box, str(800 + n)) for n in range(MANY)]
        await asyncio.gather(*(made.hear(CALLEES[n], 10) for n, made in enumerate(calls)))
    with Cost(box, f"{MANY} calls"):
        await asyncio.sleep(5)
    await asyncio.gather(*(made.hangup() for made in calls))
    assert [names(made) for made in calls] == [[tones.name] for tones in CALLEES]


async def test_fifty_bridged_calls_hear_each_other_both_ways(box: Pbx, trunk: UserAgent) -> None:
    before = len(trunk.calls)
    calls = [await call(trunk, box, str(900 + n), CALLERS[n]) for n in range(MANY)]
    await asyncio.gather(*(made.answered(10) for made in calls))
    callees = {int(taken.called): taken for taken in trunk.calls[before:]}
    for number, taken in callees.items():
        taken.speak(CALLEES[number])
    await asyncio.gather(
        *(made.hear(CALLEES[n]) for n, made in enumerate(calls)), *(callees[n].hear(CALLERS[n]) for n in range(MANY))
    )
    with Cost(box, f"{MANY} bridged calls, {2 * MANY} legs"):
        await asyncio.sleep(5)
    assert {made.hearing for made in calls} == {tones.name for tones in CALLEES}
    await asyncio.gather(*(made.hangup() for made in calls))
    await asyncio.gather(*(taken.ended() for taken in callees.values()))
    for n, made in enumerate(calls):
        assert [(h.name, h.end - h.start > 5) for h in made.heard] == [(CALLEES[n].name, True)]
        assert len(made.audio) > 5 * RATE
