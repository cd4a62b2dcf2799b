"""Voicemail: a mailbox with a greeting of its own."""

from __future__ import annotations

from typing import ClassVar

from vaxelflode.domain.destination import HANGUP, Destination
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, stays
from vaxelflode.domain.spec import PROMPT_PATTERN, Spec, field


class Voicemail(Spec):
    """The caller hears the greeting and leaves a message; then the call goes on, as a rule to its end."""

    patient: ClassVar[frozenset[str]] = frozenset({"after"})

    greeting: str | None = field(None, aspect="greeting", slot="prompt", pattern=PROMPT_PATTERN, option="Playback")
    after: Destination = field(HANGUP, aspect="route")

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:  # noqa: ARG002 -- the same for every call
        """The greeting, then the caller speaks."""
        return stays("recording", self.greeting)


KIND = Kind("voicemail", Voicemail, live_aspects=("messages",))
