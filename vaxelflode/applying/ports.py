"""What applying asks of the PBX; :mod:`vaxelflode.asterisk` answers, and in tests one honest fake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

#: Extension → its steps in order, each an application and its arguments.
Steps = Mapping[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class QueueShape:
    """The fields of a queue that can be read back."""

    strategy: str
    length: int
    target: int
    weight: int


@dataclass(frozen=True, slots=True)
class MailboxShape:
    """The fields of a mailbox that can be read back."""

    name: str
    email: str
    messages: int


class PbxPort(Protocol):
    """Every method raises ``PbxUnavailable`` without an answer in time, ``PbxRefused`` with the PBX's words."""

    @property
    def connected(self) -> bool:
        """Logged in and fully booted."""
        ...

    async def has_line(self, path: str, section: str, line: str) -> bool:
        """Asterisk's own parser walks the whole file and finds ``line`` in its ``section``."""
        ...

    async def reload(self, file: str) -> None:
        """Reload the module behind a generated file; waits while another reload is in progress."""
        ...

    async def dialplan(self, context: str) -> Steps | None:
        """A live context, or ``None``."""
        ...

    async def queue(self, name: str) -> QueueShape | None:
        """A live queue, or ``None``."""
        ...

    async def mailbox(self, mailbox: str, context: str) -> MailboxShape | None:
        """A live mailbox, or ``None``."""
        ...
