"""``/changes``: history and undo."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import FieldError, Invalid
from vaxelflode.services import history
from vaxelflode.services.undo import undo as take_back
from vaxelflode.web.http import body, change_json, changed, context, listing, page, person


async def index(request: web.Request) -> web.Response:
    """The history, newest first."""
    after, limit = page(request)
    found = await history.listed(
        context(request),
        person(request),
        ref=_object(request),
        flow=request.query.get("flow"),
        after=after,
        limit=limit,
    )
    return listing(request, [change_json(c) for c in found], limit, found[-1].id if found else None)


def _object(request: web.Request) -> ObjectRef | None:
    text = request.query.get("object")
    try:
        return None if text is None else ObjectRef.parse(text)
    except ValueError as err:
        raise Invalid([FieldError("object", "object", str(err))]) from err


async def undo(request: web.Request) -> web.Response:
    """Take a change back; ``{"force": true}`` also over what came later."""
    given = await body(request)
    if not isinstance(force := given.get("force", False), bool):
        raise Invalid([FieldError("force", "type", "must be true or false")])
    saved, where = await take_back(context(request), person(request), "api", request.match_info["id"], force=force)
    return changed(saved, object=str(where))
