"""Schedule (opening hours): weekly hours, holidays, overrides; an exit for each answer.

:meth:`Schedule.day` is the one place that decides what holds on a date. The dialplan is rendered from it, and the
pages show it. A date without hours is closed from 00:00 to 24:00; any other date also carries the tail of the
evening before, past midnight.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from vaxelflode.domain.calendars import choices
from vaxelflode.domain.destination import DESTINATIONS, HANGUP, AnyDestination, Destination
from vaxelflode.domain.hours import DAY, Hours, Spans, merged, past_midnight, until_midnight
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, through
from vaxelflode.domain.spec import Exit, Spec, field
from vaxelflode.domain.special_days import FIRST_YEAR, LAST_YEAR, Holidays
from vaxelflode.domain.text import Line
from vaxelflode.domain.zones import Instant, TimeZone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: What is made after something else is later by so much at least.
MOMENT = dt.timedelta(microseconds=1)
_LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

#: Longest range of one override, and of all of a schedule's together, in days.
OVERRIDE_DAYS, ALL_OVERRIDE_DAYS = 366, 2000
NOTE_LENGTH = 200


def _date(value: object) -> object:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("must be a date, for example 2027-03-16")
    return dt.date.fromisoformat(value)


_Date = Annotated[dt.date, BeforeValidator(_date)]


class Override(BaseModel):
    """Other hours for one day or a range of dates; ends by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: str = Field(pattern=r"^[0-9a-f]{16}$")
    first: _Date = Field(alias="from")
    last: _Date = Field(alias="to")
    hours: Hours = ()
    note: Line = Field("", max_length=NOTE_LENGTH)
    closed: Destination | None = None
    made_by: str = ""
    #: Where overrides overlap the one made last holds.
    made_at: Instant = _LONG_AGO

    @field_validator("last")
    @classmethod
    def _in_order(cls, last: dt.date, info: ValidationInfo) -> dt.date:
        first: dt.date = info.data.get("first", last)
        if last < first:
            raise ValueError("ends before it begins")
        if (last - first).days >= OVERRIDE_DAYS:
            raise ValueError(f"longer than {OVERRIDE_DAYS} days")
        if not FIRST_YEAR <= first.year <= last.year <= LAST_YEAR:
            raise ValueError(f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
        return last

    @property
    def days(self) -> int:
        """How many dates it covers."""
        return (self.last - self.first).days + 1

    @property
    def until_label(self) -> str:
        """What the way out of this override is called in the dialplan."""
        return f"until-{self.id}"

    def covers(self, date: dt.date) -> bool:
        """Whether the override holds on ``date``."""
        return self.first <= date <= self.last


@dataclass(frozen=True, slots=True)
class Day:
    """What holds on one date: the minutes that are open, and why.

    ``name`` is what a holiday is called: in the calendar's own language, or as the company calls its own day.
    """

    open: Spans
    reason: Literal["weekly", "holiday", "override"]
    override: Override | None = None
    name: str | None = None

    def is_open(self, minute: int) -> bool:
        """Whether ``minute`` since midnight is open; half-open: 17:00 is closed."""
        return any(s.start <= minute < s.end for s in self.open)


class Schedule(Spec):
    """Weekly hours with their exceptions, in the wall-clock time of ``time_zone``."""

    itemised: ClassVar[frozenset[str]] = frozenset({"weekly", "overrides"})

    time_zone: TimeZone = field("Europe/Stockholm")
    weekly: Mapping[Weekday, Hours] = field({}, aspect="hours")
    holidays: Holidays = field(Holidays(), aspect="holidays")
    overrides: tuple[Override, ...] = field((), aspect="override", max_length=500)
    open: Destination = field(HANGUP, aspect="route")
    closed: Destination = field(HANGUP, aspect="route")
    holiday: Destination | None = field(None, aspect="route")

    @field_validator("overrides")
    @classmethod
    def _ordered(cls, overrides: tuple[Override, ...]) -> tuple[Override, ...]:
        """In the order in which they were made, so that the same overrides are always the same spec."""
        if len({o.id for o in overrides}) < len(overrides):
            raise ValueError("two temporary changes have the same id")
        return tuple(sorted(overrides, key=lambda o: (o.made_at, o.id)))

    @model_validator(mode="after")
    def _bounded(self) -> Schedule:
        if sum(o.days for o in self.overrides) > ALL_OVERRIDE_DAYS:
            raise ValueError(f"the temporary changes cover more than {ALL_OVERRIDE_DAYS} days together")
        return self

    def renewed(self, field: str, items: Collection[str], now: dt.datetime) -> Schedule:
        """Of temporary changes that overlap the one made last holds: these are made last."""
        if field != "overrides":
            return self
        at = max([now, *(o.made_at + MOMENT for o in self.overrides if o.id not in items)])
        renewed = (o.model_copy(update={"made_at": at}) if o.id in items else o for o in self.overrides)
        return self.model_copy(update={"overrides": tuple(sorted(renewed, key=lambda o: (o.made_at, o.id)))})

    def exits(self) -> Iterator[Exit]:
        """Open, closed and holiday, and where single overrides lead while they close."""
        for name in ("open", "closed", "holiday"):
            if isinstance(destination := getattr(self, name), DESTINATIONS):
                yield Exit(name, name, destination)
        for item in self.overrides:
            if item.closed is not None:
                yield Exit("override", f"overrides.{item.id}.closed", item.closed)

    def doubts_at(self, today: dt.date) -> Iterator[tuple[str, str]]:
        """Holidays and own days that next year lacks."""
        return self.holidays.missing_next_year(today)

    def weekday(self, date: dt.date) -> Spans:
        """The weekly hours of the date's weekday."""
        return self.weekly.get(WEEKDAYS[date.weekday()], ())

    def override_on(self, date: dt.date) -> Override | None:
        """The override that holds on ``date``: of several the one made last."""
        return next((o for o in reversed(self.overrides) if o.covers(date)), None)

    def own_hours(self, date: dt.date) -> Day:
        """The hours that begin on ``date``, without the tail of the evening before."""
        if (override := self.override_on(date)) is not None:
            return Day(override.hours, "override", override)
        if (special := self.holidays.on(date)) is not None:
            return Day(special.hours, "holiday", name=special.name)
        return Day(self.weekday(date), "weekly")

    def day(self, date: dt.date) -> Day:
        """What holds on ``date``, minute by minute."""
        own = self.own_hours(date)
        if not own.open and own.reason != "weekly":
            return own
        tail = past_midnight(self.own_hours(date - dt.timedelta(days=1)).open)
        return replace(own, open=merged([*tail, *until_midnight(own.open)]))

    def ordinary_day(self, weekday: int) -> Day:
        """What holds on a weekday (0 is Monday) in a week without exceptions."""
        today, before = (self.weekly.get(WEEKDAYS[d % 7], ()) for d in (weekday, weekday - 1))
        return Day(merged([*past_midnight(before), *until_midnight(today)]), "weekly")

    def exit_on(self, day: Day, minute: int) -> AnyDestination:
        """Where a call goes at ``minute`` of ``day``."""
        if day.is_open(minute):
            return self.open
        if day.override is not None and day.override.closed is not None:
            return day.override.closed
        if day.reason == "holiday" and self.holiday is not None:
            return self.holiday
        return self.closed

    @property
    def runs_past_midnight(self) -> bool:
        """Whether any hours do, so that a date's morrow depends on it."""
        every = [*self.weekly.values(), *self.holidays.every, *(o.hours for o in self.overrides)]
        return any(s.end > DAY for hours in every for s in hours)

    def offers(self, field: str, language: str) -> Iterator[tuple[str, str]]:
        """The eves and other days of the calendar, beside its public holidays."""
        if field == "holidays" and self.holidays.calendar is not None:
            for id_, choice in choices(self.holidays.calendar).items():
                yield id_, {"sv": choice.sv, "en": choice.en}.get(language) or choice.name

    def turns(self, after: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
        """Every opening and closing, and every midnight: a closed day may lead elsewhere than the one before."""
        zone = ZoneInfo(self.time_zone)
        date, found = after.astimezone(zone).date(), after
        while found < until:
            minutes = {0, *(edge for span in self.day(date).open for edge in span if edge < DAY)}
            for minute in sorted(minutes):
                wall = dt.datetime.combine(date, dt.time(minute // 60, minute % 60), zone)
                found = wall.astimezone(dt.UTC)
                if after < found <= until:
                    yield found
            date += dt.timedelta(days=1)

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:  # noqa: ARG002 -- the hour decides
        """Open, closed or holiday, by the wall clock of the schedule's zone."""
        here = caller.at.astimezone(ZoneInfo(self.time_zone))
        day, minute = self.day(here.date()), here.hour * 60 + here.minute
        destination = self.exit_on(day, minute)
        calendar = self.holidays.calendar if day.name and self.holidays.own_on(here.date()) is None else None
        if day.is_open(minute):
            return through("open", destination, why="open", note=day.name or "", calendar=calendar)
        leads_elsewhere = day.override is not None and day.override.closed is not None
        name = "override" if leads_elsewhere else "holiday" if destination is self.holiday else "closed"
        note = day.name or (day.override.note if day.override is not None else "")
        return through(name, destination, why=day.reason, note=note, calendar=calendar)


KIND = Kind("schedule", Schedule)
