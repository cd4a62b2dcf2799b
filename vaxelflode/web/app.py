"""The aiohttp application."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.services.context import Context
from vaxelflode.settings import Settings
from vaxelflode.web.api.document import PAPERS, Papers
from vaxelflode.web.health import READINESS, Readiness
from vaxelflode.web.http import CONTEXT, SETTINGS
from vaxelflode.web.metrics import METRICS, Accounts, Metrics
from vaxelflode.web.middleware import authentication, headers, problems
from vaxelflode.web.openapi import Document
from vaxelflode.web.requests import following, identified
from vaxelflode.web.routes import ROUTES

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
    app[METRICS] = metrics = Metrics(accounts)
    metrics.listen(context)
    app.on_response_prepare.append(identified)
    app[PAPERS] = Papers(Document(ROUTES))
    for route in ROUTES:
        if route.method == "GET":
            app.router.add_get(route.path, route.handler, allow_head=True)
        else:
            app.router.add_route(route.method, route.path, route.handler)
    return app
