"""The aiohttp application."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.services.context import Context
from vaxelflode.settings import Settings
from vaxelflode.web.api.document import PAPERS, Papers
from vaxelflode.web.health import READINESS, Readiness
from vaxelflode.web.http import CONTEXT, SETTINGS
from vaxelflode.web.middleware import authentication, headers, problems
from vaxelflode.web.openapi import Document
from vaxelflode.web.pages.table import PAGES
from vaxelflode.web.routes import ROUTES
from vaxelflode.web.statics import STATICS, Statics

#: Largest body of a request, in bytes.
BODY_LIMIT = 1024 * 1024


def make_app(settings: Settings, context: Context, readiness: Readiness) -> web.Application:
    """The application over the use cases."""
    app = web.Application(middlewares=[headers, problems, authentication], client_max_size=BODY_LIMIT)
    app[SETTINGS] = settings
    app[CONTEXT] = context
    app[READINESS] = readiness
    app[PAPERS] = Papers(Document(ROUTES))
    app[STATICS] = Statics()
    every = [*((r.method, r.path, r.handler) for r in ROUTES), *((p.method, p.path, p.handler) for p in PAGES)]
    for method, path, handler in every:
        if method == "GET":
            app.router.add_get(path, handler, allow_head=True)
        else:
            app.router.add_route(method, path, handler)
    return app
