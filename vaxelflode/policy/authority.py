"""Who may do what, and why not: a person's grants held against one company.

Deny by default. What is on no graph and in no flow of one's own does not exist for that person; a node of the graph
without an aspect is known, but not readable. Per edit one grant must cover both the aspect and the limits; limits of
different grants are never combined.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vaxelflode.domain.change import Via
from vaxelflode.domain.company import Company
from vaxelflode.domain.edits import ABSENT, Edit
from vaxelflode.domain.flow import Flow, Grant, Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.policy.limits import Reach, breach


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed by ``via``, or not, for ``reason``. ``known``: whether the person may know of the object at all."""

    allowed: bool
    reason: str = ""
    via: Via | None = None
    known: bool = True


_UNKNOWN = Decision(False, "there is no such object", known=False)
_BY_RIGHT = Decision(True, via=Via(None))


@dataclass(frozen=True)
class Authority:
    """One person's flows at an instant, against one company."""

    person: Person
    flows: Sequence[Flow]
    company: Company
    now: dt.datetime

    @cached_property
    def is_administrator(self) -> bool:
        """Whether everything is allowed."""
        return self.person.is_administrator and not self.person.disabled

    @cached_property
    def _flows(self) -> Sequence[Flow]:
        """Without ``flow_user`` a person sees no flow."""
        return () if self.person.disabled or "flow_user" not in self.person.rights else self.flows

    @cached_property
    def mark(self) -> str:
        """What the person may do, as a mark: another when any of it is other, and the same in every process."""
        flows = sorted((f.id, f.number or "", sorted(map(_told, self._held(f)))) for f in self._flows)
        told = json.dumps([sorted(self.person.rights), self.person.disabled, flows])
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @cached_property
    def _on_graph(self) -> dict[str, frozenset[ObjectRef]]:
        """Flow → the nodes of its number's graph (of its objects', where it has no number)."""
        return {flow.id: self._nodes(flow) for flow in self._flows}

    def _nodes(self, flow: Flow) -> frozenset[ObjectRef]:
        roots = [flow.number_ref] if flow.number_ref else [g.object for g in self._held(flow)]
        return frozenset().union(*(self.company.reachable_from(root) for root in roots))

    def _held(self, flow: Flow) -> Iterator[Grant]:
        return (grant for grant in flow.grants if grant.aspects and grant.holds(self.now))

    @cached_property
    def _granted(self) -> Mapping[ObjectRef, Sequence[tuple[Flow, Grant]]]:
        """Object → the grants on it that hold, with their flows, in the order of the flows."""
        found: dict[ObjectRef, list[tuple[Flow, Grant]]] = {}
        for flow in self._flows:
            for grant in self._held(flow):
                found.setdefault(grant.object, []).append((flow, grant))
        return found

    @cached_property
    def _known(self) -> frozenset[ObjectRef]:
        """What is on a graph or in a flow of the person's own."""
        return frozenset(self._granted).union(*self._on_graph.values())

    def _grants(self, ref: ObjectRef) -> Sequence[tuple[Flow, Grant]]:
        return self._granted.get(ref, ())

    def knows(self, ref: ObjectRef) -> bool:
        """Whether the object is on a graph or in a flow of the person's own."""
        return (self.is_administrator or ref in self._known) and ref in self.company

    def aspects(self, ref: ObjectRef) -> tuple[str, ...]:
        """What the person may do with the object, in the kind's order."""
        if ref not in self.company:
            return ()
        every = kinds()[ref.kind].aspects
        if self.is_administrator:
            return every
        mine = frozenset().union(*(grant.aspects for _, grant in self._grants(ref)))
        return tuple(a for a in every if a in mine)

    def visible(self) -> frozenset[ObjectRef]:
        """Every object that the person may know of."""
        every: Iterable[ObjectRef] = self.company.everything if self.is_administrator else self._known
        return frozenset(ref for ref in every if ref in self.company)

    def may_read(self, ref: ObjectRef) -> Decision:
        """Whether the object's spec is readable: with any aspect on it."""
        if self.is_administrator and ref in self.company:
            return _BY_RIGHT
        if not self.knows(ref):
            return _UNKNOWN
        for flow, _ in self._grants(ref):
            return Decision(True, via=Via(flow.id, flow.name))
        return Decision(False, f"no flow of yours grants anything on {ref}; an administrator can add it to a flow")

    def may(self, ref: ObjectRef, aspect: str) -> Decision:
        """Whether one aspect of the object is the person's to use."""
        if self.is_administrator and ref in self.company:
            return _BY_RIGHT
        if not self.knows(ref):
            return _UNKNOWN
        for flow, grant in self._grants(ref):
            if aspect in grant.aspects:
                return Decision(True, via=Via(flow.id, flow.name))
        return Decision(False, _missing(ref, aspect))

    def may_edit(
        self, ref: ObjectRef, edits: Iterable[Edit], today: dt.date, also: frozenset[ObjectRef] = frozenset()
    ) -> Decision:
        """Whether every edit is covered, each by one grant with its limits; ``via`` is the first edit's grant.

        ``today`` (in the object's zone) counts the days of overrides. ``also`` are destinations within reach beside
        those of the graph: what an undo leads back to was there before, though its own change took it off the graph.
        """
        decision = self.may_read(ref)
        if not decision.known or self.is_administrator:
            return decision
        first: Decision | None = None
        for edit in edits:
            one = self._one_edit(ref, edit, today, also)
            if not one.allowed:
                return one
            first = first or one
        return first or decision

    def _one_edit(self, ref: ObjectRef, edit: Edit, today: dt.date, also: frozenset[ObjectRef]) -> Decision:
        kind = kinds()[ref.kind]
        aspect = kind.aspect_of.get(edit.field)
        if aspect is None:
            return Decision(False, f"{edit.field} of {ref} is changed by administrators only")
        if edit.field in kind.spec.fixed and ABSENT in (edit.before, edit.after):
            return Decision(False, f"only administrators add and remove {edit.field} of {ref}")
        reason = _missing(ref, aspect)
        for flow, grant in self._grants(ref):
            if aspect not in grant.aspects:
                continue
            broken = breach(grant.limits, edit, self.reach(flow, also), today)
            if broken is None:
                return Decision(True, via=Via(flow.id, flow.name))
            reason = f"the flow {flow.name} grants {aspect} of {ref} within limits: {broken}"
        return Decision(False, reason)

    def reach(self, flow: Flow, also: frozenset[ObjectRef] = frozenset()) -> Reach:
        """The destinations that a flow's supervisors may choose without an explicit limit."""
        granted = {g.object for g in flow.grants if g.holds(self.now)}
        return Reach(self._on_graph[flow.id] | granted | also, self.company)

    def destinations(self, ref: ObjectRef, aspect: str) -> frozenset[ObjectRef]:
        """The objects that the person may lead an exit of ``ref`` to."""
        if self.is_administrator:
            return frozenset(r for r in self.company.everything if r in self.company)
        found: set[ObjectRef] = set()
        for flow, grant in self._grants(ref):
            if aspect in grant.aspects:
                found |= self.reach(flow).objects(grant.limits)
        return frozenset(r for r in found if r in self.company)

    def limits(self, ref: ObjectRef, aspect: str) -> tuple[Mapping[str, Any], ...]:
        """The limits of each grant that gives the aspect; administrators have one that limits nothing."""
        if self.is_administrator:
            return ({},)
        return tuple(grant.limits for _, grant in self._grants(ref) if aspect in grant.aspects)

    def numbers(self, ref: ObjectRef, aspect: str) -> frozenset[str] | None:
        """Patterns of the numbers outside that the person may lead an exit of ``ref`` to; ``None``: any number."""
        if self.is_administrator:
            return None
        mine = [(flow, grant) for flow, grant in self._grants(ref) if aspect in grant.aspects]
        return frozenset().union(*(self.reach(flow).numbers(grant.limits) for flow, grant in mine))

    def extensions(self, ref: ObjectRef, aspect: str) -> frozenset[ObjectRef]:
        """The phones that the person may put into ``ref``: any of the company's, unless destinations are listed."""
        every = frozenset(o.ref for o in self.company.of_kind("extension"))
        if self.is_administrator:
            return every
        limits = [grant.limits for _, grant in self._grants(ref) if aspect in grant.aspects]
        if any("destinations" not in one for one in limits):
            return every
        return every & frozenset().union(*(Reach(frozenset()).objects(one) for one in limits))


def _missing(ref: ObjectRef, aspect: str) -> str:
    return f"no flow of yours grants {aspect} of {ref}; an administrator can grant it"


def _told(grant: Grant) -> str:
    return json.dumps([str(grant.object), sorted(grant.aspects), grant.limits], sort_keys=True, default=str)
