"""``/healthz`` and ``/readyz``: for those who start and watch the process."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from vaxelflode.services import shapes
from vaxelflode.web.http import answer
from vaxelflode.web.marks import public

#: What stands in the way of being ready, by part, in words; empty when nothing does.
Readiness = Callable[[], Mapping[str, str]]

READINESS = web.AppKey[Readiness]("readiness")


@public
async def healthz(_request: web.Request) -> web.Response:
    """The process lives."""
    return answer(shapes.Health(status="ok"))


@public
async def readyz(request: web.Request) -> web.Response:
    """The database answers, the PBX is connected, and what is desired is live; else 503 with the reasons."""
    trouble = dict(request.app[READINESS]())
    if trouble:
        return answer(shapes.Health(status="waiting", trouble=trouble), 503)
    return answer(shapes.Health(status="ready"))
