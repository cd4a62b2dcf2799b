"""The graph of a flow's number with the path of a call, and the simulation of any call."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from vaxelflode.domain.company import Company
from vaxelflode.domain.flow import Person
from vaxelflode.domain.graph import Edge, Graph, Node, graph_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.passage import Caller
from vaxelflode.domain.simulate import Simulation, simulate
from vaxelflode.errors import FieldError, Invalid, NotFound
from vaxelflode.policy.authority import Authority
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.flows import found as flow_of

_KEYS = re.compile(r"[0-9*#]{0,20}")
_YEARS = 1970, 2199
_EPOCH = re.compile(r"[0-9]{1,11}")


async def graph(
    context: Context, person: Person, flow_id: str, *, at: str | None, caller: str | None, digits: str, zone: str
) -> dict[str, Any]:
    """``{nodes, edges, path}`` of a flow's number; for ``at`` see :func:`instant`."""
    async with context.reading(person) as desk:
        flow = await flow_of(desk, flow_id)
        if flow.number_ref is None:
            raise NotFound("the flow has no number, hence no graph")
        call = Caller(instant(at, zone, desk.now), caller, checked_keys(digits))
        found = graph_of(desk.company, flow.number_ref)
        path = simulate(desk.company, flow.number_ref, call)
        return _shown(desk, found, path)


def _shown(desk: Desk, graph: Graph, path: Simulation) -> dict[str, Any]:
    on_path = set(path.path)
    taken = {(str(s.object), s.passage.exit) for s in path.steps if s.passage.exit}
    return {
        "nodes": [_node(desk.authority, node, active=node.id in on_path) for node in graph.nodes],
        "edges": [_edge(edge, active=(edge.source, edge.exit) in taken) for edge in graph.edges],
        "path": list(path.path),
        "simulation": _of_readable(desk, path),
    }


def _of_readable(desk: Desk, path: Simulation) -> dict[str, Any]:
    """The simulation, without the prompts inside objects that the person may not read."""
    shown = path.as_json()
    for step, told in zip(path.steps, shown["steps"], strict=True):
        if not desk.authority.may_read(step.object).allowed:
            told["prompts"] = []
    return shown


def _node(authority: Authority, node: Node, *, active: bool) -> dict[str, Any]:
    aspects = () if node.object is None else authority.aspects(node.object)
    reason = None
    if node.object is not None and not aspects:
        reason = authority.may_read(node.object).reason or "nothing of it can be granted"
    return {
        "id": node.id,
        "kind": node.kind,
        "name": node.name,
        "editable": any(aspect not in _ONLY_LOOKING for aspect in aspects),
        "aspects": list(aspects),
        "reason": reason,
        "active": active,
    }


#: Aspects that let one look, not change.
_ONLY_LOOKING = frozenset({"watch", "messages"})


def _edge(edge: Edge, *, active: bool) -> dict[str, Any]:
    return {"from": edge.source, "to": edge.target, "exit": edge.exit, "label": edge.label, "active": active}


def simulated(
    company: Company, number: str, *, at: str | None, caller: str | None, digits: str, zone: str, now: dt.datetime
) -> Simulation:
    """The path of a call to ``number``, dialled in any form that the trunk may send."""
    key = dialled(number)
    ref = ObjectRef("number", key)
    if ref not in company:
        raise NotFound(f"there is no number +{key}")
    return simulate(company, ref, Caller(instant(at, zone, now), caller, checked_keys(digits)))


def dialled(number: str, country_code: str = "46") -> str:
    """``+46…``, ``0046…``, ``46…`` or ``010…`` → the digits in E.164, as the dialplan reads them."""
    digits = re.sub(r"[^0-9]", "", number)
    if digits.startswith("00"):
        return digits[2:]
    return country_code + digits[1:] if digits.startswith("0") else digits


def instant(at: str | None, zone: str, now: dt.datetime) -> dt.datetime:
    """An instant from ISO 8601 (wall-clock in ``zone`` without an offset) or epoch seconds; ``None`` is now."""
    if at is None or at == "":
        return now
    try:
        if _EPOCH.fullmatch(at):
            return instant(dt.datetime.fromtimestamp(int(at), dt.UTC).isoformat(), zone, now)
        found = dt.datetime.fromisoformat(at.replace(" ", "+") if at.count(" ") == 1 and "T" in at else at)
        aware = (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(dt.UTC)
    except (ValueError, OverflowError, OSError) as err:
        message = "must be ISO 8601, for example 2027-03-16T10:42, or epoch seconds"
        raise Invalid([FieldError("at", "instant", message)]) from err
    if not _YEARS[0] <= aware.year <= _YEARS[1]:
        raise Invalid([FieldError("at", "instant", f"must lie in the years {_YEARS[0]} to {_YEARS[1]}")])
    return aware


def checked_keys(digits: str) -> str:
    """The keys that a caller presses, or :class:`Invalid`."""
    if not _KEYS.fullmatch(digits):
        raise Invalid([FieldError("digits", "keys", "must be at most 20 of 0-9 * #")])
    return digits
