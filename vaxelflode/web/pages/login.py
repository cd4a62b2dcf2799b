"""Logging in and out."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.errors import Invalid, Unauthenticated
from vaxelflode.i18n.catalogue import translations
from vaxelflode.services import sessions
from vaxelflode.services.tries import TooMany
from vaxelflode.web.client import address_of, is_here
from vaxelflode.web.cookies import forget, keep, session_of
from vaxelflode.web.forms import fields
from vaxelflode.web.http import PERSON, SETTINGS, context
from vaxelflode.web.inside import inside
from vaxelflode.web.marks import page, public, tells
from vaxelflode.web.page import render, see_other


@public
@page
async def show(request: web.Request) -> web.Response:
    """The form."""
    return await _form(
        request,
        next_page=request.query.get("next", ""),
        ended="ended" in request.query,
        changed="changed" in request.query,
    )


@public
@page
async def enter(request: web.Request) -> web.Response:
    """Begin a session, and go where one was going."""
    said = await fields(request)
    if not _can_be_kept(request):
        return await _form(request, 403)
    given = {"email": said.get("email", ""), "password": said.get("password", "")}
    try:
        session = await sessions.begin(context(request), address_of(request), given)
    except (Unauthenticated, Invalid):
        return await _form(request, 401, email=given["email"], next_page=said.get("next", ""), wrong=True)
    except TooMany as err:
        minutes = -(-int(str(err.fields["retry_after"])) // 60)
        return await _form(request, 429, email=given["email"], next_page=said.get("next", ""), wait=minutes)
    response = see_other(inside(said.get("next", "")))
    keep(request, response, session)
    return response


async def told_leaving(request: web.Request) -> list[tuple[str, str]]:
    """Who is to be logged out."""
    return [(request[PERSON].name, translations(request[PERSON].language).gettext("Log out"))]


@page
@tells(told_leaving)
async def leave(request: web.Request) -> web.Response:
    """End the session."""
    session = session_of(request)
    if session is not None:
        await sessions.end(context(request), session)
    response = see_other("/login")
    forget(request, response)
    return response


def _can_be_kept(request: web.Request) -> bool:
    """Whether the browser keeps our cookie: over plain HTTP only where it is allowed, or on the box itself."""
    settings = request.app[SETTINGS]
    return not settings.secure or request.secure or settings.encrypted or is_here(request)


async def _form(
    request: web.Request,
    status: int = 200,
    *,
    email: str = "",
    next_page: str = "",
    ended: bool = False,
    changed: bool = False,
    wrong: bool = False,
    wait: int = 0,
) -> web.Response:
    return await render(
        request,
        "login.html.j2",
        status,
        email=email,
        next_page=next_page,
        ended=ended,
        changed=changed,
        wrong=wrong,
        wait=wait,
        unkept=not _can_be_kept(request),
    )
