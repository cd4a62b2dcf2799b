"""Prompts as people meet them: what is played, what was played before, and what else they may hear."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from vaxelflode.audio.level import outline
from vaxelflode.domain.change import Change
from vaxelflode.domain.company import Object
from vaxelflode.domain.flow import Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.text import folded
from vaxelflode.errors import NotFound
from vaxelflode.services.choosing import FEW, SHOWN, words_of
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
    #: What other objects play, as far as the person may hear it: of many what is near, what fits that which is looked
    #: for, and the one that is chosen.
    others: Sequence[Elsewhere]
    #: Prompts of other objects in all, and those that fit what is looked for; ``None``: nothing is.
    every: int = 0
    fitting: int | None = None
    #: How loud what is played now is, from its beginning to its end (see :func:`~vaxelflode.audio.level.outline`).
    outline: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Looked:
    """What somebody looks for among the prompts for a field, and the one that is chosen in the form."""

    words: str = ""
    chosen: str = ""


async def slots(
    desk: Desk,
    o: Object,
    near: Collection[ObjectRef] = (),
    looked: Mapping[str, Looked] = MappingProxyType({}),
    *,
    choosing: bool,
) -> Mapping[str, Slot]:
    """Each field of an object that holds a prompt; what else there is only for who is ``choosing``."""
    fields = o.kind.slots.values()
    if not fields:
        return {}
    past = await _past(desk, o)
    chosen = {field: list(_chosen(past, field, getattr(o.spec, field))) for field in fields}
    every = _elsewhere(desk, o) if choosing else {}
    elsewhere = {field: _listed(every, near, looked.get(field, Looked())) for field in fields}
    wanted = {d for found in chosen.values() for d, _, _ in found}.union(*(found for found, _ in elsewhere.values()))
    told = await told_of(desk, wanted)
    lines = await _outlines(desk, [digest for digest in o.spec.sounds().values() if digest in told])

    def slot(field: str) -> Slot:
        mine = [Version(told[d], by, at) for d, by, at in chosen[field] if d in told]
        here, now = {version.prompt.digest for version in mine}, getattr(o.spec, field) or ""
        listed, fitting = elsewhere[field]
        others = [_played(told[d], every[d]) for d in listed if d in told and d not in here]
        return Slot(told.get(now), mine, others, len(every), fitting, lines.get(now, ()))

    return {field: slot(field) for field in fields}


async def told_of(desk: Desk, digests: Iterable[str]) -> dict[str, Prompt]:
    """These prompts, as far as there are such."""
    return {digest: Prompt(digest, *about) for digest, about in (await prompts.told_of(desk.db, digests)).items()}


async def _outlines(desk: Desk, digests: Iterable[str]) -> Mapping[str, Sequence[float]]:
    """Prompt → its outline; each is computed once, since what a digest names never changes."""
    found = {}
    for digest in digests:
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


def _played(prompt: Prompt, by: Object) -> Elsewhere:
    """What an object plays, in the first of its fields that does."""
    field = next(field for field in by.kind.slots.values() if getattr(by.spec, field) == prompt.digest)
    return Elsewhere(prompt, by.ref, by.name, field)


def _listed(
    every: Mapping[str, Object], near: Collection[ObjectRef], looked: Looked
) -> tuple[Sequence[str], int | None]:
    """Which of the prompts are listed, and how many fit what is looked for."""
    if len(every) <= FEW:
        return [*every], None
    chosen = [looked.chosen] if looked.chosen in every else []
    if words := words_of(looked.words):
        fitting = [d for d, o in every.items() if all(map(folded(o.name).__contains__, words))]
        return [*dict.fromkeys([*chosen, *fitting[:SHOWN]])], len(fitting)
    there = [d for d, o in every.items() if o.ref in near][:FEW]
    return [*dict.fromkeys([*chosen, *there])], None


def _elsewhere(desk: Desk, o: Object) -> dict[str, Object]:
    """Prompt → an object that plays it, of those that the person may read."""
    first = {digest: _first(desk, refs - {o.ref}) for digest, refs in desk.company.played_by.items()}
    there = sorted((ref, digest) for digest, ref in first.items() if ref is not None)
    return {digest: desk.known(ref) for ref, digest in there}


def _first(desk: Desk, refs: Collection[ObjectRef]) -> ObjectRef | None:
    """The first of these objects that the person may read."""
    return min((ref for ref in refs if desk.authority.may_read(ref).allowed), default=None)


def may_hear(desk: Desk, digest: str) -> bool:
    """Whether the prompt is played by an object that the person may read."""
    if desk.authority.is_administrator:
        return True
    return _first(desk, desk.company.played_by.get(digest, ())) is not None


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
