"""Reading objects, as much of them as the person may."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from vaxelflode.domain.company import Object, targets
from vaxelflode.domain.destination import ENDS, target_of
from vaxelflode.domain.flow import Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.lint import Around, Doubt, doubts_of
from vaxelflode.domain.portable import has_agents
from vaxelflode.errors import FieldError, Invalid, NotFound
from vaxelflode.i18n.words import Words
from vaxelflode.services import shapes
from vaxelflode.services.choosing import LATEST, Pickable, common, near
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.etag import version_text
from vaxelflode.services.flows import some
from vaxelflode.storage import agents, changes, prompts


@dataclass(frozen=True, slots=True)
class View:
    """An object as one person sees it."""

    object: Object
    aspects: tuple[str, ...]
    used_by: tuple[str, ...]
    doubts: tuple[Doubt, ...]
    words: Words

    def as_json(self) -> shapes.Object:
        """As the API shows it."""
        o = self.object
        return {
            "kind": o.ref.kind,
            "key": o.ref.key,
            "name": o.name,
            "version": version_text(o),
            "aspects": list(self.aspects),
            "used_by": list(self.used_by),
            "spec": o.spec.shown(),
            "doubts": [{"field": d.field, "code": d.code, "message": self.words.doubt(d.code)} for d in self.doubts],
        }


def view(desk: Desk, o: Object, agents: Mapping[ObjectRef, Collection[str]] | None = None) -> View:
    """What the person at the desk sees of an object; who uses it only as far as they may know."""
    around = Around(agents=agents, today=desk.today(o))
    doubts = tuple(doubts_of(o, desk.company, around))
    users = desk.company.used_by.get(o.ref, frozenset()) - {o.ref} | ({o.ref} & {*targets(o.spec)})
    known = tuple(sorted(str(ref) for ref in users if desk.authority.knows(ref)))
    return View(o, desk.authority.aspects(o.ref), known, doubts, Words(desk.person.language))


async def one(context: Context, person: Person, ref: ObjectRef) -> View:
    """One object."""
    async with context.reading(person) as desk:
        o = desk.readable(ref)
        return view(desk, o, {ref: await agents.of_queue(desk.db, ref)} if has_agents(ref) else None)


async def listed(
    context: Context, person: Person, *, kind: str | None, after: str | None, limit: int
) -> list[shapes.Object | shapes.KnownObject]:
    """The objects that the person may know of, by reference; those they may not read without a spec."""
    async with context.reading(person) as desk:
        refs = sorted((r for r in desk.authority.visible() if kind is None or r.kind == kind), key=str)
        start = [r for r in refs if after is None or str(r) > after][:limit]
        return [_listed(desk, ref) for ref in start]


def _listed(desk: Desk, ref: ObjectRef) -> shapes.Object | shapes.KnownObject:
    o = desk.known(ref)
    if desk.authority.may_read(ref).allowed:
        return view(desk, o).as_json()
    exits = [shapes.Exit(exit=way.name, to=str(target_of(way.destination) or "")) for way in o.spec.exits()]
    return {"kind": ref.kind, "key": ref.key, "name": o.name, "exits": exits, "aspects": []}


async def sound(context: Context, person: Person, ref: ObjectRef, slot: str) -> bytes:
    """The sound of a slot as it is played now (WAV)."""
    async with context.reading(person) as desk:
        o = desk.readable(ref)
        if slot not in o.kind.slots:
            raise NotFound(f"a {ref.kind} has no sound called {slot}")
        digest = o.spec.sounds().get(slot)
        found = None if digest is None else await prompts.sound(desk.db, digest)
    if found is None:
        raise NotFound(f"{ref} plays nothing at {slot}")
    return found


async def choices(context: Context, person: Person, ref: ObjectRef, field: str, query: str) -> list[shapes.Choice]:
    """What the person may pick for a field, by name; ``query`` searches names and keys.

    ``field`` is the spec's field, or a dotted path in it; ``agents`` of a queue are extensions.
    """
    async with context.reading(person) as desk:
        return pickable(desk, desk.readable(ref), field.partition(".")[0]).every(query)


async def places(
    context: Context, person: Person, flow_ids: Collection[str], refs: Sequence[ObjectRef], field: str
) -> Pickable:
    """What the person may pick for the same field of every one of these objects, at least one, of some flows."""
    async with context.reading(person) as desk:
        objects = [desk.readable(ref) for ref in refs]
        found = common([pickable(desk, o, field) for o in objects])
        if found.is_few:
            return found
        latest = await changes.latest(desk.db, refs, LATEST)
        return replace(found, near=[*near(desk.company, await some(desk, flow_ids), objects, latest)])


def pickable(desk: Desk, o: Object, field: str) -> Pickable:
    """What the person at the desk may pick for a field."""
    agents = (o.ref.kind, field) == ("queue", "agents")
    picked = "extension" if agents else o.kind.picked.get(field)
    if (offered := [*o.spec.offers(field, desk.person.language)]) and picked is None:
        desk.require(desk.authority.may(o.ref, o.kind.aspect_of[field] or ""))
        return Pickable(desk.authority, always=[{"kind": field, "key": key, "name": name} for key, name in offered])
    if picked is None:
        words = "has nothing to pick" if field in o.kind.aspect_of else "is no field"
        raise Invalid([FieldError("field", "unknown", f"{field} of a {o.ref.kind} {words}")])
    aspect = "agents" if agents else o.kind.aspect_of[field] or ""
    if not desk.authority.is_administrator:
        desk.require(desk.authority.may(o.ref, aspect))
    if picked == "extension":
        return Pickable(desk.authority, _phones(desk, o, aspect), "extension")
    refs = None if desk.authority.is_administrator else desk.authority.destinations(o.ref, aspect)
    if picked == "phone":
        return Pickable(desk.authority, refs, "extension")
    ends: list[shapes.Choice] = [{"destination": {"end": end}, "kind": "end", "key": end, "name": end} for end in ENDS]
    return Pickable(desk.authority, refs, never=_never_to(o, field), always=ends)


def _phones(desk: Desk, o: Object, aspect: str) -> frozenset[ObjectRef] | None:
    return None if desk.authority.is_administrator else desk.authority.extensions(o.ref, aspect)


def _never_to(o: Object, field: str) -> frozenset[ObjectRef]:
    """A closed schedule never leads to itself: a call would go round for ever, and the domain refuses it."""
    return frozenset({o.ref} if field == "overrides" else ())
