"""Queue: callers wait for agents; exits for full, waited too long, no agents, and a key that is pressed.

Who answers is live state, not part of the spec (ASTERISK.md, *Shape decides*): members are never static.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal, cast

from vaxelflode.domain.destination import HANGUP, Destination
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.kinds.menu import Key
from vaxelflode.domain.passage import Caller, Passage, Played, heard, stays, through
from vaxelflode.domain.spec import PROMPT_PATTERN, Spec, field

Strategy = Literal["ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "rrordered", "wrandom", "linear"]
#: Strategies in which agents have an order. Asterisk keeps a queue's agents in a list or not, by the strategy with
#: which it first read the queue.
_ORDERED = frozenset({"linear", "rrordered"})
#: ``wait``: callers wait though nobody is there. ``refuse``: new callers are led on, those who wait stay. ``leave``:
#: those who wait are led on too.
WhenEmpty = Literal["wait", "refuse", "leave"]
#: Whether an agent who does not answer is paused by the PBX: in this queue, or in all of theirs.
AutoPause = Literal["no", "yes", "all"]


class Queue(Spec):
    """How calls are shared among agents, and when the caller is led on."""

    itemised: ClassVar[frozenset[str]] = frozenset({"keys"})
    patient: ClassVar[frozenset[str]] = frozenset({"waited", "keys"})
    pressed: ClassVar[Mapping[str, str]] = {"keys": ""}
    rests: ClassVar[bool] = True

    timeout: int = field(20, aspect="settings", unit="s", option="timeout", ge=5, le=120)
    retry: int = field(3, aspect="settings", unit="s", option="retry", ge=1, le=60)
    wrapup: int = field(0, aspect="settings", unit="s", option="wrapuptime", ge=0, le=600)
    length: int = field(0, aspect="settings", unit="calls", option="maxlen", ge=0, le=1000)
    longest_wait: int = field(900, aspect="settings", unit="s", option="Queue", ge=10, le=7200)
    target: int = field(60, aspect="settings", unit="s", option="servicelevel", ge=1, le=3600)
    announce_position: bool = field(False, aspect="settings", option="announce-position")
    announce_wait: bool = field(False, aspect="settings", option="announce-holdtime")
    announce_every: int = field(0, aspect="settings", unit="s", option="announce-frequency", ge=0, le=3600)
    autopause: AutoPause = field("no", aspect="settings", option="autopause")
    join: str | None = field(None, aspect="audio", slot="join", pattern=PROMPT_PATTERN, option="Playback")
    periodic: str | None = field(
        None, aspect="audio", slot="periodic", pattern=PROMPT_PATTERN, option="periodic-announce"
    )
    periodic_every: int = field(60, aspect="audio", unit="s", option="periodic-announce-frequency", ge=10, le=3600)
    music: str | None = field(None, aspect="audio", slot="music", pattern=PROMPT_PATTERN, option="musicclass")
    ringing: bool = field(False, aspect="audio", option="Queue(,r)")
    strategy: Strategy = field("rrmemory", aspect="strategy", option="strategy")
    weight: int = field(0, aspect="strategy", unit="points", option="weight", ge=0, le=100)
    when_empty: WhenEmpty = field("leave", aspect="strategy", option="joinempty, leavewhenempty")
    full: Destination = field(HANGUP, aspect="route")
    waited: Destination = field(HANGUP, aspect="route")
    no_agents: Destination | None = field(None, aspect="route")
    keys: Mapping[Key, Destination] = field({}, aspect="route", option="context")

    @property
    def joins_empty(self) -> bool:
        """Whether a caller may join though nobody is there to answer."""
        return self.no_agents is None or self.when_empty == "wait"

    @property
    def leaves_empty(self) -> bool:
        """Whether those who wait are led on when the last agent goes."""
        return self.no_agents is not None and self.when_empty == "leave"

    def refuses(self, before: Spec) -> Iterator[tuple[str, str]]:
        """A change to an order of agents: Asterisk accepts and shows it, and does not obey until it is started anew."""
        if self.strategy in _ORDERED and isinstance(before, Queue) and before.strategy not in _ORDERED:
            words = f"a queue cannot become {self.strategy}: the PBX would show it, and keep no order of the agents"
            yield "strategy", f"{words}; make a new one"

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:
        """The caller waits, unless the queue cannot take them, a key leads on, or nobody answers in time."""
        luck, said = caller.luck_of(ref), caller.length(self.join)
        if luck == "full":
            return through("full", self.full, self.join, seconds=said)
        if luck == "no_agents" and not self.joins_empty and self.no_agents is not None:
            return through("no_agents", self.no_agents, self.join, seconds=said)
        if (key := next((n for n, k in enumerate(caller.keys) if k in self.keys), None)) is not None:
            pressed = caller.keys[key]
            to = self.keys[cast("Key", pressed)]
            return through(pressed, to, self.join, why="key", pressed=key + 1, seconds=said)
        if luck == "answered":
            return stays("queued", self.join)
        ring, pause = (self.timeout, self.retry) if luck == "no_answer" else (0, 1)
        told, waited = self._in_rounds(ring, pause, caller.length(self.periodic))
        played = (*heard(self.join), *(Played(str(self.periodic), said + at) for at in told))
        return through("waited", self.waited, played=played, seconds=said + waited)

    def _in_rounds(self, ring: int, pause: int, length: float) -> tuple[list[float], float]:
        """When the one who waits first is told something, and when they are led on, in seconds from the joining.

        Asterisk rings for ``ring`` seconds and then pauses, and speaks only when a round begins. The longest wait cuts
        the ringing short, but not the pause. Where nobody can be rung, since there are no agents or all are in a call,
        it looks around every second.
        """
        a_round, longest = ring + pause, float(self.longest_wait)
        told: list[float] = []
        start, due = 0.0, float(self.periodic_every)
        while self.periodic:
            begins = start + max(math.ceil((due - start) / a_round), 0) * a_round
            if begins >= longest:
                break
            told.append(begins)
            start, due = begins + length, begins + self.periodic_every
        into_the_last = (longest - start) % a_round
        return told, max(start, longest if into_the_last <= ring else longest - into_the_last + a_round)


KIND = Kind("queue", Queue, live_aspects=("watch", "agents", "callers"))
