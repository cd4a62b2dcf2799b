"""Two hundred callers: each is held in a step while revisions go live, then led on; and what each must have heard."""

from __future__ import annotations

import asyncio
import itertools
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

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
    TALK,
    TURN,
    Group,
    Stages,
)
from tests.sip import CallError, Heard, OutgoingCall, Pacer
from tests.sip.listener import FRAME, name_frames

#: Seconds by which a step may seem longer or shorter: a call's own answer, three frames of a listener, a busy machine.
SLACK = 1.0
#: Seconds without any packet that may pass between two sounds.
PAUSE = 1.0
#: Seconds of silence within one sound that are a stumble of the machine's.
HOLE = 0.8
#: Seconds in which somebody who is led on must hear where to.
LED_WITHIN = 20.0
_WRONG_KEY = "9"


@dataclass
class Caller:
    """One call. Times are in seconds since it began, as in what it heard; ``spoken`` is how much sound was sent until
    it was in its place, and until the key was pressed.
    """

    group: Group
    call: OutgoingCall
    number: str
    began: float
    pressed: float | None = None
    erred: float | None = None
    spoken: tuple[float, float] = (0.0, 0.0)
    failed: str = ""
    heard: list[Heard] = field(default_factory=list)

    @property
    def lateness(self) -> float:
        """How late the harness itself has been during the call."""
        return Pacer.current().worst_since(self.began)

    async def err(self) -> None:
        """Press a key that leads nowhere."""
        self.erred = self.call.seconds
        await self.call.press(_WRONG_KEY)

    async def led_on(self, seconds: float) -> None:
        """Press the key, if one leads on, wait for at most so long until another place is heard, and hang up."""
        try:
            if self.group.key:
                self.pressed, self.spoken = self.call.seconds, (self.spoken[0], self.call.spoken)
                await self.call.press(self.group.key)
            await self._arrived(seconds)
            await asyncio.sleep(SLACK)
            await self.call.hangup()
        except CallError as err:
            self.failed = str(err)

    async def _arrived(self, seconds: float) -> None:
        names = {AGENT.name} if self.group.answered else {voice.name for voice in PLACES.values()}
        until = asyncio.get_running_loop().time() + seconds
        while not names & {h.name for h in self.call.heard} and asyncio.get_running_loop().time() < until:
            if self.call.is_over:
                return
            await asyncio.sleep(0.3)


