"""The graph of a flow's number with the path of a call, and the simulation of any call."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast
from zoneinfo import ZoneInfo

from vaxelflode.domain.agents import Agent
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.flow import Flow, Person
from vaxelflode.domain.graph import Edge, Graph, Node, asked, graph_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.queue import Queue
from vaxelflode.domain.passage import LUCKS, Caller, Luck
from vaxelflode.domain.portable import Whole
from vaxelflode.domain.simulate import Simulation, Turn, next_turn, simulate
from vaxelflode.errors import FieldError, Invalid, NotFound
from vaxelflode.i18n.words import Words
from vaxelflode.services import shapes
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.flows import found as flow_of
from vaxelflode.storage import agents, flows, people, prompts
from vaxelflode.storage.database import Transaction

_KEYS = re.compile(r"[0-9*#,]{0,20}")
_YEARS = 1970, 2199
_EPOCH = re.compile(r"[0-9]{1,11}")
_SECONDS = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,3})?")


_NOBODY: Luck = "no_agents"
Agents = Mapping[ObjectRef, Mapping[str, Agent]]


@dataclass(frozen=True, slots=True)
class Question:
    """A call to be simulated, as people write it.

    ``at`` is ISO 8601 (wall-clock in ``zone`` without an offset) or epoch seconds, ``None``: now. ``digits`` are the
    keys that are pressed, a ``,`` is a pause; ``None``: the first one that the caller is asked for. ``held`` is how
    many seconds the caller holds the line. ``luck`` holds lines such as ``queue/kundservice=full`` or
    ``extension/201=busy``.
    """

    at: str | None = None
    caller: str | None = None
    digits: str | None = ""
    held: str | None = None
    luck: Sequence[str] = ()
    zone: str = "UTC"
    country_code: str = "46"

    def call(self, now: dt.datetime, sounds: Mapping[str, float], deserted: Iterable[ObjectRef] = ()) -> Caller:
        """The call as a value; raises :class:`Invalid` with every field that is wrong.

        ``deserted`` are queues that nobody is there to answer; what ``luck`` says of them holds all the same.
        """
        faults: list[FieldError] = []
        at, held, luck = now, None, {}
        try:
            at = instant(self.at, self.zone, now)
        except Invalid as err:
            faults += err.errors
        keys = self.digits or ""
        if not _KEYS.fullmatch(keys):
            faults.append(FieldError("digits", "keys", "must be at most 20 of 0-9 * # and , for a pause"))
        if self.held:
            if _SECONDS.fullmatch(self.held):
                held = float(self.held)
            else:
                faults.append(FieldError("held", "seconds", "must be a number of seconds, for example 90"))
        try:
            luck = dict.fromkeys(deserted, _NOBODY) | dict(map(_luck, self.luck))
        except ValueError as err:
            faults.append(FieldError("luck", "luck", str(err)))
        if faults:
            raise Invalid(faults)
        return Caller(at, self.caller, keys, held, luck, sounds)


def deserted(objects: Iterable[Object], agents: Agents) -> frozenset[ObjectRef]:
    """The queues among ``objects`` that lead a caller on at once, since no agent is there who is not paused."""
    queues = ((o.ref, o.spec) for o in objects)
    return frozenset(
        ref for ref, q in queues if isinstance(q, Queue) and not q.joins_empty and not _is_served(agents.get(ref, {}))
    )


def _is_served(queue: Mapping[str, Agent]) -> bool:
    return any(not agent.paused for agent in queue.values())


def objects_of(company: Company, graph: Graph) -> Iterator[Object]:
    """The objects of a graph's nodes."""
    found = (company.get(node.object) for node in graph.nodes if node.object is not None)
    return (o for o in found if o is not None)


def _luck(line: str) -> tuple[ObjectRef, Luck]:
    where, _, how = line.partition("=")
    luck = next((luck for luck in LUCKS if luck == how), None)
    if luck is None:
        raise ValueError(f"must be kind/key=… with one of {', '.join(LUCKS)}, for example queue/kundservice=full")
    kind, slash, key = where.partition("/")
    return (ObjectRef(kind, key) if slash and kind == "external" else ObjectRef.parse(where)), luck


