"""Wall-clock hours of a day: half-open, in minutes since midnight, possibly past midnight.

Autumn's 02:00–03:00 happens twice and spring's never; hours are wall-clock hours, so nothing here knows of zones.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, PlainSerializer

#: Minutes in a day.
DAY = 24 * 60
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


class Span(NamedTuple):
    """``start`` to ``end`` in minutes since midnight, half-open; ``end`` may pass ``DAY``: it runs past midnight."""

    start: int
    end: int


Spans = tuple[Span, ...]


def minutes(clock: object) -> int:
    """``"08:30"`` → 510; ``"24:00"`` is the end of the day. Raises ``ValueError`` for anything else."""
    if not isinstance(clock, str) or not _CLOCK.fullmatch(clock):
        raise ValueError("must be a time from 00:00 to 24:00, for example 08:00")
    return int(clock[:2]) * 60 + int(clock[3:])


def clock(minute: int) -> str:
    """510 → ``"08:30"``; 1440 → ``"24:00"``; past midnight counts from 00:00 again."""
    if minute > DAY:
        minute -= DAY
    return f"{minute // 60:02d}:{minute % 60:02d}"


def span(pair: Any) -> Span:
    """``["22:00", "06:00"]`` → ``Span(1320, 1800)``. Raises ``ValueError`` for empty or impossible hours."""
    if isinstance(pair, Span):
        return pair
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise ValueError('must be a pair of times, for example ["08:00", "17:00"]')
    start, end = minutes(pair[0]), minutes(pair[1])
    if start == DAY:
        raise ValueError("24:00 is the end of a day, not a beginning")
    if start == end:
        raise ValueError("begins when it ends; the whole day is 00:00 to 24:00")
    return Span(start, end if end > start else end + DAY)


def spans(value: Any) -> Spans:
    """A day's hours in order; raises ``ValueError`` where two overlap."""
    if not isinstance(value, list | tuple):
        raise TypeError("must be a list of pairs of times")
    ordered = tuple(sorted(span(pair) for pair in value))
    for before, after in itertools.pairwise(ordered):
        if after.start < before.end:
            raise ValueError(f"{clock(after.start)} lies within the hours before it")
    return ordered


def merged(parts: Iterable[Span]) -> Spans:
    """Overlapping and touching spans joined."""
    out: list[Span] = []
    for part in sorted(parts):
        if out and part.start <= out[-1].end:
            out[-1] = Span(out[-1].start, max(out[-1].end, part.end))
        else:
            out.append(part)
    return tuple(out)


def until_midnight(day: Spans) -> Spans:
    """What of a day's hours lies on that day itself."""
    return tuple(Span(s.start, min(s.end, DAY)) for s in day)


def past_midnight(day: Spans) -> Spans:
    """What of a day's hours lies on its morrow, as the morrow's minutes."""
    return tuple(Span(0, s.end - DAY) for s in day if s.end > DAY)


def _validated(value: Any) -> Spans:
    try:
        return spans(value)
    except TypeError as err:
        raise ValueError(str(err)) from err


_Clock = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
_Pairs = Annotated[list[tuple[_Clock, _Clock]], Field(max_length=12)]

#: A day's hours in a spec; in JSON pairs of clock times, at most 12.
Hours = Annotated[
    Spans,
    Field(max_length=12, json_schema_extra={"examples": [[["08:00", "17:00"]]]}),
    BeforeValidator(_validated, json_schema_input_type=_Pairs),
    PlainSerializer(lambda day: [(clock(s.start), clock(s.end)) for s in day], return_type=_Pairs),
]
