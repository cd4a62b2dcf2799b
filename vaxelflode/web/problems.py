"""The one place that maps errors to HTTP: RFC 9457 problem documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

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
from vaxelflode.services.tries import TooMany
from vaxelflode.storage.database import StorageError

#: Error → status and title; the first that fits.
_STATUS: tuple[tuple[type[VaxelflodeError], int, str], ...] = (
    (Unauthenticated, 401, "Not logged in"),
    (Forbidden, 403, "Not permitted"),
    (NotFound, 404, "Not found"),
    (Conflict, 409, "Conflict"),
    (Stale, 412, "Changed in the meantime"),
    (Invalid, 422, "Invalid"),
    (TooMany, 429, "Too many attempts"),
    (Refused, 502, "The PBX refused"),
    (PbxUnavailable, 503, "The PBX does not answer"),
    (PbxError, 502, "The PBX refused"),
    (StorageError, 503, "The database does not answer"),
)


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
        return problem(err.status, err.key, "Bad request", err.message, **_plain(err.fields))
    status, title = next(((s, words) for kind, s, words in _STATUS if isinstance(err, kind)), (500, "Error"))
    members = _plain(err.fields)
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


def _plain(fields: Mapping[str, object]) -> dict[str, Any]:
    return {k: v for k, v in fields.items() if v is None or isinstance(v, str | int | float | list | dict)}
