"""What is told of each request: its id in the answer and in the log, and what became of it."""

from __future__ import annotations

import logging
import time

from aiohttp import web
from aiohttp.typedefs import Handler

from vaxelflode import request_id
from vaxelflode.web.http import PERSON
from vaxelflode.web.metrics import METRICS

log = logging.getLogger(__name__)

HEADER = "X-Request-Id"
_ID = web.RequestKey("request_id", str)
#: When an answer was begun, by the process's own clock, and its status.
_BEGUN = web.RequestKey("begun", tuple[float, int])
#: Methods that have a name in the metrics; whatever else a client makes up is one.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Asked by machines every few seconds, and told only where everything is told.
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
#: Where links lead that let in whoever has them.
_LINKS = "/reset/"


@web.middleware
async def following(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever is done for a request belongs to its id; the request is logged and counted."""
    request[_ID] = request_id.accepted(request.headers.getall(HEADER, []))
    with request_id.about([request[_ID]]):
        level = logging.DEBUG if request.path in _QUIET else logging.INFO
        asked = {"method": request.method, "path": path(request)}
        log.log(logging.DEBUG if request.method in _SAFE else level, "%(method)s %(path)s", asked)
        began, status = time.perf_counter(), 500
        try:
            response = await handler(request)
            status = response.status
        finally:
            # What is sent bit by bit is answered when it begins, however long it lasts and however it ends.
            ended, status = request.get(_BEGUN, (time.perf_counter(), status))
            request.app[METRICS].answered(_method(request), _template(request), status, ended - began)
            told = asked | {"status": status, "ms": round((ended - began) * 1000, 1), "person": _asker(request)}
            log.log(level, "%(method)s %(path)s: %(status)s in %(ms)s ms, person %(person)s", told)
        return response


async def identified(request: web.Request, response: web.StreamResponse) -> None:
    """The id in the answer's header, before any of the answer is sent."""
    request[_BEGUN] = time.perf_counter(), response.status
    response.headers[HEADER] = request[_ID]


def _method(request: web.BaseRequest) -> str:
    return request.method if request.method in _METHODS else "other"


def path(request: web.Request) -> str:
    """The path as it was asked for, but for one that is itself a secret, or that is one with something behind it."""
    if "token" in request.match_info:
        return _template(request)
    return f"{_LINKS}…" if request.path.startswith(_LINKS) else request.path


def _template(request: web.Request) -> str:
    """The route's path with its braces; one word for all that is no route."""
    resource = request.match_info.route.resource
    return "none" if resource is None else resource.canonical


def _asker(request: web.Request) -> int | None:
    """Who, by the number that they have in the database: no log holds their name."""
    found = request.get(PERSON)
    return None if found is None else found.id
