"""What is about to change, or has been, line by line in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vaxelflode.domain import calendars
from vaxelflode.domain.change import Change
from vaxelflode.domain.edits import ABSENT, Edit, applied
from vaxelflode.domain.kinds.schedule import WEEKDAYS, Schedule
from vaxelflode.i18n.catalogue import translations
from vaxelflode.i18n.formats import capital, country, weekday
from vaxelflode.web.hours import saying
from vaxelflode.web.hours.clock_times import from_json
from vaxelflode.web.hours.parts import ALSO, OWN, PARTS, Flat, Part, changed, flat
from vaxelflode.web.page import Look

#: A Monday, to name weekdays by.
_MONDAY = dt.date(2027, 3, 15)
_DAYS: tuple[str, ...] = WEEKDAYS


@dataclass(frozen=True, slots=True)
class Line:
    """``what`` was ``before`` and is ``after``; ``since`` says from when on."""

    what: str
    before: str
    after: str
    since: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """How what stands in a schedule is called: ``place`` says what may be picked, ``objects`` what it leads to."""

    place: Callable[[str], str | None] = lambda _value: None
    objects: Mapping[str, str] = field(default_factory=dict)

    def destination(self, look: Look, value: Mapping[str, str] | None) -> str:
        """A destination in words."""
        return saying.destination(look, value, self.place, self.objects)


def day_name(look: Look, day: str) -> str:
    """``måndag``."""
    return weekday(look.language, _MONDAY + dt.timedelta(days=_DAYS.index(day)))


def label(look: Look, part: Part, key: str, before: Flat, after: Flat) -> str:
    """What a flat value is called: ``Fredag``, ``Julafton``."""
    _ = translations(look.language).gettext
    if part == "hours":
        return capital(day_name(look, key))
    if part == "route":
        return look.words.field("schedule", key)
    if key.startswith(ALSO):
        return eve(look, key.removeprefix(ALSO), after.get("calendar") or before.get("calendar"))
    if key.startswith(OWN):
        found = after.get(key) or before.get(key) or {}
        return f"{key.removeprefix(OWN)} {found.get('name', '')}".strip()
    return _("Calendar") if key == "calendar" else _("Hours on public holidays")


def eve(look: Look, id_: str, calendar: str | None) -> str:
    """A chosen day of a country's: ``Julafton``."""
    found = calendars.choices(calendar).get(id_) if calendar in calendars.countries() else None
    if found is None:
        return id_
    return capital({"sv": found.sv, "en": found.en}.get(look.language) or found.name)


def text(look: Look, part: Part, key: str, value: Any, names: Names) -> str:
    """A flat value in words."""
    _ = translations(look.language).gettext
    if part == "route":
        return names.destination(look, value)
    if key == "calendar":
        return _("None") if value is None else country(look.language, value)
    if value is None:
        return _("As other days") if key.startswith(ALSO) else "–"
    return saying.hours(look, from_json(value["hours"] if key.startswith(OWN) else value))


def lines(look: Look, part: Part, before: Flat, after: Flat, names: Names) -> list[Line]:
    """What was changed from one version to another."""
    found = []
    for key in changed(before, after):
        was, now = (text(look, part, key, values.get(key), names) for values in (before, after))
        what = label(look, part, key, before, after)
        since = ""
        if part == "hours":
            what, was, now = _shortened(look, what, before.get(key) or [], after.get(key) or [], (was, now))
            since = _since(look, key)
        found.append(Line(what, was, now, since))
    return found


def _shortened(look: Look, what: str, before: Any, after: Any, texts: tuple[str, str]) -> tuple[str, str, str]:
    """``Fredag stänger 16:00 → 15:00`` where only that is other."""
    _ = translations(look.language).gettext
    if len(before) == len(after) == 1:
        (opens, closes), (later, ends) = before[0], after[0]
        if opens == later:
            return _("%(day)s closes") % {"day": what}, closes, ends
        if closes == ends:
            return _("%(day)s opens") % {"day": what}, opens, later
    return what, *texts


def _since(look: Look, day: str) -> str:
    _ = translations(look.language).gettext
    ahead = (_DAYS.index(day) - look.now.weekday()) % 7
    date = look.now.date() + dt.timedelta(days=ahead)
    return _("from today on") if not ahead else _("from %(date)s on") % {"date": look.date(date)}


def of_change(look: Look, change: Change, schedule: Schedule, names: Names) -> list[Line]:
    """What a saved change changed, as :func:`lines`; temporary changes by their dates."""
    edits = [edit for edit in change.edits if edit.path != ("name",)]
    spec = schedule.as_json()
    after = _read(applied(spec, edits), schedule)
    before = _read(applied(spec, [edit.reversed() for edit in edits]), schedule)
    found: list[Line] = []
    for part, fields in PARTS.items():
        if any(edit.field in fields for edit in edits):
            found += lines(look, part, flat(part, before), flat(part, after), names)
    return [*found, *_overrides(look, [edit for edit in edits if edit.field == "overrides"], names)]


def of_holidays(look: Look, before: Any, after: Any) -> list[Line]:
    """What was changed from one value of the field ``holidays`` to another; what is not there keeps none."""
    there = ({} if value in (ABSENT, None) else {"holidays": value} for value in (before, after))
    was, now = (flat("holidays", _read(spec, Schedule())) for spec in there)
    return lines(look, "holidays", was, now, Names())


def _read(spec: Mapping[str, Any], otherwise: Schedule) -> Schedule:
    try:
        return Schedule.model_validate(spec)
    except ValueError:
        return otherwise


def _overrides(look: Look, edits: Iterable[Edit], names: Names) -> list[Line]:
    _ = translations(look.language).gettext
    taken: dict[str, tuple[str, str]] = {}
    for edit in edits:
        for n, value in enumerate((edit.before, edit.after)):
            if value is ABSENT:
                continue
            dates = _dates(look, value["from"], value["to"])
            said = saying.hours(look, from_json([[*pair] for pair in value["hours"]]))
            if (to := value.get("closed")) is not None:
                said += ", " + _("while closed: %(place)s") % {"place": names.destination(look, to)}
            there = taken.get(dates, ("", ""))
            taken[dates] = (said, there[1]) if n == 0 else (there[0], said)
    usual = _("ordinary hours")
    return [Line(dates, before or usual, after or usual) for dates, (before, after) in taken.items()]


def _dates(look: Look, first: str, last: str) -> str:
    begin, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    if begin == end:
        return capital(look.day(begin))
    return f"{capital(look.date(begin))} – {look.date(end)}"
