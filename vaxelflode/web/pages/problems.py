"""What went wrong, on a page: what still works, what is saved, what happens next."""

from __future__ import annotations

import json
from urllib.parse import quote

from aiohttp import web

from vaxelflode.web.cookies import forget, session_of
from vaxelflode.web.page import is_fragment, render, see_other


async def on_page(request: web.Request, problem: web.Response) -> web.Response:
    """The page of a problem document."""
    if problem.status == 401:
        return _to_log_in(request)
    found = json.loads(problem.text or "{}")
    shown = await render(request, "problem.html.j2", problem.status, problem=found, code=problem.status)
    for name in ("Retry-After", "Allow"):
        if name in problem.headers:
            shown.headers[name] = problem.headers[name]
    return shown


def _to_log_in(request: web.Request) -> web.Response:
    """To the log-in, and back here afterwards; a page that is open already says so itself, and keeps what was typed."""
    if is_fragment(request):
        return web.Response(status=401)
    back = request.path_qs if request.method in ("GET", "HEAD") else ""
    ended = session_of(request) is not None
    query = "&".join([*([f"next={quote(back, safe='')}"] if back not in ("", "/") else []), *(["ended=1"] * ended)])
    response = see_other("/login" + (f"?{query}" if query else ""))
    if ended:
        forget(request, response)
    return response
