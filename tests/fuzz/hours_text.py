"""Open minutes as the dialplan tests them, written and read back without the product's own words."""

from __future__ import annotations

import random
import re
import zlib
from typing import Any

from vaxelflode.domain.hours import DAY, Span
from vaxelflode.domain.kinds.schedule import WEEKDAYS, Schedule, Weekday
from vaxelflode.rendering.encode import Encoded
from vaxelflode.rendering.schedule_dates import weekly_tests

_SPAN = re.compile(r"\(\$\{VX_MINUTE\} >= (-?[0-9]+) & \$\{VX_MINUTE\} < (-?[0-9]+)\)")
_TODAY = re.compile(r"\$\{STRFTIME\(\$\{VX_NOW\},([^,)]*),%u\)\} (=|>=|<=) ([1-7])")


def draw(chance: random.Random) -> str:
    """``480-720,780-1020``: a day's open minutes, or none."""
    cuts = sorted(chance.sample(range(DAY + 1), 2 * chance.randint(0, 5)))
    return ",".join(f"{a}-{b}" for a, b in zip(cuts[::2], cuts[1::2], strict=True))


def spans(text: str) -> tuple[Span, ...]:
    """What such a text says; what is no number stays text."""
    return tuple(Span(*_pair(part)) for part in text.split(",")) if text else ()


def _pair(text: str) -> tuple[Any, Any]:
    start, _, end = text.partition("-")
    return _number(start), _number(end)


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return text


def read_test(made: str) -> tuple[tuple[int, int], ...]:
    """The minutes that one test lets in; it must be nothing but such tests."""
    if made == "0":
        return ()
    found = [tuple(map(int, pair)) for pair in _SPAN.findall(made)]
    assert " | ".join(f"(${{VX_MINUTE}} >= {a} & ${{VX_MINUTE}} < {b})" for a, b in found) == made
    return tuple((a, b) for a, b in found)


_DAYS: tuple[tuple[tuple[int, int], ...], ...] = (
    (),
    ((480, 1020),),
    ((480, 720), (780, 1020)),
    ((0, DAY),),
    ((1200, 1560),),
    ((60, 61), (1380, 1441)),
)


def _week(zone: str) -> dict[Weekday, tuple[Span, ...]]:
    """Hours that a zone's name chooses; Monday's and Tuesday's are never alike, so that the weekday is asked for."""
    chosen = zlib.crc32(zone.encode("utf-8", "surrogatepass"))
    week = {day: tuple(Span(*p) for p in _DAYS[(chosen >> 3 * n) % len(_DAYS)]) for n, day in enumerate(WEEKDAYS)}
    return week | {"mon": (Span(480, 1020),), "tue": (Span(540, 900),), "wed": ()}


def weekly(zone: str) -> str:
    """The tests of a week in a zone, a line each; the hours follow from the zone's name."""
    tests = weekly_tests(Schedule.model_construct(time_zone=zone, weekly=_week(zone)))
    assert all(type(test) is Encoded for test in tests)
    return "\n".join(tests)


def read_week(made: str) -> str:
    """The zone, after holding the minutes of each weekday against the hours that belong to it."""
    zones: set[str] = set()
    open_: dict[int, list[tuple[int, int]]] = {n: [] for n in range(1, 8)}
    for test in made.split("\n"):
        days = set(open_)
        for zone, sign, number in _TODAY.findall(test):
            zones.add(zone)
            days &= _SIGNS[sign, number]
        found = [(int(a), int(b)) for a, b in _SPAN.findall(test)]
        for weekday in days:
            open_[weekday] += found
        left = _SPAN.sub("", _TODAY.sub("", test))
        assert not left.strip("()&| "), f"{test!r} says more than that"
    (zone,) = zones
    week = _week(zone)
    for number, day in enumerate(WEEKDAYS, 1):
        own = [(s.start, min(s.end, DAY)) for s in week[day]]
        tail = [(0, s.end - DAY) for s in week[WEEKDAYS[number - 2]] if s.end > DAY]
        assert _joined(open_[number]) == _joined(own + tail), f"{day} is open at other minutes"
    return zone


_SIGNS = {
    (sign, str(n)): {d for d in range(1, 8) if holds(d, n)}
    for sign, holds in (("=", int.__eq__), (">=", int.__ge__), ("<=", int.__le__))
    for n in range(1, 8)
}


def _joined(parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for start, end in sorted(parts):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out
