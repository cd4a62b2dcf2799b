"""Hours, days and destinations in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from vaxelflode.domain import calendars
from vaxelflode.domain.destination import DESTINATION_FIELDS
from vaxelflode.domain.hours import DAY, Span, Spans, clock
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.domain.zones import ClockChange
from vaxelflode.i18n.catalogue import translations
from vaxelflode.web.options import value_of
from vaxelflode.web.page import Look


def hours(look: Look, spans: Spans) -> str:
    """``08:00–12:00, 13:00–17:00``; ``Stängt``; ``Dygnet runt``."""
    _ = translations(look.language).gettext
    if not spans:
        return _("Closed")
    if spans == (Span(0, DAY),):
        return _("Around the clock")
    return ", ".join(f"{clock(s.start)}–{clock(s.end)}" for s in spans)


def short_hours(look: Look, spans: Spans) -> str:
    """``8–12, 13–17``: as it fits in the cell of a calendar."""
    if not spans or spans == (Span(0, DAY),):
        return hours(look, spans)
    return ", ".join(f"{_short(s.start)}–{_short(s.end)}" for s in spans)


def _short(minute: int) -> str:
    hour, _, rest = clock(minute).partition(":")
    return str(int(hour)) if rest == "00" else f"{int(hour)}:{rest}"


def special_day(look: Look, schedule: Schedule, date: dt.date, name: str) -> str:
    """A public holiday or an eve by its name in the reader's language; the company's own days by that of theirs."""
    if schedule.holidays.own_on(date) is not None:
        return name
    return calendars.in_language(schedule.holidays.calendar, name, look.language)


def genitive(look: Look, name: str) -> str:
    """``Johans``, ``Lars``; ``Johan’s``."""
    if look.language == "sv":
        return name if name[-1:].lower() in ("s", "x", "z") else f"{name}s"
    return f"{name}’s"


def listed(look: Look, items: Sequence[str]) -> str:
    """``a, b och c``."""
    _ = translations(look.language).gettext
    return _(" and ").join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def lasting(look: Look, span: dt.timedelta) -> str:
    """``6 h 18 min``."""
    _ = translations(look.language).gettext
    total = int(span.total_seconds() + 59) // 60
    if total >= DAY:
        return _("%(days)s d %(hours)s h") % {"days": total // DAY, "hours": total % DAY // 60}
    if total < 60:
        return _("%(minutes)s min") % {"minutes": total}
    return _("%(hours)s h %(minutes)s min") % {"hours": total // 60, "minutes": total % 60}


def till(look: Look, here: dt.datetime, end: dt.datetime) -> str:
    """When something ends, both by the same wall clock: ``17:00``; ``24:00`` of today; ``02:00 i morgon``."""
    if end.date() == here.date():
        return f"{end:%H:%M}"
    if end.date() - here.date() == dt.timedelta(days=1) and end.time() == dt.time():
        return clock(DAY)
    _ = translations(look.language).gettext
    return _("%(time)s %(day)s") % {"time": f"{end:%H:%M}", "day": look.day(end.date())}


def clock_change(look: Look, change: ClockChange) -> str:
    """``Sommartid börjar``."""
    _ = translations(look.language).gettext
    return _("Clocks go forward") if change.forward else _("Clocks go back")


def clock_change_long(look: Look, change: ClockChange) -> str:
    """``Sommartid börjar, klockan 02:00 blir 03:00``."""
    _ = translations(look.language).gettext
    said = {"said": clock_change(look, change), "before": change.before, "after": change.after}
    return _("%(said)s: %(before)s becomes %(after)s") % said


def read_destination(text: str) -> dict[str, str] | None:
    """The inverse of :func:`~vaxelflode.web.options.value_of`; ``ValueError`` for what is none."""
    if not text:
        return None
    field, colon, value = text.partition(":")
    if not colon or field not in DESTINATION_FIELDS:
        raise ValueError("choice")
    return {field: value}


def destination(
    look: Look, value: Mapping[str, str] | None, place: Callable[[str], str | None], names: Mapping[str, str]
) -> str:
    """``Nattmeddelande``; what ``place`` does not know by its name, else as it stands."""
    _ = translations(look.language).gettext
    if value is None:
        return _("As when closed")
    text = value_of(value)
    if (found := place(text)) is not None:
        return found
    sort, name = next(iter(value.items()))
    return look.words.outside("end", name) if sort == "end" else names.get(text, name)
