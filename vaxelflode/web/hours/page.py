"""What the page of a schedule shows, gathered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from vaxelflode.domain import calendars
from vaxelflode.domain.change import Change
from vaxelflode.domain.check import parsed_spec
from vaxelflode.domain.edits import patched
from vaxelflode.domain.hours import DAY, Spans, clock
from vaxelflode.domain.kinds.schedule import KIND, WEEKDAYS, Schedule
from vaxelflode.domain.now import Now, Strip, now_of, strip_of
from vaxelflode.errors import Invalid
from vaxelflode.i18n.catalogue import translations
from vaxelflode.i18n.formats import capital, country
from vaxelflode.services.opening_hours import OpeningHours
from vaxelflode.web.hours import diff, preview, saying, wrong
from vaxelflode.web.hours.clock_times import Read
from vaxelflode.web.hours.parts import ALSO, PARTS, Flat, Part, flat, kept, patch, read_kept
from vaxelflode.web.hours.preview import Axis, Calendar, Unusual
from vaxelflode.web.hours.reading import Form, form_of
from vaxelflode.web.options import Options, Places
from vaxelflode.web.page import Look


@dataclass(frozen=True, slots=True)
class DayRow:
    """A weekday of the ordinary hours: as typed, as it was, and as it is drawn."""

    key: str
    name: str
    read: Read
    before: Spans
    after: Spans
    #: What the PBX has: something else while what is saved waits for it.
    live: Spans

    @property
    def is_changed(self) -> bool:
        """Whether it is other than what is saved."""
        return self.before != self.after

    @property
    def is_held(self) -> bool:
        """Whether what is saved, and is not being changed, waits for the PBX."""
        return self.before == self.after != self.live

    @property
    def gone(self) -> Spans:
        """What is drawn of how it was before: saved, or still in the PBX."""
        return self.before if self.is_changed else self.live if self.is_held else ()


@dataclass(frozen=True, slots=True)
class EveRow:
    """A day that may be chosen beside the public holidays."""

    id: str
    name: str
    chosen: bool
    hours: str
    wrong: str


@dataclass(frozen=True, slots=True)
class PartView:
    """A part with its form; ``lines`` is what is about to change."""

    part: Part
    may: bool
    form: Form
    kept: str
    lines: Sequence[diff.Line]
    #: Field → what is wrong with it, in words; ``""`` of the whole.
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody was first: ``rows`` are a name, what holds now, and what one proposes (``None``: nothing)."""

    part: Part
    who: str
    first_name: str
    whose: str
    when: str
    rows: Sequence[tuple[str, str, str | None]]
    before: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Shown:
    """All of it."""

    hours: OpeningHours
    today: dt.date
    now: Now
    strip: Strip
    what: str
    how: str
    #: What today is called, if it is a public holiday or the like.
    holiday: str
    strip_label: str
    returns: bool
    parts: Mapping[Part, PartView]
    week: Sequence[DayRow]
    axis: Axis
    eves: Sequence[EveRow]
    countries: Options
    places: Places
    names: diff.Names
    calendar: Calendar
    exceptions: Sequence[Unusual]

    @property
    def country(self) -> str:
        """Whose public holidays are kept."""
        return self.countries.texts.get(self.hours.schedule.holidays.calendar or "", "")

    @property
    def dirty(self) -> PartView | None:
        """The part that is being changed."""
        return next((view for view in self.parts.values() if view.lines), None)


