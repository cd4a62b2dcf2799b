"""``/flows``."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.services import call_path, flows
from vaxelflode.web.http import SETTINGS, answer, body, context, if_match, listing, person
from vaxelflode.web.queries import FlowsQuery, GraphQuery, query


async def index(request: web.Request) -> web.Response:
    """One's own flows; for administrators all."""
    asked = query(request, FlowsQuery)
    shown = await flows.listed(context(request), person(request), after=asked.after, limit=asked.limit)
    return listing(request, [flows.as_json(f) for f in shown], asked.limit, shown[-1].id if shown else None)


async def show(request: web.Request) -> web.Response:
    """One flow."""
    flow = await flows.one(context(request), person(request), request.match_info["id"])
    return answer(flows.as_json(flow), etag=str(flow.version))


async def create(request: web.Request) -> web.Response:
    """A new flow."""
    flow = await flows.create(context(request), person(request), await body(request))
    response = answer(flows.as_json(flow), 201, etag=str(flow.version))
    response.headers["Location"] = f"/api/v1/flows/{flow.id}"
    return response


async def replace(request: web.Request) -> web.Response:
    """A flow anew."""
    given = await body(request)
    flow = await flows.replace_flow(
        context(request), person(request), request.match_info["id"], given, if_match(request)
    )
    return answer(flows.as_json(flow), etag=str(flow.version))


async def remove(request: web.Request) -> web.Response:
    """Delete a flow."""
    await flows.remove(context(request), person(request), request.match_info["id"], if_match(request, otherwise="*"))
    return web.Response(status=204)


async def graph(request: web.Request) -> web.Response:
    """The graph of a flow's number, with the path of a call at an instant."""
    asked = query(request, GraphQuery)
    zone = request.app[SETTINGS].time_zone
    question = call_path.Question(asked.at, asked.caller, asked.digits, asked.held, asked.luck, zone)
    return answer(await call_path.graph(context(request), person(request), request.match_info["id"], question))
