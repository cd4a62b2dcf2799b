"""The cookie of a session."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.services.sessions import LIFE
from vaxelflode.web.http import SETTINGS

#: ``__Host-``: browsers take it over encrypted connections alone, from this host, for every path.
_SECURE, _PLAIN = "__Host-vaxelflode", "vaxelflode"


def _name(request: web.Request) -> str:
    return _SECURE if request.app[SETTINGS].secure else _PLAIN


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