def gathered(
    look: Look,
    hours: OpeningHours,
    places: Places,
    names: Mapping[str, str],
    edited: tuple[Part, Form, Flat] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Shown:
    """The page; ``edited`` is a part with what was typed in it and what it was made from."""
    schedule = hours.schedule
    called = diff.Names(places.text, names)
    parts: dict[Part, PartView] = {}
    then = schedule
    for part in PARTS:
        there = flat(part, schedule)
        if edited is None or edited[0] != part:
            parts[part] = PartView(part, hours.may(part), form_of(part, there), kept(there), (), {})
            continue
        _part, form, before = edited
        said = {field: wrong.in_words(look.language, code) for field, code in form.wrong.items()} | dict(errors or {})
        lines = diff.lines(look, part, before, form.values, called)
        parts[part] = PartView(part, hours.may(part), form, kept(before), lines, said)
        then = proposed(schedule, patch(part, before, form.values, schedule))
    today = now_of(schedule, look.now).at.date()
    now = now_of(schedule, look.now)
    saved, drawn = ([s.weekly.get(day, ()) for day in WEEKDAYS] for s in (schedule, then))
    return Shown(
        hours,
        today,
        now,
        strip_of(schedule, today, look.now),
        saying.hours(look, now.day.open),
        _how(look, now),
        saying.special_day(look, schedule, today, now.day.name or ""),
        _strip_label(look, now),
        now.day.reason == "override",
        parts,
        _week(look, parts["hours"].form, saved, drawn, [hours.live.weekly.get(day, ()) for day in WEEKDAYS]),
        preview.axis(saved, drawn),
        _eves(look, parts["holidays"].form),
        _countries(look.language),
        places,
        called,
        preview.calendar(look, schedule, then, hours.live),
        preview.exceptions(look, schedule, today, _places(look, schedule, called)),
    )


def _places(look: Look, schedule: Schedule, called: diff.Names) -> dict[str, str]:
    """Where callers go during temporary changes, if not as ever, by their ids."""
    wanted = {o.id: o.closed.model_dump(mode="json") for o in schedule.overrides if o.closed is not None}
    return {id_: called.destination(look, to) for id_, to in wanted.items()}


def proposed(schedule: Schedule, spec: Mapping[str, object]) -> Schedule:
    """The schedule with a patch; as it is where the patch is none."""
    try:
        found = parsed_spec(KIND, patched(Schedule, schedule.as_json(), dict(spec)))
    except Invalid:
        return schedule
    return found if isinstance(found, Schedule) else schedule


def was(part: Part, text: str, schedule: Schedule) -> Flat:
    """What a form was made from; where somebody sends what never was a part's, what there is now."""
    there = flat(part, schedule)
    try:
        found = read_kept(text, there)
        spec = parsed_spec(KIND, patched(Schedule, schedule.as_json(), patch(part, there, found, schedule)))
    except (Invalid, TypeError, ValueError):
        return there
    return flat(part, spec) if isinstance(spec, Schedule) else there


def _week(
    look: Look, form: Form, saved: Sequence[Spans], drawn: Sequence[Spans], live: Sequence[Spans]
) -> list[DayRow]:
    return [
        DayRow(
            day,
            capital(diff.day_name(look, day)),
            form.week[day],
            saved[n],
            drawn[n],
            live[n],
        )
        for n, day in enumerate(WEEKDAYS)
    ]


def _eves(look: Look, form: Form) -> list[EveRow]:
    calendar = form.values.get("calendar")
    if calendar not in calendars.countries():
        return []
    return [
        EveRow(id_, diff.eve(look, id_, calendar), ALSO + id_ in form.texts, form.texts.get(ALSO + id_, ""), "")
        for id_ in calendars.choices(calendar)
    ]


@cache
def _countries(language: str) -> Options:
    names = sorted(((code, country(language, code)) for code in calendars.countries()), key=lambda c: c[1])
    return Options([("country", [(code, name, code) for code, name in names])], dict(names))


def _how(look: Look, now: Now) -> str:
    _ = translations(look.language).gettext
    if now.until is None:
        return _("Open around the clock") if now.is_open else _("Closed until further notice")
    left = saying.lasting(look, now.until - now.at.astimezone(now.until.tzinfo))
    ends_today = now.is_open and saying.till(look, now.at, now.until) == clock(DAY)
    if now.until.date() != now.at.date() and not ends_today:
        time = {"day": look.day(now.until.date()), "time": f"{now.until:%H:%M}"}
        return (
            _("Open now, closes %(day)s %(time)s") % time
            if now.is_open
            else _("Closed now, opens %(day)s %(time)s") % time
        )
    return (
        _("Open now, closes in %(time)s") % {"time": left}
        if now.is_open
        else _("Closed now, opens in %(time)s") % {"time": left}
    )


def _strip_label(look: Look, now: Now) -> str:
    _ = translations(look.language).gettext
    return _("Today: %(hours)s. It is %(time)s.") % {
        "hours": saying.hours(look, now.day.open),
        "time": f"{now.at:%H:%M}",
    }


def conflict(look: Look, hours: OpeningHours, part: Part, before: Flat, mine: Flat, names: diff.Names) -> Conflict:
    """Both versions, field by field: what holds now, and what one proposes; ``before`` is what both began with."""
    _ = translations(look.language).gettext
    theirs = flat(part, hours.schedule)
    own, other = set(_changed(before, mine)), set(_changed(before, theirs))
    keys = [key for key in dict.fromkeys([*before, *theirs, *mine]) if key in own | other]

    def said(key: str, values: Flat) -> str:
        return diff.text(look, part, key, values.get(key), names)

    def name(key: str) -> str:
        return diff.label(look, part, key, before, theirs | dict(mine))

    rows = [(name(key), said(key, theirs), said(key, mine) if key in own else None) for key in keys]
    first = "; ".join(f"{_within(look, part, name(key), said(key, before))}" for key in keys)
    change = _who(hours, part)
    who = "" if change is None else change.actor_name
    short = who.partition(" ")[0]
    at = look.now if change is None else change.at.astimezone(look.now.tzinfo)
    clash = diff.lines(look, part, theirs, dict(theirs) | {key: mine.get(key) for key in own}, names)
    outcome = clash[0].after if len(clash) == len(own) == 1 else ""
    return Conflict(part, who, short, saying.genitive(look, short), f"{at:%H:%M}", rows, first, outcome)


def _within(look: Look, part: Part, name: str, said: str) -> str:
    """``fredag 08:00–17:00``, ``Friday closed``: a day inside a sentence."""
    if part != "hours":
        return f"{name} {said}"
    return f"{name.lower() if look.language == 'sv' else name} {said[:1].lower()}{said[1:]}"


def _changed(before: Flat, after: Flat) -> list[str]:
    return [key for key in {*before, *after} if before.get(key) != after.get(key)]


def _who(hours: OpeningHours, part: Part) -> Change | None:
    """The newest change of the part."""
    return next((c for c in hours.latest if part in c.aspects and c.state not in ("rejected", "withdrawn")), None)


def merged(before: Flat, mine: Flat, theirs: Flat) -> Flat:
    """Theirs, with what one has changed oneself."""
    found = dict(theirs)
    for key in _changed(before, mine):
        if key in mine:
            found[key] = mine[key]
        else:
            found.pop(key, None)
    return found
