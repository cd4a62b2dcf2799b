"""Simulation: the path of a call through the company, step by step. What it says is what happens to the call."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from vaxelflode.domain.company import Company
from vaxelflode.domain.destination import AnyDestination, target_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.passage import Caller, Passage

#: A call that passes more objects than this goes round in circles.
MOST_STEPS = 100
#: How far ahead a change of the path is looked for: a year with its holidays, and a little.
LOOK_AHEAD = dt.timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Step:
    """A call's passage through one object, which it came to at the instant ``at``."""

    object: ObjectRef
    name: str
    at: dt.datetime
    passage: Passage


@dataclass(frozen=True, slots=True)
class Simulation:
    """The steps in order, and where the call ends: in the last step's object, or at ``end`` outside of any.

    ``hung_up``: the caller gave up in the last step. A call that goes round in circles is followed for
    :data:`MOST_STEPS`; its ``end`` is the object that it would come to next.
    """

    steps: tuple[Step, ...]
    end: AnyDestination | None
    hung_up: bool = False

    @property
    def path(self) -> tuple[str, ...]:
        """The ids of the graph's nodes on the way."""
        last = () if self.end is None else (str(target_of(self.end) or end_id(self.end)),)
        return (*(str(step.object) for step in self.steps), *last)

    @property
    def endless(self) -> bool:
        """Whether the call goes round in circles."""
        return self.end is not None and target_of(self.end) is not None

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts that the caller hears, in order."""
        return tuple(p for step in self.steps for p in step.passage.prompts)

    def as_json(self) -> dict[str, Any]:
        """As the API and ``--json`` show it."""
        return {
            "steps": [
                {
                    "node": str(s.object),
                    "name": s.name,
                    "at": s.at.isoformat(),
                    "why": s.passage.why,
                    "note": s.passage.note,
                    "exit": s.passage.exit,
                    "prompts": list(s.passage.prompts),
                }
                for s in self.steps
            ],
            "end": None if self.end is None else self.end.model_dump(mode="json"),
            "hung_up": self.hung_up,
            "path": list(self.path),
        }


@dataclass(frozen=True, slots=True)
class Turn:
    """From the instant ``at`` on, a call like this one takes another way."""

    at: dt.datetime
    then: Simulation


def end_id(destination: AnyDestination) -> str:
    """The id of a destination that is no object, as a node of the graph: ``end/hangup``, ``external/+46…``."""
    ((name, value),) = destination.model_dump(mode="json").items()
    return f"{name}/{value}"


def simulate(company: Company, start: ObjectRef, caller: Caller) -> Simulation:
    """The path of a call that comes to ``start`` (a number, as a rule)."""
    steps = tuple(step for step, _ in _met(company, start, caller))
    if steps and steps[-1].passage.why == _HUNG_UP:
        return Simulation(steps, None, hung_up=True)
    last = steps[-1].passage.destination if steps else None
    outside = last is not None and (target_of(last) is None or len(steps) == MOST_STEPS)
    return Simulation(steps, last if outside else None)


_HUNG_UP = "hung_up"


def _met(company: Company, start: ObjectRef, caller: Caller) -> Iterator[tuple[Step, Caller]]:
    """Each step, and the caller as they came to it."""
    here: ObjectRef | None = start
    for _ in range(MOST_STEPS):
        if here is None or (o := company.get(here)) is None:
            return
        passage = _as_far_as_held(o.spec.passage(here, caller), caller)
        yield Step(here, o.name, caller.at, passage), caller
        caller = _after(caller, passage)
        here = None if passage.destination is None else target_of(passage.destination)


def _as_far_as_held(passage: Passage, caller: Caller) -> Passage:
    """The passage, or its beginning where the caller gives up in the midst of it."""
    leaves = passage.over or passage.destination is not None
    if caller.held is None or (leaves and passage.seconds <= caller.held):
        return passage
    begun = tuple(p for p in passage.played if p.after < caller.held)
    return Passage(_HUNG_UP, played=begun, seconds=caller.held)


def _after(caller: Caller, passage: Passage) -> Caller:
    return replace(
        caller,
        at=caller.at + dt.timedelta(seconds=passage.seconds),
        keys=caller.keys[passage.pressed :],
        held=None if caller.held is None else caller.held - passage.seconds,
    )


def next_turn(company: Company, start: ObjectRef, caller: Caller) -> Turn | None:
    """What changes next and when: the first later instant at which the same call takes another way.

    ``None``: nothing within :data:`LOOK_AHEAD`. Only what is on the way can lead elsewhere, so only that is asked.
    """
    now = simulate(company, start, caller)
    until = caller.at + LOOK_AHEAD
    reached = {step.object: (step, met) for step, met in reversed([*_met(company, start, caller)])}
    goes_round = len(reached) < len(now.steps)
    tried = caller.at
    for at, ref in heapq.merge(
        *(_turns(company, ref, s.at - caller.at, caller.at, until) for ref, (s, _) in reached.items())
    ):
        if at <= tried or (not goes_round and _stays(company, *reached[ref], at - caller.at)):
            continue
        tried = at
        then = simulate(company, start, replace(caller, at=at))
        if then.path != now.path:
            return Turn(at, then)
    return None


def _stays(company: Company, step: Step, caller: Caller, later: dt.timedelta) -> bool:
    """Whether an object does the same to a call that comes so much later: most midnights change nothing."""
    o = company.get(step.object)
    if o is None:
        return True
    then, now = (
        _as_far_as_held(o.spec.passage(step.object, replace(caller, at=caller.at + later)), caller),
        step.passage,
    )
    return replace(then, note=now.note, calendar=now.calendar, played=now.played) == now


def _turns(
    company: Company, ref: ObjectRef, after: dt.timedelta, begin: dt.datetime, until: dt.datetime
) -> Iterator[tuple[dt.datetime, ObjectRef]]:
    """When a call must come, for ``ref`` to judge it otherwise: it is reached so long ``after`` the call begins."""
    o = company.get(ref)
    turns = () if o is None else o.spec.turns(begin + after, until + after)
    return ((at - after, ref) for at in turns)
