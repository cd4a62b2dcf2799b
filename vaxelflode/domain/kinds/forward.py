"""Forward: sends the call to an extension, a number outside, or another object; exits for busy and no answer."""

from __future__ import annotations

from typing import ClassVar, Literal

from vaxelflode.domain.destination import HANGUP, AnyDestination, Destination, ToExtension, ToExternal, target_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, ends, through
from vaxelflode.domain.spec import Spec, field


class Forward(Spec):
    """Where the call goes, and what follows when it is not taken there.

    A target that rings (an extension, a number outside) is rung for ``ring`` seconds; any other is where the call goes.
    ``number_shown`` is the number that the one who is rung sees: the caller's, or the one that the caller dialled.
    """

    may_end: ClassVar[frozenset[str]] = frozenset({"busy", "no_answer"})

    target: Destination = field(HANGUP, aspect="target")
    ring: int = field(30, unit="s", option="Dial", ge=5, le=120)
    number_shown: Literal["caller", "dialled"] = field("caller", option="CALLERID(num)")
    busy: Destination | None = field(None)
    no_answer: Destination | None = field(None)

    @property
    def rings(self) -> bool:
        """Whether the target is something that rings, so that it may be busy or not answer."""
        return isinstance(self.target, ToExtension | ToExternal)

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:  # noqa: ARG002 -- the target decides
        """On to the target, unless that is busy or does not answer."""
        rung = _rung(self.target)
        luck = "answered" if rung is None else caller.luck_of(rung)
        if rung is None or luck == "answered":
            return through("target", self.target, why="target" if rung is None else "ringing")
        busy = luck == "busy"
        seconds = float(self.ring) if luck == "no_answer" else 0.0
        if (way := (self.busy or self.no_answer) if busy else self.no_answer) is None:
            return ends(luck, seconds)
        return through("busy" if way is self.busy else "no_answer", way, why=luck, seconds=seconds)


def _rung(target: AnyDestination) -> ObjectRef | None:
    """What rings, as luck is told of it."""
    if isinstance(target, ToExternal):
        return ObjectRef("external", target.external)
    return target_of(target) if isinstance(target, ToExtension) else None


KIND = Kind("forward", Forward)
