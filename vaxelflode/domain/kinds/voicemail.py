"""Voicemail: a mailbox with a greeting of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from vaxelflode.domain import pin as pins
from vaxelflode.domain.destination import HANGUP, Destination
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, stays, through
from vaxelflode.domain.pin import Code, Pin
from vaxelflode.domain.spec import PROMPT_PATTERN, Spec, field

#: Seconds in which Asterisk itself says that a mailbox is full, where no exit leads on.
TOLD_FULL = 4.0

#: An address that stands in a line of Asterisk's file without a comma, a semicolon or a bar.
EMAIL_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._%+-]{0,62}@[A-Za-z0-9]([A-Za-z0-9.-]{0,180})[A-Za-z0-9]$"


class Voicemail(Spec):
    """The caller hears the greeting and leaves a message; then the call goes on, as a rule to its end.

    During the greeting 0 leads to ``operator`` and ``*`` to ``star``, where they are set. Who dials ``code`` from a
    phone and knows the PIN listens to the messages.
    """

    patient: ClassVar[frozenset[str]] = frozenset({"after", "operator", "star"})
    pressed: ClassVar[Mapping[str, str]] = {"operator": "0", "star": "*"}
    may_end: ClassVar[frozenset[str]] = frozenset({"after", "operator", "star", "full"})
    families: ClassVar[frozenset[str]] = pins.FAMILIES
    rests: ClassVar[bool] = True

    greeting: str | None = field(None, aspect="greeting", slot="prompt", pattern=PROMPT_PATTERN, option="Background")
    pin: Pin | None = field(None, aspect="settings", secret=True)
    email: str | None = field(None, aspect="settings", pattern=EMAIL_PATTERN, option="email", max_length=200)
    code: Code | None = field(None, unique="code")
    after: Destination = field(HANGUP, aspect="route")
    operator: Destination | None = field(None, aspect="route")
    star: Destination | None = field(None, aspect="route")
    full: Destination | None = field(None, aspect="route", option="VMCOUNT")

    def doubts(self) -> Iterator[tuple[str, str]]:
        """A code that nobody can use; a mailbox that does not say whose it is."""
        if self.code is not None and self.pin is None:
            yield "code", "code_without_pin"
        if self.greeting is None:
            yield "greeting", "no_sound"

    def entries(self, *, retired: bool = False) -> Mapping[str, str | None]:
        """Its PIN."""
        return pins.entries(self.pin, retired=retired)

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:
        """The greeting, then the caller speaks; a full mailbox takes nothing."""
        said, full = caller.length(self.greeting), caller.luck_of(ref) == "full"
        if full and self.full is not None:
            return through("full", self.full)
        for n, key in enumerate(caller.keys):
            if (way := self._while_greeted(key)) is not None:
                return through(way, getattr(self, way), self.greeting, why="key", pressed=n + 1)
            if key == "#" and not full:
                return through("after", self.after, self.greeting, why="key", pressed=n + 1, seconds=said)
        if full:
            return through("after", self.after, self.greeting, why="full", seconds=said + TOLD_FULL)
        return stays("recording", self.greeting)

    def _while_greeted(self, key: str) -> str | None:
        """The exit of a key that is pressed during the greeting; without one there is no time to press it."""
        name = {"0": "operator", "*": "star"}.get(key)
        return name if name and self.greeting and getattr(self, name) is not None else None


KIND = Kind("voicemail", Voicemail, live_aspects=("messages",))
