"""Opening hours: today, the week, the days that are not as others, and what it will be for four weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from vaxelflode.domain.closing import ordinary_again
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import Forbidden, Invalid, NotFound, Stale
from vaxelflode.i18n.catalogue import translations
from vaxelflode.services import edit_object, history, opening_hours, override_hours
from vaxelflode.services.commit import Saved
from vaxelflode.services.opening_hours import OpeningHours
from vaxelflode.web.forms import sent, texts
from vaxelflode.web.hours import diff, wrong
from vaxelflode.web.hours.page import Conflict, conflict, gathered, merged, was
from vaxelflode.web.hours.parts import PARTS, Flat, Part, flat, patch
from vaxelflode.web.hours.reading import Form, form_of, read_form
from vaxelflode.web.http import context, person
from vaxelflode.web.inside import with_change
from vaxelflode.web.marks import page, tells
from vaxelflode.web.options import Places, sought
from vaxelflode.web.page import look, see_other
from vaxelflode.web.pages.frame import in_frame, receipt_of
from vaxelflode.web.problems import BadRequest


def here(request: web.Request) -> str:
    """The address of the schedule's page."""
    return f"/flows/{request.match_info['id']}/schedule/{request.match_info['key']}"


async def found(request: web.Request) -> OpeningHours:
    """The schedule that the path names."""
    key = request.match_info["key"]
    try:
        ObjectRef.parse(f"schedule/{key}")
    except ValueError as err:
        raise NotFound(f"there is no schedule/{key}") from err
    return await opening_hours.of_flow(context(request), person(request), request.match_info["id"], key)


@page
async def show(request: web.Request) -> web.Response:
    """The page."""
    return await _shown(request, await found(request))


async def told(request: web.Request) -> list[tuple[str, str]]:
    """What the form of a part asks for, value by value."""
    said, hours = await sent(request), await found(request)
    part = _part(said("part"))
    before = was(part, (said("was") or [""])[-1], hours.schedule)
    after = read_form(part, said, before).values
    names = diff.Names((await places(request, hours)).text, hours.names)
    return [(line.what, line.after) for line in diff.lines(look(request), part, before, after, names)]


async def told_ordinary(request: web.Request) -> list[tuple[str, str]]:
    """That today is to be as ordinarily."""
    _ = translations(look(request).language).gettext
    return [((await found(request)).view.object.name, _("Return to regular hours"))]


@page
@tells(told)
async def save(request: web.Request) -> web.Response:
    """A part's form: saved, or looked at (``do`` is ``look``, or a button that adds or drops hours)."""
    said = await sent(request)
    hours = await found(request)
    part = _part(said("part"))
    if not hours.may(part):
        raise Forbidden(f"no flow of yours grants {part} of this schedule; an administrator can grant it")
    before = was(part, (said("was") or [""])[-1], hours.schedule)
    form = read_form(part, said, before)
    do = (said("do") or ["look"])[-1]
    if do != "save":
        return await _shown(request, hours, (part, form, before))
    if form.wrong:
        return await _shown(request, hours, (part, form, before), 422)
    version = (said("version") or [""])[-1]
    try:
        saved = await _saved(request, hours, patch(part, before, form.values, hours.schedule), version)
    except Stale:
        return await _overtaken(request, part, before, form)
    except (Invalid, Forbidden) as err:
        errors = {"": "; ".join(_reasons(request, err))}
        status = 422 if isinstance(err, Invalid) else 403
        return await _shown(request, hours, (part, form, before), status, errors=errors)
    if saved is not None and saved.change.state == "rejected":
        reason = saved.change.reason or ""
        return await _shown(request, await found(request), (part, form, before), 502, refused=reason)
    return see_other(with_change(here(request), saved))


@page
@tells(told_ordinary)
async def ordinary(request: web.Request) -> web.Response:
    """Back to what holds ordinarily today."""
    hours = await found(request)
    key = hours.view.object.ref.key
    saved = await override_hours.rewrite(context(request), person(request), "web", key, ordinary_again, {})
    return see_other(with_change(here(request), saved))


def _part(said: list[str]) -> Part:
    named = next((part for part in PARTS if part in said), None)
    if named is None:
        raise BadRequest("the form could not be read")
    return named


def _reasons(request: web.Request, err: Invalid | Forbidden) -> list[str]:
    language = look(request).language
    if isinstance(err, Forbidden):
        return [wrong.refusal(language, err.reason)]
    return [wrong.refusal(language, error.message) for error in err.errors]


async def _saved(request: web.Request, hours: OpeningHours, spec: Mapping[str, Any], version: str) -> Saved | None:
    if not spec:
        return None
    ref = hours.view.object.ref
    return await edit_object.patch(context(request), person(request), "web", ref, {"spec": spec}, version)


async def _overtaken(request: web.Request, part: Part, before: Flat, form: Form) -> web.Response:
    """Somebody was first: both are shown, and the form has theirs with what one has changed oneself."""
    hours = await found(request)
    theirs = flat(part, hours.schedule)
    names = diff.Names((await places(request, hours)).text, hours.names)
    both = conflict(look(request), hours, part, before, form.values, names)
    again = form_of(part, merged(before, form.values, theirs))
    return await _shown(request, hours, (part, again, theirs), 412, both=both)


async def places(request: web.Request, hours: OpeningHours, aspects: Sequence[str] = ("route", "override")) -> Places:
    """Where the person may lead callers, by the first of some aspects that is theirs."""
    found = next((hours.places[aspect] for aspect in aspects if aspect in hours.places), None)
    return Places(look(request), found, sought(await texts(request)))


async def _shown(
    request: web.Request,
    hours: OpeningHours,
    edited: tuple[Part, Form, Flat] | None = None,
    status: int = 200,
    *,
    errors: Mapping[str, str] | None = None,
    both: Conflict | None = None,
    refused: str | None = None,
) -> web.Response:
    there = look(request)
    shown = gathered(there, hours, await places(request, hours), hours.names, edited, errors)
    bar, lines = await _bar(request, hours, shown.names) if edited is None else (None, [])
    return await in_frame(
        request,
        "schedule.html.j2",
        "schedule",
        status,
        s=shown,
        page=here(request),
        bar=bar,
        bar_lines=lines,
        both=both,
        refused=refused,
        receipt=None,
    )


async def _bar(request: web.Request, hours: OpeningHours, names: diff.Names) -> tuple[Any, list[diff.Line]]:
    """The receipt of the change that the address names, with what it changed."""
    try:
        change = await history.one(context(request), person(request), request.query.get("change", ""))
    except NotFound:
        return None, []
    there = look(request)
    told = await receipt_of(request, change)
    about = change.object == hours.view.object.ref and change.action == "edit"
    return told, diff.of_change(there, change, hours.schedule, names) if about else []
