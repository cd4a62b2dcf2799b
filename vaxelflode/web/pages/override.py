"""The dialog of a temporary change: made, changed, taken away."""

from __future__ import annotations

import datetime as dt

from aiohttp import web

from vaxelflode.domain.closing import Rewrite, rewritten
from vaxelflode.domain.hours import Spans, clock
from vaxelflode.domain.kinds.schedule import Override, Schedule
from vaxelflode.domain.now import now_of, strip_of
from vaxelflode.domain.special_days import FIRST_YEAR, LAST_YEAR
from vaxelflode.errors import Forbidden, Invalid, NotFound, Stale
from vaxelflode.i18n.catalogue import translations
from vaxelflode.i18n.formats import capital
from vaxelflode.services import override_hours
from vaxelflode.services.opening_hours import OpeningHours
from vaxelflode.web.forms import sent
from vaxelflode.web.hours import replacing, saying, wrong
from vaxelflode.web.hours.close_saying import elsewhere_told
from vaxelflode.web.hours.diff import Names
from vaxelflode.web.hours.override_form import OverrideForm, blank, of_override, read_override
from vaxelflode.web.hours.preview import closing_earlier, outcome
from vaxelflode.web.hours.replacing import Both
from vaxelflode.web.http import context, person
from vaxelflode.web.inside import with_change
from vaxelflode.web.marks import page, tells
from vaxelflode.web.page import Look, look, render, see_other
from vaxelflode.web.pages.dialogs import back_of, came_from
from vaxelflode.web.pages.schedule import found, here, places


@page
async def show(request: web.Request) -> web.Response:
    """The question; ``edit`` is a temporary change that is to be another, ``day`` is a date, or ``other``."""
    hours = await _permitted(request)
    today = _today(request, hours)
    edit = _standing(hours, request.query.get("edit"))
    if edit is not None:
        form = of_override(edit, today)
    else:
        form = blank(hours.schedule, today, _day(request.query.get("day")), other=request.query.get("day") == "other")
    return await _asked(request, hours, form, edit, back=came_from(request, here(request)))


async def told(request: web.Request) -> list[tuple[str, str]]:
    """What the form asks for: other hours on some days, why, and where callers go meanwhile."""
    hours, said, there = await _permitted(request), await sent(request), look(request)
    _ = translations(there.language).gettext
    form = read_override(said, _today(request, hours))
    first, last = (there.date(date) for date in form.dates) if form.dates is not None else (form.first, form.last)
    spans = () if form.how == "rest" else form.hours.hours
    lines = [(first if first == last else f"{first} – {last}", saying.hours(there, spans))]
    if form.note.strip():
        lines.append((_("Why?"), form.note.strip()))
    if form.closed:
        place = (await places(request, hours, ["override"])).text
        lines.append(elsewhere_told(there, form, place, hours.names))
    if form.dates is not None:
        edit = next((o for o in hours.schedule.overrides if o.id == (said("edit") or [""])[-1]), None)
        names = await _names(request, hours)
        stands = replacing.told(there, hours.schedule, form.dates, edit, names)
        lines.append((_("Holds now, and is replaced"), "; ".join(stands)))
    return lines


async def told_removed(request: web.Request) -> list[tuple[str, str]]:
    """Whose temporary change is to go."""
    _ = translations(look(request).language).gettext
    return [((await _permitted(request)).view.object.name, _("Take away a temporary change"))]


