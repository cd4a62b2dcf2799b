"""The form of a temporary change: which days, which hours, where callers go meanwhile, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vaxelflode.domain.closing import OtherHours, Rewrite, closing
from vaxelflode.domain.hours import Spans
from vaxelflode.domain.kinds.schedule import NOTE_LENGTH, OVERRIDE_DAYS, Override, Schedule
from vaxelflode.domain.special_days import FIRST_YEAR, LAST_YEAR
from vaxelflode.web.hours.clock_times import Pair, Read, pairs_of, read_pairs, with_more
from vaxelflode.web.hours.saying import read_destination
from vaxelflode.web.options import value_of

DAYS = ("today", "tomorrow", "other")
HOWS = ("rest", "hours")
#: Within so many days a day with ordinary hours is looked for.
_NEAR = 32


@dataclass(frozen=True, slots=True)
class OverrideForm:
    """What was typed, and what it says; ``wrong`` is field → code."""

    day: str
    first: str
    last: str
    how: str
    hours: Read
    closed: str
    note: str
    dates: tuple[dt.date, dt.date] | None
    wrong: Mapping[str, str] = field(default_factory=dict)

    def rewrite(self, schedule: Schedule, now: dt.datetime, today: dt.date, replaces: str | None) -> Rewrite:
        """What it asks of a schedule; of ``replaces``, if it is there, it takes the place."""
        assert self.dates is not None  # noqa: S101 -- whoever asks has looked for what is wrong
        first, last = self.dates
        ends = (replaces,) if replaces is not None else ()
        if self.how == "rest" and first == last == today:
            left = schedule.model_copy(update={"overrides": tuple(o for o in schedule.overrides if o.id not in ends)})
            rest = closing(left, now, None)
            if not ends:
                return rest
            return Rewrite((*ends, *(i for i in rest.ends if i not in ends)), rest.begins)
        hours: Spans = () if self.how == "rest" else self.hours.hours
        same = [o.id for o in schedule.overrides if (o.first, o.last) == (first, last) and o.id not in ends]
        return Rewrite((*ends, *same), (OtherHours(first, last, hours),))

    @property
    def more(self) -> dict[str, Any]:
        """The note, and where callers go meanwhile."""
        to = read_destination(self.closed)
        return {"note": self.note.strip()} | ({} if to is None else {"closed": to})


def blank(schedule: Schedule, today: dt.date, day: dt.date | None, *, other: bool = False) -> OverrideForm:
    """Before anybody has typed: for ``day``, with the hours that it has now.

    ``other``: for a day that is still to be chosen, and until then the next that is open as every week.
    """
    date = _next_open(schedule, today) if other else day or today
    name = DAYS[(date - today).days] if not other and 0 <= (date - today).days < 2 else "other"
    hours = schedule.own_hours(date).open
    how = "hours" if hours else "rest"
    pairs = pairs_of(hours) or [Pair("08:00", "17:00")]
    return OverrideForm(name, date.isoformat(), date.isoformat(), how, read_pairs(pairs), "", "", (date, date))


def _next_open(schedule: Schedule, today: dt.date) -> dt.date:
    """The next day after today with its ordinary hours; tomorrow where none is near."""
    days = [today + dt.timedelta(days=n) for n in range(1, _NEAR)]
    own = ((date, schedule.own_hours(date)) for date in days)
    return next((date for date, day in own if day.open and day.reason == "weekly"), days[0])


def of_override(there: Override, today: dt.date) -> OverrideForm:
    """A temporary change that is there, to be changed."""
    single = there.first == there.last
    days = (there.first - today).days
    return OverrideForm(
        DAYS[days] if single and 0 <= days < 2 else "other",
        there.first.isoformat(),
        there.last.isoformat(),
        "hours" if there.hours else "rest",
        read_pairs(pairs_of(there.hours) or [Pair("08:00", "17:00")]),
        value_of(None if there.closed is None else there.closed.model_dump(mode="json")),
        there.note,
        (there.first, there.last),
    )


def read_override(said: Callable[[str], Sequence[str]], today: dt.date) -> OverrideForm:
    """What was sent."""

    def one(name: str) -> str:
        return (said(name) or [""])[-1]

    day = one("day") if one("day") in DAYS else "today"
    how = one("how") if one("how") in HOWS else "hours"
    pairs = [Pair(a, b) for a, b in zip(said("opens"), said("closes"), strict=False)]
    press = one("do").split(":")
    if press[0] == "add":
        pairs, how = with_more(pairs), "hours"
    if press[0] == "drop":
        pairs = [pair for n, pair in enumerate(pairs) if [str(n)] != press[1:]]
    hours = read_pairs(pairs)
    wrong: dict[str, str] = {}
    dates = _dates(day, one("from"), one("to"), today, wrong)
    if how == "hours" and hours.wrong:
        wrong["hours"] = next(iter(hours.wrong.values()))
    if len(one("note").strip()) > NOTE_LENGTH:
        wrong["note"] = "long"
    try:
        read_destination(one("closed"))
    except ValueError:
        wrong["closed"] = "choice"
    return OverrideForm(day, one("from"), one("to"), how, hours, one("closed"), one("note"), dates, wrong)


def _dates(day: str, first: str, last: str, today: dt.date, wrong: dict[str, str]) -> tuple[dt.date, dt.date] | None:
    if day != "other":
        date = today + dt.timedelta(days=DAYS.index(day))
        return date, date
    found: list[dt.date] = []
    for name, text in (("from", first), ("to", last or first)):
        try:
            found.append(dt.date.fromisoformat(text.strip()))
        except ValueError:
            wrong[name] = "day"
    if wrong:
        return None
    for name, date in zip(("from", "to"), found, strict=True):
        if not FIRST_YEAR <= date.year <= LAST_YEAR:
            wrong[name] = "day"
            return None
    if found[1] < found[0]:
        wrong["to"] = "order"
        return None
    if (found[1] - found[0]).days >= OVERRIDE_DAYS:
        wrong["to"] = f"longer than {OVERRIDE_DAYS} days"
        return None
    if found[1] < today:
        wrong["to"] = "past"
    return found[0], found[1]
