"""The company as it stands at one revision: every object with its spec. A value: it never changes.

Rendering, policy, graph and simulation read it; a process keeps one at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import zip_longest
from typing import Any, TypeVar

from vaxelflode.domain.destination import target_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind, kinds
from vaxelflode.domain.spec import Spec
from vaxelflode.domain.text import folded

#: Steps that a company remembers of how it came about: more than anybody who follows it falls behind.
REMEMBERED = 32
#: Objects that a step may touch and be remembered.
FEW = 500


@dataclass(frozen=True, slots=True)
class Object:
    """One thing in the PBX that can be changed.

    ``versions`` counts, by aspect, how often each was changed (``""``: what only administrators change).
    ``retired`` objects are deleted but stay in the PBX for a day, since calls may still be in them.
    """

    ref: ObjectRef
    name: str
    spec: Spec
    versions: Mapping[str, int] = field(default_factory=dict)
    retired: bool = False

    @property
    def kind(self) -> Kind:
        """The declaration of its kind."""
        return kinds()[self.ref.kind]


@dataclass(frozen=True, eq=False)
class Company:
    """All objects at ``revision``. Compared by identity; build a new one with :meth:`with_objects`."""

    revision: int
    everything: Mapping[ObjectRef, Object]
    #: Stands for this company where another remembers what it was made of, without keeping it.
    _self: object = field(default_factory=object, init=False, repr=False)
    #: The last steps to here, oldest first: what each was made of, and the references that may differ since.
    _steps: tuple[tuple[object, frozenset[ObjectRef]], ...] = field(default=(), init=False, repr=False)

    def __contains__(self, ref: ObjectRef) -> bool:
        return self.get(ref) is not None

    def get(self, ref: ObjectRef) -> Object | None:
        """The object, unless it is unknown or deleted."""
        found = self.everything.get(ref)
        return None if found is None or found.retired else found

    def of_kind(self, kind: str) -> Iterator[Object]:
        """The objects of one kind that are not deleted."""
        return (o for ref, o in self.everything.items() if ref.kind == kind and not o.retired)

    def with_objects(self, revision: int, changed: Iterable[Object], gone: Iterable[ObjectRef] = ()) -> Company:
        """The company at ``revision``, with these objects instead of those of the same reference."""
        replaced = {o.ref: o for o in changed}
        everything = {**self.everything, **replaced}
        gone = frozenset(gone)
        for ref in gone:
            everything.pop(ref, None)
        made = replace(self, revision=revision, everything=everything)
        # What is known here is brought along, so that a save need not walk over everything.
        refs = {*replaced, *gone}
        if len(refs) <= FEW:
            made.__dict__["_steps"] = (*self._steps[1 - REMEMBERED :], (self._self, frozenset(refs)))
        if "retired" in self.__dict__:
            now_retired = {ref for ref, o in replaced.items() if o.retired}
            made.__dict__["retired"] = (self.retired - {*replaced, *gone}) | (now_retired - {*gone})
        for name, of in _INDEXES.items():
            if name in self.__dict__:
                touched = [(ref, of(self.everything.get(ref)), of(everything.get(ref))) for ref in refs]
                made.__dict__[name] = _reindexed(self.__dict__[name], touched)
        for name, texts_of in _TEXTS.items():
            if name in self.__dict__:
                kept = {ref: text for ref, text in self.__dict__[name].items() if ref not in refs}
                made.__dict__[name] = kept | dict(texts_of(o for ref in refs if (o := everything.get(ref)) is not None))
        return made

    def since(self, before: Company) -> tuple[list[Object], list[ObjectRef]]:
        """The objects that are not the same value in ``before``, and the references that are no longer here.

        Where this was made of ``before`` by a few steps of :meth:`with_objects`, it costs what they touched. Else it is
        a walk, of 30 ns an object where both have them in the same order.
        """
        new, old = self.everything, before.everything
        if (touched := self._touched_since(before)) is not None:
            there = [o for ref in touched if (o := new.get(ref)) is not None]
            return [o for o in there if old.get(o.ref) is not o], [r for r in touched if r in old and r not in new]
        changed = [o for o, was in zip_longest(new.values(), old.values()) if o is not was and o is not None]
        changed = [o for o in changed if old.get(o.ref) is not o]
        surely_none_gone = len(new) == len(old) + sum(o.ref not in old for o in changed)
        return changed, [] if surely_none_gone else [ref for ref in old if ref not in new]

    def _touched_since(self, before: Company) -> Sequence[ObjectRef] | None:
        """What may differ from ``before``, in order; ``None``: it is not known how this came from that."""
        if before is self:
            return ()
        touched: set[ObjectRef] = set()
        for origin, refs in reversed(self._steps):
            touched |= refs
            if origin is before._self:
                return sorted(touched)
        return None

    @cached_property
    def retired(self) -> frozenset[ObjectRef]:
        """The objects that are deleted but still in the PBX."""
        return frozenset(ref for ref, o in self.everything.items() if o.retired)

    @cached_property
    def used_by(self) -> Mapping[ObjectRef, frozenset[ObjectRef]]:
        """Object → the objects with an exit to it. Costs a walk over everything, once."""
        return _index(self.everything, _led_to)

    @cached_property
    def claims(self) -> Mapping[tuple[str, str], frozenset[ObjectRef]]:
        """What only one object may have (a code, a device) → those that have it. Costs a walk, once."""
        return _index(self.everything, _claims_of)

    @cached_property
    def played_by(self) -> Mapping[str, frozenset[ObjectRef]]:
        """Prompt → the objects that play it. Costs a walk, once."""
        return _index(self.everything, _plays)

    @cached_property
    def places(self) -> Mapping[ObjectRef, str]:
        """What a call may be led to → its name and key as searches compare and order them, a line each.

        Costs a walk over everything, once.
        """
        return dict(_places(self.everything.values()))

    @cached_property
    def players(self) -> Mapping[ObjectRef, str]:
        """What plays a prompt → its name as searches compare it. Costs a walk over everything, once."""
        return dict(_players(self.everything.values()))

    def reachable_from(self, ref: ObjectRef) -> frozenset[ObjectRef]:
        """Every object that a call to ``ref`` may meet, ``ref`` included: the nodes of its graph."""
        seen: set[ObjectRef] = set()
        waiting = [ref]
        while waiting:
            here = waiting.pop()
            if here not in seen and (found := self.get(here)) is not None:
                seen.add(here)
                waiting.extend(targets(found.spec))
        return frozenset(seen)

    def leading_to(self, ref: ObjectRef) -> frozenset[ObjectRef]:
        """Every object from which a call may come to ``ref``, ``ref`` included: those that reach it."""
        seen: set[ObjectRef] = set()
        waiting = [ref]
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                waiting.extend(self.used_by.get(here, ()))
        return frozenset(seen)


EMPTY = Company(0, {})


def targets(spec: Spec) -> Iterator[ObjectRef]:
    """The objects that a spec's exits lead to."""
    return (ref for way in spec.exits() if (ref := target_of(way.destination)) is not None)


