"""The aiohttp application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from vaxelflode.services.context import Context
from vaxelflode.services.mail import Mailer
from vaxelflode.services.news import News
from vaxelflode.settings import Settings
from vaxelflode.web.api.document import PAPERS, Papers
from vaxelflode.web.api.events import NEWS
from vaxelflode.web.health import READINESS, Readiness
from vaxelflode.web.http import CONTEXT, SETTINGS
from vaxelflode.web.metrics import METRICS, Accounts, Metrics
from vaxelflode.web.middleware import authentication, headers, problems
from vaxelflode.web.openapi import Document
from vaxelflode.web.pages.forgotten import MAILER
from vaxelflode.web.pages.table import PAGES
from vaxelflode.web.requests import following, identified
from vaxelflode.web.routes import ROUTES
from vaxelflode.web.statics import STATICS, Statics

#: Largest body of a request, in bytes.
BODY_LIMIT = 1024 * 1024


def make_app(
    settings: Settings, context: Context, readiness: Readiness, accounts: Accounts = lambda: ()
) -> web.Application:
    """The application over the use cases; ``accounts`` tells how ours stand at the PBX."""
    app = web.Application(middlewares=[following, headers, problems, authentication], client_max_size=BODY_LIMIT)
    app[SETTINGS] = settings
    app[CONTEXT] = context
    app[READINESS] = readiness
    app[NEWS] = News(context)
    app[MAILER] = Mailer(settings)
    app.cleanup_ctx.append(_tasks)
    app.on_shutdown.append(_let_go)
    app[METRICS] = metrics = Metrics(accounts)
    metrics.listen(context)
    app.on_response_prepare.append(identified)
    app[PAPERS] = Papers(Document(ROUTES))
    app[STATICS] = Statics()
    every = [*((r.method, r.path, r.handler) for r in ROUTES), *((p.method, p.path, p.handler) for p in PAGES)]
    for method, path, handler in every:
        if method == "GET":
            app.router.add_get(path, handler, allow_head=True)
        else:
            app.router.add_route(method, path, handler)
    return app


async def _tasks(app: web.Application) -> AsyncIterator[None]:
    tasks = [
        asyncio.create_task(app[NEWS].run(), name="news"),
        asyncio.create_task(app[MAILER].run(), name="mail"),
    ]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()  # a defect of ours is not hidden


async def _let_go(app: web.Application) -> None:
    """Streams end before the process does: nothing else would end them."""
    app[NEWS].close()
