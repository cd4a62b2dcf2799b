"""What the checks look at: an installation as it stands, read once and changed by nobody here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vaxelflode.applying.compare import Comparison
from vaxelflode.applying.store import Store
from vaxelflode.asterisk import Status
from vaxelflode.asterisk.message import Message
from vaxelflode.asterisk.wire import Fields
from vaxelflode.domain.company import Company
from vaxelflode.rendering.encode import Names
from vaxelflode.rendering.render import Bundle
from vaxelflode.settings import Settings
from vaxelflode.storage.database import Database


class Account(Protocol):
    """One of our accounts at the PBX; an ``AmiConnection`` is one, and so may a fake be."""

    @property
    def status(self) -> Status:
        """How it stands."""
        ...

    async def request(self, action: str, fields: Fields | None = None, limit: float = ...) -> Message:
        """Send one action and return its response."""
        ...

    async def request_list(
        self, action: str, fields: Fields | None = None, *, complete: str, limit: float = ...
    ) -> list[Message]:
        """Send one action and return the events of its list."""
        ...


@dataclass(frozen=True)
class World:
    """``database`` and ``company`` are ``None`` where there is none that can be read; ``no_database`` says why.

    ``disk`` is the current release, ``None`` where there is none that can be read; ``no_disk`` says why.
    """

    settings: Settings
    now: dt.datetime
    node: str
    live: Account
    apply: Account
    store: Store
    names: Names
    database: Database | None = None
    company: Company | None = None
    no_database: str = ""
    disk: Bundle | None = None
    no_disk: str = ""
    #: What stands in the way of a running control plane, by part; ``None``: none answers where it should listen.
    ready: Callable[[], Awaitable[Mapping[str, str] | None]] | None = None
    #: Desired, disk and live against each other.
    compare: Callable[[], Awaitable[Sequence[Comparison]]] | None = None
    #: Whether ARI answers; raises the gateway's errors.
    ari: Callable[[], Awaitable[None]] | None = None
    #: This machine's clock, which has gone on since ``now``.
    clock: Callable[[], dt.datetime] | None = None

    @property
    def asked(self) -> bool:
        """Whether the PBX can be asked by the applier's account."""
        return self.apply.status.state == "connected"
