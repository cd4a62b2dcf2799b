"""An agent of a queue, as it should be."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Agent:
    """An extension that answers a queue. ``permanent``: until removed; else for today.

    ``penalty`` is 0 (rung first) to 10. ``reason`` is what people typed for the pause; Asterisk is told a code.
    """

    extension: str
    permanent: bool = False
    penalty: int = 0
    paused: bool = False
    reason: str = ""
    added_by: str = ""
    added_at: dt.datetime | None = None

    def is_over(self, today: dt.date, zone: dt.tzinfo) -> bool:
        """Whether the agent was to answer on a day before ``today`` only; both by the wall clock of ``zone``."""
        return not self.permanent and self.added_at is not None and self.added_at.astimezone(zone).date() < today

    def as_json(self) -> dict[str, Any]:
        """What a change remembers of an agent."""
        return {
            "permanent": self.permanent,
            "penalty": self.penalty,
            "paused": self.paused,
            "reason": self.reason,
        }
