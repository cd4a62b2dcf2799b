"""What the drawn calls have gone through: every exit that any kind declares, every rest and end, every luck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.oracle.plan import Plan
from vaxelflode.domain.destination import ENDS, ToDialplan, ToEnd, ToExternal
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.simulate import Step

#: Where a call may stay, or be ended, without an exit.
_RESTS = (
    *(("queue", "queued"), ("voicemail", "recording")),
    *(("extension", why) for why in ("ringing", "busy", "no_answer", "unreachable")),
    *(("forward", f"no exit, {why}") for why in ("busy", "no_answer", "unreachable")),
)
_LUCKS = (
    *(f"extension {luck}" for luck in ("answered", "busy", "no_answer", "unreachable")),
    *(f"external {luck}" for luck in ("answered", "busy", "no_answer")),
    *(f"queue {luck}" for luck in ("answered", "busy", "no_answer", "no_agents", "full")),
    *(f"voicemail {luck}" for luck in ("answered", "full")),
)

Cell = tuple[str, str]


def wanted() -> Iterator[Cell]:
    """Every cell that some call must have gone through; the exits as the kinds themselves declare them."""
    for kind in kinds().values():
        yield from ((kind.name, exit_) for exit_ in kind.picked)
    yield from _RESTS
    yield from (("end", end) for end in (*ENDS, "external", "dialplan", "hung up by the caller"))
    yield from (("luck", luck) for luck in _LUCKS)
    yield from (("schedule because of", why) for why in ("open", "weekly", "holiday", "override"))
    yield from (("switch stands", how) for how in ("by default", "as set", "as set until", "no longer"))


def taken(plan: Plan) -> frozenset[Cell]:
    """The cells that a plan's call goes through."""
    return frozenset(_taken(plan))


def _taken(plan: Plan) -> Iterator[Cell]:
    simulation = plan.simulation
    for step in simulation.steps:
        yield from _of_step(plan, step)
    match simulation.end:
        case ToEnd(end=how):
            yield "end", how
        case ToExternal(external=number):
            yield "end", "external"
            yield "luck", f"external {plan.luck[ObjectRef('external', number)]}"
        case ToDialplan():
            yield "end", "dialplan"
    if simulation.hung_up:
        yield "end", "hung up by the caller"


def _of_step(plan: Plan, step: Step) -> Iterator[Cell]:
    kind, passage = step.object.kind, step.passage
    o = plan.company.everything[step.object]
    if passage.exit is not None:
        way = next(w for w in o.spec.exits() if w.name == passage.exit and w.destination == passage.destination)
        yield kind, way.field.partition(".")[0]
    elif passage.over and kind == "forward":
        yield kind, f"no exit, {passage.why}"
    else:
        yield kind, passage.why
    if (luck := plan.luck.get(step.object)) is not None and passage.why != "hung_up":
        yield "luck", f"{kind} {luck}"
    if kind == "schedule":
        yield "schedule because of", passage.why
    if kind == "switch":
        yield "switch stands", _stands(o.spec.position, step)  # type: ignore[attr-defined]  # a switch's


def _stands(standing: object, step: Step) -> str:
    until = getattr(standing, "until", None)
    if standing is None:
        return "by default"
    if until is None:
        return "as set"
    return "as set until" if step.at < until else "no longer"


def count(plans: Iterable[Plan]) -> Counter[Cell]:
    """Cell → calls, for the cells that are wanted."""
    every = frozenset(wanted())
    return Counter(cell for plan in plans for cell in taken(plan) & every)


def table(counted: Counter[Cell]) -> str:
    """The count as a table."""
    lines = [f"{'kind':<20} {'exit, or why it stays':<24} calls"]
    return "\n".join([*lines, *(f"{kind:<20} {exit_:<24} {counted[kind, exit_]:>5}" for kind, exit_ in wanted())])
