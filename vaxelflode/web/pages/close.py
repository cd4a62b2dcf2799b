"""Closing and opening a flow from now on. One question: how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from aiohttp import web

from vaxelflode.domain.closing import bare, rewritten, till_ordinary
from vaxelflode.domain.hours import clock
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.domain.now import now_of, strip_of
from vaxelflode.errors import Forbidden, Invalid, NotFound
from vaxelflode.i18n.catalogue import translations
from vaxelflode.services import opening_hours, override_hours, overview
from vaxelflode.services.opening_hours import OpeningHours
from vaxelflode.web.forms import sent
from vaxelflode.web.hours import saying, wrong
from vaxelflode.web.hours.close_form import CloseForm, What, read_close
from vaxelflode.web.http import context, person
from vaxelflode.web.inside import with_change
from vaxelflode.web.marks import page
from vaxelflode.web.page import Look, look, render, see_other
from vaxelflode.web.pages.dialogs import back_of, came_from
from vaxelflode.web.pages.schedule import places


@page
async def ask_close(request: web.Request) -> web.Response:
    """How long is it to be closed?"""
    return await _ask(request, "close")


@page
async def ask_open(request: web.Request) -> web.Response:
    """How long is it to be open?"""
    return await _ask(request, "open")


@page
async def close(request: web.Request) -> web.Response:
    """Close from now on."""
    return await _do(request, "close")


@page
async def open_now(request: web.Request) -> web.Response:
    """Open from now on, or go back to what holds ordinarily."""
    return await _do(request, "open")


async def _ask(request: web.Request, what: What) -> web.Response:
    hours = await _hours(request)
    there = look(request)
    form = _offered(there, hours.schedule, CloseForm(what, "day" if what == "close" else "ordinary"))
    return await _asked(request, hours, form, back=came_from(request, _home(request)))


def _home(request: web.Request) -> str:
    return f"/flows/{request.match_info['id']}"


async def _hours(request: web.Request) -> OpeningHours:
    """The hours that the flow's calls meet first, which the person may change for a day."""
    card = await overview.card(context(request), person(request), request.match_info["id"])
    if card.hours is None:
        raise NotFound("the flow has no opening hours")
    if not card.hours.may_override:
        raise Forbidden("no flow of yours grants override of its hours; an administrator can grant it")
    return await opening_hours.of_flow(context(request), person(request), card.flow.id, card.hours.object.ref.key)


def _offered(there: Look, schedule: Schedule, form: CloseForm) -> CloseForm:
    """The form with what can be chosen: a time that is suggested, and another answer where there is no such hour."""
    until = form.until
    if until == "ordinary" and not till_ordinary(schedule, there.now):
        until = "time"
    hour = (there.now.astimezone(ZoneInfo(schedule.time_zone)).hour + 2) % 24
    return replace(form, until=until, time=form.time or f"{hour:02d}:00")


async def _do(request: web.Request, what: What) -> web.Response:
    hours = await _hours(request)
    said = await sent(request)
    there = look(request)
    at = there.now.astimezone(ZoneInfo(hours.schedule.time_zone)).time()
    form = read_close(what, said, at)
    if form.until == "ordinary" and not till_ordinary(hours.schedule, there.now):
        form = replace(form, wrong={**form.wrong, "until": "past"})
    back = back_of(said, _home(request))
    if (said("do") or ["look"])[-1] != "save":
        return await _asked(request, hours, form, back=back)
    if form.wrong:
        return await _asked(request, hours, form, 422, back=back)
    key = hours.view.object.ref.key
    try:
        saved = await override_hours.rewrite(context(request), person(request), "web", key, form.rewrite, form.more)
    except (Invalid, Forbidden) as err:
        status = 403 if isinstance(err, Forbidden) else 422
        return await _asked(request, hours, form, status, back=back, reasons=_reasons(there, err))
    if saved is not None and saved.change.state == "rejected":
        return await _asked(request, hours, form, 502, back=back, refused=saved.change.reason or "")
    return see_other(with_change(back, saved))


def _reasons(there: Look, err: Invalid | Forbidden) -> list[str]:
    found = [err.reason] if isinstance(err, Forbidden) else [error.message for error in err.errors]
    return [wrong.refusal(there.language, reason) for reason in found]


async def _asked(
    request: web.Request,
    hours: OpeningHours,
    form: CloseForm,
    status: int = 200,
    *,
    back: str,
    reasons: Sequence[str] = (),
    refused: str | None = None,
) -> web.Response:
    there, schedule = look(request), hours.schedule
    now = now_of(schedule, there.now)
    then = schedule if form.wrong else rewritten(schedule, form.rewrite(schedule, there.now), there.now)
    return await render(
        request,
        "close.html.j2",
        status,
        nav="flows",
        hours=hours,
        f=form,
        back=back,
        action=request.path,
        now=now,
        stay=form.what == "close" and not now.is_open,
        told=_told(there, schedule),
        strip=strip_of(then, now.at.date(), there.now),
        strip_told=saying.hours(there, then.day(now.at.date()).open),
        button=button(there, form, stay=not now.is_open, till=_till(there, schedule, form)),
        places=await places(request, hours, "overrides") if form.what == "close" else None,
        errors={field: wrong.in_words(there.language, code) for field, code in form.wrong.items()},
        reasons=reasons,
        refused=refused,
    )


def _told(there: Look, schedule: Schedule) -> Mapping[str, str]:
    """What each answer comes to."""
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


def _till(there: Look, schedule: Schedule, form: CloseForm) -> str:
    """``17:00``, or ``02:00 i morgon``."""
    if form.wrong:
        return form.time
    if form.until == "ordinary":
        spans = till_ordinary(schedule, there.now)
        return clock(spans[-1].end) if spans else ""
    here = there.now.astimezone(ZoneInfo(schedule.time_zone))
    _ = translations(there.language).gettext
    return form.time if form.time > f"{here:%H:%M}" else f"{form.time} {_('tomorrow')}"


def button(there: Look, form: CloseForm, *, stay: bool, till: str) -> str:
    """What will be, on the button that does it."""
    _ = translations(there.language).gettext
    if form.until == "regular":
        return _("Return to regular hours")
    if form.what == "open":
        return _("Open till %(time)s") % {"time": till} if till else _("Open now")
    if form.until == "day":
        return _("Stay closed all day") if stay else _("Close all day")
    return (_("Stay closed until %(time)s") if stay else _("Close until %(time)s")) % {"time": till}
