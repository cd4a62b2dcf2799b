"""A flow: the graph of the whole call, with one's own parts in green."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from vaxelflode.errors import Invalid, NotFound
from vaxelflode.services import call_path, shapes
from vaxelflode.web.graph.answer import answer
from vaxelflode.web.graph.outline import outline
from vaxelflode.web.graph.panel import locked, panel
from vaxelflode.web.graph.question import Asked, asked, choices, is_form
from vaxelflode.web.graph.ways import address, chosen, drawn, ways_of
from vaxelflode.web.http import SETTINGS, context, person
from vaxelflode.web.marks import page
from vaxelflode.web.page import Look, look, see_other
from vaxelflode.web.pages.frame import in_frame


@page
async def graph(request: web.Request) -> web.Response:
    """The graph of the flow's number, now or at another time, with the keys that a caller presses.

    The form is told shorter in an address that one may share (``?at=…&digits=…&view=list&node=kind/key``). Whatever in
    it is no time and no key is said, and now is shown.
    """
    here, wrong = look(request), ""
    try:
        wanted = asked(request.query, here.now.date())
        if is_form(request.query):
            return see_other(wanted.href(request.path))
        shown = await _shown(request, wanted)
    except Invalid as err:
        wanted, wrong = Asked(view="auto"), err.errors[0].field
        shown = await _shown(request, wanted)
    if shown is None:
        return await in_frame(request, "flow_without_number.html.j2", "graph")
    values = _values(request, here, wanted, shown)
    return await in_frame(request, "flow.html.j2", "graph", 422 if wrong else 200, wrong=wrong, **values)


async def _shown(request: web.Request, wanted: Asked) -> shapes.Graph | None:
    """The graph with the call that is asked for.

    ``None`` where the flow has no number, or there is no such flow: the frame knows which.
    """
    question = call_path.Question(at=wanted.at, digits=wanted.digits, zone=request.app[SETTINGS].time_zone)
    try:
        found = await call_path.graph(context(request), person(request), request.match_info["id"], question)
    except NotFound:
        return None
    return found if found["nodes"] else None


def _values(request: web.Request, here: Look, wanted: Asked, shown: shapes.Graph) -> dict[str, Any]:
    ways, node = ways_of(shown), chosen(shown, wanted.node)
    keys = choices(shown)
    at = _instant(request, wanted)
    return {
        "asked": wanted,
        "at": here.now if at is None else at,
        "answer": answer(here, shown, at, keys),
        "keys": keys,
        "nodes": {n["id"]: n for n in shown["nodes"]},
        "drawn": drawn(shown, ways),
        "ways": ways,
        "outline": outline(shown["nodes"][0]["id"], ways),
        "start": shown["nodes"][0]["id"],
        "panel": None if node is None else panel(here, shown, node, ways),
        "locked": {n["id"]: locked(here, shown, n) for n in shown["nodes"]},
        "state": _state(shown),
        "turns": shown["next"]["at"] if shown["next"] is not None and at is None else "",
        "opens": {n["id"]: address(request.match_info["id"], n) for n in shown["nodes"]},
    }


def _state(shown: shapes.Graph) -> str:
    """A short word that is another one when anything of what is drawn is."""
    said = [shown["nodes"], shown["edges"], shown["path"], shown["next"], shown["administrators"]]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _instant(request: web.Request, wanted: Asked) -> dt.datetime | None:
    """When it is asked of, in the zone of the pages; it has been judged already."""
    if wanted.at is None:
        return None
    zone = request.app[SETTINGS].time_zone
    return call_path.instant(wanted.at, zone, dt.datetime.now(dt.UTC)).astimezone(ZoneInfo(zone))
