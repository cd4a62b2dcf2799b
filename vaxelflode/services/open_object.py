"""One object of a flow, opened to be changed: what of it is the person's, and what may be put there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from vaxelflode.domain.company import Object, targets
from vaxelflode.domain.flow import Flow, Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.portable import has_agents
from vaxelflode.errors import NotFound
from vaxelflode.services import sounds
from vaxelflode.services.choosing import LATEST, Pickable, heard_at, near
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.flows import found as flow_of
from vaxelflode.services.flows import having, is_in
from vaxelflode.services.read_objects import View, pickable, view
from vaxelflode.storage import agents, changes, people


@dataclass(frozen=True, slots=True)
class Offer:
    """What one person may put into a field, as far as grants say so; the field's own bounds are its declaration's."""

    #: ``None``: nothing is picked in it.
    pickable: Pickable | None = None
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
    #: ``kind/key`` → slot, of what its exits lead to and the person may listen to.
    heard: Mapping[str, str] = field(default_factory=dict)
    #: Field → its sound.
    slots: Mapping[str, sounds.Slot] = field(default_factory=dict)

    @property
    def object(self) -> Object:
        """The object."""
        return self.view.object


async def opened(
    context: Context,
    person: Person,
    flow_id: str,
    ref: ObjectRef,
    looked: Mapping[str, sounds.Looked] = MappingProxyType({}),
) -> Opened:
    """An object of a flow; :class:`NotFound` where the flow has no such, ``Forbidden`` where it may not be read.

    ``looked`` says what is looked for among prompts, by the field that they are for.
    """
    async with context.reading(person) as desk:
        flow = await flow_of(desk, flow_id)
        o = desk.readable(ref)
        if not is_in(desk, flow, ref):
            raise NotFound(f"there is no {ref} in the flow")
        there = {ref: await agents.of_queue(desk.db, ref)} if has_agents(ref) else None
        seen = view(desk, o, there)
        editable = frozenset(_editable(desk, o))
        others = [other.name for other in await having(desk, ref) if other.id != flow.id]
        return Opened(
            seen,
            editable,
            await _offers(desk, flow, o, editable),
            {str(to): _name(desk, to) for to in targets(o.spec)},
            _users(desk, seen),
            others,
            await people.administrators(desk.db),
            {str(to): slot for to in targets(o.spec) if (slot := _heard(desk, to)) is not None},
            await sounds.slots(
                desk,
                o,
                {*near(desk.company, [flow], [o])},
                looked,
                choosing=bool(editable & {*o.kind.slots.values()}),
            ),
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """An object of a flow in a list of them."""

    view: View
    #: Whether any of its fields is the person's to change.
    is_mine: bool
    #: What leads to it, as far as the person knows of it.
    users: Sequence[Object]
    #: Other flows of the person's own that it is part of.
    flows: Sequence[str]
    #: What is played there, by an object of a single sound.
    sound: sounds.Prompt | None


async def listed(context: Context, person: Person, flow_id: str, refs: Sequence[ObjectRef]) -> list[Listed]:
    """Some objects of one kind that a flow has and the person may read."""
    async with context.reading(person) as desk:
        there = await agents.of_all(desk.db) if any(map(has_agents, refs)) else {}
        played = {ref: _only_sound(desk.readable(ref)) for ref in refs}
        told = await sounds.told_of(desk, filter(None, played.values()))
        found = []
        for ref in refs:
            o = desk.readable(ref)
            seen = view(desk, o, {ref: there.get(ref, {})} if has_agents(ref) else None)
            others = [other.name for other in await having(desk, ref) if other.id != flow_id]
            is_mine = next(_editable(desk, o), None) is not None
            found.append(Listed(seen, is_mine, _users(desk, seen), others, told.get(played[ref] or "")))
        return found


def _only_sound(o: Object) -> str | None:
    fields = [*o.kind.slots.values()]
    return getattr(o.spec, fields[0]) if len(fields) == 1 else None


def _users(desk: Desk, seen: View) -> list[Object]:
    return [desk.known(ObjectRef.parse(user)) for user in seen.used_by]


def _editable(desk: Desk, o: Object) -> Iterator[str]:
    for name, aspect in o.kind.aspect_of.items():
        if desk.authority.is_administrator or (aspect is not None and desk.authority.may(o.ref, aspect).allowed):
            yield name


def _name(desk: Desk, ref: ObjectRef) -> str:
    return desk.known(ref).name if desk.authority.knows(ref) else ref.key


def _heard(desk: Desk, ref: ObjectRef) -> str | None:
    found = desk.company.get(ref)
    return None if found is None or not desk.authority.knows(ref) else heard_at(desk.authority, found)


async def _offers(desk: Desk, flow: Flow, o: Object, names: Iterable[str]) -> Mapping[str, Offer]:
    """Each field's; what may be picked is found once for all fields in which it is the same."""
    found: dict[object, Pickable] = {}
    alike: dict[str, object] = {}
    for name in names:
        if (picked := o.kind.picked.get(name)) is not None:
            alike[name] = picked, None if desk.authority.is_administrator else o.kind.aspect_of[name]
            found.setdefault(alike[name], pickable(desk, o, name))
    if not all(one.is_few for one in found.values()):
        latest = await changes.latest(desk.db, [o.ref], LATEST)
        there = [*near(desk.company, [flow], [o], latest)]
        found = {key: replace(one, near=there) for key, one in found.items()}
    return {name: _offer(desk, o, name, found.get(alike.get(name))) for name in names}


def _offer(desk: Desk, o: Object, name: str, picked: Pickable | None) -> Offer:
    aspect = o.kind.aspect_of[name] or ""
    limits = desk.authority.limits(o.ref, aspect)
    ranges = [found if isinstance(found := one.get(name), Mapping) else {} for one in limits]
    least = [one.get("min") for one in ranges]
    most = [one.get("max") for one in ranges]
    keys = [one.get("keys") if name == "options" else None for one in limits]
    return Offer(
        picked,
        frozenset() if picked is None else desk.authority.numbers(o.ref, aspect),
        # The widest that any single grant gives; each edit is judged by one of them.
        None if None in least or not least else min(n for n in least if n is not None),
        None if None in most or not most else max(n for n in most if n is not None),
        None if None in keys or not keys else frozenset().union(*(k for k in keys if k is not None)),
    )
