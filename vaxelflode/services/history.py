"""History: the changes that a person may know of, newest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from vaxelflode.domain.agents import Agent
from vaxelflode.domain.change import Change, Via
from vaxelflode.domain.company import Object
from vaxelflode.domain.edits import ABSENT, Edit
from vaxelflode.domain.flow import Person
from vaxelflode.domain.history import overtaken, without_change
from vaxelflode.domain.identifiers import ObjectRef, is_id
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.phones import extension
from vaxelflode.domain.spec import Spec
from vaxelflode.errors import FieldError, Invalid, NotFound
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.flows import found as flow_of
from vaxelflode.services.sounds import Prompt
from vaxelflode.storage import agents, changes, objects, prompts

#: Among so many of an object's newest changes it is looked for what took the place of an older one.
_LOOKED_THROUGH = 200


@dataclass(frozen=True, slots=True)
class Among:
    """Which of the changes are wanted: of one object or one flow's objects, of a kind, by whoever has an address."""

    ref: ObjectRef | None = None
    flow: str | None = None
    kind: str | None = None
    actor: str | None = None


async def listed(
    context: Context, person: Person, among: Among, *, after: str | None = None, limit: int
) -> list[Change]:
    """Newest first, at most ``limit`` of those that the person may know of, older than the change ``after``."""
    async with context.reading(person) as desk:
        objects = await _objects(desk, among)
        if after is not None and not await changes.is_listed(desk.db, after, objects=objects):
            raise Invalid([FieldError("after", "unknown", "is no change of this list; begin anew")])
        found = await changes.listed(
            desk.db,
            objects=objects,
            after=after,
            limit=limit,
            agents_of=_watched(desk, objects),
            kind=among.kind,
            actor=among.actor,
        )
        return [as_known(desk, change) for change in found]


async def told_apart(context: Context, person: Person, among: Among) -> list[tuple[str, str, str]]:
    """What the newest of an object's, a flow's or all changes can be told apart by: kind, address, name."""
    async with context.reading(person) as desk:
        objects = await _objects(desk, among)
        return await changes.told_apart(desk.db, objects=objects, agents_of=_watched(desk, objects))


async def _objects(desk: Desk, among: Among) -> list[ObjectRef] | None:
    """The objects whose changes the person may know of; ``None``: all."""
    if among.ref is not None:
        desk.readable(among.ref)
        return [among.ref]
    if among.flow is not None:
        grants = (await flow_of(desk, among.flow)).grants
        return [g.object for g in grants if desk.authority.may_read(g.object).allowed]
    if desk.authority.is_administrator:
        return None
    return [r for r in desk.authority.visible() if desk.authority.may_read(r).allowed]


def _watched(desk: Desk, objects: list[ObjectRef] | None) -> list[ObjectRef] | None:
    return None if objects is None else [ref for ref in objects if _may_know_agents(desk, ref)]


def as_known(desk: Desk, change: Change) -> Change:
    """The change without the name of a flow that the person does not have: such flows do not exist for them."""
    mine = desk.authority.is_administrator or change.via.flow in {flow.id for flow in desk.authority.flows}
    return change if mine else replace(change, via=Via(None))


async def one(context: Context, person: Person, change_id: str) -> Change:
    """One change, or :class:`NotFound` where the person may not read what it is about."""
    if not is_id(change_id):  # as of most pages, which name no change
        raise NotFound("there is no such change")
    async with context.reading(person) as desk:
        change = await changes.get(desk.db, change_id)
        if change is None or not may_read(desk, change):
            raise NotFound("there is no such change")
        return as_known(desk, change)


def may_read(desk: Desk, change: Change) -> bool:
    """Whether the person may read what a change is about."""
    if change.action == "agents" and not _may_know_agents(desk, change.object):
        return False
    return desk.authority.is_administrator or desk.authority.may_read(change.object).allowed


def _may_know_agents(desk: Desk, queue: ObjectRef) -> bool:
    """Who answers, who is paused and why is for those who may see the queue, or who its agents are."""
    return any(desk.authority.may(queue, aspect).allowed for aspect in ("watch", "agents"))


async def replaced(context: Context, person: Person, told: Iterable[Change]) -> frozenset[str]:
    """The ids of those that went live and of which nothing stands any more: something later changed the same.

    What still waits for the PBX has changed nothing there yet.
    """
    async with context.reading(person) as desk:
        there = await agents.of_all(desk.db)
        live = (change for change in told if change.state == "live" and change.undone_by is None)
        found = [change for change in live if _is_replaced(desk, there, change)]
        waiting = [*await changes.pending(desk.db), *await changes.pending_agents(desk.db)] if found else []
        return frozenset(change.id for change in found if not waiting or _is_replaced(desk, there, change, waiting))


