"""Queue: callers wait for agents; exits for full, waited too long and no agents.

Who answers is live state, not part of the spec (ASTERISK.md, *Shape decides*): members are never static.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from vaxelflode.domain.destination import HANGUP, Destination
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, stays, through
from vaxelflode.domain.spec import PROMPT_PATTERN, Spec, field

Strategy = Literal["ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "rrordered", "wrandom", "linear"]


class Queue(Spec):
    """How calls are shared among agents, and when the caller is led on."""

    patient: ClassVar[frozenset[str]] = frozenset({"waited"})

    timeout: int = field(20, aspect="settings", unit="s", option="timeout", ge=5, le=120)
    retry: int = field(3, aspect="settings", unit="s", option="retry", ge=1, le=60)
    wrapup: int = field(0, aspect="settings", unit="s", option="wrapuptime", ge=0, le=600)
    length: int = field(0, aspect="settings", unit="calls", option="maxlen", ge=0, le=1000)
    longest_wait: int = field(900, aspect="settings", unit="s", option="Queue", ge=10, le=7200)
    target: int = field(60, aspect="settings", unit="s", option="servicelevel", ge=1, le=3600)
    announce_position: bool = field(False, aspect="settings", option="announce-position")
    announce_wait: bool = field(False, aspect="settings", option="announce-holdtime")
    announce_every: int = field(0, aspect="settings", unit="s", option="announce-frequency", ge=0, le=3600)
    join: str | None = field(None, aspect="audio", slot="join", pattern=PROMPT_PATTERN, option="Playback")
    periodic: str | None = field(
        None, aspect="audio", slot="periodic", pattern=PROMPT_PATTERN, option="periodic-announce"
    )
    periodic_every: int = field(60, aspect="audio", unit="s", option="periodic-announce-frequency", ge=10, le=3600)
    strategy: Strategy = field("rrmemory", aspect="strategy", option="strategy")
    weight: int = field(0, aspect="strategy", unit="points", option="weight", ge=0, le=100)
    full: Destination = field(HANGUP, aspect="route")
    waited: Destination = field(HANGUP, aspect="route")
    no_agents: Destination | None = field(None, aspect="route")

    def refuses(self, before: Spec) -> Iterator[tuple[str, str]]:
        """A change to ``linear``: Asterisk accepts and shows it, and does not obey."""
        if self.strategy == "linear" and isinstance(before, Queue) and before.strategy != "linear":
            yield "strategy", "a queue cannot become linear; make a new one"

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:
        """The caller waits, unless the queue cannot take them or nobody answers in time."""
        match caller.luck.get(ref, "answered"):
            case "full":
                return through("full", self.full, self.join)
            case "waited" | "no_answer":
                return through("waited", self.waited, self.join)
            case "no_agents" if self.no_agents is not None:
                return through("no_agents", self.no_agents, self.join)
            case _:
                return stays("queued", self.join)


KIND = Kind("queue", Queue, live_aspects=("watch", "agents", "callers"))
