"""One's flows, each with what its callers get right now."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vaxelflode.domain.change import Change
from vaxelflode.domain.company import Object
from vaxelflode.domain.flow import Flow, Person
from vaxelflode.domain.graph import graph_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.domain.kinds.switch import Switch
from vaxelflode.domain.now import Now, Strip, now_of, strip_of
from vaxelflode.domain.passage import Caller
from vaxelflode.domain.simulate import Simulation, simulate
from vaxelflode.errors import NotFound
from vaxelflode.services.call_path import ONLY_LOOKING, Agents, deserted, objects_of
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.flows import found as flow_of
from vaxelflode.services.flows import having, mine, paged, some
from vaxelflode.storage import agents, changes, people
from vaxelflode.storage.flows import FlowName


@dataclass(frozen=True, slots=True)
class Hours:
    """The opening hours that a flow's calls meet first."""

    object: Object
    now: Now
    strip: Strip
    #: Whether the person may make a temporary change.
    may_override: bool


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue of a flow: how many agents are written down and not paused."""

    object: Object
    agents: int
    may_watch: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A flow, and what its callers get right now; a flow without a number has no ``path``."""

    flow: Flow
    path: Simulation | None
    hours: Hours | None
    #: The switch on the way that does not stand at its default.
    switched: Object | None
    queues: Sequence[QueueRow]
    #: Messages that callers of the flow may hear, and that the person may listen to.
    messages: Sequence[Object]
    #: The last change of the hours, of today.
    change: Change | None
    #: The objects of the flow's graph and grants by kind, for the tabs; those that the person may read.
    parts: Mapping[str, Sequence[Object]]
    #: Those of them that the person may look at and not change.
    locked: frozenset[ObjectRef] = frozenset()

    @property
    def number(self) -> str | None:
        """In E.164."""
        return self.flow.number


#: Cards of one page: each costs the simulation of a call.
PAGE = 20


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the person's flows, of how many there are, and of how many the words that were looked for fit."""

    cards: Sequence[Card]
    fitting: int
    every: int


async def cards(context: Context, person: Person, words: str = "", page: int = 0) -> Page:
    """A page of the person's flows, by name: those whose name, number or description holds ``words``."""
    wanted, start = words.strip().casefold(), page * PAGE
    async with context.reading(person) as desk:
        there = await agents.of_all(desk.db)
        if not wanted:
            shown, count = await paged(desk, start, PAGE)
            return Page(await _cards(desk, shown, there), count, count)
        every = await mine(desk)
        fitting = [flow.id for flow in _fitting(every, wanted)]
        found = await some(desk, fitting[start : start + PAGE])
        return Page(await _cards(desk, found, there), len(fitting), len(every))


async def chosen(context: Context, person: Person, ids: Collection[str]) -> list[Card]:
    """The chosen flows, by name. Raises :class:`NotFound` where one of them is not the person's own."""
    async with context.reading(person) as desk:
        found, there = await some(desk, ids), await agents.of_all(desk.db)
        if {*ids} - {flow.id for flow in found}:
            raise NotFound("there is no such flow")
        return await _cards(desk, found, there)


async def sharing(context: Context, person: Person, cards: Sequence[Card]) -> Mapping[str, Sequence[str]]:
    """Key of each schedule that ``cards`` have → the person's other flows whose calls meet it first, by name."""
    met = {card.flow.id: card.hours.object.ref for card in cards if card.hours is not None}
    async with context.reading(person) as desk:
        there = await agents.of_all(desk.db)
        return {ref.key: await _others_with(desk, ref, met, there) for ref in dict.fromkeys(met.values())}


async def _others_with(desk: Desk, ref: ObjectRef, met: Mapping[str, ObjectRef], there: Agents) -> Sequence[str]:
    others = [flow.id for flow in await having(desk, ref) if met.get(flow.id) != ref]
    return [flow.name for flow in await some(desk, others) if _first_hours(*_path(desk, flow, there)) == ref]


#: A number as people write it, and the fewest digits that one is looked for by.
_NUMBER, _FEWEST = re.compile(r"[0-9+ ()/-]+"), 3


def _fitting(flows: Iterable[Flow | FlowName], words: str) -> Iterator[Flow | FlowName]:
    digits = "".join(filter(str.isdigit, words)).removeprefix("0")
    is_number = _NUMBER.fullmatch(words) and len(digits) >= _FEWEST
    for flow in flows:
        said = words in flow.name.casefold() or words in flow.description.casefold()
        if said or (is_number and digits in (flow.number or "")):
            yield flow


async def card(context: Context, person: Person, flow_id: str) -> Card:
    """The card of one flow, or :class:`~vaxelflode.errors.NotFound`."""
    async with context.reading(person) as desk:
        (found,) = await _cards(desk, [await flow_of(desk, flow_id)], await agents.of_all(desk.db))
        return found


