"""``/users``: people, for administrators."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.services import users
from vaxelflode.web.http import answer, body, context, listing, person
from vaxelflode.web.queries import UsersQuery, query


def _id(request: web.Request) -> int:
    """The number in the path; one that is nobody's where there is none, so that the right is asked for first."""
    text = request.match_info["id"]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


async def index(request: web.Request) -> web.Response:
    """Everybody."""
    asked = query(request, UsersQuery)
    everybody = await users.listed(context(request), person(request))
    shown = [p for p in everybody if asked.after is None or p.email > asked.after][: asked.limit]
    return listing(request, [users.as_json(p) for p in shown], asked.limit, shown[-1].email if shown else None)


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
