"""What one person may pick for a field: what is near at once, everything else by search; nothing is listed unasked.

A company has as many places as it likes. Few are listed whole; of many, those that a call of the flow meets anyway,
those that the object leads to or led to before, and whatever fits the words that somebody looks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import nsmallest
from typing import Any

from vaxelflode.domain.change import Change
from vaxelflode.domain.company import Company, Object, targets
from vaxelflode.domain.destination import target_of
from vaxelflode.domain.edits import ABSENT
from vaxelflode.domain.flow import Flow
from vaxelflode.domain.graph import graph_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.phones import extension
from vaxelflode.domain.text import folded
from vaxelflode.policy.authority import Authority
from vaxelflode.policy.limits import destinations_in
from vaxelflode.services import shapes

#: So many are listed as they are; of more, at most so many of those that are near.
FEW = 40
#: So many are shown of what fits the words that are looked for.
SHOWN = 20
#: The latest changes of an object in which one looks for where it led to before.
LATEST = 20
#: Words of a search that count.
_WORDS = 8
#: The slot of what callers hear first where they are led to.
_HEARD = "prompt"


@dataclass(frozen=True, slots=True)
class Found:
    """What fits a search, the best first, and of how many."""

    choices: Sequence[shapes.Choice]
    fitting: int


@dataclass(frozen=True, eq=False)
class Pickable:
    """What one person may pick for a field, ``refs`` (``None``: every place of the company) and some always."""

    authority: Authority
    refs: frozenset[ObjectRef] | None = frozenset()
    #: The only kind that may be picked.
    kind: str | None = None
    never: frozenset[ObjectRef] = frozenset()
    #: What is no object: the ways in which a call may end.
    always: Sequence[shapes.Choice] = ()
    #: What is listed where there are many, the nearest first; what may not be picked is left out.
    near: Sequence[ObjectRef] = ()

    @cached_property
    def _texts(self) -> Mapping[ObjectRef, str]:
        """Each that may be picked → its name and key as searches compare them."""
        places = self.authority.company.places
        if self.refs is None and self.kind is None and not self.never:
            return places
        wanted = places if self.refs is None else self.refs & places.keys()
        kind, never = self.kind, self.never
        return {ref: places[ref] for ref in wanted if (kind is None or ref[0] == kind) and ref not in never}

    def __len__(self) -> int:
        return len(self._texts)

    def __contains__(self, ref: ObjectRef) -> bool:
        return ref in self._texts

    @property
    def is_few(self) -> bool:
        """Whether all of it is listed."""
        return len(self) <= FEW

    def of(self, destination: Mapping[str, str]) -> shapes.Choice | None:
        """The choice that leads there, if it may be picked."""
        sort, value = next(iter(destination.items()))
        try:
            ref = extension(value) if sort == "extension" else ObjectRef.parse(value)
        except ValueError:
            ref = None
        made = self._choice(ref) if ref is not None and ref in self else None
        offered = [made] if made is not None else self.always
        return next((choice for choice in offered if choice.get("destination") == destination), None)

    def every(self, words: str = "") -> list[shapes.Choice]:
        """All that fit, by kind and name; then what there is always, as far as it does."""
        always = [one for one in self.always if folded(words) in folded(one["name"]) or folded(words) in one["key"]]
        return [*self._in_order(self._fitting(words)), *always]

    @cached_property
    def listed(self) -> Sequence[shapes.Choice]:
        """What is shown before anybody has searched: all of few, else what is near; by kind and name."""
        near = self._texts if self.is_few else [ref for ref in dict.fromkeys(self.near) if ref in self][:FEW]
        return [*self._in_order(near), *self.always]

    def find(self, words: str) -> Found:
        """The objects that fit: first those whose names begin with the words, then by name."""
        fitting = self._fitting(words)
        texts, first = self._texts, folded(words).strip()
        best = nsmallest(SHOWN, fitting, key=lambda ref: (not texts[ref].startswith(first), texts[ref], ref))
        return Found([self._choice(ref) for ref in best], len(fitting))

    def _fitting(self, words: str) -> Sequence[ObjectRef]:
        """Those in whose name or key every word is."""
        found = list(self._texts)
        for word in words_of(words):
            found = [ref for ref in found if word in self._texts[ref]]
        return found

    def _in_order(self, refs: Iterable[ObjectRef]) -> list[shapes.Choice]:
        found = (self.authority.company.everything[ref] for ref in refs)
        return [self._made(o) for o in sorted(found, key=lambda o: (o.ref.kind, o.name.casefold(), o.ref))]

    def _choice(self, ref: ObjectRef) -> shapes.Choice:
        return self._made(self.authority.company.everything[ref])

    def _made(self, o: Object) -> shapes.Choice:
        where = {"extension": o.ref.key} if o.ref.kind == "extension" else {"object": str(o.ref)}
        found: shapes.Choice = {"destination": where, "kind": o.ref.kind, "key": o.ref.key, "name": o.name}
        if (slot := heard_at(self.authority, o)) is not None:
            found["sound"] = slot
        return found


def words_of(search: str) -> list[str]:
    """The words of a search that count, as names are compared with them."""
    return folded(search).split()[:_WORDS]


def heard_at(authority: Authority, o: Object) -> str | None:
    """The slot of what callers hear when they are led to an object, if they do and the person may listen to it."""
    return _HEARD if o.spec.sounds().get(_HEARD) and authority.may_read(o.ref).allowed else None


def common(every: Sequence[Pickable]) -> Pickable:
    """What may be picked for each of several fields of one person's; at least one."""
    listed = [one.refs for one in every if one.refs is not None]
    return replace(
        every[0],
        refs=frozenset.intersection(*listed) if listed else None,
        never=frozenset().union(*(one.never for one in every)),
    )


def near(
    company: Company, flows: Iterable[Flow], objects: Iterable[Object], latest: Iterable[Change] = ()
) -> Iterator[ObjectRef]:
    """What is near to objects of some flows, the nearest first, some of it several times.

    That is where they lead, where they led (``latest`` are their changes), whom a call to the flows may meet, and what
    else is granted there.
    """
    for o in objects:
        yield from targets(o.spec)
    for change in latest:
        yield from _led_to(change)
    for flow in flows:
        if flow.number_ref is not None:
            yield from (node.object for node in graph_of(company, flow.number_ref).nodes if node.object is not None)
        yield from (grant.object for grant in flow.grants)


def _led_to(change: Change) -> Iterator[ObjectRef]:
    for edit in change.edits:
        if change.action == "agents":
            yield extension(edit.path[1])
        for value in (edit.after, edit.before):
            yield from () if value is ABSENT else _targets_in(value)


def _targets_in(value: Any) -> Sequence[ObjectRef]:
    """What the destinations in a value of the history lead to; none, where what looks like one is something else."""
    try:
        return [ref for to in destinations_in(value) if (ref := target_of(to)) is not None]
    except ValueError:
        return ()
