"""``/users``: people, for administrators."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.errors import NotFound
from vaxelflode.services import users
from vaxelflode.web.http import answer, body, context, listing, page, person


def _id(request: web.Request) -> int:
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound("there is no such person")
    return int(text)


async def index(request: web.Request) -> web.Response:
    """Everybody."""
    after, limit = page(request)
    found = [p for p in await users.listed(context(request), person(request)) if after is None or p.email > after]
    shown = found[:limit]
    return listing(request, [users.as_json(p) for p in shown], limit, shown[-1].email if shown else None)


async def show(request: web.Request) -> web.Response:
    """One person."""
    return answer(users.as_json(await users.one(context(request), person(request), _id(request))))


async def create(request: web.Request) -> web.Response:
    """A new person."""
    made = await users.create(context(request), person(request), await body(request))
    response = answer(users.as_json(made), 201)
    response.headers["Location"] = f"/api/v1/users/{made.id}"
    return response


async def change(request: web.Request) -> web.Response:
    """Change a person."""
    return answer(
        users.as_json(await users.change(context(request), person(request), _id(request), await body(request)))
    )


async def remove(request: web.Request) -> web.Response:
    """Delete a person."""
    await users.remove(context(request), person(request), _id(request))
    return web.Response(status=204)
