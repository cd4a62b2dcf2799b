"""The days on which a schedule's weekly hours do not hold, year after year: public holidays, eves, own days.

:meth:`Holidays.on` decides which of them holds on a date: a day of the company's own before a chosen one, that before
a public holiday. Overrides, which stand above all of them, are the schedule's.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from vaxelflode.domain import calendars
from vaxelflode.domain.calendars import Calendar
from vaxelflode.domain.hours import Hours, Spans
from vaxelflode.domain.text import Line

#: The years that a spec may speak of.
FIRST_YEAR, LAST_YEAR = 2000, 2199
#: Most days of a schedule's own.
OWN_DAYS = 200
#: How far ahead it is looked whether a chosen day will come again, in years.
_YEARS_AHEAD = 10

_DAY = re.compile(r"(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}")
_A_LEAP_YEAR = "2000-"


def _day(text: str) -> str:
    if not _DAY.fullmatch(text):
        raise ValueError("must be a date, for example 2027-05-14, or 05-14 for every year")
    try:
        date = dt.date.fromisoformat(text if len(text) > len("05-14") else _A_LEAP_YEAR + text)
    except ValueError:
        raise ValueError("is no day that there is") from None
    if not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise ValueError(f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    return text


class OwnDay(BaseModel):
    """A day of the company's own: on one date, or every year on the same day (29 February: in leap years)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: Annotated[
        str, AfterValidator(_day), Field(json_schema_extra={"pattern": f"^{_DAY.pattern}$", "examples": ["05-14"]})
    ]
    hours: Hours = ()
    name: Line = Field(min_length=1, max_length=200)

    @property
    def yearly(self) -> bool:
        """Whether it comes every year."""
        return len(self.date) == len("05-14")

    def dates(self, first: dt.date, last: dt.date) -> Iterator[dt.date]:
        """When it comes from ``first`` to ``last``, inclusive."""
        for year in range(first.year, last.year + 1):
            try:
                date = dt.date.fromisoformat(f"{year}-{self.date}" if self.yearly else self.date)
            except ValueError:
                continue  # 29 February
            if date.year == year and first <= date <= last:
                yield date


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """What holds on a day out of the ordinary, and what the day is called."""

    hours: Spans
    name: str


class Holidays(BaseModel):
    """Whose public holidays are kept, with which hours (none: closed); and the days beside them.

    ``also``: the country's eves, half days and the like (``calendars.choices``) with hours of their own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    calendar: Calendar | None = None
    hours: Hours = ()
    also: Mapping[str, Hours] = Field({}, examples=[{"christmas-eve": [], "maundy-thursday": [["08:00", "12:00"]]}])
    own: tuple[OwnDay, ...] = Field((), max_length=OWN_DAYS)

    @field_validator("also")
    @classmethod
    def _known(cls, also: Mapping[str, Spans], info: ValidationInfo) -> Mapping[str, Spans]:
        if not also or "calendar" not in info.data:  # a calendar that is none is told by itself
            return also
        country = info.data["calendar"]
        if country is None:
            raise ValueError("needs a calendar")
        known = calendars.choices(country)
        if unknown := sorted(also.keys() - known.keys()):
            there_is = f"it has {', '.join(known)}" if known else "it has none: take days of your own"
            raise ValueError(f"the calendar {country} has no {unknown[0][:40]!r} to choose; {there_is}")
        return dict(sorted(also.items()))

    @field_validator("own")
    @classmethod
    def _ordered(cls, own: tuple[OwnDay, ...]) -> tuple[OwnDay, ...]:
        """By date, so that the same days are always the same spec."""
        ordered = tuple(sorted(own, key=lambda day: day.date))
        if twice := {a.date for a, b in itertools.pairwise(ordered) if a.date == b.date}:
            raise ValueError(f"{min(twice)} stands there twice")
        return ordered

    @property
    def yearly(self) -> tuple[OwnDay, ...]:
        """The company's own days of every year."""
        return tuple(day for day in self.own if day.yearly)

    @property
    def dated(self) -> Mapping[dt.date, OwnDay]:
        """The company's own days of one year."""
        return {dt.date.fromisoformat(day.date): day for day in self.own if not day.yearly}

    @property
    def chosen(self) -> tuple[tuple[str, Spans], ...]:
        """The chosen days in the order in which they hold where two fall together: the one least open first."""
        return tuple(sorted(self.also.items(), key=lambda day: (_minutes(day[1]), day[0])))

    @property
    def every(self) -> Iterator[Spans]:
        """All the hours that there are."""
        yield from (self.hours, *self.also.values(), *(day.hours for day in self.own))

    def on(self, date: dt.date) -> SpecialDay | None:
        """What holds on ``date``, if it is such a day: own before chosen before public; a dated own day first."""
        if (own := self.own_on(date)) is not None:
            return SpecialDay(own.hours, own.name)
        if self.calendar is None:
            return None
        ids = calendars.choices_on(self.calendar, date)
        for id_, hours in self.chosen if ids else ():
            if id_ in ids:
                return SpecialDay(hours, calendars.choices(self.calendar)[id_].name)
        public = calendars.of_year(self.calendar, date.year).get(date)
        return None if public is None else SpecialDay(self.hours, public)

    def own_on(self, date: dt.date) -> OwnDay | None:
        """The company's own day on ``date``: one of that very date before one of every year."""
        text = date.isoformat()
        return self._own_by_date.get(text) or self._own_by_date.get(text[len("2027-") :])

    @cached_property
    def _own_by_date(self) -> Mapping[str, OwnDay]:
        return {day.date: day for day in self.own}

    def between(self, first: dt.date, last: dt.date) -> set[dt.date]:
        """The dates from ``first`` to ``last``, inclusive, on which :meth:`on` has something to say."""
        dates = {date for day in self.own for date in day.dates(first, last)}
        if self.calendar is not None:
            dates.update(calendars.between(self.calendar, first, last))
            for id_ in self.also:
                dates.update(calendars.choice_between(self.calendar, id_, first, last))
        return dates

    def missing_next_year(self, today: dt.date) -> Iterator[tuple[str, str]]:
        """What says nothing of next year though it should: the field, and a code of :mod:`vaxelflode.domain.lint`.

        A calendar of which no holidays are known, a chosen day that is not to come again, and own days by date of
        which this year has some.
        """
        year = today.year + 1
        if self.calendar is not None:
            if not calendars.of_year(self.calendar, year):
                yield "holidays.calendar", "holidays_missing"
            first, last = dt.date(year, 1, 1), dt.date(today.year + _YEARS_AHEAD, 12, 31)
            for id_ in self.also:
                if not any(calendars.choice_between(self.calendar, id_, first, last)):
                    yield f"holidays.also.{id_}", "chosen_day_missing"
        years = {date.year for date in self.dated}
        if today.year in years and year not in years:
            yield "holidays.own", "own_days_missing"


def _minutes(hours: Iterable[tuple[int, int]]) -> int:
    return sum(end - start for start, end in hours)
