"""``/tokens``: logging in and out."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.services import shapes
from vaxelflode.services.login import log_in, log_out
from vaxelflode.web.client import address_of
from vaxelflode.web.http import answer, body, context, person
from vaxelflode.web.marks import public


@public
async def create(request: web.Request) -> web.Response:
    """A token for an address and a password."""
    token = await log_in(context(request), address_of(request), await body(request))
    return answer(shapes.Token(token=token), 201)


async def end(request: web.Request) -> web.Response:
    """End the token that asks."""
    token = request.headers["Authorization"].partition(" ")[2].strip()
    await log_out(context(request), person(request), token)
    return web.Response(status=204)
