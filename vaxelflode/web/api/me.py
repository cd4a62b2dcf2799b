"""``/me``: who one is."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.services import shapes, users
from vaxelflode.web.http import answer, body, context, person


async def show(request: web.Request) -> web.Response:
    """Oneself, with one's rights and flows."""
    me, flows = await users.me(context(request), person(request))
    mine: list[shapes.MyFlow] = [{"id": f.id, "name": f.name, "number": f.number} for f in flows]
    return answer(shapes.Me(**users.as_json(me), flows=mine))


async def change(request: web.Request) -> web.Response:
    """Change oneself; a new password ends every session and token."""
    return answer(users.as_json(await users.change_me(context(request), person(request), await body(request))))
