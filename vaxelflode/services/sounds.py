"""Prompts as people meet them: what is played, what was played before, and what else they may hear."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vaxelflode.domain.change import Change
from vaxelflode.domain.company import Object
from vaxelflode.domain.flow import Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.errors import NotFound
from vaxelflode.services.context import Context, Desk
from vaxelflode.storage import changes, prompts

#: How many of an object's changes are looked through for what was played before.
_LOOKED_THROUGH = 200


@dataclass(frozen=True, slots=True)
class Prompt:
    """A sound: how long it is, in seconds, and what is said in it."""

    digest: str
    seconds: float
    words: str


@dataclass(frozen=True, slots=True)
class Version:
    """A prompt that is or was played somewhere; who chose it and when, where history still tells."""

    prompt: Prompt
    by: str | None
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Slot:
    """One place for a sound: what is played there now, and what may be."""

    now: Prompt | None
    #: What was played there, newest first, and what is played now among it.
    versions: Sequence[Version]
    #: Prompts of other objects that the person may hear, with where they are played.
    others: Sequence[tuple[Prompt, str]]


async def slots(desk: Desk, o: Object, *, choosing: bool) -> Mapping[str, Slot]:
    """Each field of an object that holds a prompt; what else there is only for who is ``choosing``."""
    fields = o.kind.slots.values()
    if not fields:
        return {}
    past = await _past(desk, o)
    chosen = {field: list(_chosen(past, field, getattr(o.spec, field))) for field in fields}
    elsewhere = _elsewhere(desk, o) if choosing else {}
    known = await prompts.told_of(desk.db, {d for found in chosen.values() for d, _, _ in found} | elsewhere.keys())
    told = {digest: Prompt(digest, *about) for digest, about in known.items()}

    def slot(field: str) -> Slot:
        mine = [Version(told[d], by, at) for d, by, at in chosen[field] if d in told]
        here = {version.prompt.digest for version in mine}
        others = [(told[d], name) for d, name in elsewhere.items() if d in told and d not in here]
        return Slot(told.get(getattr(o.spec, field) or ""), mine, others)

    return {field: slot(field) for field in fields}


async def _past(desk: Desk, o: Object) -> list[Change]:
    found = await changes.listed(desk.db, objects=[o.ref], after=None, limit=_LOOKED_THROUGH)
    return [change for change in found if change.state not in ("rejected", "withdrawn")]


def _chosen(past: list[Change], field: str, now: str | None) -> Iterator[tuple[str, str | None, dt.datetime | None]]:
    """Each prompt that stood in a field, newest first, with who put it there and when."""
    seen: set[str] = set()
    edits = [(change, edit) for change in past for edit in change.edits if edit.path == (field,)]
    for digest, by, at in [
        *((edit.after, change.actor_name, change.at) for change, edit in edits),
        # Whoever put these there did so before history begins, or in a file.
        *((edit.before, None, None) for _, edit in edits),
        (now, None, None),
    ]:
        if isinstance(digest, str) and digest not in seen:
            seen.add(digest)
            yield digest, by, at


def _elsewhere(desk: Desk, o: Object) -> dict[str, str]:
    """Prompt → the name of an object that plays it, of those that the person may read."""
    found: dict[str, str] = {}
    mute = {kind.name for kind in kinds().values() if not kind.slots}
    for ref in sorted(ref for ref in desk.authority.visible() - {o.ref} if ref.kind not in mute):
        if desk.authority.may_read(ref).allowed:
            here = desk.known(ref)
            found |= {digest: here.name for digest in here.spec.sounds().values() if digest and digest not in found}
    return found


def may_hear(desk: Desk, digest: str) -> bool:
    """Whether the prompt is played by an object that the person may read."""
    if desk.authority.is_administrator:
        return True
    readable = (ref for ref in desk.authority.visible() if desk.authority.may_read(ref).allowed)
    return any(digest in desk.known(ref).spec.sounds().values() for ref in readable)


async def was_heard(desk: Desk, o: Object, field: str, digest: str) -> bool:
    """Whether the prompt stood in a field of an object before."""
    past = await _past(desk, o)
    return any(digest == found for found, _, _ in _chosen(past, field, None))


async def heard(context: Context, person: Person, ref: ObjectRef, digest: str) -> bytes:
    """A prompt that is, was or might be played by an object (WAV), or :class:`NotFound`."""
    async with context.reading(person) as desk:
        o = desk.readable(ref)
        mine = may_hear(desk, digest) or any(
            [await was_heard(desk, o, field, digest) for field in o.kind.slots.values()]
        )
        found = await prompts.sound(desk.db, digest) if mine else None
    if found is None:
        raise NotFound("there is no such prompt")
    return found
