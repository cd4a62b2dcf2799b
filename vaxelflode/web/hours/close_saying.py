"""What closing and opening from now on come to, in words: the answers of the question, and the button that does it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from vaxelflode.domain.closing import bare, rewritten, till_ordinary
from vaxelflode.domain.hours import DAY, clock, minutes
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.domain.now import now_of
from vaxelflode.i18n.catalogue import translations
from vaxelflode.web.hours import saying
from vaxelflode.web.hours.close_form import CloseForm
from vaxelflode.web.hours.override_form import OverrideForm
from vaxelflode.web.hours.saying import read_destination
from vaxelflode.web.page import Look


def told(there: Look, schedule: Schedule) -> Mapping[str, str]:
    """What each answer comes to; one that is not to be had is empty."""
    _ = translations(there.language).gettext
    now = there.now
    found = {"ordinary": "", "regular": ""}
    closed = rewritten(schedule, CloseForm("close", "day").rewrite(schedule, now), now)
    opens = now_of(closed, now).until
    if opens is None:
        found["day"] = _("It does not open by itself again")
    else:
        found["day"] = _("Opens as usual %(day)s %(time)s") % {"day": there.day(opens.date()), "time": f"{opens:%H:%M}"}
    if (spans := till_ordinary(schedule, now)) != ():
        found["ordinary"] = ", ".join(f"{clock(s.start)}–{clock(s.end)}" for s in spans)
    at = now_of(schedule, now)
    if at.day.reason == "override":
        found["regular"] = _("Today %(hours)s") % {"hours": saying.hours(there, bare(schedule).day(at.at.date()).open)}
    return found


def told_of_several(there: Look) -> Mapping[str, str]:
    """The same of several flows, each of which has hours of its own."""
    _ = translations(there.language).gettext
    return {
        "day": _("Each opens as usual after that"),
        "ordinary": _("Of each flow; one that is closed all day stays closed"),
        "regular": _("Today’s temporary changes end"),
    }


def till(there: Look, form: CloseForm, schedule: Schedule | None) -> str:
    """``17:00``, ``24:00``, or ``02:00 i morgon``; of several flows (no schedule) only what is the same for each."""
    if form.wrong or form.until not in ("time", "ordinary"):  # else the time is as typed, and nothing is made of it
        return form.time
    here = there.now if schedule is None else there.now.astimezone(ZoneInfo(schedule.time_zone))
    if form.until == "ordinary":
        spans = () if schedule is None else till_ordinary(schedule, there.now)
        return _at(there, here, spans[-1].end) if spans else ""
    end = minutes(form.time)
    return _at(there, here, end if end > here.hour * 60 + here.minute else end + DAY)


def _at(there: Look, here: dt.datetime, minute: int) -> str:
    """A minute of today's, which may be past midnight."""
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return saying.till(there, here.replace(tzinfo=None), midnight + dt.timedelta(minutes=minute))


def elsewhere_told(
    there: Look, form: CloseForm | OverrideForm, place: Callable[[str], str | None], names: Mapping[str, str]
) -> tuple[str, str]:
    """Where callers go meanwhile, as a form asks for it; what is no destination as it was sent."""
    _ = translations(there.language).gettext
    to = None if "closed" in form.wrong else read_destination(form.closed)
    told = form.closed if to is None else saying.destination(there, to, place, names)
    return _("While it is closed callers go to"), told


def button(there: Look, form: CloseForm, *, stay: bool, until: str) -> str:
    """What will be, on the button that does it; ``stay``: it is closed already."""
    _ = translations(there.language).gettext
    if form.until == "regular":
        return _("Return to regular hours")
    if form.what == "open":
        return _("Open till %(time)s") % {"time": until} if until else _("Open now")
    if form.until == "day":
        return _("Stay closed all day") if stay else _("Close all day")
    return (_("Stay closed until %(time)s") if stay else _("Close until %(time)s")) % {"time": until}