def _is_replaced(
    desk: Desk, there: Mapping[ObjectRef, Mapping[str, Agent]], change: Change, waiting: Sequence[Change] = ()
) -> bool:
    """``waiting``: what is written down and not in the PBX, oldest first."""
    waiting = [one for one in waiting if one.object == change.object]
    match change.action:
        case "edit":
            here = _without(desk.company.everything.get(change.object), waiting)
            said = _said(kinds()[change.object.kind].spec, change.edits)
            return bool(said) and len(overtaken(here, said)) == len(said)
        case "create":
            return _without(desk.company.everything.get(change.object), waiting) is None
        case "agents":
            (edit,) = change.edits
            now = there.get(change.object, {}).get(edit.path[1])
            stands = ABSENT if now is None else now.as_json()
            before = (e.before for one in waiting for e in one.edits if e.path == edit.path)
            return bool(next(before, stands) != edit.after)
        case _:
            return False


def _without(o: Object | None, waiting: Sequence[Change]) -> Object | None:
    """The object as it is in the PBX, unless it is deleted; as it is written down where that cannot be told."""
    there = o
    with suppress(Invalid):
        for change in reversed(waiting):
            there = there if change.action == "agents" else without_change(there, change)
        o = there
    return None if o is None or o.retired else o


@dataclass(frozen=True, slots=True)
class Fate:
    """What has become of a change since it was saved: whether nothing of it stands any more, and by which later one.

    ``by`` is what undid it, or the newest that changed the same; ``None`` where there is none, or too long ago.
    """

    replaced: bool = False
    by: Change | None = None


async def fate(context: Context, person: Person, change: Change) -> Fate:
    """What has become of a change that the person has been given."""
    is_replaced = change.id in await replaced(context, person, [change])
    async with context.reading(person) as desk:
        if change.undone_by is not None:
            by = await changes.get(desk.db, change.undone_by)
        else:
            by = await _later(desk, change) if is_replaced else None
        return Fate(is_replaced, None if by is None else as_known(desk, by))


async def _later(desk: Desk, change: Change) -> Change | None:
    """The newest change of the same after ``change``, of those that took effect."""
    newest = await changes.listed(desk.db, objects=[change.object], after=None, limit=_LOOKED_THROUGH)
    since = [*takewhile(lambda one: one.id != change.id, newest)]
    if len(since) == len(newest):
        return None
    took_effect = (one for one in since if one.state in ("live", "reverted"))
    return next((one for one in took_effect if _meet(one, change)), None)


def _meet(one: Change, other: Change) -> bool:
    """Whether two changes of an object are of the same value, or one of a part of what the other is of."""
    paths = [(a.path, b.path) for a in one.edits for b in other.edits]
    return any(a[: len(b)] == b[: len(a)] for a, b in paths)


def _said(spec: type[Spec], edits: Sequence[Edit]) -> Sequence[Edit]:
    """What stands or not of a change: of items that took the place of others of a list, only those that came.

    Those that went have ids that never come back, so that they would stand for ever.
    """
    lists = {field for field in spec.itemised if isinstance(spec.model_fields[field].get_default(), tuple)}
    came = {edit.field for edit in edits if edit.field in lists and edit.after is not ABSENT}
    return [edit for edit in edits if edit.field not in came or edit.after is not ABSENT]


async def names(context: Context, person: Person, told: Collection[Change]) -> dict[str, str]:
    """What is called something in changes that the person has been given: ``kind/key`` → name.

    Of objects those that the person may know of, the agents of ``told``, and what is deleted since; and what people
    call the items of what was changed, as ``kind/key#item``.
    """
    phones = {extension(edit.path[1]) for change in told if change.action == "agents" for edit in change.edits}
    said = {ref for change in told for edit in change.edits for ref in _refs([edit.before, edit.after])}
    async with context.reading(person) as desk:
        gone = await objects.names(desk.db, [ref for ref in said | phones if desk.company.get(ref) is None])
        found = (desk.company.get(ref) for ref in said | phones if ref in phones or desk.authority.knows(ref))
        about = (desk.company.everything.get(ref) for ref in {change.object for change in told})
        items = {f"{o.ref}#{key}": label for o in about if o is not None for key, label in _labels(o.spec)}
        return {str(ref): name for ref, name in gone.items()} | {str(o.ref): o.name for o in found if o} | items


def _refs(value: Any) -> Iterator[ObjectRef]:
    """What a value may name: destinations, and phones by their keys, wherever in it they stand."""
    if isinstance(value, Mapping):
        yield from _refs([*value.values()])
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _refs(item)
    elif isinstance(value, str):
        with suppress(ValueError):
            yield ObjectRef.parse(value if "/" in value else f"extension/{value}")


def _labels(spec: Spec) -> Iterator[tuple[str, str]]:
    for field in spec.itemised:
        values = getattr(spec, field)
        for key in values if isinstance(values, Mapping) else ():
            if (label := spec.label(field, key)) is not None:
                yield key, label


async def recordings(context: Context, person: Person, told: Iterable[Change]) -> Mapping[str, Prompt]:
    """What was put in the place of what, in changes that the person has been given: digest → prompt."""
    edits = [(kinds()[c.object.kind].slots.values(), edit) for c in told for edit in c.edits]
    found = {value for slots, edit in edits if edit.path[0] in slots for value in (edit.before, edit.after)}
    if not found:  # as of most pages of history
        return {}
    async with context.reading(person) as desk:
        known = await prompts.told_of(desk.db, [value for value in found if isinstance(value, str)])
    return {digest: Prompt(digest, *about) for digest, about in known.items()}
