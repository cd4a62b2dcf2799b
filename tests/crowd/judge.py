"""What each caller must have heard, and what each mailbox must have kept. Each fault is a line of words."""

from __future__ import annotations

import itertools
import math
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.crowd.callers import Caller
from tests.crowd.revisions import Revisions
from tests.crowd.stages import (
    AGENT,
    ASK,
    ASKED,
    CALLER,
    GREETING,
    HELLO,
    MENU,
    MUSIC,
    OTHER_MUSIC,
    PING,
    PLACES,
    PONG,
    PONG_WAITS,
    SAID,
    TALK,
    TURN,
    Stages,
)
from tests.sip import Heard
from tests.sip.listener import FRAME, name_frames

#: Seconds in which no packet may come, and of silence that do not make one question of a menu two.
PAUSE, HOLE = 2.0, 2.0
#: The share of a sound that is heard at least: where a machine has too little time, each stumble takes some of it.
AUDIBLE = 0.6


class Stretch(NamedTuple):
    """A sound from when it began until it ended, and for how many seconds of these it was heard: a machine that is busy
    makes holes in it.
    """

    name: str
    start: float
    end: float
    sounded: float


@dataclass
class Judge:
    """What the calls heard, held against what stood where."""

    stages: Stages
    revisions: Revisions

    def faults(self, caller: Caller) -> list[str]:
        """Everything that is wrong with one call, in words."""
        asks = caller.group.application == "WaitExten"
        heard = joined(caller.call.heard, HOLE + caller.lateness if asks else math.inf)
        found = [*self._ended(caller), *(self._astray(caller, heard) or self._steps(caller, heard))]
        told = [(h.name, round(h.start, 1), round(h.end, 1)) for h in caller.call.heard]
        return [
            f"{caller.group.name}, {caller.number}: {fault}; pressed at {caller.pressed}; heard {told}"
            for fault in found
        ]

    def _ended(self, caller: Caller) -> Iterator[str]:
        if caller.failed:
            yield caller.failed
        if caller.call.ended_by != "us":
            yield f"was ended by {caller.call.ended_by or 'nobody'}"
        if caller.call.longest_pause > PAUSE + caller.group.silent + caller.lateness:
            yield f"no packet came for {caller.call.longest_pause:.1f} s"

    def _astray(self, caller: Caller, heard: list[Stretch]) -> list[str]:
        """Where the call is in the end, and by what stood when it was led there."""
        if not heard:
            return ["nothing was heard"]
        last = heard[-1]
        if caller.group.answered:
            return [] if last.name == AGENT.name else [f"ended in {last.name}"]
        at = caller.began + (last.start if caller.pressed is None else caller.pressed)
        from_pong = len(heard) > 1 and heard[-2].name == PONG.name
        ref, way = ("menu/pong", "timeout") if from_pong else (caller.group.ref, caller.group.way)
        stood = self.revisions.possible(ref, way, at - caller.slack, at + caller.slack)
        names = {PLACES[v["object"]].name for v in stood if isinstance(v, dict) and v.get("object") in PLACES}
        return [] if last.name in names else [f"ended in {last.name} instead of {sorted(names)}"]

    def _steps(self, caller: Caller, heard: list[Stretch]) -> list[str]:
        """Each step was gone through whole, once, and in order."""
        *steps, last = heard
        match caller.group.ref.partition("/")[0], caller.group.application:
            case "announcement", _ if caller.group.ref == "announcement/ping":
                found = _in_turns(heard, caller.slack)
            case "announcement", _:
                found = _one(steps, TALK.name, self.stages.talk.seconds, caller.slack, until=last.start)
            case "menu", "BackGround":
                found = _until_key(steps, MENU.name, caller)
            case "menu", _:
                found = self._asked(steps, last, caller)
            case "queue", _:
                found = self._waited(steps, last, caller)
            case _, "BackGround":
                found = _until_key(steps, GREETING.name, caller)
            case _:
                found = _one(steps, HELLO.name, SAID, caller.slack)
        return [*found]

    def _asked(self, steps: list[Stretch], last: Stretch, caller: Caller) -> Iterator[str]:
        """The question, then the wait that stood when it began, and again; a wrong key asks at once."""
        for step, after in itertools.pairwise([*steps, last]):
            yield from _one([step], ASK.name, ASKED, caller.slack)
            if after is last and caller.pressed is not None:
                continue
            if caller.erred is not None and step.start < caller.erred < after.start:
                if after.start - caller.erred > caller.slack:
                    yield f"was asked again {after.start - caller.erred:.1f} s after a wrong key"
                continue
            at = caller.began + step.end
            waits = [
                w for w in self.revisions.possible(caller.group.ref, "wait", at - caller.slack, at + caller.slack) if w
            ]
            if not any(abs(after.start - step.end - wait) <= caller.slack for wait in waits):
                yield f"waited {after.start - step.end:.1f} s instead of one of {waits}"
        if caller.pressed is None and len(steps) != 2:
            yield f"was asked {len(steps)} times instead of twice"
        if caller.pressed is not None and last.start - caller.pressed > caller.slack:
            yield f"was led on {last.start - caller.pressed:.1f} s after the key"

    def _waited(self, steps: list[Stretch], last: Stretch, caller: Caller) -> Iterator[str]:
        """Music all the time, and as long as the longest wait was when it began, where nothing else led on."""
        yield from (f"{step.name} in a queue" for step in steps if step.name not in (MUSIC.name, OTHER_MUSIC.name))
        if not steps:
            yield "no music"
            return
        waited = last.start - steps[0].start
        if (sounded := sum(step.sounded for step in steps)) < AUDIBLE * waited:
            yield f"music for {sounded:.1f} of {waited:.1f} s"
        if not caller.group.key and not caller.group.answered and abs(waited - self.stages.long) > 2 * caller.slack:
            yield f"waited for {waited:.1f} s instead of {self.stages.long}"


