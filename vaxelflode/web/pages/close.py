"""Closing and opening from now on, one flow or several at once. One question: how long."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from vaxelflode.domain.change import Change
from vaxelflode.domain.closing import rewritten, till_ordinary
from vaxelflode.domain.hours import minutes
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.domain.now import now_of, strip_of
from vaxelflode.errors import Forbidden, Invalid, NotFound
from vaxelflode.i18n.catalogue import translations
from vaxelflode.services import override_hours, read_objects
from vaxelflode.web.forms import sent, texts
from vaxelflode.web.hours import close_saying, saying, wrong
from vaxelflode.web.hours.close_form import CloseForm, What, read_close
from vaxelflode.web.http import context, person
from vaxelflode.web.inside import HOME, with_change
from vaxelflode.web.marks import Tell, page, tells
from vaxelflode.web.options import Places, sought
from vaxelflode.web.page import Look, look, render, see_other
from vaxelflode.web.pages.chosen import Chosen, Group, chosen_of
from vaxelflode.web.pages.dialogs import back_of, came_from

#: Schedules that are changed at the same time.
_AT_ONCE = 8


@page
async def ask_close(request: web.Request) -> web.Response:
    """How long is it, or are they, to be closed?"""
    return await _ask(request, "close")


@page
async def ask_open(request: web.Request) -> web.Response:
    """How long is it, or are they, to be open?"""
    return await _ask(request, "open")


def _telling(what: What) -> Tell:
    async def told(request: web.Request) -> list[tuple[str, str]]:
        """Which flows are to be closed or opened, for how long, and where callers go meanwhile."""
        said, there = await sent(request), look(request)
        chosen = await chosen_of(request, said("flow"))
        form = read_close(what, said)
        names = [card.flow.name for group in chosen.groups for card in group.cards]
        act = close_saying.button(there, form, stay=False, until=form.time)
        lines = [(saying.listed(there, names), act)] if names else []
        if form.note.strip():
            lines.append((translations(there.language).gettext("Why?"), form.note.strip()))
        if form.closed and what == "close":
            lines.append(close_saying.elsewhere_told(there, form, (await _places(request, chosen, form)).text, {}))
        return lines

    return told


@page
@tells(_telling("close"))
async def close(request: web.Request) -> web.Response:
    """Close from now on."""
    return await _do(request, "close")


@page
@tells(_telling("open"))
async def open_now(request: web.Request) -> web.Response:
    """Open from now on, or go back to what holds ordinarily."""
    return await _do(request, "open")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a group: ``changed``, ``same``, ``not`` permitted, or ``refused`` by the PBX."""

    how: str
    change: Change | None = None
    err: Forbidden | NotFound | Invalid | None = None


async def _ask(request: web.Request, what: What) -> web.Response:
    ids = request.query.getall("flow", [])
    if not ids and "id" not in request.match_info:
        return see_other(f"{HOME}?none=1")
    chosen = await chosen_of(request, ids)
    form = CloseForm(what, "day" if what == "close" else "ordinary")
    if form.until == "ordinary" and _has_no_ordinary(chosen, look(request)):
        form = replace(form, until="time")
    return await _asked(request, chosen, form, back=came_from(request, _home(request)))


def _home(request: web.Request) -> str:
    return f"{HOME}/{request.match_info['id']}" if "id" in request.match_info else HOME


def _has_no_ordinary(chosen: Chosen, there: Look) -> bool:
    """Whether there is no regular closing to be open until."""
    return chosen.schedule is not None and not till_ordinary(chosen.schedule, there.now)


def _here(chosen: Chosen, there: Look) -> dt.datetime:
    """Now, where the flow is; of several in the zone of the pages."""
    return there.now if chosen.schedule is None else there.now.astimezone(ZoneInfo(chosen.schedule.time_zone))


def _closed_until(chosen: Chosen, there: Look) -> dt.datetime | None:
    """When the one flow opens next, while it is closed; ``None``: it is open, or there are several flows."""
    if chosen.schedule is None:
        return None
    now = now_of(chosen.schedule, there.now)
    return None if now.is_open else now.until


def _suggested(chosen: Chosen, there: Look, *, what: What) -> str:
    """Two hours on: from now, or for what is to stay closed from when it would open within the day."""
    start, opens = _here(chosen, there), _closed_until(chosen, there)
    if what == "close" and opens is not None and opens - start < dt.timedelta(hours=20):
        start = opens
    return f"{(start.hour + 2) % 24:02d}:00"


def _is_closed_anyway(chosen: Chosen, there: Look, form: CloseForm) -> bool:
    """Whether it is to stay closed until a time at which it has not opened yet."""
    opens = _closed_until(chosen, there)
    if opens is None or form.what != "close" or form.until != "time" or form.wrong:
        return False
    here = _here(chosen, there).replace(tzinfo=None)
    end = dt.datetime.combine(here.date(), dt.time()) + dt.timedelta(minutes=minutes(form.time))
    return (end if end > here else end + dt.timedelta(days=1)) <= opens.replace(tzinfo=None)


