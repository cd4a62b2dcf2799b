"""Which dates of a schedule need an extension of their own, and what their minutes say.

The dialplan of a schedule knows by itself what holds on an ordinary weekday, on the holidays of its calendar and on own
days of every year; a date is rendered only where :meth:`Schedule.day` says otherwise: an override, an own day of that
date, or a tail past midnight that a holiday cuts.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from vaxelflode.domain.hours import DAY, Span, Spans, until_midnight
from vaxelflode.domain.kinds.schedule import Day, Schedule, Weekday
from vaxelflode.rendering.encode import Encoded, Unencodable, integer, time_zone

_ONE_DAY = dt.timedelta(days=1)
#: Asterisk cuts an expression at 4096 bytes in silence.
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class DatedDay:
    """A date with its open minutes, and the extension that leads on when closed."""

    date: dt.date
    open: Spans
    closed: str


def open_test(spans: Spans) -> Encoded:
    """The condition that a minute is open; ``0`` for never."""
    return _expression(" | ".join(map(_within, spans)) or "0")


def _within(span: Span) -> str:
    start, end = integer(span.start), integer(span.end)
    if not 0 <= span.start < span.end <= DAY:
        raise Unencodable(f"{start} to {end} are no minutes of a day")
    return f"(${{VX_MINUTE}} >= {start} & ${{VX_MINUTE}} < {end})"


def _expression(text: str) -> Encoded:
    if len(text) > _LONGEST:
        raise Unencodable(f"an expression of {len(text)} characters")
    return Encoded(text)


def weekly_tests(schedule: Schedule) -> tuple[Encoded, ...]:
    """The conditions that an ordinary minute is open, one for each run of weekdays with the same hours.

    Each stands in an extension of its own: Asterisk cuts an expression at 4096 bytes, which seven days together
    might reach.
    """
    return _tests_of_week(tuple(schedule.weekly.items()), schedule.time_zone)


@lru_cache(maxsize=1024)
def _tests_of_week(weekly: tuple[tuple[Weekday, Spans], ...], zone: str) -> tuple[Encoded, ...]:
    """Many schedules keep the same hours."""
    today = f"${{STRFTIME(${{VX_NOW}},{time_zone(zone)},%u)}}"
    week = Schedule(weekly=dict(weekly))
    days = [week.ordinary_day(weekday).open for weekday in range(7)]
    tests = []
    for hours, run in itertools.groupby(range(1, 8), key=lambda weekday: days[weekday - 1]):
        numbers = [*run]
        bounds = _bounds(today, numbers[0], numbers[-1])
        if hours:
            inside = open_test(hours) if len(hours) == 1 else f"({open_test(hours)})"
            tests.append(_expression(" & ".join([*bounds, inside])))
    return tuple(tests)


def _bounds(today: str, first: int, last: int) -> list[str]:
    if first == last:
        return [f"{today} = {first}"]
    return [f"{today} >= {first}"] * (first > 1) + [f"{today} <= {last}"] * (last < 7)


def exceptions(schedule: Schedule, first: dt.date, last: dt.date) -> Iterator[DatedDay]:
    """The dates to render, in order. ``first`` to ``last`` bounds the holidays that are looked at."""
    dated = set(schedule.holidays.dated)
    dated.update(o.first + _ONE_DAY * n for o in schedule.overrides for n in range(o.days))
    for date in sorted(dated | _around_midnight(schedule, dated, first, last)):
        day = schedule.day(date)
        if date in dated or day.open != _ordinary(schedule, date):
            yield DatedDay(date, day.open, _closed_label(schedule, day))


def _around_midnight(schedule: Schedule, dated: set[dt.date], first: dt.date, last: dt.date) -> set[dt.date]:
    """The dates on which a tail past midnight may make a difference: holidays, and the morrow of each and of others."""
    if not schedule.runs_past_midnight:
        return set()
    holidays = schedule.holidays.between(first, last)
    return holidays | {date + _ONE_DAY for date in holidays | dated}


def _ordinary(schedule: Schedule, date: dt.date) -> Spans:
    """What the dialplan answers for a date that is not rendered."""
    special = schedule.holidays.on(date)
    return schedule.ordinary_day(date.weekday()).open if special is None else until_midnight(special.hours)


def _closed_label(schedule: Schedule, day: Day) -> str:
    if day.override is not None and day.override.closed is not None:
        return day.override.until_label
    return "holiday" if day.reason == "holiday" and schedule.holiday is not None else "closed"
