"""``/healthz`` and ``/readyz``: for those who start and watch the process."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from vaxelflode.web.http import answer
from vaxelflode.web.middleware import public

#: What stands in the way of being ready, by part, in words; empty when nothing does.
Readiness = Callable[[], Mapping[str, str]]

READINESS = web.AppKey[Readiness]("readiness")


@public
async def healthz(_request: web.Request) -> web.Response:
    """The process lives."""
    return answer({"status": "ok"})


@public
async def readyz(request: web.Request) -> web.Response:
    """The database answers, the PBX is connected, and what is desired is live; else 503 with the reasons."""
    trouble = dict(request.app[READINESS]())
    return answer({"status": "waiting", "trouble": trouble}, 503) if trouble else answer({"status": "ready"})
