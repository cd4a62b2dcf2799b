"""Who we are to Asterisk's interfaces."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AmiAccount:
    """One account of `manager.conf` and where to reach it.

    The product has two: `vx-live` (read=agent,system,user; write=agent,reporting) and `vx-apply` (read=system;
    write=system,reporting). Both need read=system, without which FullyBooted is never heard.
    """

    host: str
    port: int
    username: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AriAccount:
    """One account of ``ari.conf``; ``url`` is the root, such as ``http://127.0.0.1:8088/ari``."""

    url: str
    username: str
    secret: str = field(repr=False)