async def graph(context: Context, person: Person, flow_id: str, question: Question) -> shapes.Graph:
    """``{nodes, edges, path, simulation, next, administrators}`` of a flow's number."""
    async with context.reading(person) as desk:
        flow = await flow_of(desk, flow_id)
        if flow.number_ref is None:
            raise NotFound("the flow has no number, hence no graph")
        found = graph_of(desk.company, flow.number_ref)
        empty = deserted(objects_of(desk.company, found), await agents.of_all(desk.db))
        call = question.call(desk.now, await _lengths(desk.db, desk.company, found), empty)
        path = simulate(desk.company, flow.number_ref, call)
        keys = asked(found)
        if question.digits is None and (first := next((keys[node] for node in path.path if node in keys), None)):
            call = replace(call, keys=first[0])
            path = simulate(desk.company, flow.number_ref, call)
        turn = next_turn(desk.company, flow.number_ref, call)
        drawn = [node.object for node in found.nodes if node.object is not None]
        everybody = await flows.granting(desk.db, drawn) if desk.authority.is_administrator else desk.authority.flows
        drawing = _Drawing(desk, Words(person.language), everybody)
        taken = {(str(s.object), s.passage.exit, to) for s, to in zip(path.steps, path.path[1:], strict=False)}
        nodes = [drawing.node(n, keys.get(n.id, ()), active=n.id in path.path) for n in found.nodes]
        named = {email for node in nodes for by in node["by"] for email in by["supervisors"]}
        return {
            "nodes": nodes,
            "edges": [drawing.edge(e, active=(e.source, e.exit, e.target) in taken) for e in found.edges],
            "path": list(path.path),
            "simulation": drawing.simulation(path),
            "next": drawing.turn(turn),
            "administrators": await people.administrators(desk.db),
            "people": await people.names(desk.db, named),
        }


async def _lengths(db: Transaction, company: Company, graph: Graph) -> Mapping[str, float]:
    """The length of every prompt that the graph's objects play."""
    played = {digest for o in objects_of(company, graph) for digest in o.spec.sounds().values() if digest}
    return await prompts.lengths(db, played) if played else {}


@dataclass(frozen=True, slots=True)
class _Drawing:
    """How the person at a desk is shown a graph and a path, in their language."""

    desk: Desk
    words: Words
    flows: Sequence[Flow]

    def node(self, node: Node, keys: Sequence[str], *, active: bool) -> shapes.Node:
        """An object or an end."""
        authority, ref = self.desk.authority, node.object
        aspects = () if ref is None else authority.aspects(ref)
        reason = None
        if ref is not None and not aspects:
            reason = authority.may_read(ref).reason or "nothing of it can be granted"
        return {
            "id": node.id,
            "kind": node.kind,
            "name": node.name if ref is not None else self.words.outside(node.kind, node.name),
            "editable": any(aspect not in ONLY_LOOKING for aspect in aspects),
            "aspects": list(aspects),
            "reason": reason,
            "by": [] if ref is None else self._granted(ref),
            "keys": list(keys),
            "active": active,
        }

    def _granted(self, ref: ObjectRef) -> list[shapes.GrantedBy]:
        """By which flows it is editable, and whose those are, as far as the person may know of them."""
        held = ((flow, grant) for flow in self.flows for grant in flow.grants if grant.object == ref and grant.aspects)
        return [
            {"flow": flow.name, "aspects": sorted(grant.aspects), "supervisors": list(flow.supervisors)}
            for flow, grant in held
            if grant.holds(self.desk.now)
        ]

    def edge(self, edge: Edge, *, active: bool) -> shapes.Edge:
        """An exit, in words."""
        kind = edge.source.partition("/")[0]
        label = self.words.exit(kind, edge.field, edge.exit, edge.label)
        return {
            "from": edge.source,
            "to": edge.target,
            "exit": edge.exit,
            "label": label,
            "key": edge.key,
            "active": active,
        }

    def simulation(self, path: Simulation) -> shapes.Simulation:
        """The simulation in words, without what is inside objects that the person may not read."""
        shown = path.as_json()
        for step, told in zip(path.steps, shown["steps"], strict=True):
            told["words"] = self.words.why(step.object.kind, step.passage.why)
            told["note"] = step.passage.note_in(self.words.language)
            if not self.desk.authority.may_read(step.object).allowed:
                told |= {"prompts": [], "note": ""}
        return cast("shapes.Simulation", shown)

    def turn(self, turn: Turn | None) -> shapes.Turn | None:
        """What changes next, and when."""
        return None if turn is None else {"at": turn.at.isoformat(), "path": list(turn.then.path)}


#: Aspects that let one look, not change.
ONLY_LOOKING = frozenset({"watch", "messages"})


def simulated(
    there: Whole, number: str, question: Question, now: dt.datetime, sounds: Mapping[str, float]
) -> tuple[Simulation, Turn | None]:
    """The path of a call to ``number``, dialled in any form that the trunk may send, and what changes next."""
    company = there.company
    ref = number_of(company, number, question.country_code)
    call = question.call(now, sounds, deserted(company.of_kind("queue"), there.agents))
    return simulate(company, ref, call), next_turn(company, ref, call)


def number_of(company: Company, number: str, country_code: str) -> ObjectRef:
    """The number's object, or :class:`NotFound`."""
    key = dialled(number, country_code)
    ref = ObjectRef("number", key)
    if ref not in company:
        raise NotFound(f"there is no number +{key}")
    return ref


def dialled(number: str, country_code: str) -> str:
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
