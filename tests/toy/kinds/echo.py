"""Echo, a toy: says its prompt some times over, then goes on. One module, one template, its words: that is a kind."""

from __future__ import annotations

from typing import ClassVar

from vaxelflode.domain.destination import HANGUP, Destination
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, through
from vaxelflode.domain.spec import PROMPT_PATTERN, Spec, field


class Echo(Spec):
    """What is said, how often, and what comes next."""

    may_end: ClassVar[frozenset[str]] = frozenset({"next"})

    prompt: str | None = field(None, aspect="audio", slot="prompt", pattern=PROMPT_PATTERN, option="Playback")
    times: int = field(2, aspect="settings", unit="times", option="Playback", ge=1, le=5)
    next: Destination = field(HANGUP, aspect="route")

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:
        """The prompt, some times over."""
        return through("next", self.next, *[self.prompt] * self.times)


KIND = Kind("echo", Echo)
