"""The company as it stands at one revision: every object with its spec. A value: it never changes.

Rendering, policy, graph and simulation read it; a process keeps one at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import zip_longest

from vaxelflode.domain.destination import target_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind, kinds
from vaxelflode.domain.spec import Spec


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
        if "retired" in self.__dict__:
            now_retired = {ref for ref, o in replaced.items() if o.retired}
            made.__dict__["retired"] = (self.retired - {*replaced, *gone}) | (now_retired - {*gone})
        if "used_by" in self.__dict__:
            made.__dict__["used_by"] = self._users_with(everything, {*replaced, *gone})
        return made

    def since(self, before: Company) -> tuple[list[Object], list[ObjectRef]]:
        """The objects that are not the same value in ``before``, and the references that are no longer here.

        Built by :meth:`with_objects` both have their objects in the same order, and comparing costs 30 ns each.
        """
        new, old = self.everything, before.everything
        changed = [o for o, was in zip_longest(new.values(), old.values()) if o is not was and o is not None]
        changed = [o for o in changed if old.get(o.ref) is not o]
        surely_none_gone = len(new) == len(old) + sum(o.ref not in old for o in changed)
        return changed, [] if surely_none_gone else [ref for ref in old if ref not in new]

    @cached_property
    def retired(self) -> frozenset[ObjectRef]:
        """The objects that are deleted but still in the PBX."""
        return frozenset(ref for ref, o in self.everything.items() if o.retired)

    @cached_property
    def used_by(self) -> Mapping[ObjectRef, frozenset[ObjectRef]]:
        """Object → the objects with an exit to it. Costs a walk over everything, once."""
        users: dict[ObjectRef, set[ObjectRef]] = {}
        for o in self.everything.values():
            if not o.retired:
                for target in targets(o.spec):
                    users.setdefault(target, set()).add(o.ref)
        return {ref: frozenset(found) for ref, found in users.items()}

    def _users_with(
        self, everything: Mapping[ObjectRef, Object], touched: Iterable[ObjectRef]
    ) -> Mapping[ObjectRef, frozenset[ObjectRef]]:
        """:attr:`used_by` where only the objects ``touched`` are others."""
        users = dict(self.used_by)
        for ref in touched:
            was, now = (_led_to(found.get(ref)) for found in (self.everything, everything))
            for target in was - now:
                if left := users[target] - {ref}:
                    users[target] = left
                else:
                    del users[target]
            for target in now - was:
                users[target] = users.get(target, frozenset()) | {ref}
        return users

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


EMPTY = Company(0, {})


def _led_to(o: Object | None) -> frozenset[ObjectRef]:
    return frozenset() if o is None or o.retired else frozenset(targets(o.spec))


def targets(spec: Spec) -> Iterator[ObjectRef]:
    """The objects that a spec's exits lead to."""
    return (ref for way in spec.exits() if (ref := target_of(way.destination)) is not None)
