"""A flow: the graph of the whole call, with one's own parts in green."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.web.marks import page
from vaxelflode.web.pages.frame import in_frame


@page
async def graph(request: web.Request) -> web.Response:
    """The graph of the flow's number, now or at another time."""
    return await in_frame(request, "flow.html.j2", "graph")