@page
@tells(told)
async def save(request: web.Request) -> web.Response:
    """Make it, or show what it would be (``do`` is ``look``)."""
    hours = await _permitted(request)
    said = await sent(request)
    today = _today(request, hours)
    form = read_override(said, today)
    back = back_of(said, here(request))
    seen = next(iter(said("seen")), None)
    try:
        edit = _standing(hours, (said("edit") or [""])[-1])
    except NotFound:
        return await _gone(request, hours, form, back, seen)
    if (said("do") or ["look"])[-1] != "save":
        return await _asked(request, hours, form, edit, back=back, seen=seen)
    if form.wrong:
        return await _asked(request, hours, form, edit, 422, back=back, seen=seen)
    replaces = None if edit is None else edit.id

    def decided(schedule: Schedule, now: dt.datetime) -> Rewrite:
        if _others_since(request, schedule, form, seen):
            raise Stale("somebody made a temporary change of the same days meanwhile")
        return form.rewrite(schedule, now, today, replaces)

    try:
        saved = await override_hours.rewrite(
            context(request),
            person(request),
            "web",
            hours.view.object.ref.key,
            decided,
            form.more,
        )
    except NotFound:
        return await _gone(request, await found(request), form, back, seen)
    except Stale:
        return await _overtaken(request, await found(request), form, edit, back, seen)
    except (Invalid, Forbidden) as err:
        status, said_of = (403, [err.reason]) if isinstance(err, Forbidden) else (422, [e.message for e in err.errors])
        reasons = [wrong.refusal(look(request).language, reason) for reason in said_of]
        return await _asked(request, hours, form, edit, status, back=back, seen=seen, reasons=reasons)
    if saved is not None and saved.change.state == "rejected":
        refused = saved.change.reason or ""
        return await _asked(request, await found(request), form, edit, 502, back=back, seen=seen, refused=refused)
    return see_other(with_change(back, saved))


def _others_since(request: web.Request, schedule: Schedule, form: OverrideForm, seen: str | None) -> list[Override]:
    """What others have made of the same days since the form was shown; it carries what it has ``seen``."""
    if seen is None or form.dates is None:
        return []
    return replacing.others_since(schedule, form.dates, seen.split(), person(request).name)


async def _overtaken(
    request: web.Request, hours: OpeningHours, form: OverrideForm, edit: Override | None, back: str, seen: str | None
) -> web.Response:
    """Somebody was first: both are shown, and what one saves after that takes the place of theirs."""
    there, names = look(request), await _names(request, hours)
    others = _others_since(request, hours.schedule, form, seen)
    if not others or form.dates is None:  # theirs is gone again
        return await _asked(request, hours, form, edit, 412, back=back)
    spans = () if form.how == "rest" else form.hours.hours
    mine = [saying.hours(there, spans)]
    if form.closed:
        place = elsewhere_told(there, form, names.place, names.objects)[1]
        mine.append(translations(there.language).gettext("while closed: %(place)s") % {"place": place})
    told = ", ".join(filter(None, [*mine, form.note.strip()]))
    both = replacing.both(there, hours.schedule, form.dates, others, told, names)
    return await _asked(request, hours, form, edit, 412, back=back, both=both)


async def _names(request: web.Request, hours: OpeningHours) -> Names:
    """What callers may be led to is called."""
    return Names((await places(request, hours, ["override"])).text, hours.names)


async def _gone(
    request: web.Request, hours: OpeningHours, form: OverrideForm, back: str, seen: str | None
) -> web.Response:
    """What was to be changed has been taken away meanwhile, or replaced; what was typed can still be made."""
    if _others_since(request, hours.schedule, form, seen):
        return await _overtaken(request, hours, form, None, back, seen)
    _ = translations(look(request).language).gettext
    gone = _("Somebody has taken the change away meanwhile. Save to make it anew.")
    return await _asked(request, hours, form, None, 412, back=back, reasons=[gone])


@page
@tells(told_removed)
async def remove(request: web.Request) -> web.Response:
    """What holds without it."""
    hours = await _permitted(request)
    key, override = hours.view.object.ref.key, request.match_info["override"]
    saved = await override_hours.remove(context(request), person(request), "web", key, override)
    return see_other(with_change(here(request), saved))


async def _permitted(request: web.Request) -> OpeningHours:
    hours = await found(request)
    if not hours.may("override"):
        raise Forbidden("no flow of yours grants override of this schedule; an administrator can grant it")
    return hours


