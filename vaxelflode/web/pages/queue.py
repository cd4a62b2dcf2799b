"""A queue right now: who answers it, added, paused and removed with one click each, and undone in the same place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from vaxelflode.domain.change import Change
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import Forbidden, Invalid, NotFound
from vaxelflode.i18n.catalogue import translations
from vaxelflode.services import history, queue_agents, queue_staff
from vaxelflode.services.commit import Saved
from vaxelflode.services.open_object import opened
from vaxelflode.web.forms import fields, texts
from vaxelflode.web.http import context, person, ref
from vaxelflode.web.inside import with_change
from vaxelflode.web.marks import page, tells
from vaxelflode.web.object_page import fresh
from vaxelflode.web.options import Places, sought
from vaxelflode.web.page import look, see_other
from vaxelflode.web.pages.frame import in_frame, receipt_of
from vaxelflode.web.receipts import Receipt
from vaxelflode.web.refusals import refusal


@dataclass(frozen=True, slots=True)
class Said:
    """What was asked for, and why it was not done."""

    extension: str
    message: str
    pbx: bool = False


@page
async def show(request: web.Request) -> web.Response:
    """Who answers, as it is written down."""
    return await _shown(request)


async def told(request: web.Request) -> list[tuple[str, str]]:
    """Who is to be an agent, or what is to become of one who is."""
    ctx, me, asked = context(request), person(request), await fields(request)
    staff = await queue_staff.staff(ctx, me, request.match_info["id"], await _queue(request))
    _ = translations(look(request).language).gettext
    extension = request.match_info.get("extension") or asked.get("extension", "")
    names = {member.agent.extension: member.name for member in staff.members}
    name = names.get(extension) or Places(look(request), staff.others).text(f"extension:{extension}") or extension
    reach = _("Until removed") if asked.get("reach") == "permanent" else _("Today")
    acts = {
        "pause": _("Pause"),
        "resume": _("End the pause"),
        "permanent": _("Keep"),
        "today": _("Only today"),
        "remove": _("Remove from the queue"),
    }
    act = acts.get(asked.get("do", ""), "") if "extension" in request.match_info else f"{_('Add')}, {reach}"
    reason = asked.get("reason", "").strip()
    return [(name, f"{act}, {reason}" if reason else act)]


@page
@tells(told)
async def add(request: web.Request) -> web.Response:
    """Add an agent: for today, or until they are removed; or look for whom to add (``do`` is ``look``)."""
    asked = await fields(request)
    if asked.get("do") == "look":
        return await _shown(request)
    extension, reach = asked.get("extension", ""), asked.get("reach", "today")
    if not extension:
        _ = translations(look(request).language).gettext
        return await _shown(request, 422, Said("", _("Choose who is to answer.")))
    body = {"permanent": reach == "permanent"}
    return await _done(request, extension, queue_agents.put, extension, body)


@page
@tells(told)
async def change(request: web.Request) -> web.Response:
    """Pause an agent, take them up again, keep them, or remove them."""
    asked, extension = await fields(request), request.match_info["extension"]
    match asked.get("do"):
        case "pause":
            body = {"paused": True, "reason": asked.get("reason", "").strip()}
        case "resume":
            body = {"paused": False}
        case "permanent":
            body = {"permanent": True}
        case "today":
            body = {"permanent": False}
        case "remove":
            return await _done(request, extension, queue_agents.remove, extension)
        case _:
            raise NotFound("there is no such thing to do")
    return await _done(request, extension, queue_agents.change, extension, body)


async def _done(request: web.Request, extension: str, act: Any, *how: Any) -> web.Response:
    """Have it done in the flow's queue, and go back to it."""
    queue = await _queue(request)
    try:
        saved, _agent = await act(context(request), person(request), "web", queue, *how)
    except Invalid as err:
        return await _shown(request, 422, Said(extension, " ".join(_why(request, e.message) for e in err.errors)))
    except Forbidden as err:
        return await _shown(request, 403, Said(extension, _why(request, err.reason)))
    if isinstance(saved, Saved) and saved.change.state == "rejected":
        return await _shown(request, 502, Said(extension, saved.change.reason or "", pbx=True))
    return see_other(with_change(_home(request), saved))


def _why(request: web.Request, reason: str) -> str:
    _ = translations(look(request).language).gettext
    return refusal(look(request).language, reason, _("This cannot be done as it is asked."))


async def _queue(request: web.Request) -> ObjectRef:
    """The queue that the path names, if the flow has it."""
    queue = ref(request, "queue")
    await opened(context(request), person(request), request.match_info["id"], queue)
    return queue


def _home(request: web.Request) -> str:
    return f"/flows/{request.match_info['id']}/queue/{request.match_info['key']}"


async def _shown(request: web.Request, status: int = 200, said: Said | None = None) -> web.Response:
    ctx, me, queue = context(request), person(request), ref(request, "queue")
    of = fresh(look(request), await opened(ctx, me, request.match_info["id"], queue))
    staff = await queue_staff.staff(ctx, me, request.match_info["id"], queue)
    asked = await texts(request)
    done = await _change(request, queue)
    where, told = _place(done), None if done is None else await receipt_of(request, done)
    there = {member.agent.extension for member in staff.members}
    shown: dict[str, Any] = {"page": of, "staff": staff, "said": said, "here": _home(request)}
    shown |= {"phones": Places(look(request), staff.others, sought(asked))}
    shown |= {"typed": {name: (asked.get(name) or [""])[-1] for name in ("extension", "reach")}}
    shown |= {"receipt": None if where in there else told, "in_row": _in_row(where, there, told)}
    return await in_frame(request, "queue.html.j2", "queue", status, **shown)


def _in_row(where: str | None, there: set[str], told: Receipt | None) -> dict[str, Receipt]:
    return {where: told} if where is not None and where in there and told is not None else {}


async def _change(request: web.Request, queue: ObjectRef) -> Change | None:
    """The change that the address names, if it is of this queue."""
    try:
        found = await history.one(context(request), person(request), request.query.get("change", ""))
    except NotFound:
        return None
    return found if found.object == queue else None


def _place(change: Change | None) -> str | None:
    """The agent that a change is about."""
    if change is None or change.action != "agents":
        return None
    return change.edits[0].path[1]
