"""What will really hold, day by day: four weeks of it, and the days that are not as others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from vaxelflode.domain import calendars
from vaxelflode.domain.hours import Spans
from vaxelflode.domain.kinds.schedule import Day, Override, Schedule
from vaxelflode.domain.zones import clock_change
from vaxelflode.i18n.catalogue import translations
from vaxelflode.i18n.formats import short_date
from vaxelflode.web.hours import saying
from vaxelflode.web.page import Look

WEEKS = 4
#: How far ahead days that are not as others are looked for, and how many of them are shown at once.
AHEAD = dt.timedelta(days=366)
FIRST = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the calendar: ``sorts`` are its classes, ``icon`` and ``note`` what is out of the ordinary about it."""

    date: dt.date
    sorts: str
    icon: str
    hours: str
    note: str
    #: All of it in words, for those who do not see the colours.
    told: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Weeks of seven days, with what its symbols mean."""

    weeks: Sequence[tuple[int, Sequence[Cell]]]
    changes: Sequence[str]
    has_changed: bool
    has_held: bool

    @property
    def first(self) -> dt.date:
        """Its first day."""
        return self.weeks[0][1][0].date

    @property
    def last(self) -> dt.date:
        """Its last day."""
        return self.weeks[-1][1][-1].date


def calendar(look: Look, now: Schedule, then: Schedule, live: Schedule) -> Calendar:
    """Four weeks from this one's Monday.

    ``now`` is what is saved, ``then`` what it would be with what is being edited, ``live`` what the PBX has.
    """
    today = look.now.astimezone(ZoneInfo(now.time_zone)).date()
    monday = today - dt.timedelta(days=today.weekday())
    days = [monday + dt.timedelta(days=n) for n in range(7 * WEEKS)]
    cells = [_cell(look, day, today, now, then, live) for day in days]
    weeks = [(days[n].isocalendar().week, cells[n : n + 7]) for n in range(0, len(cells), 7)]
    found = [change for day in days if (change := clock_change(now.time_zone, day)) is not None]
    return Calendar(
        weeks,
        [saying.clock_change_long(look, change) for change in found],
        any("is-changed" in cell.sorts for cell in cells),
        any("is-held" in cell.sorts for cell in cells),
    )


def _cell(look: Look, date: dt.date, today: dt.date, now: Schedule, then: Schedule, live: Schedule) -> Cell:
    _ = translations(look.language).gettext
    day = then.day(date)
    was = day if now is then else now.day(date)  # as a rule all three are one
    there = was if live is now else live.day(date)
    hours = saying.short_hours(look, day.open)
    sorts, icon, notes = _sort(look, then, date, day)
    if date >= today and day.open != was.open:
        sorts, icon = "is-changed", "pen"
        notes = [_("was %(hours)s") % {"hours": saying.short_hours(look, was.open)}]
    elif date >= today and was.open != there.open:
        sorts, icon = "is-held", "hour"
        notes = [_("was %(hours)s") % {"hours": saying.short_hours(look, there.open)}]
    if (change := clock_change(now.time_zone, date)) is not None:
        icon = icon or "sun"
        notes.append(saying.clock_change(look, change))
    extra = " is-past" if date < today else " is-today" if date == today else ""
    told = ", ".join([look.date(date), saying.hours(look, day.open), *notes])
    return Cell(date, (sorts + extra).strip(), icon, hours, ", ".join(notes), told)


def _sort(look: Look, schedule: Schedule, date: dt.date, day: Day) -> tuple[str, str, list[str]]:
    _ = translations(look.language).gettext
    if day.reason == "override":
        assert day.override is not None  # noqa: S101 -- the reason says so
        return "is-temp", "clock", [day.override.note or _("temporary change")]
    if day.reason == "holiday":
        name = saying.special_day(look, schedule, date, day.name or "") or _("public holiday")
        return "is-red", "flag", [name]
    return ("" if day.open else "is-shut"), "", []


@dataclass(frozen=True, slots=True)
class Unusual:
    """A day that is not as others. ``override`` is its temporary change, ``sort`` is ``temp``, ``red`` or ``own``."""

    date: dt.date
    sort: str
    what: str
    why: str
    label: str = ""
    override: Override | None = None


def exceptions(look: Look, schedule: Schedule, today: dt.date, places: Mapping[str, str]) -> list[Unusual]:
    """Temporary changes that have not ended, public holidays, eves and days of the company's own, as they come.

    ``places`` is what a temporary change's destination is called, by the change's id.
    """
    changes = [
        _of_override(look, schedule, o, today, places.get(o.id, "")) for o in schedule.overrides if o.last >= today
    ]
    days = sorted(schedule.holidays.between(today, today + AHEAD))
    others = [found for day in days if (found := _of_day(look, schedule, day)) is not None]
    return sorted([*changes, *others], key=lambda found: (found.date, found.sort != "temp"))


def _of_override(look: Look, schedule: Schedule, there: Override, today: dt.date, place: str) -> Unusual:
    _ = translations(look.language).gettext
    parts = []
    if there.last > there.first:
        parts.append(_("until %(date)s") % {"date": short_date(look.language, there.last)})
    if place:
        parts.append(_("while closed: %(place)s") % {"place": place})
    if there.note:
        parts.append(there.note)
    if there.made_by:
        parts.append(_("by %(name)s") % {"name": there.made_by})
    if schedule.override_on(max(there.first, today)) is not there:
        parts.append(_("a later change holds instead"))
    ordinary = schedule.model_copy(update={"overrides": ()}).own_hours(there.first).open
    words = ", ".join(parts) or _("Temporary change")
    return Unusual(there.first, "temp", outcome(look, ordinary, there.hours), words, override=there)


def closing_earlier(ordinary: Spans, hours: Spans) -> int | None:
    """When it closes, in minutes, where that is earlier than usual and nothing else is other."""
    if len(ordinary) == len(hours) == 1 and ordinary[0].start == hours[0].start and hours[0].end < ordinary[0].end:
        return hours[0].end
    return None


def outcome(look: Look, ordinary: Spans, hours: Spans) -> str:
    """What is other than usual: ``Stänger 14:00``, ``Öppet till 19:00``, else the hours."""
    _ = translations(look.language).gettext
    if len(ordinary) == len(hours) == 1 and ordinary[0].start == hours[0].start:
        time = {"time": saying.hours(look, hours).partition("–")[2]}
        if closing_earlier(ordinary, hours) is not None:
            return _("Closes %(time)s") % time
        if hours[0].end > ordinary[0].end:
            return _("Open until %(time)s") % time
    return saying.hours(look, hours)


def _of_day(look: Look, schedule: Schedule, date: dt.date) -> Unusual | None:
    _ = translations(look.language).gettext
    found = schedule.holidays.on(date)
    if found is None:
        return None
    names = [saying.special_day(look, schedule, date, found.name)]
    if (change := clock_change(schedule.time_zone, date)) is not None:
        names.append(saying.clock_change(look, change))
    own = schedule.holidays.own_on(date) is not None
    public = not own and calendars.is_holiday(schedule.holidays.calendar, date)
    label = _("Public holiday") if public else _("Own day") if own else _("Eve")
    return Unusual(date, "red" if public else "own", saying.hours(look, found.hours), ", ".join(names), label)


@dataclass(frozen=True, slots=True)
class Axis:
    """The hours over which a week is drawn."""

    first: int
    last: int

    def part(self, minute: int) -> float:
        """A minute as a part of the whole, 0 to 1."""
        return (minute / 60 - self.first) / (self.last - self.first)

    @property
    def named(self) -> Iterator[tuple[float, str]]:
        """The hours that are named: every second, of many every fourth."""
        step = 2 if self.last - self.first <= 16 else 4
        return ((self.part(h * 60), f"{h % 24 if h != 24 else 24:02d}") for h in range(self.first, self.last + 1, step))

    def ticks(self, spans: Spans) -> Iterator[float]:
        """The whole hours within spans."""
        for s in spans:
            yield from (self.part(h * 60) for h in range(s.start // 60 + 1, -(-s.end // 60)))


def axis(*weeks: Sequence[Spans]) -> Axis:
    """Wide enough for every hour; 06 to 20 at least."""
    spans = [span for week in weeks for day in week for span in day]
    first = min([6, *(s.start // 60 for s in spans)])
    last = max([20, *(-(-s.end // 60) for s in spans)])
    step = 2 if last - first <= 16 else 4
    return Axis(first - first % 2, last + (first - first % 2 - last) % step)
