"""``/changes``: history and undo."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.services import history
from vaxelflode.services.bodies import parsed
from vaxelflode.services.undo import UndoBody
from vaxelflode.services.undo import undo as take_back
from vaxelflode.services.withdraw import withdraw as never_mind
from vaxelflode.web.http import answer, body, change_json, changed, context, listing, person
from vaxelflode.web.queries import ChangesQuery, query


async def index(request: web.Request) -> web.Response:
    """The history, newest first."""
    asked = query(request, ChangesQuery)
    found = await history.listed(
        context(request),
        person(request),
        history.Among(asked.object, asked.flow),
        after=asked.after,
        limit=asked.limit,
    )
    return listing(request, [change_json(c) for c in found], asked.limit, found[-1].id if found else None)


async def withdraw(request: web.Request) -> web.Response:
    """Take back a change that still waits for the PBX: it never takes effect."""
    change = await never_mind(context(request), person(request), request.match_info["id"])
    return answer({"change": change_json(change)})


async def undo(request: web.Request) -> web.Response:
    """Take a change back; ``{"force": true}`` also over what came later."""
    force = parsed(UndoBody, await body(request)).force
    saved, where = await take_back(context(request), person(request), "api", request.match_info["id"], force=force)
    return changed(saved, object=str(where))
