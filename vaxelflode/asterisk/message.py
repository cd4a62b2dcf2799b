"""One AMI message as a value: a response or an event.

panoramisk's own Message makes a list of a repeated header, which makes `event.event` a list and raises in the middle of
the reader; it also answers '' for every attribute that is misspelt. Ours keeps the first of each header and says which
were repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """Headers by Asterisk's own spelling, decoded from UTF-8; bytes that are not UTF-8 show as U+FFFD.

    `headers` keeps the first value of each: what a hostile field appends comes later and loses. `repeated` holds the
    further values, in order. `text` holds lines that are no header (GetConfig's "No categories found").
    """

    headers: Mapping[str, str]
    repeated: tuple[tuple[str, str], ...] = ()
    text: tuple[str, ...] = ()

    def __getitem__(self, header: str) -> str:
        return self.headers[header]

    def get(self, header: str, default: str = "") -> str:
        """The first value of the header, or the default."""
        return self.headers.get(header, default)

    def every(self, header: str) -> tuple[str, ...]:
        """All values of the header in the order they came."""
        first = (self.headers[header],) if header in self.headers else ()
        return first + tuple(value for key, value in self.repeated if key == header)

    @property
    def event(self) -> str:
        """The event's name, '' for a response."""
        return self.headers.get("Event", "")

    @property
    def success(self) -> bool:
        """True when the response says that the action was done."""
        return self.headers.get("Response") in ("Success", "Goodbye")
