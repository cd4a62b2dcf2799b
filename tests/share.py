"""How much of a long run is tried, and from which seed: what ``make fuzz`` and ``make faults`` have in common."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """``part`` 1 is the whole; a run with the same seed and part tries the same."""

    part: float
    seed: str

    @classmethod
    def of(cls, name: str, part: float = 1.0) -> Share:
        """As ``NAME_SHARE`` and ``NAME_SEED`` say; else ``part``, and a seed that is drawn and kept for this run."""
        seed = os.environ.setdefault(f"{name}_SEED", f"{random.SystemRandom().randrange(16**8):08x}")
        return cls(float(os.environ.get(f"{name}_SHARE", part)), seed)

    def count(self, whole: int, least: int = 1) -> int:
        """This run's share of ``whole``."""
        return max(least, round(whole * self.part))
