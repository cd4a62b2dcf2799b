"""Reading requests and writing answers, for every handler the same way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any, cast
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.http_exceptions import ContentEncodingError

from vaxelflode.domain.change import Change
from vaxelflode.domain.edits import shown
from vaxelflode.domain.flow import Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.summary import summary
from vaxelflode.errors import NotFound
from vaxelflode.services import shapes
from vaxelflode.services.commit import Saved
from vaxelflode.services.context import Context
from vaxelflode.settings import Settings
from vaxelflode.web.problems import BadRequest, problem

CONTEXT = web.AppKey("context", Context)
SETTINGS = web.AppKey("settings", Settings)
PERSON = web.RequestKey("person", Person)
#: The session's token, where somebody asks with one.
SESSION = web.RequestKey("session", str)

#: A mark of what whoever asks for a page might do before anything was read for it.
RIGHTS = web.RequestKey("rights", str)

#: Deepest nesting of a body.
DEEPEST = 20
#: Changes that never reached the PBX because there was nothing to change.
_NOTHING = shapes.NoChange(id=None, state="live", revision=None, live_ms=0, summary="nothing to change")


def context(request: web.Request) -> Context:
    """The use cases' surroundings."""
    return request.app[CONTEXT]


def person(request: web.Request) -> Person:
    """Who asks."""
    return request[PERSON]


def ref(request: web.Request, kind: str | None = None) -> ObjectRef:
    """The object that the path names, of ``kind`` where the path names none; what cannot be one is not found."""
    named = f"{kind or request.match_info['kind']}/{request.match_info['key']}"
    try:
        return ObjectRef.parse(named)
    except ValueError as err:
        raise NotFound(f"there is no {named}") from err


async def body(request: web.Request) -> dict[str, Any]:
    """The request's JSON object. Raises :class:`BadRequest` for anything else."""
    try:
        raw = await request.read()
    except (web.RequestPayloadError, ContentEncodingError) as err:
        raise BadRequest("the body could not be read") from err
    if not raw.strip():
        return {}
    if request.content_type not in ("application/json", "application/merge-patch+json"):
        raise BadRequest("the body must be application/json", 415)
    try:
        found = json.loads(raw.decode("utf-8"), parse_constant=_refuse)
        # A lone surrogate is text that nothing can keep, and 1e999 a number that no JSON can.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
        _require_shallow(found)
    except (ValueError, RecursionError) as err:
        raise BadRequest(f"the body is not JSON: {err}") from err
    if not isinstance(found, dict):
        raise BadRequest("the body must be a JSON object")
    return found


def _require_shallow(value: Any, left: int = DEEPEST) -> None:
    if not left:
        raise ValueError(f"it is nested deeper than {DEEPEST}")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _require_shallow(item, left - 1)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def if_match(request: web.Request, otherwise: str | None = None) -> str:
    """The version that the person has read; without one ``otherwise``, or 428."""
    given = request.headers.get("If-Match", otherwise)
    if given is None:
        raise BadRequest("If-Match must hold the version that you read", 428)
    text = given.strip()
    return text if text in ("*", '"*"') else text.removeprefix("W/").strip('"')


def answer(data: Any, status: int = 200, *, etag: str | None = None) -> web.Response:
    """A JSON answer."""
    response = web.Response(
        status=status, body=json.dumps(data, ensure_ascii=False).encode(), content_type="application/json"
    )
    if etag is not None:
        response.headers["ETag"] = f'"{etag}"'
    return response


def listing(request: web.Request, items: Sequence[Any], limit: int, last: str | None) -> web.Response:
    """A bare JSON array; ``last`` is where the next page begins, and a full page says so by ``Link``."""
    response = answer(list(items))
    if last is not None and len(items) == limit:
        query = urlencode({**request.query, "limit": limit, "after": last})
        response.headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    return response


def change_json(change: Change) -> shapes.Change:
    """A change as the API shows it."""
    return {
        "id": change.id,
        "state": change.state,
        "revision": change.revision,
        "live_ms": change.live_ms,
        "summary": summary(change.action, change.object_name, change.edits),
        "reason": change.reason,
        "at": change.at.astimezone(UTC).isoformat(),
        "actor": {"email": change.actor, "name": change.actor_name},
        "origin": change.origin,
        "via": {"flow": change.via.flow, "name": change.via.flow_name},
        "object": str(change.object),
        "name": change.object_name,
        "action": change.action,
        "aspects": list(change.aspects),
        "edits": [cast("shapes.Edit", e.as_json()) for e in shown(kinds()[change.object.kind], change.edits)],
        "undoes": change.undoes,
        "undone_by": change.undone_by,
        "request": change.request,
    }


def changed(saved: Saved | None, etag: str | None = None, **more: Any) -> web.Response:
    """What became of a change: 200 live, 202 pending, 502 with the PBX's words when it refused."""
    if saved is None:
        return answer({"change": _NOTHING, **more}, etag=etag)
    shown = change_json(saved.change)
    match saved.change.state:
        case "rejected":
            detail = saved.change.reason or "the PBX refused the change; nothing of it is live"
            return problem(502, "pbx_refused", "The PBX refused", detail, change=shown, **more)
        case "live":
            return answer({"change": shown, **more}, etag=etag)
        case _:
            return answer({"change": shown, **more}, 202, etag=etag)


def page_of(request: web.Request) -> int:
    """Which page of a list is asked for, from 0; whatever is no number is the first."""
    number = request.query.get("page", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