async def _cards(desk: Desk, flows: Iterable[Flow], there: Agents) -> list[Card]:
    met = [(flow, *_path(desk, flow, there)) for flow in flows]
    hours = [_hours(desk, path, objects) for _, path, objects in met]
    refs = [found.object.ref for found in hours if found is not None]
    newest = await changes.newest(desk.db, [ref for ref in refs if desk.authority.may_read(ref).allowed])
    return [_card(desk, *one, found, newest, there) for one, found in zip(met, hours, strict=True)]


def _card(
    desk: Desk,
    flow: Flow,
    path: Simulation | None,
    objects: Sequence[Object],
    hours: Hours | None,
    newest: Mapping[ObjectRef, Change],
    there: Agents,
) -> Card:
    return Card(
        flow,
        path,
        hours,
        _switched(desk, path),
        [_queue(desk, o, there) for o in objects if o.ref.kind == "queue"],
        [o for o in objects if o.ref.kind == "announcement" and o.spec.sounds().get("prompt")],
        _last_today(hours, newest),
        {kind: [o for o in objects if o.ref.kind == kind] for kind in dict.fromkeys(o.ref.kind for o in objects)},
        frozenset(o.ref for o in objects if _is_locked(desk, o)),
    )


def _is_locked(desk: Desk, o: Object) -> bool:
    return not desk.authority.is_administrator and ONLY_LOOKING.issuperset(desk.authority.aspects(o.ref))


def _path(desk: Desk, flow: Flow, there: Agents) -> tuple[Simulation | None, Sequence[Object]]:
    """What a call to the flow meets now; and what the person may read of it, first its graph's, then its grants'."""
    path, refs = None, dict[ObjectRef, None]()
    if flow.number_ref is not None and flow.number_ref in desk.company:
        graph = graph_of(desk.company, flow.number_ref)
        empty = deserted(objects_of(desk.company, graph), there)
        path = simulate(desk.company, flow.number_ref, Caller(desk.now, luck=dict.fromkeys(empty, "no_agents")))
        refs |= dict.fromkeys(node.object for node in graph.nodes if node.object is not None)
    refs |= dict.fromkeys(grant.object for grant in flow.grants)
    readable = (ref for ref in refs if ref in desk.company and desk.authority.may_read(ref).allowed)
    return path, [desk.known(ref) for ref in readable]


def _first_hours(path: Simulation | None, objects: Sequence[Object]) -> ObjectRef | None:
    """The first schedule on the way; where the flow has no number, its first one."""
    on_the_way = [] if path is None else [step.object for step in path.steps if step.object.kind == "schedule"]
    return next(iter(on_the_way or [o.ref for o in objects if o.ref.kind == "schedule"]), None)


def _hours(desk: Desk, path: Simulation | None, objects: Sequence[Object]) -> Hours | None:
    ref = _first_hours(path, objects)
    found = None if ref is None else desk.company.get(ref)
    if found is None or not isinstance(found.spec, Schedule):
        return None
    now = now_of(found.spec, desk.now)
    if not desk.authority.may_read(found.ref).allowed:  # what callers meet is no secret; why, and by whom, is inside
        now = replace(now, day=replace(now.day, override=None, name=None))
    strip = strip_of(found.spec, now.at.date(), desk.now)
    return Hours(found, now, strip, desk.authority.may(found.ref, "override").allowed)


def _switched(desk: Desk, path: Simulation | None) -> Object | None:
    """The first switch that leads calls elsewhere than it does by default."""
    for step in () if path is None else path.steps:
        found = desk.company.get(step.object)
        if found is not None and isinstance(found.spec, Switch) and step.passage.exit != found.spec.default:
            return found
    return None


def _queue(desk: Desk, o: Object, there: Agents) -> QueueRow:
    ready = sum(not agent.paused for agent in there.get(o.ref, {}).values())
    may = any(desk.authority.may(o.ref, aspect).allowed for aspect in ("watch", "agents"))
    return QueueRow(o, ready if may else 0, may)


def _last_today(hours: Hours | None, newest: Mapping[ObjectRef, Change]) -> Change | None:
    """The newest change of the hours, if it is of today."""
    found = None if hours is None else newest.get(hours.object.ref)
    if hours is None or found is None:
        return None
    is_of_today = found.at.astimezone(hours.now.at.tzinfo).date() == hours.now.at.date()
    return found if is_of_today and _shown(found) else None


def _shown(change: Change) -> bool:
    return change.state in ("live", "pending", "rejected") and change.undone_by is None


async def administrators(context: Context, person: Person) -> list[str]:
    """The names of those who can give what one lacks."""
    async with context.reading(person) as desk:
        return await people.administrators(desk.db)


async def whom_to_ask(context: Context, person: Person) -> list[Person]:
    """Those who can give what one lacks, by name."""
    async with context.reading(person) as desk:
        return [p for p in await people.listed(desk.db) if p.is_administrator and not p.disabled]
