"""What every request passes: its headers, its problem document, and who asks."""

from __future__ import annotations

import logging
from contextlib import suppress

from aiohttp import web

from vaxelflode.domain.flow import Person
from vaxelflode.errors import Forbidden, Unauthenticated, VaxelflodeError
from vaxelflode.services import login, sessions
from vaxelflode.services.news import rights_of
from vaxelflode.web.cookies import session_of, visits_of
from vaxelflode.web.forms import fields
from vaxelflode.web.http import PERSON, RIGHTS, SESSION, SETTINGS, context
from vaxelflode.web.inside import host_of
from vaxelflode.web.marks import Handler, is_page, is_public
from vaxelflode.web.pages.again import OutOfDate, ask_again, is_form, token_of
from vaxelflode.web.pages.problems import on_page
from vaxelflode.web.problems import from_error, from_http, problem
from vaxelflode.web.requests import path

log = logging.getLogger(__name__)

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Server": "vaxelflode",
}
#: For a year, by this name alone: other names of the same domain are not ours to speak for.
_ONLY_ENCRYPTED = f"max-age={365 * 24 * 3600}"
#: Methods that change nothing.
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Where the token stands of what is sent by script.
CSRF_HEADER = "X-CSRF-Token"
#: What is told of an error that nobody foresaw: the log has the rest.
_UNFORESEEN = (500, "internal", "Error", "something went wrong here; what you asked was not done")
#: Set by script where a page renews itself: nobody sits before it for that.
LIVE_HEADER = "X-Live"


@web.middleware
async def headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The headers that every answer carries."""
    response = await handler(request)
    if response.prepared:  # a stream: it has brought its own
        return response
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.app[SETTINGS].encrypted:
        response.headers.setdefault("Strict-Transport-Security", _ONLY_ENCRYPTED)
    return response


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors as problem documents, on pages as pages; one that nobody foresaw is logged and says nothing of itself."""
    try:
        return await _answered(request, handler)
    except Exception:  # to say on a page what went wrong went wrong itself
        log.exception("%s %s failed", request.method, path(request))
        return problem(*_UNFORESEEN)


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except VaxelflodeError as err:
        if isinstance(err, OutOfDate) and _is_read(request) and is_form(request) and _is_known_to_be_ours(request):
            return await ask_again(request)
        found = from_error(err)
        if found.status == 500:  # one that nobody gave a status is as unforeseen as any other
            log.exception("%s %s failed", request.method, path(request))
            found = problem(*_UNFORESEEN)
    except web.HTTPException as err:
        found = from_http(err)
    except ConnectionResetError:  # whoever asked has gone before it was said whole; nobody reads the answer
        found = problem(400, "bad_request", "Bad Request", "the body could not be read")
    except Exception:
        log.exception("%s %s failed", request.method, path(request))
        found = problem(*_UNFORESEEN)
    return await on_page(request, found) if _is_read(request) else found


def _is_read(request: web.Request) -> bool:
    """Whether a person reads the answer: a page, or an address that leads nowhere, typed into a browser."""
    if request.match_info.http_exception is None:
        return is_page(request.match_info.handler)
    return not request.path.startswith("/api/") and "text/html" in request.headers.get("Accept", "")


@web.middleware
async def authentication(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The one place that says who asks. Everything wants a token or a session but what is marked public."""
    if request.match_info.http_exception is None:
        if not is_public(request.match_info.handler):
            request[PERSON] = await _whose(request)
            if is_page(request.match_info.handler):  # before the page is read: what changes meanwhile is then noticed
                request[RIGHTS] = await rights_of(context(request), request[PERSON])
        elif is_page(request.match_info.handler) and request.method not in _SAFE:
            _require_same_origin(request)
            await _require_own_form(request)
    elif _is_read(request) and (session := session_of(request)) is not None:
        with suppress(Unauthenticated):  # whoever is logged in is told on a page of theirs that nothing is here
            request[PERSON] = await sessions.whose(context(request), session, use=False)
    return await handler(request)


async def _whose(request: web.Request) -> Person:
    """By the token, else by the session; what changes anything with a session is to come from a page of ours."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() == "bearer" and token.strip():
        return await login.whose(context(request), token.strip())
    session = session_of(request)
    if session is None:
        raise Unauthenticated("log in and send Authorization: Bearer TOKEN")
    person = await sessions.whose(context(request), session, use=not _is_by_itself(request))
    request[SESSION], request[PERSON] = session, person  # whoever is refused below is told so on a page of theirs
    if request.method not in _SAFE:
        _require_same_origin(request)
        if not sessions.is_csrf_token(session, await _given_token(request)):
            if is_form(request):
                await fields(request)  # one that cannot be read is refused as that
            raise OutOfDate("the page is out of date; load it again, and try once more")
    return person


def _is_by_itself(request: web.Request) -> bool:
    """Whether a page asks that is merely open: to renew itself, or for its stream, which browsers begin anew."""
    return LIVE_HEADER in request.headers or request.headers.get("Accept") == "text/event-stream"


async def still_there(request: web.Request) -> Person:
    """Whoever asked, by what they asked with, as they are now; :class:`Unauthenticated` where that has ended.

    A page that is merely open does not use its session: somebody has to.
    """
    if (session := request.get(SESSION)) is not None:
        return await sessions.whose(context(request), session, use=False)
    return await login.whose(context(request), request.headers["Authorization"].partition(" ")[2].strip())


async def _given_token(request: web.Request) -> str:
    if (given := request.headers.get(CSRF_HEADER)) is not None:
        return given
    return token_of(await fields(request)) if is_form(request) else ""


def _is_known_to_be_ours(request: web.Request) -> bool:
    """Whether the browser itself says that a form, which is not refused for where it is from, is from a page of ours.

    Over plain HTTP it may say nothing. Then the token alone would tell, so that without one nothing is held up to be
    sent again: nobody else's page may put words into a person's mouth and have them press our button.
    """
    return request.headers.get("Origin", "null") != "null" or request.headers.get("Sec-Fetch-Site") == "same-origin"


def _require_same_origin(request: web.Request) -> None:
    """Browsers say where a form comes from; one from elsewhere is refused whatever it carries.

    Since our pages tell no referrer, a form of theirs has the origin ``null``: then the browser's other word counts,
    which it gives on encrypted connections and to its own machine.
    """
    origin, site = request.headers.get("Origin", "null"), request.headers.get("Sec-Fetch-Site", "same-origin")
    known = {host_of(request.app[SETTINGS].public_url), request.host} - {""}
    ours = site in ("same-origin", "none") if origin == "null" else host_of(origin) in known
    if not ours:
        raise Forbidden("this was sent from another site")


async def _require_own_form(request: web.Request) -> None:
    """Nobody is logged in by a form of somebody else's: the page's own carries what its browser alone was given.

    Asked for where a browser says nothing of where the form is from, as over plain HTTP. A program, which is led by
    nobody else's page, sends no origin at all.
    """
    if request.headers.get("Origin") == "null" and "Sec-Fetch-Site" not in request.headers:
        visits = visits_of(request)
        if not visits or not _is_any_of(visits, token_of(await fields(request))):
            raise OutOfDate("the page is out of date; load it again, and try once more")


def _is_any_of(visits: list[str], given: str) -> bool:
    return any(sessions.is_csrf_token(visit, given) for visit in visits)
