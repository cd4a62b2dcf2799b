"""One object of a flow, opened to be changed: what of it is the person's, and what may be put there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vaxelflode.domain.company import Company, Object, targets
from vaxelflode.domain.flow import Flow, Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import NotFound
from vaxelflode.services import shapes, sounds
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.flows import found as flow_of
from vaxelflode.services.flows import mine
from vaxelflode.services.read_objects import View, pickable, view
from vaxelflode.storage import agents, people


@dataclass(frozen=True, slots=True)
class Offer:
    """What one person may put into a field, as far as grants say so; the field's own bounds are its declaration's."""

    choices: Sequence[shapes.Choice] = ()
    #: Patterns of numbers outside; ``None``: any.
    numbers: frozenset[str] | None = frozenset()
    #: Of a number, the least and the most.
    least: int | None = None
    most: int | None = None
    #: Of a field with keys, the ones that may be changed; ``None``: any.
    keys: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """An object as one person opens it."""

    view: View
    #: The fields that are the person's to change.
    editable: frozenset[str]
    #: Editable field → what may be put there.
    offers: Mapping[str, Offer]
    #: ``kind/key`` → name, of what its exits lead to.
    names: Mapping[str, str]
    #: What leads to it, as far as the person knows of it.
    users: Sequence[Object]
    #: Other flows of the person's own that it is part of.
    flows: Sequence[str]
    #: Who can give what is missing.
    administrators: Sequence[str]
    #: Field → its sound.
    slots: Mapping[str, sounds.Slot] = field(default_factory=dict)

    @property
    def object(self) -> Object:
        """The object."""
        return self.view.object


async def opened(context: Context, person: Person, flow_id: str, ref: ObjectRef) -> Opened:
    """An object of a flow; :class:`NotFound` where the flow has no such, ``Forbidden`` where it may not be read."""
    async with context.reading(person) as desk:
        flow = await flow_of(desk, flow_id)
        o = desk.readable(ref)
        above = _above(desk.company, ref)
        if not _is_in(flow, ref, above):
            raise NotFound(f"there is no {ref} in the flow")
        there = {ref: await agents.of_queue(desk.db, ref)} if ref.kind == "queue" else None
        seen = view(desk, o, there)
        editable = frozenset(_editable(desk, o))
        others = [f.name for f in await mine(desk) if f.id != flow.id and _is_in(f, ref, above)]
        return Opened(
            seen,
            editable,
            {name: _offer(desk, o, name) for name in editable},
            {str(to): _name(desk, to) for to in targets(o.spec)},
            [desk.known(ObjectRef.parse(user)) for user in seen.used_by],
            others,
            await people.administrators(desk.db),
            await sounds.slots(desk, o, choosing=bool(editable & {*o.kind.slots.values()})),
        )


def _above(company: Company, ref: ObjectRef) -> frozenset[ObjectRef]:
    """Everything from which a call may come to ``ref``, itself included."""
    seen: set[ObjectRef] = set()
    waiting = [ref]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting.extend(company.used_by.get(here, ()))
    return frozenset(seen)


def _is_in(flow: Flow, ref: ObjectRef, above: frozenset[ObjectRef]) -> bool:
    """Whether an object is on a flow's graph, or among its grants."""
    return flow.number_ref in above or any(grant.object == ref for grant in flow.grants)


def _editable(desk: Desk, o: Object) -> Iterator[str]:
    for name, aspect in o.kind.aspect_of.items():
        if desk.authority.is_administrator or (aspect is not None and desk.authority.may(o.ref, aspect).allowed):
            yield name


def _name(desk: Desk, ref: ObjectRef) -> str:
    return desk.known(ref).name if desk.authority.knows(ref) else ref.key


def _offer(desk: Desk, o: Object, name: str) -> Offer:
    aspect = o.kind.aspect_of[name] or ""
    limits = desk.authority.limits(o.ref, aspect)
    ranges = [found if isinstance(found := one.get(name), Mapping) else {} for one in limits]
    least = [one.get("min") for one in ranges]
    most = [one.get("max") for one in ranges]
    keys = [one.get("keys") if name == "options" else None for one in limits]
    picked = name in o.kind.picked
    return Offer(
        pickable(desk, o, name) if picked else (),
        desk.authority.numbers(o.ref, aspect) if picked else frozenset(),
        # The widest that any single grant gives; each edit is judged by one of them.
        None if None in least or not least else min(n for n in least if n is not None),
        None if None in most or not most else max(n for n in most if n is not None),
        None if None in keys or not keys else frozenset().union(*(k for k in keys if k is not None)),
    )
