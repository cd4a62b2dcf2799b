"""What a schedule says at an instant, and when it says otherwise next: the words on a card are made of this."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from vaxelflode.domain.hours import DAY, Span, Spans
from vaxelflode.domain.kinds.schedule import Day, Schedule

#: How far ahead the next opening or closing is looked for.
LOOK_AHEAD = dt.timedelta(days=370)


@dataclass(frozen=True, slots=True)
class Now:
    """``at`` is wall-clock time in the schedule's zone; ``until`` too: when open turns to closed, or the other way.

    ``until`` is ``None`` where that happens within no year.
    """

    at: dt.datetime
    day: Day
    is_open: bool
    until: dt.datetime | None


def now_of(schedule: Schedule, at: dt.datetime) -> Now:
    """What holds at ``at`` (aware)."""
    zone = ZoneInfo(schedule.time_zone)
    here = at.astimezone(zone)
    day = schedule.day(here.date())
    is_open = day.is_open(here.hour * 60 + here.minute)
    turns = (turn.astimezone(zone) for turn in schedule.turns(at, at + LOOK_AHEAD))
    return Now(here, day, is_open, next((turn for turn in turns if _is_open(schedule, turn) != is_open), None))


def _is_open(schedule: Schedule, here: dt.datetime) -> bool:
    return schedule.day(here.date()).is_open(here.hour * 60 + here.minute)


def without(hours: Spans, start: int, end: int) -> Spans:
    """A day's hours without the minutes from ``start`` until ``end``; ``end`` may pass midnight."""
    left = [Span(s.start, min(s.end, start)) for s in hours if s.start < start]
    right = [Span(max(s.start, end), s.end) for s in hours if s.end > end]
    return tuple(sorted([*left, *right]))


def with_open(hours: Spans, start: int, end: int) -> Spans:
    """A day's hours that are open from ``start`` until ``end``, too."""
    joined = sorted([*without(hours, start, end), Span(start, end)])
    out: list[Span] = []
    for span in joined:
        if out and span.start <= out[-1].end:
            out[-1] = Span(out[-1].start, max(out[-1].end, span.end))
        else:
            out.append(span)
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Strip:
    """A day drawn from its beginning (0) to its end (1): 23 or 25 hours on the days on which a clock is changed.

    ``changed`` is what would be open by the ordinary hours and is not; ``hours`` are the hours that are named, with the
    side on which the text stands.
    """

    open: tuple[tuple[float, float], ...]
    changed: tuple[tuple[float, float], ...]
    ticks: tuple[float, ...]
    hours: tuple[tuple[float, str, str], ...]
    now: float | None
    clock: str


_NAMED = (0, 6, 12, 18, 24)


def strip_of(schedule: Schedule, date: dt.date, at: dt.datetime | None) -> Strip:
    """The day ``date`` of a schedule; ``at`` is where we are, if that is shown."""
    zone = ZoneInfo(schedule.time_zone)
    begin = dt.datetime.combine(date, dt.time(), zone).timestamp()
    length = dt.datetime.combine(date + dt.timedelta(days=1), dt.time(), zone).timestamp() - begin

    def part(minute: int) -> float:
        if minute >= DAY:
            return 1.0
        wall = dt.datetime.combine(date, dt.time(minute // 60, minute % 60), zone)
        return (wall.timestamp() - begin) / length

    def parts(spans: Spans) -> tuple[tuple[float, float], ...]:
        return tuple((part(s.start), part(s.end)) for s in spans)

    day = schedule.day(date)
    # What ran into the day from the evening before may have been changed, too.
    ordinary = schedule.model_copy(update={"overrides": ()}).day(date).open if schedule.overrides else ()
    anchors = {0: "", 24: "end"}
    here = None if at is None else at.astimezone(zone)
    return Strip(
        parts(day.open),
        parts(_minus(ordinary, day.open)),
        tuple(part(hour * 60) for hour in _NAMED[1:-1]),
        tuple((part(hour * 60), f"{hour:02d}", anchors.get(hour, "middle")) for hour in _NAMED),
        None if here is None else (here.timestamp() - begin) / length,
        "" if here is None else f"{here:%H:%M}",
    )


def _minus(hours: Spans, taken: Spans) -> Spans:
    for span in taken:
        hours = without(hours, span.start, span.end)
    return hours