@dataclass
class Judge:
    """What the calls heard, held against what stood where."""

    stages: Stages
    revisions: Revisions

    def faults(self, caller: Caller) -> list[str]:
        """Everything that is wrong with one call, in words."""
        caller.heard = joined(caller.call.heard)
        found = [*self._ended(caller), *(self._astray(caller) or self._steps(caller))]
        told = [(h.name, round(h.start, 1), round(h.end, 1)) for h in caller.heard]
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

    def _astray(self, caller: Caller) -> list[str]:
        """Where the call is in the end, and by what stood when it was led there."""
        if not caller.heard:
            return ["nothing was heard"]
        last = caller.heard[-1].name
        if caller.group.answered:
            return [] if last == AGENT.name else [f"ended in {last}"]
        at = caller.began + (caller.heard[-1].start if caller.pressed is None else caller.pressed)
        ref, way = ("menu/pong", "timeout") if self._turned(caller) else (caller.group.ref, caller.group.way)
        stood = self.revisions.possible(ref, way, at - SLACK, at + SLACK)
        names = {PLACES[v["object"]].name for v in stood if isinstance(v, dict) and v.get("object") in PLACES}
        return [] if last in names else [f"ended in {last} instead of {sorted(names)}"]

    def _turned(self, caller: Caller) -> bool:
        """Whether the last of the two that follow each other was the second one."""
        return len(caller.heard) > 1 and caller.heard[-2].name == PONG.name

    def _steps(self, caller: Caller) -> list[str]:
        """Each step was gone through whole, once, and in order."""
        *steps, last = caller.heard
        if caller.group.answered:  # who answers may be heard in pieces, since it is the harness that speaks
            at = next(n for n, h in enumerate(caller.heard) if h.name == AGENT.name)
            steps, last = caller.heard[:at], caller.heard[at]
        match caller.group.ref.partition("/")[0], caller.group.application:
            case "announcement", _ if caller.group.ref == "announcement/ping":
                found = self._in_turns(steps)
            case "announcement", _:
                found = _one(steps, TALK.name, self.stages.talk.seconds)
            case "menu", "BackGround":
                found = _until_key(steps, MENU.name, caller)
            case "menu", _:
                found = self._asked(steps, last, caller)
            case "queue", _:
                found = self._waited(steps, last, caller)
            case _, "BackGround":
                found = _until_key(steps, GREETING.name, caller)
            case _:
                found = _one(steps, HELLO.name, 1.0)
        return [*found]

    def _in_turns(self, steps: list[Heard]) -> Iterator[str]:
        for number, step in enumerate(steps):
            if step.name != (PING, PONG)[number % 2].name:
                yield f"{step.name} came {number + 1}."
            if abs(step.end - step.start - TURN) > SLACK:
                yield f"{step.name} was heard for {step.end - step.start:.1f} s"
        if len(steps) < 2:
            yield "nothing followed"

    def _asked(self, steps: list[Heard], last: Heard, caller: Caller) -> Iterator[str]:
        """The question, then the wait that stood when it began, and again; a wrong key asks at once."""
        for step, after in itertools.pairwise([*steps, last]):
            yield from _one([step], ASK.name, ASKED)
            if after is last and caller.pressed is not None:
                continue
            if caller.erred is not None and step.start < caller.erred < after.start:
                if after.start - caller.erred > SLACK:
                    yield f"was asked again {after.start - caller.erred:.1f} s after a wrong key"
                continue
            at = caller.began + step.end
            waits = [w for w in self.revisions.possible(caller.group.ref, "wait", at - SLACK, at + SLACK) if w]
            if not any(abs(after.start - step.end - wait) <= SLACK for wait in waits):
                yield f"waited {after.start - step.end:.1f} s instead of one of {waits}"
        if caller.pressed is None and len(steps) != 2:
            yield f"was asked {len(steps)} times instead of twice"
        if caller.pressed is not None and last.start - caller.pressed > SLACK:
            yield f"was led on {last.start - caller.pressed:.1f} s after the key"

    def _waited(self, steps: list[Heard], last: Heard, caller: Caller) -> Iterator[str]:
        """Music all the time, and as long as the longest wait was when it began, where nothing else led on."""
        for step, after in itertools.pairwise([*steps, last]):
            if step.name not in (MUSIC.name, OTHER_MUSIC.name):
                yield f"{step.name} in a queue"
            if after.start - step.end > SLACK and not caller.group.answered:
                yield f"no music for {after.start - step.end:.1f} s"
        if not steps:
            yield "no music"
        elif not caller.group.key and not caller.group.answered:
            yield from _one([Heard("the wait", steps[0].start, last.start)], "the wait", self.stages.long, 2 * SLACK)


def _one(steps: list[Heard], name: str, seconds: float, slack: float = SLACK) -> Iterator[str]:
    """One stretch and nothing else, of that length: shorter, a part was left out; longer, some came again."""
    if [step.name for step in steps] != [name]:
        yield f"heard {[step.name for step in steps]} instead of {name} once"
    elif abs(steps[0].end - steps[0].start - seconds) > slack:
        yield f"heard {name} for {steps[0].end - steps[0].start:.1f} s instead of {seconds}"


def _until_key(steps: list[Heard], name: str, caller: Caller) -> Iterator[str]:
    if caller.pressed is not None and steps:
        yield from _one(steps, name, caller.pressed - steps[0].start)
    else:
        yield "nothing was heard, or no key pressed"


def joined(heard: Iterable[Heard]) -> list[Heard]:
    """One stretch of what is one but for a short hole, as a busy machine makes it: its length tells what is missing."""
    found: list[Heard] = []
    for h in heard:
        if found and found[-1].name == h.name and h.start - found[-1].end <= HOLE:
            found[-1] = Heard(h.name, found[-1].start, h.end)
        else:
            found.append(h)
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
    if caller.number not in kept or caller.pressed is None or not caller.heard:
        yield f"{caller.group.name}, {caller.number}: no message was kept"
        return
    seconds, voice = kept[caller.number]
    least, most = caller.spoken[1] - caller.spoken[0] - SLACK, caller.pressed - caller.heard[0].end + SLACK
    if not least <= seconds <= most or voice < 0.95:
        words = f"{seconds:.1f} s were kept of {least:.1f} to {most:.1f}, {voice:.0%} of them the caller's"
        yield f"{caller.group.name}, {caller.number}: {words}"