def _in_turns(heard: list[Stretch], slack: float) -> Iterator[str]:
    for number, (step, after) in enumerate(itertools.pairwise(heard)):
        voice, seconds = ((PING, TURN), (PONG, TURN + PONG_WAITS))[number % 2]
        yield from _one([step], voice.name, seconds, slack, until=after.start)
    if len(heard) < 3:
        yield "nothing followed"


def _one(steps: list[Stretch], name: str, seconds: float, slack: float, *, until: float | None = None) -> Iterator[str]:
    """One sound and nothing else, of that length: shorter, a part was left out; longer, some came again. It lasts
    ``until`` something else begins, where that is given.
    """
    if [step.name for step in steps] != [name]:
        yield f"heard {[step.name for step in steps]} instead of {name} once"
        return
    lasted = (steps[0].end if until is None else until) - steps[0].start
    if abs(lasted - seconds) > slack:
        yield f"heard {name} for {lasted:.1f} s instead of {seconds:.1f}"
    elif steps[0].sounded < AUDIBLE * seconds:
        yield f"heard {name} for {steps[0].sounded:.1f} s of {seconds:.1f} only"


def _until_key(steps: list[Stretch], name: str, caller: Caller) -> Iterator[str]:
    if caller.pressed is not None and steps:
        yield from _one(steps, name, caller.pressed - steps[0].start, caller.slack)
    else:
        yield "nothing was heard, or no key pressed"


def joined(heard: Iterable[Heard], hole: float) -> list[Stretch]:
    """What is heard again within so many seconds, with nothing else between, as one."""
    found: list[Stretch] = []
    for h in heard:
        sounded = h.end - h.start
        if found and found[-1].name == h.name and h.start - found[-1].end <= hole:
            found[-1] = Stretch(h.name, found[-1].start, h.end, found[-1].sounded + sounded)
        else:
            found.append(Stretch(h.name, h.start, h.end, sounded))
    return found


def messages(folder: Path) -> dict[str, tuple[float, float]]:
    """What a mailbox kept: caller's number → seconds, and which share of them is the caller's own voice."""
    found = {}
    for text in sorted(folder.glob("msg*.txt")):
        lines = dict(line.partition("=")[::2] for line in text.read_text().splitlines())
        with wave.open(str(text.with_suffix(".wav"))) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        whole = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
        names = name_frames(whole) if len(whole) else []
        number = lines["callerid"].partition("<")[2].rstrip(">") or lines["callerid"]
        found[number] = len(sound) / 8000, names.count(CALLER.name) / max(len(names), 1)
    return found


def unkept(caller: Caller, kept: dict[str, tuple[float, float]]) -> Iterator[str]:
    """What is wrong with the message of somebody who spoke from the beep until the key: all that was sent is in it."""
    if caller.number not in kept or caller.pressed is None or not caller.call.heard:
        yield f"{caller.group.name}, {caller.number}: no message was kept"
        return
    seconds, voice = kept[caller.number]
    least, most = (
        caller.spoken[1] - caller.spoken[0] - caller.slack,
        caller.pressed - caller.call.heard[0].end + caller.slack,
    )
    if not least <= seconds <= most or voice < 0.95:
        words = f"{seconds:.1f} s were kept of {least:.1f} to {most:.1f}, {voice:.0%} of them the caller's"
        yield f"{caller.group.name}, {caller.number}: {words}"