async def _do(request: web.Request, what: What) -> web.Response:
    said = await sent(request)
    ids = said("flow")
    if not ids and "id" not in request.match_info:
        return see_other(f"{HOME}?none=1")
    chosen, there = await chosen_of(request, ids), look(request)
    form = read_close(what, said, _here(chosen, there).time())
    if form.until == "ordinary" and _has_no_ordinary(chosen, there):
        form = replace(form, wrong={**form.wrong, "until": "past"})
    if _is_closed_anyway(chosen, there, form):
        form = replace(form, wrong={**form.wrong, "time": "closed"})
    back = back_of(said, _home(request))
    if (said("do") or ["look"])[-1] != "save":
        return await _asked(request, chosen, form, back=back)
    if form.wrong:
        return await _asked(request, chosen, form, 422, back=back)
    outcomes = await _outcomes(request, chosen, form)
    if chosen.one is None:
        return see_other(f"{HOME}?{urlencode([('done', what), *_by_flow(chosen, outcomes)])}")
    return await _told_of_one(request, chosen, form, outcomes[0], back)


async def _outcomes(request: web.Request, chosen: Chosen, form: CloseForm) -> list[Outcome]:
    limit = asyncio.Semaphore(_AT_ONCE)

    async def one(group: Group) -> Outcome:
        async with limit:
            return await _outcome(request, group, form)

    return await asyncio.gather(*(one(group) for group in chosen.groups))


async def _outcome(request: web.Request, group: Group, form: CloseForm) -> Outcome:
    who, key = person(request), group.key
    try:
        saved = await override_hours.rewrite(context(request), who, "web", key, form.rewrite, form.more)
    except (Forbidden, NotFound, Invalid) as err:
        return Outcome("not", err=err)
    if saved is None:
        return Outcome("same")
    return Outcome("refused" if saved.change.state == "rejected" else "changed", saved.change)


def _by_flow(chosen: Chosen, outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    """What became of each flow, as the list of flows is told it."""
    pairs = zip(chosen.groups, outcomes, strict=True)
    told = [(outcome.how, card.flow.id) for group, outcome in pairs for card in group.cards]
    return told + [("not", card.flow.id) for card in chosen.refused]


async def _told_of_one(
    request: web.Request, chosen: Chosen, form: CloseForm, outcome: Outcome, back: str
) -> web.Response:
    match outcome.err:
        case NotFound():
            raise outcome.err
        case Forbidden() | Invalid() as err:
            status = 403 if isinstance(err, Forbidden) else 422
            reasons = [err.reason] if isinstance(err, Forbidden) else [error.message for error in err.errors]
            return await _asked(request, chosen, form, status, back=back, reasons=reasons)
    if outcome.how == "refused" and outcome.change is not None:
        return await _asked(request, chosen, form, 502, back=back, refused=outcome.change.reason or "")
    return see_other(with_change(back, outcome.change))


async def _asked(
    request: web.Request,
    chosen: Chosen,
    form: CloseForm,
    status: int = 200,
    *,
    back: str,
    reasons: Sequence[str] = (),
    refused: str | None = None,
) -> web.Response:
    there = look(request)
    form = replace(form, time=form.time or _suggested(chosen, there, what=form.what))
    one = None if chosen.one is None else _of_one(there, form, chosen.one.schedule)
    stay = one is not None and form.what == "close" and not one["now"].is_open
    until = close_saying.till(there, form, chosen.schedule)
    return await render(
        request,
        "close.html.j2",
        status,
        nav="flows",
        f=form,
        chosen=chosen,
        one=one,
        back=back,
        action=request.path,
        stay=stay,
        told=close_saying.told_of_several(there) if one is None else one["told"],
        button=close_saying.button(there, form, stay=stay, until=until),
        places=await _places(request, chosen, form),
        errors={field: wrong.in_words(there.language, code) for field, code in form.wrong.items()},
        reasons=[wrong.refusal(there.language, reason) for reason in reasons],
        refused=refused,
    )


async def _places(request: web.Request, chosen: Chosen, form: CloseForm) -> Places:
    """Where every one of the flows may lead its callers while it is closed."""
    if form.what != "close" or not chosen.groups:
        return Places(look(request))
    refs = [ObjectRef("schedule", group.key) for group in chosen.groups]
    flow_ids = [card.flow.id for group in chosen.groups for card in group.cards]
    found = await read_objects.places(context(request), person(request), flow_ids, refs, "overrides")
    return Places(look(request), found, sought(await texts(request)))


def _of_one(there: Look, form: CloseForm, schedule: Schedule) -> Mapping[str, Any]:
    """What is shown of the one flow alone: the day as it will be, and what each answer comes to."""
    now = now_of(schedule, there.now)
    then = schedule if form.wrong else rewritten(schedule, form.rewrite(schedule, there.now), there.now)
    return {
        "now": now,
        "told": close_saying.told(there, schedule),
        "strip": strip_of(then, now.at.date(), there.now),
        "strip_told": saying.hours(there, then.day(now.at.date()).open),
    }
