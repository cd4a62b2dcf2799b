"""``/objects/schedule/{key}/overrides``: temporary changes."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.services import override_hours
from vaxelflode.web.api.objects import with_object
from vaxelflode.web.http import body, context, person, ref


async def create(request: web.Request) -> web.Response:
    """Other hours for a day or a range of dates."""
    saved, made = await override_hours.add(
        context(request), person(request), "api", ref(request, "schedule").key, await body(request)
    )
    return await with_object(request, saved, override=made)


async def remove(request: web.Request) -> web.Response:
    """Return to what holds without it."""
    saved = await override_hours.remove(
        context(request), person(request), "api", ref(request, "schedule").key, request.match_info["id"]
    )
    return await with_object(request, saved)
