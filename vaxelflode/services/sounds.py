"""Prompts as people meet them: what is played, what was played before, and what else they may hear."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vaxelflode.audio.level import outline
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
#: Digest → outline, of the latest that were drawn.
_OUTLINES: dict[str, Sequence[float]] = {}
_KEPT = 500


@dataclass(frozen=True, slots=True)
class Prompt:
    """A sound: how long it is, in seconds, what is said in it, and when it was made (UTC)."""

    digest: str
    seconds: float
    words: str
    made: dt.datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A prompt that is or was played somewhere; who chose it and when, where history still tells."""

    prompt: Prompt
    by: str | None
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A prompt that another object plays: which object, and in which of its fields."""

    prompt: Prompt
    ref: ObjectRef
    name: str
    field: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One place for a sound: what is played there now, and what may be."""

    now: Prompt | None
    #: What was played there, newest first, and what is played now among it.
    versions: Sequence[Version]
    #: What other objects play, as far as the person may hear it.
    others: Sequence[Elsewhere]
    #: How loud what is played now is, from its beginning to its end (see :func:`~vaxelflode.audio.level.outline`).
    outline: Sequence[float] = ()


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
    lines = await outlines(desk, [digest for digest in o.spec.sounds().values() if digest in told])

    def slot(field: str) -> Slot:
        mine = [Version(told[d], by, at) for d, by, at in chosen[field] if d in told]
        here, now = {version.prompt.digest for version in mine}, getattr(o.spec, field) or ""
        others = [Elsewhere(told[d], *where) for d, where in elsewhere.items() if d in told and d not in here]
        return Slot(told.get(now), mine, others, lines.get(now, ()))

    return {field: slot(field) for field in fields}


async def outlines(desk: Desk, digests: Iterable[str | None]) -> Mapping[str, Sequence[float]]:
    """Prompt → its outline; each is computed once, since what a digest names never changes."""
    found = {}
    for digest in digests:
        if digest is None:
            continue
        if digest not in _OUTLINES and (wav := await prompts.sound(desk.db, digest)) is not None:
            while len(_OUTLINES) >= _KEPT:
                del _OUTLINES[next(iter(_OUTLINES))]
            _OUTLINES[digest] = outline(wav)
        found[digest] = _OUTLINES.get(digest, ())
    return found


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


def _elsewhere(desk: Desk, o: Object) -> dict[str, tuple[ObjectRef, str, str]]:
    """Prompt → an object that plays it, its name and the field, of those that the person may read."""
    found: dict[str, tuple[ObjectRef, str, str]] = {}
    mute = {kind.name for kind in kinds().values() if not kind.slots}
    for ref in sorted(ref for ref in desk.authority.visible() - {o.ref} if ref.kind not in mute):
        if desk.authority.may_read(ref).allowed:
            here = desk.known(ref)
            for field in here.kind.slots.values():
                found.setdefault(getattr(here.spec, field) or "", (ref, here.name, field))
    found.pop("", None)
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
