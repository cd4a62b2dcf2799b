"""Queues and mailboxes by themselves on a real Asterisk: what one who waits meets, and one who speaks to a machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from tests.oracle.by_hand import ENDPOINTS, NOON, OTHERS, SAYS, endings, heard, heard_in, meet, plan, say, to
from tests.oracle.exchange import LONG, Exchange, Habit, exchange, lengths, prompt, telephone, thing
from tests.oracle.plan import Plan
from tests.sip import Call
from vaxelflode.demo.choose import Maker
from vaxelflode.demo.pbx import Pbx
from vaxelflode.domain.company import Object
from vaxelflode.domain.passage import Caller, Luck

pytestmark = [pytest.mark.pbx, pytest.mark.call]

GREETING, JOIN, MUSIC, PERIODIC, AGENT = OTHERS[:5]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pbx(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx: Pbx) -> AsyncIterator[Exchange]:
    async with exchange(pbx, ENDPOINTS) as made:
        yield made


def queue(n: int, **spec: Any) -> Object:
    """A queue with an exit of each sort."""
    made = {"timeout": 5, "retry": 1, "longest_wait": 10, "music": prompt(MUSIC), "full": say("a"), "waited": say("b")}
    return thing(f"queue/q{n}", **(made | {"no_agents": say("c")} | spec))


def waiting(n: int, how: Luck, agent: Luck | None = None, *, paused: bool = False, **spec: Any) -> Plan:
    """A call to a queue of that luck, with one agent of this one or with none."""
    key, phone = f"q{n}", f"10{n:02}"
    filler = replace(thing(f"number/461010239{n:02}", route=to(f"queue/{key}")), name=f"fills {key}")
    return plan(
        to(f"queue/{key}"),
        queue(n, **spec),
        *([filler] if how == "full" else []),
        phones={} if agent is None else {phone: agent},
        luck={f"queue/{key}": how},
        agents=() if agent is None else ((key, phone, paused),),
    )


async def test_a_queue(here: Exchange) -> None:
    """An agent who is on a pause, or whose telephone is not registered, is none. Who answers and hangs up ends it."""
    told: dict[str, Any] = {"periodic": prompt(PERIODIC), "periodic_every": 10, "longest_wait": 15}
    met = await meet(
        here,
        waiting(0, "answered", "answered"),
        waiting(1, "no_answer", "no_answer"),
        waiting(2, "busy", "busy"),
        waiting(3, "no_agents"),
        waiting(4, "no_agents", "answered", paused=True),
        waiting(5, "no_agents", "unreachable", when_empty="refuse"),
        waiting(6, "no_agents", when_empty="wait"),
        waiting(7, "full", "no_answer", length=1, longest_wait=60),
        waiting(8, "no_agents", no_agents=None, **told),
        waiting(9, "no_answer", "no_answer", **told),
    )
    assert endings(met) == ["talks 1000", *["ended"] * 9]
    p = PERIODIC.name
    assert heard(met) == [[], ["b"], ["b"], ["c"], ["c"], ["c"], ["b"], ["a"], [p, "b"], [p, "b"]]


async def test_who_waits_while_every_agent_is_in_a_call_is_told_so_in_time(here: Exchange) -> None:
    """Asterisk looks around every second then, however long it rests between two rounds of ringing."""
    made = queue(0, retry=20, periodic=prompt(PERIODIC), periodic_every=10, longest_wait=12)
    number = thing("number/46101022450", route=to("queue/q0"))
    await here.lay(*SAYS, telephone("1020"), made, number)
    here.telephones.habits["1020"] = Habit(voice=AGENT)
    await here.agent("q0", "1020")
    async with await here.call("+46101022450") as first:
        await first.hear(AGENT)
        async with await here.call("+46101022450") as second:
            assert heard_in(await second.ended(20)) == [MUSIC.name, PERIODIC.name, MUSIC.name, "b"]
        assert first.is_up
    simulation = here.says("46101022450", Caller(NOON, luck={made.ref: "busy"}, sounds=lengths()))
    assert [p.after for p in simulation.steps[1].passage.played] == [10.0]


async def test_who_waits_is_led_on_when_the_last_agent_goes(here: Exchange) -> None:
    """At the end of the round of ringing. Where those who wait stay, it is the longest wait that leads on."""
    leaves, stays = queue(0, longest_wait=60), queue(1, when_empty="refuse")
    numbers = [thing(f"number/4610102240{n}", route=to(f"queue/q{n}")) for n in (0, 1)]
    await here.lay(*SAYS, telephone("1010"), telephone("1011"), leaves, stays, *numbers)

    async def left(n: int) -> list[str]:
        await here.agent(f"q{n}", f"101{n}")
        async with await here.call(f"+4610102240{n}") as call:
            await call.hear(MUSIC)
            await here.telephones.call_at(f"101{n}")
            await here.no_agent(f"q{n}", f"101{n}")
            return heard_in(await call.ended(20))

    assert await _both(left(0), left(1)) == [[MUSIC.name, "c"], [MUSIC.name, "b"]]


async def test_a_key_leads_out_of_a_queue_during_its_message_and_while_one_waits(here: Exchange) -> None:
    """Other keys do nothing, and cut nothing short. ``Playback`` would swallow them all."""
    made = queue(0, keys={"5": say("d")}, join=prompt(JOIN, LONG), no_agents=None)
    await here.lay(*SAYS, made, thing("number/46101022500", route=to("queue/q0")))

    async def pressed(keys: str, *, waiting: bool) -> tuple[list[str], bool]:
        async with await here.call("+46101022500") as call:
            await call.hear(JOIN)
            if waiting:
                await call.hear(MUSIC)
            await call.press(keys)
            await (call.ended(8) if "5" in keys else call.hear(MUSIC, 8))
            whole = call.heard[0].end - call.heard[0].start > LONG - 0.5
            return heard_in(call), whole

    j, m = JOIN.name, MUSIC.name
    meant = [("5", False), ("75", False), ("7", False), ("5", True), ("75", True)]
    found = await _both(*(pressed(keys, waiting=waiting) for keys, waiting in meant))
    assert found == [([j, "d"], False), ([j, "d"], False), ([j, m], True), ([j, m, "d"], True), ([j, m, "d"], True)]


async def test_ringing_instead_of_music(here: Exchange) -> None:
    made = queue(0, ringing=True, no_agents=None)
    await here.lay(*SAYS, made, thing("number/46101022600", route=to("queue/q0")))
    async with await here.call("+46101022600") as call:
        await call.answered(5)
        await asyncio.sleep(7)
        assert call.heard == []
        assert 0.1 < _share_of(call, 425) < 0.5  # one second in six, and a beginning


def _share_of(call: Call, tone: int) -> float:
    """The share of the tenths of a second so far in which a tone is what is heard most."""
    sound = call.audio[: len(call.audio) // 800 * 800].reshape(-1, 800).astype(np.float64)
    loudest = np.fft.rfftfreq(800, 1 / 8000)[np.abs(np.fft.rfft(sound, axis=1)).argmax(axis=1)]
    return float(((np.abs(sound).mean(axis=1) > 100) & (np.abs(loudest - tone) <= 10)).mean())


def box(n: int, **spec: Any) -> Object:
    """A mailbox with an exit of each sort."""
    ways = {"after": say("a"), "operator": say("b"), "star": say("c"), "full": say("d")}
    return thing(f"voicemail/v{n}", **({"greeting": prompt(GREETING, LONG)} | ways | spec))


async def test_a_mailbox(here: Exchange) -> None:
    """Keys lead out while it greets, ``#`` ends the message. A full one without an exit says so, and goes on.

    While one speaks 0 and ``*`` do nothing; ``#`` does nothing while it greets. A message below 2 s is not kept.
    """

    def called(n: int, keys: str = "", how: Luck = "answered", **spec: Any) -> Plan:
        return plan(to(f"voicemail/v{n}"), box(n, **spec), keys=keys, luck={f"voicemail/v{n}": how})

    for key, messages in (("v5", 100), ("v6", 100), ("v7", 99)):
        here.fill(key, messages)
    met = await meet(
        here,
        called(0),
        called(1, "0"),
        called(2, "5*"),
        called(3, "#"),
        called(4, "0#", operator=None),
        called(5, how="full"),
        called(6, how="full", full=None),
        called(7, "#", greeting=None),
    )
    g = GREETING.name
    assert endings(met) == ["waits", *["ended"] * 7]
    assert [sorted(m.messages) for m in met[:5]] == [["voicemail/v0"], [], [], ["voicemail/v3"], ["voicemail/v4"]]
    assert heard(met) == [[g], [g, "b"], [g, "c"], [g, "a"], [g, "a"], ["d"], [g, "a"], ["a"]]
    kept = [len([*here.mailbox(f"v{n}").glob("msg*.txt")]) for n in range(8)]
    assert kept == [1, 0, 0, 1, 1, 100, 100, 100]


async def _both(*coming: Any) -> list[Any]:
    return list(await asyncio.gather(*coming))
