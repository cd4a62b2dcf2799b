"""What a call meets: what is to be expected by the simulation, and in what the real call disagrees.

A meeting is told in the words of those who took part: which voices the caller heard, whose telephone rang and what
number it showed, and how it ended. Of the objects only that is read which a simulation leaves out: who the members are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.oracle.exchange import ASIDE_VOICE, voice_of
from tests.oracle.plan import Plan
from vaxelflode.domain.destination import AnyDestination, ToDialplan, ToEnd, ToExtension, ToExternal
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.extension import Extension
from vaxelflode.domain.kinds.forward import Forward
from vaxelflode.domain.kinds.queue import Queue
from vaxelflode.domain.kinds.ring_group import RingGroup
from vaxelflode.domain.passage import Luck
from vaxelflode.domain.simulate import Step

#: Kinds in which a call is answered by the PBX itself.
ANSWERING = frozenset({"announcement", "menu", "queue", "voicemail"})
#: How a call that nobody answered is refused.
STATUS = {"hangup": 603, "busy": 486, "congestion": 503}
BUSY, SILENT = 486, 480
#: Seconds in which music may not have been heard yet.
MOMENT = 2.0
#: Why a call goes no further, where the caller is to blame.
HUNG_UP = "hung_up"


@dataclass(frozen=True, slots=True)
class Meeting:
    """``heard``: voices in order, without music and without people. ``rang``: ``2001 from +46…`` of each call to
    somebody. ``ending``: ``ended``, ``ended 486`` (never answered), ``talks 2001``, ``waits``. ``music``: the voices of
    the queues that the caller has waited in. ``messages``: the mailboxes into which something was spoken.
    """

    heard: tuple[str, ...]
    rang: frozenset[str]
    ending: str
    music: frozenset[str] = frozenset()
    messages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Expected:
    """``may_ring`` are those of whom it cannot be said (agents are rung in an order of the queue's own).

    Nor can it be said whether music is heard where one waits for a moment only (``may_play``), and whether a message is
    kept where the caller gives up in the midst of it (``may_keep``).
    """

    heard: tuple[str, ...]
    rang: frozenset[str]
    may_ring: frozenset[str]
    endings: frozenset[str]
    music: frozenset[str]
    may_play: frozenset[str]
    messages: frozenset[str]
    may_keep: frozenset[str]

    def disagreements(self, met: Meeting) -> Iterator[str]:
        """In what the real call was otherwise."""
        if met.heard != self.heard:
            yield f"heard {[*met.heard]} instead of {[*self.heard]}"
        if missing := sorted(self.rang - met.rang):
            yield f"did not ring: {missing}, but {sorted(met.rang)}"
        if surplus := sorted(met.rang - self.rang - self.may_ring):
            yield f"rang: {surplus}"
        if self.music - met.music or met.music - self.music - self.may_play:
            yield f"waited to the music {sorted(met.music)} instead of {sorted(self.music)}"
        if self.messages - met.messages or met.messages - self.messages - self.may_keep:
            yield f"spoke into {sorted(met.messages)} instead of {sorted(self.messages)}"
        if met.ending not in self.endings:
            yield f"{met.ending} instead of {' or '.join(sorted(self.endings))}"


def expected(plan: Plan) -> Expected:
    """What the simulation lets one expect."""
    simulation = plan.simulation
    heard = tuple(map(voice_of, simulation.prompts))
    if isinstance(simulation.end, ToDialplan):
        heard = (*heard, ASIDE_VOICE.name)
    rang, may_ring = set[str](), set[str]()
    for before, step in itertools.pairwise([None, *simulation.steps]):
        surely, perhaps = _rung(plan, before, step)  # type: ignore[arg-type]  # only the first is None
        rang |= surely
        may_ring |= perhaps
    if isinstance(simulation.end, ToExternal) and not _is_rung_by(simulation.steps[-1]):
        rang.add(seen(simulation.end.external, plan.caller))
    return Expected(
        heard, frozenset(rang), frozenset(may_ring), frozenset(_endings(plan)), *_music(plan), *_messages(plan)
    )


def _music(plan: Plan) -> tuple[frozenset[str], frozenset[str]]:
    """The music of the queues in which one waits for long, and of the others."""
    surely, perhaps = set[str](), set[str]()
    for step in plan.simulation.steps:
        spec = plan.spec_of(step.object)
        if isinstance(spec, Queue) and spec.music:
            has_waited = step.passage.seconds - plan.call.length(spec.join) > MOMENT
            gives_up = step.passage.why == HUNG_UP and plan.luck[step.object] != "answered" and has_waited
            (surely if gives_up or step.passage.exit == "waited" else perhaps).add(voice_of(spec.music))
    return frozenset(surely), frozenset(perhaps)


def _messages(plan: Plan) -> tuple[frozenset[str], frozenset[str]]:
    """The mailboxes into which something is spoken, surely and perhaps."""
    steps = [step for step in plan.simulation.steps if step.object.kind == "voicemail"]
    ended = {str(step.object) for step in steps if step.passage.exit == "after" and step.passage.why == "key"}
    surely = ended | {str(step.object) for step in steps if step.passage.why == "recording"}
    return frozenset(surely), frozenset(str(step.object) for step in steps if step.passage.why == HUNG_UP)


def seen(who: str, number: str) -> str:
    """A telephone, or a number outside, that rang and showed a number."""
    return f"{who} from {number}"


def _is_rung_by(step: Step | None) -> bool:
    """Whether the step has rung already what the call goes on to."""
    return step is not None and step.object.kind in ("ring_group", "forward") and step.passage.why == "ringing"


def _rung(plan: Plan, before: Step | None, step: Step) -> tuple[set[str], set[str]]:
    """Whose telephone rings in an object, surely and perhaps."""
    spec, shown = plan.spec_of(step.object), plan.caller
    if isinstance(spec, RingGroup):
        return _rung_in_group(plan, step, spec)
    if isinstance(spec, Forward):
        shown = f"+{plan.number}" if spec.number_shown == "dialled" else shown
        return {seen(who, shown) for who in _rung_at(plan, spec.target)}, set()
    if isinstance(spec, Queue):
        agents = {seen(extension, shown) for queue, extension, _ in plan.agents if queue == step.object.key}
        return set(), agents
    if isinstance(spec, Extension) and not _is_rung_by(before):
        return {seen(who, shown) for who in _reachable(plan, [step.object.key])}, set()
    return set(), set()


def _rung_in_group(plan: Plan, step: Step, group: RingGroup) -> tuple[set[str], set[str]]:
    members, has_it = _reachable(plan, group.members), step.passage.exit
    in_order = group.strategy == "in_order"
    if in_order and has_it in members:
        members = members[: members.index(str(has_it)) + 1]
    every = {seen(member, plan.caller) for member in members}
    if in_order and step.passage.why == HUNG_UP:
        return {seen(member, plan.caller) for member in members[:1]}, every
    return every, set()


def _rung_at(plan: Plan, target: AnyDestination) -> list[str]:
    if isinstance(target, ToExternal):
        return [target.external]
    return _reachable(plan, [target.extension]) if isinstance(target, ToExtension) else []


def _reachable(plan: Plan, extensions: Iterable[str]) -> list[str]:
    return [key for key in extensions if plan.luck[ObjectRef("extension", key)] != "unreachable"]


def _endings(plan: Plan) -> set[str]:
    """How the call may end, as it is told."""
    simulation = plan.simulation
    last, end = simulation.steps[-1], simulation.end
    answered = any(step.object.kind in ANSWERING for step in simulation.steps)
    match end:
        case ToEnd(end=how):
            return {_ended(answered, STATUS[how])}
        case ToDialplan():
            return {"ended"}
        case ToExternal(external=number):
            return _at(number, plan.luck[ObjectRef("external", number)], answered)
    if last.passage.over:
        return {_ended(answered, BUSY if last.passage.why == "busy" else SILENT)}
    return _rests(plan, last)


def _at(number: str, luck: Luck, answered: bool) -> set[str]:
    if luck == "answered":
        return {f"talks {number}"}
    return {_ended(answered, BUSY)} if luck == "busy" else {"waits"}


def _rests(plan: Plan, last: Step) -> set[str]:
    """Where the call is when its caller hangs up."""
    ref = last.object
    has_it = plan.luck.get(ref) == "answered"
    if ref.kind == "extension" and has_it:
        return {f"talks {ref.key}"}
    if ref.kind == "queue" and has_it:
        return {f"talks {extension}" for queue, extension, _ in plan.agents if queue == ref.key}
    return {"waits"}


def _ended(answered: bool, status: int) -> str:
    return "ended" if answered else f"ended {status}"
