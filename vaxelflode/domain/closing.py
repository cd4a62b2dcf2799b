"""Closing and opening from now on: which temporary changes say it, minute for minute, and nothing but it.

Minutes count from midnight of today, so yesterday's hours lie before 0 and tomorrow's from :data:`DAY` on. What is open
is that of yesterday, today and tomorrow together, since hours may run past midnight; a change of one day's hours that
would take more or less than was asked is made good by the day beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from vaxelflode.domain.destination import AnyDestination
from vaxelflode.domain.hours import DAY, Span, Spans, merged, past_midnight, until_midnight
from vaxelflode.domain.kinds.schedule import MOMENT, Override, Schedule
from vaxelflode.domain.now import with_open, without

_BESIDE = (-1, 0, 1)


@dataclass(frozen=True, slots=True)
class OtherHours:
    """Hours for the dates ``first`` to ``last``; ``closed`` is where callers go meanwhile, unless as ever."""

    first: dt.date
    last: dt.date
    hours: Spans
    closed: AnyDestination | None = None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Temporary changes that end, by their ids, and those that begin in their place."""

    ends: tuple[str, ...] = ()
    begins: tuple[OtherHours, ...] = ()

    def __bool__(self) -> bool:
        """Whether it changes anything."""
        return bool(self.ends or self.begins)


def minute_of(schedule: Schedule, at: dt.datetime) -> tuple[dt.date, int]:
    """Today and the minute from which on "from now on" is said, in the schedule's wall-clock time.

    In the hour that comes twice it is the hour's beginning while it comes once more: hours know only one of it.
    """
    here = at.astimezone(ZoneInfo(schedule.time_zone))
    again = here.replace(fold=1)
    if here.fold == 0 and again.utcoffset() != here.utcoffset():
        while (before := here - dt.timedelta(minutes=1)).replace(fold=1).utcoffset() != before.utcoffset():
            here = before
    return here.date(), here.hour * 60 + here.minute


def closing(schedule: Schedule, at: dt.datetime, until: int | None) -> Rewrite:
    """Closed from now until the minute ``until``; ``None``: until tomorrow's own hours begin.

    What was open before now stays in the hours. ``until`` lies after now and at most a day ahead.
    """
    date, start = minute_of(schedule, at)
    end = 3 * DAY if until is None else until
    own, new = _own(schedule, date), {}
    carried: Spans = ()
    for k in _BESIDE:
        base = own[k]
        if carried and not _is_shut(schedule, date, k):
            base = _beside(base, carried)
        cut = base if until is None and k == 1 else without(base, start - k * DAY, end - k * DAY)
        new[k] = tuple(span for span in cut if span.start < DAY)
        carried = tuple(Span(span.start - DAY, span.end - DAY) for span in cut if span.start >= DAY)
        if k >= 0 and own[k] and not new[k]:  # no hours at all would take the tail of the evening before, too
            new[k] = past_midnight(new[k - 1])
    return _rewrite(schedule, date, own, new)


def opening(schedule: Schedule, at: dt.datetime, until: Iterable[Span]) -> Rewrite:
    """Open in all of the spans ``until``, beside what is open anyway; they begin now or later (:func:`till`)."""
    date, _ = minute_of(schedule, at)
    own, spans = _own(schedule, date), tuple(until)
    if not spans:
        return Rewrite()
    new, joined = dict(own), own[0]
    for span in spans:
        joined = with_open(joined, span.start, span.end)
    night = merged(past_midnight(spans))
    if _is_shut(schedule, date, 1):  # only what is asked for may run into it
        new[0], new[1] = (until_midnight(joined), night) if night else (joined, ())
    elif all(s.end - s.start < DAY or s == Span(0, DAY) for s in joined):
        new[0] = joined
    else:  # longer than hours can be
        new[0], new[1] = until_midnight(joined), _beside(own[1], past_midnight(joined))
    if _is_shut(schedule, date, 0) and past_midnight(own[-1]):
        new[-1] = until_midnight(own[-1])  # it did not count today, and is not to now
    return _rewrite(schedule, date, own, new)


