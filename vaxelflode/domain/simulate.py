"""Simulation: the path of a call through the company, step by step. What it says is what happens to the call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from vaxelflode.domain.company import Company
from vaxelflode.domain.destination import AnyDestination, target_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.passage import Caller, Passage

#: A call that passes more objects than this goes round in circles.
MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class Step:
    """A call's passage through one object."""

    object: ObjectRef
    name: str
    passage: Passage


@dataclass(frozen=True, slots=True)
class Simulation:
    """The steps in order, and where the call ends: in the last step's object, or at ``end`` outside of any."""

    steps: tuple[Step, ...]
    end: AnyDestination | None

    @property
    def path(self) -> tuple[str, ...]:
        """The ids of the graph's nodes on the way."""
        last = () if self.end is None else (end_id(self.end),)
        return (*(str(step.object) for step in self.steps), *last)

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
                    "why": s.passage.why,
                    "exit": s.passage.exit,
                    "prompts": list(s.passage.prompts),
                }
                for s in self.steps
            ],
            "end": None if self.end is None else self.end.model_dump(mode="json"),
            "path": list(self.path),
        }


def end_id(destination: AnyDestination) -> str:
    """The id of a destination that is no object, as a node of the graph: ``end/hangup``, ``external/+46…``."""
    ((name, value),) = destination.model_dump(mode="json").items()
    return f"{name}/{value}"


def simulate(company: Company, start: ObjectRef, caller: Caller) -> Simulation:
    """The path of a call that comes to ``start`` (a number, as a rule)."""
    steps = tuple(_steps(company, start, caller))
    last = steps[-1].passage.destination if steps else None
    outside = last is not None and (target_of(last) is None or len(steps) == MOST_STEPS)
    return Simulation(steps, last if outside else None)


def _steps(company: Company, start: ObjectRef, caller: Caller) -> Iterator[Step]:
    here: ObjectRef | None = start
    for _ in range(MOST_STEPS):
        if here is None or (o := company.get(here)) is None:
            return
        passage = o.spec.passage(here, caller)
        yield Step(here, o.name, passage)
        caller = replace(caller, keys=caller.keys[passage.pressed :])
        here = None if passage.destination is None else target_of(passage.destination)
