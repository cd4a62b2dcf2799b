"""What every request passes: its headers, its problem document, and who asks."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from vaxelflode.errors import Unauthenticated, VaxelflodeError
from vaxelflode.services.login import whose
from vaxelflode.web.http import PERSON, context
from vaxelflode.web.problems import from_error, from_http, problem

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: Set on the handlers that may be called without logging in.
PUBLIC = "vaxelflode_public"

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Server": "vaxelflode",
}


def public(handler: Handler) -> Handler:
    """Mark a handler that needs no log-in."""
    setattr(handler, PUBLIC, True)
    return handler


@web.middleware
async def headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The headers that every answer carries."""
    response = await handler(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors as problem documents; one that nobody foresaw is logged and says nothing of itself."""
    try:
        return await handler(request)
    except VaxelflodeError as err:
        return from_error(err)
    except web.HTTPException as err:
        return from_http(err)
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return problem(500, "internal", "Error", "something went wrong here; what you asked was not done")


@web.middleware
async def authentication(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The one place that says who asks. Everything wants a token but what is marked public."""
    found = request.match_info.http_exception
    if found is None and not getattr(request.match_info.handler, PUBLIC, False):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.casefold() != "bearer" or not token.strip():
            raise Unauthenticated("log in and send Authorization: Bearer TOKEN")
        request[PERSON] = await whose(context(request), token.strip())
    return await handler(request)
