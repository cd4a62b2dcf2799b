"""Every limit of the gateway, in one place: how long it waits and how much it holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Times are in seconds, sizes in what their names say."""

    connect: float = 5.0
    login: float = 5.0
    booted: float = 15.0  # each login to a booted Asterisk is told so: what was lost on the way is told anew
    ping_every: float = 5.0
    ping_answer: float = 5.0
    retry_first: float = 0.2
    retry_most: float = 0.4  # beside Asterisk on the same box: a try costs nothing, a caller waits
    steady: float = 5.0  # connected as long, the next loss begins with the shortest delay again
    retry_refused: float = 30.0  # Asterisk logs every refused login, and may ban: ask seldom
    message_bytes: int = 4 * 1024 * 1024
    pending_actions: int = 256
    unsent_bytes: int = 1024 * 1024
    list_items: int = 100_000
    list_bytes: int = 64 * 1024 * 1024
    queued_events: int = 10_000
    queued_bytes: int = 16 * 1024 * 1024
