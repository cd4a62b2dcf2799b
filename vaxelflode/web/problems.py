"""The one place that maps errors to HTTP: RFC 9457 problem documents."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, NotRequired

from aiohttp import web
from typing_extensions import TypedDict

from vaxelflode.applying.proof import Refused
from vaxelflode.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PbxError,
    PbxUnavailable,
    Stale,
    Unauthenticated,
    VaxelflodeError,
)
from vaxelflode.services import shapes
from vaxelflode.services.news import TooManyWatch
from vaxelflode.services.tries import TooMany
from vaxelflode.storage.database import StorageError


class Problem(TypedDict):
    """A problem document (RFC 9457): ``type`` names the case for programs, ``detail`` says it to people."""

    type: str
    title: str
    status: int
    detail: str


class NotPermitted(Problem):
    """The object is known, but no grant covers what was asked; ``reason`` says what is missing and who can give it."""

    reason: str


class Overtaken(TypedDict):
    """What a change set at ``path``, what undoing it would restore, and what is there now; what is absent is not."""

    path: list[str]
    set: NotRequired[Any]
    restores: NotRequired[Any]
    now: NotRequired[Any]


class InConflict(Problem):
    """What was asked collides with a rule or with what there is; the members say with what, as far as it is known."""

    field: NotRequired[str]
    used_by: NotRequired[list[str]]
    state: NotRequired[str]
    undone_by: NotRequired[str]
    conflicts: NotRequired[list[Overtaken]]


class ChangedMeanwhile(Problem):
    """Somebody changed it since; ``version`` is what it is now."""

    version: str
    aspects: NotRequired[list[str]]


class WrongField(TypedDict):
    """One thing that is wrong; ``field`` is a dotted path such as ``spec.weekly.mon``, empty for the whole."""

    field: str
    code: str
    message: str


class InvalidInput(Problem):
    """What was given breaks a rule; nothing has changed."""

    errors: list[WrongField]


class TooManyTries(Problem):
    """The next try may be made in so many seconds."""

    retry_after: int


class RefusedByPbx(Problem):
    """The PBX refused, in its own words. A change that was saved is taken back, and stands here as it became."""

    change: NotRequired[shapes.Change]
    object: NotRequired[Any]
    override: NotRequired[Any]
    agent: NotRequired[Any]


#: Error → status, title and shape; the first that fits.
_STATUS: tuple[tuple[type[VaxelflodeError], int, str, Any], ...] = (
    (Unauthenticated, 401, "Not logged in", Problem),
    (Forbidden, 403, "Not permitted", NotPermitted),
    (NotFound, 404, "Not found", Problem),
    (Conflict, 409, "Conflict", InConflict),
    (Stale, 412, "Changed in the meantime", ChangedMeanwhile),
    (Invalid, 422, "Invalid", InvalidInput),
    (TooMany, 429, "Too many attempts", TooManyTries),
    (Refused, 502, "The PBX refused", RefusedByPbx),
    (PbxUnavailable, 503, "The PBX does not answer", Problem),
    (PbxError, 502, "The PBX refused", RefusedByPbx),
    (StorageError, 503, "The database does not answer", Problem),
    (TooManyWatch, 503, "Too many pages are open", Problem),
)
_ERROR = (500, "Error", Problem)


def shape_of(status: int) -> Any:
    """The declared shape of the problem documents with a status."""
    return next((shape for _, s, _, shape in _STATUS if s == status), Problem)


class BadRequest(VaxelflodeError):
    """The request is not one that can be read: ``status`` says how."""

    key = "bad_request"

    def __init__(self, message: str, status: int = 400, **fields: object) -> None:
        super().__init__(message, **fields)
        self.status = status


def problem(status: int, key: str, title: str, detail: str, **members: Any) -> web.Response:
    """A problem document."""
    body = {"type": f"urn:vaxelflode:{key}", "title": title, "status": status, "detail": detail, **members}
    return web.Response(
        status=status, body=json.dumps(body, ensure_ascii=False).encode(), content_type="application/problem+json"
    )


def from_error(err: VaxelflodeError) -> web.Response:
    """The problem document of an error that the product raised."""
    if isinstance(err, BadRequest):
        return problem(err.status, err.key, HTTPStatus(err.status).phrase, err.message)
    status, title, shape = next(((s, words, o) for kind, s, words, o in _STATUS if isinstance(err, kind)), _ERROR)
    # What the shape does not declare is ours: a file's name or a driver's code is nobody else's.
    members = {k: v for k, v in err.fields.items() if k in shape.__annotations__ and k not in Problem.__annotations__}
    if isinstance(err, Invalid):
        members["errors"] = [{"field": e.field, "code": e.code, "message": e.message} for e in err.errors]
    if isinstance(err, Forbidden):
        members["reason"] = err.reason
    response = problem(status, err.key, title, err.message, **members)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(err, TooMany):
        response.headers["Retry-After"] = str(err.fields["retry_after"])
    return response


def from_http(err: web.HTTPException) -> web.Response:
    """aiohttp's own errors (no such route, method not allowed, body too large) in the same form."""
    response = problem(err.status, "http", err.reason, f"{err.status} {err.reason}")
    if "Allow" in err.headers:
        response.headers["Allow"] = err.headers["Allow"]
    return response
