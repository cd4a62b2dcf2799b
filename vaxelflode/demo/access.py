"""Where a running Asterisk is spoken to, and with which accounts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Account:
    """One login of AMI or ARI."""

    username: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ami:
    """Where AMI answers, and its two accounts."""

    host: str
    port: int
    live: Account
    apply: Account


@dataclass(frozen=True, slots=True)
class Ari:
    """Where ARI answers; ``url`` is its root."""

    url: str
    username: str
    password: str = field(repr=False)
