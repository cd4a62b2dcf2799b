"""The judge of the callers: it finds nothing wrong with calls that went on as they should, and each that did not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

import pytest

from tests.crowd.callers import Caller
from tests.crowd.judge import Judge, unkept
from tests.crowd.revisions import Revisions
from tests.crowd.stages import (
    AGENT,
    ASK,
    ASTRAY,
    GREETING,
    HELLO,
    HERE,
    MENU,
    MUSIC,
    OTHER_MUSIC,
    PING,
    PONG,
    TALK,
    THERE,
    Stages,
    groups,
)
from tests.sip import Heard, OutgoingCall, Pair

LONG = 40
GROUPS = {group.name: group for group in groups()}


@dataclass
class Call:
    """What a call has to show when it is over."""

    heard: list[Heard]
    ended_by: str = "us"
    longest_pause: float = 0.1
    story: list[str] = field(default_factory=list)


def caller(name: str, *heard: tuple[Pair, float, float], pressed: float | None = None, **more: Any) -> Caller:
    call = Call([Heard(voice.name, start, end) for voice, start, end in heard], **more)
    began = asyncio.get_running_loop().time()
    return Caller(GROUPS[name], cast("OutgoingCall", call), "+46701740000", began, pressed=pressed)


def judge() -> Judge:
    stages = Stages(LONG)
    return Judge(stages, Revisions(stages, cast("Any", None), Random(1)))


GOOD: dict[str, tuple[Any, ...]] = {
    "one long message": ((TALK, 0.4, 40.4), (HERE, 40.5, 42)),
    "a message that is deleted": ((TALK, 0.4, 20.0), (TALK, 20.3, 40.4), (HERE, 40.5, 42)),
    "a message and a menu in turns": ((PING, 0, 6), (PONG, 6, 12), (PING, 13, 19), (HERE, 19, 21)),
    "a menu's prompt": (10.0, (MENU, 0.3, 10.1), (HERE, 10.3, 12)),
    "a menu that waits": (70.0, (ASK, 0.3, 4.3), (ASK, 64.3, 68.3), (HERE, 70.3, 72)),
    "a menu without a key": ((ASK, 0.3, 4.3), (ASK, 20.3, 24.3), (HERE, 40.3, 42)),
    "a queue, left by a key": (20.0, (MUSIC, 0.3, 9), (OTHER_MUSIC, 9, 20), (HERE, 20.2, 22)),
    "a queue, until the longest wait": ((MUSIC, 0.3, 40.5), (HERE, 40.6, 42)),
    "a queue, until an agent answers": ((MUSIC, 0.3, 30.5), (AGENT, 32.0, 33), (AGENT, 36, 37)),
    "a greeting": (10.0, (GREETING, 0.3, 10.1), (HERE, 10.3, 12)),
    "a recording": (30.0, (HELLO, 0.3, 4.3), (HERE, 31.5, 33)),
}
BAD: dict[str, tuple[str, tuple[Any, ...]]] = {
    "begun again": ("one long message", ((TALK, 0.4, 52.0), (HERE, 52.1, 54))),
    "cut short": ("one long message", ((TALK, 0.4, 30.0), (HERE, 30.1, 32))),
    "silent": ("one long message", ((TALK, 0.4, 12.0), (TALK, 35, 40.4), (HERE, 40.5, 42))),
    "led astray": ("one long message", ((TALK, 0.4, 40.4), (ASTRAY, 40.5, 42))),
    "led where nothing led": ("one long message", ((TALK, 0.4, 40.4), (THERE, 40.5, 42))),
    "led nowhere": ("one long message", ((TALK, 0.4, 40.4),)),
    "heard nothing": ("one long message", ()),
    "a step left out": ("a message and a menu in turns", ((PING, 0, 6), (PING, 7, 13), (HERE, 13, 15))),
    "a step cut": ("a message and a menu in turns", ((PING, 0, 6), (PONG, 6, 9), (PING, 10, 16), (HERE, 16, 18))),
    "never went on": ("a message and a menu in turns", ((PING, 0, 6), (HERE, 6, 8))),
    "prompt over before the key": ("a menu's prompt", (10.0, (MENU, 0.3, 5.1), (HERE, 10.3, 12))),
    "asked too soon": ("a menu that waits", (70.0, (ASK, 0.3, 4.3), (ASK, 34.3, 38.3), (HERE, 70.3, 72))),
    "asked once too often": (
        "a menu without a key",
        ((ASK, 0.3, 4.3), (ASK, 20.3, 24.3), (ASK, 40.3, 44.3), (HERE, 60.3, 62)),
    ),
    "no music": ("a queue, left by a key", (20.0, (MUSIC, 0.3, 9), (HERE, 20.2, 22))),
    "waited too long": ("a queue, until the longest wait", ((MUSIC, 0.3, 60.5), (HERE, 60.6, 62))),
    "never answered": ("a queue, until an agent answers", ((MUSIC, 0.3, 30.5),)),
    "greeted twice": ("a recording", (30.0, (HELLO, 0.3, 8.3), (HERE, 31.5, 33))),
}


def _of(name: str, said: tuple[Any, ...], **more: Any) -> Caller:
    pressed = said[0] if said and isinstance(said[0], float) else None
    return caller(name, *(said if pressed is None else said[1:]), pressed=pressed, **more)


@pytest.mark.parametrize("name", GOOD)
async def test_a_call_that_went_on_as_it_should_has_no_faults(name: str) -> None:
    assert judge().faults(_of(name, GOOD[name])) == []


@pytest.mark.parametrize("what", BAD)
async def test_a_call_that_jumped_is_found(what: str) -> None:
    assert judge().faults(_of(*BAD[what]))


@pytest.mark.parametrize("fault", [{"ended_by": "them"}, {"longest_pause": 3.0}])
async def test_a_call_that_was_hung_up_or_went_silent_is_found(fault: dict[str, Any]) -> None:
    assert judge().faults(_of("one long message", GOOD["one long message"], **fault))


async def test_what_stood_is_told_by_when_it_was_sent_and_answered() -> None:
    work = judge().revisions
    begin = asyncio.get_running_loop().time()
    assert [*work.possible("menu/vantar", "wait", begin, begin)] == [60]
    assert [*work.possible("queue/ko", "keys.2", begin, begin)] == [None]


async def test_a_message_that_lacks_a_part_is_found() -> None:
    spoke = _of("a recording", GOOD["a recording"])
    spoke.spoken = 2.0, 30.0
    assert [*unkept(spoke, {spoke.number: (26.0, 1.0)})] == []
    assert [*unkept(spoke, {spoke.number: (20.0, 1.0)})]
    assert [*unkept(spoke, {spoke.number: (26.0, 0.5)})]
    assert [*unkept(spoke, {})]
