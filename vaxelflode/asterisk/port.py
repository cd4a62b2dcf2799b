"""What the typed operations need of a connection; `AmiConnection` is one, and so may a fake be."""

from __future__ import annotations

from typing import Protocol

from vaxelflode.asterisk.message import Message
from vaxelflode.asterisk.wire import Fields


class Ami(Protocol):
    """Requests over AMI. Errors as in `AmiConnection.request`."""

    async def request(self, action: str, fields: Fields | None = None, limit: float = ...) -> Message:
        """Send one action and return its response."""
        ...

    async def request_list(
        self, action: str, fields: Fields | None = None, *, complete: str, limit: float = ...
    ) -> list[Message]:
        """Send one action and return the events of its list."""
        ...
