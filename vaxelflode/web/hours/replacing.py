"""Which temporary changes one would take the place of, and whose: nobody's is replaced without a word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from vaxelflode.domain.kinds.schedule import Override, Schedule
from vaxelflode.i18n.catalogue import translations
from vaxelflode.web.hours import saying
from vaxelflode.web.hours.diff import Names
from vaxelflode.web.page import Look

Dates = tuple[dt.date, dt.date]


@dataclass(frozen=True, slots=True)
class Both:
    """Somebody was first: ``rows`` are days, what holds on them now, and what one proposes (``None``: nothing)."""

    who: str
    first_name: str
    whose: str
    when: str
    rows: Sequence[tuple[str, str | None, str | None]]
    #: What held before both; empty of several days.
    before: str


def in_force(schedule: Schedule, dates: Dates) -> list[Override]:
    """The temporary changes that hold on any of the days, as they come."""
    first, last = dates
    near = [o for o in schedule.overrides if o.first <= last and o.last >= first]
    on = near and (schedule.override_on(first + dt.timedelta(days=n)) for n in range((last - first).days + 1))
    there = {o.id for o in on if o is not None}
    return [o for o in near if o.id in there]


def others_since(schedule: Schedule, dates: Dates, seen: Collection[str], mine: str) -> list[Override]:
    """Those in force that were not there yet when one began (``seen`` are the ids), but for one's own."""
    return [o for o in in_force(schedule, dates) if o.id not in seen and o.made_by != mine]


def told(look: Look, schedule: Schedule, dates: Dates, edit: Override | None, names: Names) -> list[str]:
    """What holds on the days and would be replaced, and the change that is being changed; each with whose it is."""
    there = in_force(schedule, dates)
    if edit is not None and edit not in there:
        there = [edit, *there]
    if there:
        return [_of(look, o, dates, names) for o in there]
    _ = translations(look.language).gettext
    first, last = dates
    return [_("ordinary hours")] if first < last else [saying.hours(look, schedule.own_hours(first).open)]


def _of(look: Look, there: Override, dates: Dates, names: Names) -> str:
    said = [] if (there.first, there.last) == dates else [_days(look, (there.first, there.last))]
    said.append(said_of(look, there, names))
    return ", ".join([*said, _by(look, there)] if there.made_by else said)


def said_of(look: Look, there: Override, names: Names) -> str:
    """The hours, where callers go meanwhile, and why."""
    _ = translations(look.language).gettext
    said = [saying.hours(look, there.hours)]
    if there.closed is not None:
        place = names.destination(look, there.closed.model_dump(mode="json"))
        said.append(_("while closed: %(place)s") % {"place": place})
    return ", ".join([*said, there.note] if there.note else said)


def both(look: Look, schedule: Schedule, dates: Dates, others: Sequence[Override], mine: str, names: Names) -> Both:
    """What somebody else has made of the days meanwhile, and what one proposes oneself: ``mine``, in words."""
    newest = max(others, key=lambda o: o.made_at)
    rows: list[tuple[str, str | None, str | None]] = [
        (_days(look, (o.first, o.last)), said_of(look, o, names), mine if (o.first, o.last) == dates else None)
        for o in others
    ]
    if not any(own for _days_of, _theirs, own in rows):
        rows.append((_days(look, dates), None, mine))
    first, last = dates
    gone = {o.id for o in others}
    left = schedule.model_copy(update={"overrides": tuple(o for o in schedule.overrides if o.id not in gone)})
    hours = saying.hours(look, left.own_hours(first).open)
    before = f"{look.day(first)} {hours[:1].lower()}{hours[1:]}" if first == last else ""
    short = newest.made_by.partition(" ")[0]
    return Both(newest.made_by, short, saying.genitive(look, short), _when(look, newest), rows, before)


def _days(look: Look, dates: Dates) -> str:
    first, last = dates
    return look.date(first) if first == last else f"{look.date(first)} – {look.date(last)}"


def _by(look: Look, there: Override) -> str:
    _ = translations(look.language).gettext
    return _("by %(name)s") % {"name": there.made_by} + f" {_when(look, there)}"


def _when(look: Look, there: Override) -> str:
    at = there.made_at.astimezone(look.now.tzinfo)
    return f"{at:%H:%M}" if at.date() == look.now.date() else f"{look.day(at.date())} {at:%H:%M}"
