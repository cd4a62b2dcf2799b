"""Announcement: plays a prompt to the end, then goes on (night message, holiday message)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from vaxelflode.domain.destination import HANGUP, Destination
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, through
from vaxelflode.domain.spec import PROMPT_PATTERN, Spec, field


class Announcement(Spec):
    """What is said, and what comes next."""

    may_end: ClassVar[frozenset[str]] = frozenset({"next"})

    prompt: str | None = field(None, aspect="audio", slot="prompt", pattern=PROMPT_PATTERN, option="Playback")
    next: Destination = field(HANGUP, aspect="route")

    def doubts(self) -> Iterator[tuple[str, str]]:
        """A message that says nothing."""
        if self.prompt is None:
            yield "prompt", "no_sound"

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:  # noqa: ARG002 -- the same for every call
        """The prompt, then on."""
        return through("next", self.next, self.prompt, seconds=caller.length(self.prompt))


KIND = Kind("announcement", Announcement)
