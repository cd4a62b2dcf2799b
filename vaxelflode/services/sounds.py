"""Prompts as people meet them: what is played, what was played before, and what else they may hear."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from types import MappingProxyType

from vaxelflode.audio.level import outline
from vaxelflode.domain.change import Change
from vaxelflode.domain.company import Object
from vaxelflode.domain.flow import Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import NotFound
from vaxelflode.policy.authority import Authority
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
    """A prompt that is or was played somewhere; who chose it last and when, where history still tells.

    ``number``: it was the so-manieth that was played there, and stays it when it is chosen again.
    """

    prompt: Prompt
    number: int
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
    every = _Others(desk.authority, o) if choosing else None
    elsewhere = {field: _listed(every, near, looked.get(field, Looked())) for field in fields}
    wanted = {d for found in chosen.values() for d, _, _ in found}.union(*(found for found, _ in elsewhere.values()))
    told = await told_of(desk, wanted)
    lines = await _outlines(desk, [digest for digest in o.spec.sounds().values() if digest in told])

    def slot(field: str) -> Slot:
        numbers = _numbers(past, field, getattr(o.spec, field))
        mine = [Version(told[d], numbers[d], by, at) for d, by, at in chosen[field] if d in told]
        here, now = {version.prompt.digest for version in mine}, getattr(o.spec, field) or ""
        listed, fitting = elsewhere[field]
        others = [_played(told[d], desk.known(ref)) for d, ref in listed.items() if d in told and d not in here]
        return Slot(told.get(now), mine, others, 0 if every is None else every.count, fitting, lines.get(now, ()))

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
    found = await changes.latest(desk.db, [o.ref], _LOOKED_THROUGH)
    return [change for change in found if change.state not in ("rejected", "withdrawn")]


def _numbers(past: list[Change], field: str, now: str | None) -> Mapping[str, int]:
    """Each prompt that stood in a field → which it was of them, the oldest first."""
    edits = [edit for change in reversed(past) for edit in change.edits if edit.path == (field,)]
    stood = [value for edit in edits for value in (edit.before, edit.after)]
    found = dict.fromkeys(value for value in (*stood, now) if isinstance(value, str))
    return {digest: number for number, digest in enumerate(found, 1)}


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


@dataclass(frozen=True, eq=False)
class _Others:
    """What other objects than ``o`` play, as far as the person may read them; each prompt as what the first plays.

    It is asked for some objects, never for all that there are, of which there may be thousands.
    """

    authority: Authority
    o: Object

    @cached_property
    def players(self) -> Collection[ObjectRef]:
        """What plays something that the person may hear."""
        every = self.authority.company.players
        return every if self.authority.is_administrator else self.authority.visible() & every.keys()

    @cached_property
    def count(self) -> int:
        """Of how many prompts there are."""
        if not self.authority.is_administrator:
            return len(self.of(self.players))
        played_by, own = self.authority.company.played_by, {*filter(None, self.o.spec.sounds().values())}
        return len(played_by) - sum(not self._by(digest) for digest in own & played_by.keys())

    def first(self, digest: str) -> ObjectRef | None:
        """The object by which a prompt is told."""
        return _first(self.authority, self._by(digest))

    def _by(self, digest: str) -> frozenset[ObjectRef]:
        return self.authority.company.played_by.get(digest, frozenset()) - {self.o.ref}

    def of(self, refs: Iterable[ObjectRef]) -> list[tuple[ObjectRef, str]]:
        """The prompts that are told by one of these objects, with that one; in no order."""
        get, there = self.authority.company.get, frozenset(refs)
        digests = {digest for ref in there if (o := get(ref)) is not None for digest in o.spec.sounds().values()}
        told = ((self.first(digest), digest) for digest in digests if digest)
        return [(ref, digest) for ref, digest in told if ref is not None and ref in there]


def _listed(
    every: _Others | None, near: Collection[ObjectRef], looked: Looked
) -> tuple[Mapping[str, ObjectRef], int | None]:
    """Which of the prompts are listed, in the order of the objects by which they are, and how many fit a search."""
    if every is None:
        return {}, None
    if every.count <= FEW:
        return _in_order(every.of(every.players), FEW), None
    first = every.first(looked.chosen)
    chosen = {} if first is None else {looked.chosen: first}
    if words := words_of(looked.words):
        names = every.authority.company.players
        fitting = every.of(ref for ref in every.players if all(word in names[ref] for word in words))
        return chosen | _in_order(fitting, SHOWN), len(fitting)
    return chosen | _in_order(every.of(near), FEW), None


def _in_order(found: Iterable[tuple[ObjectRef, str]], most: int) -> dict[str, ObjectRef]:
    return {digest: ref for ref, digest in nsmallest(most, found)}


def _first(authority: Authority, refs: Collection[ObjectRef]) -> ObjectRef | None:
    """The first of these objects that the person may read."""
    if authority.is_administrator:
        return min(refs, default=None)
    return min((ref for ref in refs if authority.may_read(ref).allowed), default=None)


def may_hear(desk: Desk, digest: str) -> bool:
    """Whether the prompt is played by an object that the person may read."""
    if desk.authority.is_administrator:
        return True
    return _first(desk.authority, desk.company.played_by.get(digest, ())) is not None


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
