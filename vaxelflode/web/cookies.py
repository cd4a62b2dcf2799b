"""The cookies: of a session, and of whoever is at a page that needs none."""

from __future__ import annotations

import hashlib
import secrets

from aiohttp import web

from vaxelflode.services.sessions import LIFE
from vaxelflode.web.http import SETTINGS

#: ``__Host-``: browsers take it over encrypted connections alone, from this host, for every path.
_SECURE = "__Host-"
_SESSION, _VISIT = "vaxelflode", "vaxelflode-visit"


def _name(request: web.Request, cookie: str = _SESSION) -> str:
    return f"{_SECURE}{cookie}" if request.app[SETTINGS].secure else cookie


def session_of(request: web.Request) -> str | None:
    """The session's token, if the browser sent one."""
    return request.cookies.get(_name(request)) or None


def keep(request: web.Request, response: web.Response, session: str) -> None:
    """Let the browser keep a session."""
    response.set_cookie(
        _name(request),
        session,
        max_age=int(LIFE.total_seconds()),
        path="/",
        secure=request.app[SETTINGS].secure,
        httponly=True,
        samesite="Strict",
    )


def forget(request: web.Request, response: web.Response) -> None:
    """Let the browser forget it."""
    response.set_cookie(
        _name(request),
        "",
        max_age=0,
        path="/",
        secure=request.app[SETTINGS].secure,
        httponly=True,
        samesite="Strict",
    )


def new_visit() -> str:
    """What one browser alone is given, so that the forms of its pages can be told from others'."""
    return secrets.token_urlsafe(32)


def visits_of(request: web.Request) -> list[str]:
    """What the browser was given, if it was here before: of pages that were first opened together one each."""
    name = _name(request, _VISIT)
    return [visit for cookie, visit in request.cookies.items() if cookie.startswith(name) and visit]


def keep_visit(request: web.Request, response: web.Response, visit: str) -> None:
    """Let the browser keep it until it is closed, beside those that it was given for pages opened together."""
    if visit not in visits_of(request):
        name = f"{_name(request, _VISIT)}-{hashlib.sha256(visit.encode()).hexdigest()[:8]}"
        secure = request.app[SETTINGS].secure
        response.set_cookie(name, visit, path="/", secure=secure, httponly=True, samesite="Strict")
