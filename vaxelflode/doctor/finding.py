"""What a check has seen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """``warn``: it works, but not as it should, or not for long."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``remedy`` is a sentence for whoever runs the box; nothing where all is well."""

    check: str
    level: Level
    seen: str
    remedy: str = ""


def ok(check: str, seen: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, seen)


def warn(check: str, seen: str, remedy: str) -> Finding:
    """It works, but should be looked after."""
    return Finding(check, Level.WARN, seen, remedy)


def fail(check: str, seen: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(check, Level.FAIL, seen, remedy)
