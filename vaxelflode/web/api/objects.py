"""``/objects``: objects, what may be picked in them, and how they sound."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from vaxelflode.services import edit_object, read_objects
from vaxelflode.services.commit import Saved
from vaxelflode.web.http import answer, body, changed, context, if_match, listing, person, ref
from vaxelflode.web.queries import ChoicesQuery, ObjectsQuery, query
from vaxelflode.web.recording import recording


async def index(request: web.Request) -> web.Response:
    """The objects that one may know of."""
    asked = query(request, ObjectsQuery)
    found = await read_objects.listed(
        context(request), person(request), kind=asked.kind, after=asked.after, limit=asked.limit
    )
    last = f"{found[-1]['kind']}/{found[-1]['key']}" if found else None
    return listing(request, found, asked.limit, last)


async def show(request: web.Request) -> web.Response:
    """One object."""
    view = (await read_objects.one(context(request), person(request), ref(request))).as_json()
    return answer(view, etag=view["version"])


async def create(request: web.Request) -> web.Response:
    """A new object."""
    saved = await edit_object.create(context(request), person(request), "api", await body(request))
    return await with_object(request, saved)


async def patch(request: web.Request) -> web.Response:
    """Change an object."""
    saved = await edit_object.patch(
        context(request), person(request), "api", ref(request), await body(request), if_match(request)
    )
    return await with_object(request, saved)


async def remove(request: web.Request) -> web.Response:
    """Delete an object."""
    saved = await edit_object.delete(context(request), person(request), "api", ref(request), if_match(request))
    return changed(saved)


async def with_object(request: web.Request, saved: Saved | None, **more: Any) -> web.Response:
    """What became of a change, with the object as it is now."""
    seen = saved.view if saved else None
    if saved is not None and saved.change.state == "rejected" and saved.change.action == "create":
        return changed(saved, **more)  # there is no such object, after all
    if seen is None:
        where = saved.change.object if saved else ref(request)
        seen = await read_objects.one(context(request), person(request), where)
    view = seen.as_json()
    return changed(saved, view["version"], object=view, **more)


async def choices(request: web.Request) -> web.Response:
    """What one may pick in a field."""
    field, words = request.match_info["field"], query(request, ChoicesQuery).q
    return answer(await read_objects.choices(context(request), person(request), ref(request), field, words))


async def audio(request: web.Request) -> web.Response:
    """The sound of a slot, as it is played now."""
    slot = request.match_info["slot"]
    wav = await read_objects.sound(context(request), person(request), ref(request), slot)
    return recording(request, wav)