def _places(objects: Iterable[Object]) -> Iterator[tuple[ObjectRef, str]]:
    return ((o.ref, folded(f"{o.name}\n{o.ref.key}")) for o in objects if o.kind.reachable and not o.retired)


def _players(objects: Iterable[Object]) -> Iterator[tuple[ObjectRef, str]]:
    return ((o.ref, folded(o.name)) for o in objects if _plays(o))


def _led_to(o: Object | None) -> frozenset[ObjectRef]:
    return frozenset() if o is None or o.retired else frozenset(targets(o.spec))


def _claims_of(o: Object | None) -> frozenset[tuple[str, str]]:
    return frozenset() if o is None or o.retired else frozenset(o.spec.claims())


def _plays(o: Object | None) -> frozenset[str]:
    return frozenset() if o is None or o.retired else frozenset(digest for digest in o.spec.sounds().values() if digest)


#: The properties that are indexes, and what of an object stands in them.
_INDEXES: Mapping[str, Callable[[Object | None], frozenset[Any]]] = {
    "used_by": _led_to,
    "claims": _claims_of,
    "played_by": _plays,
}
#: The properties that are texts to search in, and how they are made.
_TEXTS: Mapping[str, Callable[[Iterable[Object]], Iterator[tuple[ObjectRef, str]]]] = {
    "places": _places,
    "players": _players,
}

K = TypeVar("K")


def _index(
    everything: Mapping[ObjectRef, Object], of: Callable[[Object | None], frozenset[K]]
) -> Mapping[K, frozenset[ObjectRef]]:
    """What ``of`` says of an object → the objects of which it says so."""
    found: dict[K, set[ObjectRef]] = {}
    for ref, o in everything.items():
        for key in of(o):
            found.setdefault(key, set()).add(ref)
    return {key: frozenset(refs) for key, refs in found.items()}


def _reindexed(
    index: Mapping[K, frozenset[ObjectRef]], touched: Iterable[tuple[ObjectRef, frozenset[K], frozenset[K]]]
) -> Mapping[K, frozenset[ObjectRef]]:
    """An index where only some objects are others: each with what was said of it, and what is now."""
    fresh = dict(index)
    for ref, was, now in touched:
        for key in was - now:
            if left := fresh[key] - {ref}:
                fresh[key] = left
            else:
                del fresh[key]
        for key in now - was:
            fresh[key] = fresh.get(key, frozenset()) | {ref}
    return fresh
