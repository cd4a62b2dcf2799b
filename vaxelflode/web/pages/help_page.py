"""Help: what the words and colours mean, and how the common things are done."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.services import overview
from vaxelflode.web.http import context, person
from vaxelflode.web.marks import page
from vaxelflode.web.page import render


@page
async def show(request: web.Request) -> web.Response:
    """One page, with whom to ask."""
    asked = await overview.administrators(context(request), person(request))
    return await render(request, "help.html.j2", nav="help", administrators=asked)
