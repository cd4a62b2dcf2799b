"""Announcement: plays a prompt to the end, then goes on (night message, holiday message)."""

from __future__ import annotations

from vaxelflode.domain.destination import HANGUP, Destination
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.spec import PROMPT_PATTERN, Spec, field


class Announcement(Spec):
    """What is said, and what comes next."""

    prompt: str | None = field(None, aspect="audio", slot="prompt", pattern=PROMPT_PATTERN, option="Playback")
    next: Destination = field(HANGUP, aspect="route")


KIND = Kind("announcement", Announcement)
