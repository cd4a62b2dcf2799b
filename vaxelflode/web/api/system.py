"""``/system``: the state of the PBX."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.services import system
from vaxelflode.web.http import answer, context, person


async def show(request: web.Request) -> web.Response:
    """Nodes, revisions, last applications."""
    return answer(await system.status(context(request), person(request)))