def till(schedule: Schedule, at: dt.datetime, clock: int) -> tuple[Span]:
    """From now until the next time that the clock shows ``clock`` (minutes since midnight)."""
    _, start = minute_of(schedule, at)
    return (Span(start, after(start, clock)),)


def after(minute: int, clock: int) -> int:
    """The next minute after ``minute`` at which the clock shows ``clock``."""
    return clock if clock > minute else clock + DAY


def till_ordinary(schedule: Schedule, at: dt.datetime) -> Spans:
    """From now until today closes by its ordinary hours, with their breaks; empty where it will not be open by them."""
    date, start = minute_of(schedule, at)
    ordinary = _own(bare(schedule), date)
    left = [s for s in merged([*past_midnight(ordinary[-1]), *ordinary[0]]) if s.end > start]
    return tuple(Span(start, s.end) if n == 0 else s for n, s in enumerate(left))


def ordinary_again(schedule: Schedule, at: dt.datetime) -> Rewrite:
    """Today without its temporary changes.

    Those of today alone end; one of several dates goes on, and today has the ordinary hours in its place.
    """
    zone = ZoneInfo(schedule.time_zone)
    date, _ = minute_of(schedule, at)
    yesterday = date - dt.timedelta(days=1)
    tonight = (
        o.id for o in _of_one_day(schedule, yesterday) if o.made_at.astimezone(zone).date() == date
    )  # made after midnight, of the evening before
    ends = (*(o.id for o in _of_one_day(schedule, date)), *tonight)
    if not any(o.covers(date) for o in schedule.overrides if o.id not in ends):
        return Rewrite(ends)
    day = bare(schedule).own_hours(date)
    closed = schedule.holiday if day.reason == "holiday" else None
    return Rewrite(ends, (OtherHours(date, date, day.open, closed),))


def bare(schedule: Schedule) -> Schedule:
    """The schedule without any temporary change."""
    return schedule.model_copy(update={"overrides": ()})


def rewritten(schedule: Schedule, change: Rewrite, now: dt.datetime) -> Schedule:
    """The schedule as it will be."""
    left = [o for o in schedule.overrides if o.id not in change.ends]
    made = max([now, *(o.made_at + MOMENT for o in left)])
    begun = [
        Override.model_validate({"id": f"f{n:015x}", "from": b.first, "to": b.last, "hours": b.hours, "made_at": made})
        for n, b in enumerate(change.begins)
    ]
    return schedule.model_copy(update={"overrides": (*left, *begun)})


def _own(schedule: Schedule, date: dt.date) -> Mapping[int, Spans]:
    return {k: schedule.own_hours(date + dt.timedelta(days=k)).open for k in _BESIDE}


def _is_shut(schedule: Schedule, date: dt.date, k: int) -> bool:
    """Whether the whole date is closed, so that not even the evening before runs into it."""
    day = schedule.own_hours(date + dt.timedelta(days=k))
    return not day.open and day.reason != "weekly"


def _beside(hours: Spans, more: Spans) -> Spans:
    """Hours with what of ``more`` they have not; not joined, since together they may be longer than hours can be."""
    for span in hours:
        more = without(more, span.start, span.end)
    return tuple(sorted([*hours, *more]))


def _rewrite(schedule: Schedule, date: dt.date, own: Mapping[int, Spans], new: Mapping[int, Spans]) -> Rewrite:
    ends: list[str] = []
    begins: list[OtherHours] = []
    for k in _BESIDE:
        if own[k] == new[k]:
            continue
        there = date + dt.timedelta(days=k)
        ends += [o.id for o in _of_one_day(schedule, there)]
        begins.append(OtherHours(there, there, new[k]))
    return Rewrite(tuple(ends), tuple(begins))


def _of_one_day(schedule: Schedule, date: dt.date) -> Iterator[Override]:
    return (o for o in schedule.overrides if o.first == o.last == date)
