"""Ring group: rings several phones, all at once or one after the other; an exit when nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from vaxelflode.domain.destination import HANGUP, Destination, ToExtension
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, through
from vaxelflode.domain.phones import ExtensionKeys, extension, first_to_answer
from vaxelflode.domain.spec import Exit, Spec, field


class RingGroup(Spec):
    """Which phones ring, how, and for how long."""

    members: ExtensionKeys = field((), aspect="members", max_length=50)
    strategy: Literal["all", "in_order"] = field("all", aspect="settings")
    #: All at once: of the whole; in order: of each phone.
    ring: int = field(25, aspect="settings", unit="s", option="Dial", ge=5, le=120)
    no_answer: Destination = field(HANGUP, aspect="route")

    def exits(self) -> Iterator[Exit]:
        """The phones, and where a call goes that none of them answers."""
        for key in self.members:
            yield Exit(key, f"members.{key}", ToExtension(extension=key))
        yield from super().exits()

    def doubts(self) -> Iterator[tuple[str, str]]:
        """A group of nobody rings nowhere."""
        if not self.members:
            yield "members", "no_phones"

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:  # noqa: ARG002 -- the phones decide
        """The first phone that answers has the call."""
        if (key := first_to_answer(self.members, caller)) is not None:
            return through(key, ToExtension(extension=key), why="ringing")
        silent = [key for key in self.members if caller.luck_of(extension(key)) == "no_answer"]
        rung = self.ring * (len(silent) if self.strategy == "in_order" else bool(silent))
        return through("no_answer", self.no_answer, seconds=float(rung))


KIND = Kind("ring_group", RingGroup)