def _standing(hours: OpeningHours, override: str | None) -> Override | None:
    if not override:
        return None
    there = next((o for o in hours.schedule.overrides if o.id == override), None)
    if there is None:
        raise NotFound("there is no such temporary change")
    return there


def _today(request: web.Request, hours: OpeningHours) -> dt.date:
    return now_of(hours.schedule, look(request).now).at.date()


def _day(text: str | None) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


async def _asked(
    request: web.Request,
    hours: OpeningHours,
    form: OverrideForm,
    edit: Override | None,
    status: int = 200,
    *,
    back: str,
    seen: str | None = None,
    reasons: list[str] | None = None,
    refused: str | None = None,
    both: Both | None = None,
) -> web.Response:
    there = look(request)
    _ = translations(there.language).gettext
    now = there.now
    today = _today(request, hours)
    schedule = hours.schedule
    readable = form.dates is not None and "hours" not in form.wrong
    change = form.rewrite(schedule, now, today, None if edit is None else edit.id) if readable else None
    then = schedule if change is None else rewritten(schedule, change, now)
    first, last = form.dates or (today, today)
    left = tuple(o for o in schedule.overrides if edit is None or o.id != edit.id)
    usual = schedule.model_copy(update={"overrides": left}).own_hours(first).open
    return await render(
        request,
        "override.html.j2",
        status,
        nav="flows",
        hours=hours,
        f=form,
        edit=edit,
        page=here(request),
        back=back,
        today=today,
        single=first == last,
        dates=(first, last),
        is_today=first == last == today,
        usual=saying.hours(there, _ordinary(schedule, first)),
        usual_hours=usual,
        strip=strip_of(then, first, now if first == today else None),
        strip_told=saying.hours(there, then.day(first).open),
        button=_button(there, schedule, then, form, (first, last)) if readable else _("Save"),
        afterwards=_afterwards(there, then, last),
        places=await places(request, hours, ["override"]),
        errors={field: wrong.in_words(there.language, code) for field, code in form.wrong.items()},
        seen=" ".join(o.id for o in schedule.overrides) if seen is None else seen,
        both=both,
        reasons=reasons or (),
        refused=refused,
        clock=f"{now_of(schedule, now).at:%H:%M}",
    )


def _button(look_: Look, schedule: Schedule, then: Schedule, form: OverrideForm, dates: tuple[dt.date, dt.date]) -> str:
    """What will be, on the button that does it: ``Spara, stäng 14:30 idag``."""
    _ = translations(look_.language).gettext
    first, last = dates
    when = look_.day(first) if first == last else _("for %(days)s days") % {"days": (last - first).days + 1}
    if form.how == "rest":
        now = now_of(schedule, look_.now)
        if first == last == now.at.date() and now.is_open:
            return _("Save, close now")
        return _("Save, closed %(day)s") % {"day": when}
    ordinary, hours = _ordinary(schedule, first), then.own_hours(first).open
    if (end := closing_earlier(ordinary, hours)) is not None:
        return _("Save, close at %(time)s %(day)s") % {"time": clock(end), "day": when}
    said = outcome(look_, ordinary, hours)
    return _("Save, %(what)s %(day)s") % {"what": said[:1].lower() + said[1:], "day": when}


def _ordinary(schedule: Schedule, date: dt.date) -> Spans:
    """What would hold on ``date`` without any temporary change."""
    return schedule.model_copy(update={"overrides": ()}).own_hours(date).open


def _afterwards(look_: Look, then: Schedule, last: dt.date) -> str:
    """What holds on the day after."""
    _ = translations(look_.language).gettext
    date = last + dt.timedelta(days=1)
    day = then.own_hours(date)
    said = {"day": capital(look_.day(date)), "hours": saying.hours(look_, day.open)}
    if day.reason == "weekly":
        return _("%(day)s the regular hours hold again: %(hours)s.") % said
    return _("%(day)s: %(hours)s.") % said
