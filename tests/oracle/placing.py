"""Places the call of a plan: presses keys when prompts are heard, waits for what is to come, and tells what was met."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tests.oracle.exchange import CALLER, OUTSIDE, Exchange, Habit, voice_of
from tests.oracle.meeting import Expected, Meeting, expected, seen
from tests.oracle.plan import Plan
from tests.sip import IncomingCall, OutgoingCall, Policy, answer_after, busy, decline, ring_only
from vaxelflode.domain.destination import ToObject
from vaxelflode.domain.kinds.menu import Menu
from vaxelflode.domain.kinds.queue import Queue
from vaxelflode.domain.kinds.switch import Switch
from vaxelflode.domain.kinds.voicemail import Voicemail
from vaxelflode.domain.simulate import Step

#: Seconds that a slow machine may be late by.
GRACE = 15.0
#: A key that ends a try is followed by something new within this; otherwise the next key belongs to it.
KEY_GAP = 1.2
#: How long is spoken into a mailbox: a beep, and the two seconds below which Asterisk keeps nothing.
SPOKEN = 4.5
#: No call of a plan takes longer, in seconds.
LONGEST = 45.0
_GLANCE = 0.05


async def place(exchange: Exchange, plan: Plan) -> tuple[Expected, Meeting, str]:
    """Place the call; what was to be expected, what was met, and the call's story."""
    await _prepare(exchange, plan)
    async with _others(exchange, plan):
        earlier = len(exchange.line.calls), len(exchange.telephones.calls), _messages(exchange, plan)
        host = "anonymous.invalid" if plan.caller == "anonymous" else ""
        async with await exchange.call(plan.dialled, at=plan.at, caller=plan.caller, caller_host=host) as call:
            under_way = _UnderWay(exchange, plan, call, expected(plan), earlier)
            await under_way.press_keys()
            await under_way.wait()
            ending = await under_way.ending()
            await call.hangup()
        kept = await _kept(exchange, plan, earlier[2], under_way.expected.messages)
        met = Meeting(under_way.prompts(), under_way.rang(), ending, under_way.music(), kept)
        return under_way.expected, met, "\n  ".join([*call.story, f"heard {[*map(tuple, call.heard)]}"])


async def _prepare(exchange: Exchange, plan: Plan) -> None:
    """Bring telephones, the line outside and switches to what the plan says."""
    for n, (extension, voice) in enumerate(plan.voices.items()):
        exchange.telephones.habits[extension] = Habit(_policy(plan, extension, n), voice)
    for ref, luck in plan.luck.items():
        if ref.kind == "external":
            exchange.line.habits[ref.key] = Habit(_policies(plan, 0).get(luck, ring_only()), OUTSIDE)
    for o in plan.objects:
        if isinstance(o.spec, Switch) and o.spec.position is not None:
            await exchange.core.db_put("vx-switch", o.ref.key, o.spec.position.as_entry())


def _policy(plan: Plan, extension: str, n: int) -> Policy:
    """What a telephone does; of several that answer, the first one of the plan is the quickest."""
    luck = next(luck for ref, luck in plan.luck.items() if ref == ("extension", extension))
    return _policies(plan, n).get(luck, ring_only())


def _policies(plan: Plan, n: int) -> dict[str, Policy]:
    return {"answered": answer_after(0.2 + 0.6 * n), "busy": decline() if plan.hasty else busy()}


@asynccontextmanager
async def _others(exchange: Exchange, plan: Plan) -> AsyncIterator[None]:
    """The agents, and somebody else in each queue that is to be full, from before the call until after it."""
    async with AsyncExitStack() as stack:
        for queue, extension, paused in plan.agents:
            await exchange.agent(queue, extension, paused=paused)
            stack.push_async_callback(exchange.no_agent, queue, extension)
        for queue in plan.full_queues:
            number = next(o.ref.key for o in plan.objects if o.ref.kind == "number" and o.name == f"fills {queue}")
            await stack.enter_async_context(await exchange.call(f"+{number}", caller="+46701740699"))
            async with asyncio.timeout(GRACE):
                while not await _somebody_waits(exchange, queue):  # noqa: ASYNC110 - no event tells it
                    await asyncio.sleep(_GLANCE)
        yield


async def _somebody_waits(exchange: Exchange, queue: str) -> bool:
    return any(state.entries for state in await exchange.queues.status(f"vx-{queue}"))


def _messages(exchange: Exchange, plan: Plan) -> Counter[str]:
    """The mailboxes of a plan, and how many messages each holds."""
    boxes = (o.ref for o in plan.objects if isinstance(o.spec, Voicemail) and plan.luck.get(o.ref) != "full")
    return Counter(str(ref) for ref in boxes for _ in exchange.mailbox(ref.key).glob("msg*.txt"))


async def _kept(exchange: Exchange, plan: Plan, before: Counter[str], wanted: frozenset[str]) -> frozenset[str]:
    """The mailboxes that a message has come into, once it has come into the ``wanted`` ones."""
    found = frozenset(_messages(exchange, plan) - before)
    for _ in range(40):  # Asterisk takes a moment to close it
        if found >= wanted:
            break
        await asyncio.sleep(_GLANCE)
        found = frozenset(_messages(exchange, plan) - before)
    return found


@dataclass
class _UnderWay:
    """A call that is being placed."""

    exchange: Exchange
    plan: Plan
    call: OutgoingCall
    expected: Expected
    earlier: tuple[int, int, Counter[str]]
    cursor: int = 0
    pressed_at: float = 0.0
    elapsed: float = 0.0

    # --- what is seen

    def prompts(self) -> tuple[str, ...]:
        """The voices that the caller has heard, without music and people."""
        people = {voice.name for voice in self.plan.voices.values()} | {OUTSIDE.name}
        others = people | set(map(voice_of, self.plan.music))
        return tuple(heard.name for heard in self.call.heard if heard.name not in others)

    def music(self) -> frozenset[str]:
        """The music that the caller has heard."""
        return frozenset(h.name for h in self.call.heard) & frozenset(map(voice_of, self.plan.music))

    def legs(self) -> list[IncomingCall]:
        """The calls that this one has caused."""
        outside, at_phones, _ = self.earlier
        mine = {self.plan.caller, f"+{self.plan.number}"}
        rung = (leg for leg in self.exchange.telephones.calls[at_phones:] if leg.called in self.plan.voices)
        return [leg for leg in (*rung, *self.exchange.line.calls[outside:]) if leg.caller in mine]

    def rang(self) -> frozenset[str]:
        """Whose telephone rang, and what it showed."""
        return frozenset(seen(leg.called, leg.caller) for leg in self.legs())

    def talking(self) -> str | None:
        """Who has the call, if somebody has."""
        return next((leg.called for leg in self.legs() if leg.is_up), None)

    async def _until(self, true: Callable[[], bool], limit: float) -> bool:
        """Wait until something is true, or the call is over."""
        loop = asyncio.get_running_loop()
        end = loop.time() + limit
        while not true():
            if self.call.is_over or loop.time() > end:
                return true()
            await asyncio.sleep(_GLANCE)
        return True

    # --- keys

    async def press_keys(self) -> None:
        """Press what the simulation used up, each where it used it."""
        keys = self.plan.keys
        for step in self.plan.simulation.steps:
            used, keys = keys[: step.passage.pressed], keys[step.passage.pressed :]
            if used and not self.call.is_over:
                await self._press_in(step, used)
                self.pressed_at = self.call.seconds
                self.elapsed = (step.at - self.plan.at).total_seconds() + step.passage.seconds

    async def _press_in(self, step: Step, used: str) -> None:
        spec = self.plan.spec_of(step.object)
        if isinstance(spec, Menu) and spec.prompt:
            leads_on = step.passage.why == "key" and step.passage.destination != ToObject(object=step.object)
            await self._press_in_menu(
                voice_of(spec.prompt), used, hurries=self.plan.hasty and len(used) == 1 and leads_on
            )
        elif isinstance(spec, Queue):
            await self._press_in_queue(spec, used)
        elif isinstance(spec, Voicemail):
            await self._press_in_voicemail(step, spec.greeting, used)

    async def _press_in_menu(self, voice: str, used: str, *, hurries: bool) -> None:
        """Each key once the prompt is heard: after its end, so that it is heard as another when it comes again."""
        if not await self._next(voice):
            return
        for n, key in enumerate(used):
            if not hurries:
                await self._until(lambda: self.call.hearing is None, GRACE)
            before = self.cursor = len(self.call.heard)
            if key != ",":
                await self._press(key)
            if n < len(used) - 1:
                await self._until(lambda b=before: len(self.call.heard) > b, GRACE if key == "," else KEY_GAP)  # type: ignore[misc]

    async def _press_in_voicemail(self, step: Step, greeting: str | None, used: str) -> None:
        """While it greets, or when something has been said; without a greeting, when it must have begun."""
        if greeting:
            await self._next(voice_of(greeting))
        else:
            begins = self.pressed_at + (step.at - self.plan.at).total_seconds() - self.elapsed
            await self._until(lambda: self.call.seconds > begins, LONGEST)
        if step.passage.exit == "after":
            await self._until(lambda: greeting is None or self.call.hearing != voice_of(greeting), GRACE)
            await self._until(lambda: False, SPOKEN)
        await self._press(used)

    async def _press_in_queue(self, spec: Queue, used: str) -> None:
        """While the join message is heard, or once one waits."""
        told = spec.join or spec.music
        if not told or not await self._next(voice_of(told)):
            return
        if not self.plan.hasty:
            await self._until(lambda: self.call.hearing != voice_of(told), 1.0 if told == spec.music else GRACE)
            await asyncio.sleep(1.0)
        await self._press(used)

    async def _press(self, keys: str) -> None:
        if not self.call.is_over:
            await self.call.press(keys)

    async def _next(self, voice: str) -> bool:
        """Wait until a voice is heard, after what was heard before."""
        limit = GRACE + LONGEST
        found = await self._until(lambda: any(h.name == voice for h in self.call.heard[self.cursor :]), limit)
        if found:
            names = [h.name for h in self.call.heard]
            self.cursor = names.index(voice, self.cursor) + 1
        return found

    # --- the end

    async def wait(self) -> None:
        """Wait for what is to come, or for the time when the caller hangs up."""
        plan, simulation = self.plan, self.plan.simulation
        last = simulation.steps[-1]
        total = (last.at - plan.at).total_seconds() + last.passage.seconds
        if plan.held is not None and simulation.hung_up:
            await self._until(lambda: False, plan.held - self.elapsed - (self.call.seconds - self.pressed_at))
            return
        enough = max(total - self.elapsed, 0) + GRACE
        wanted = {ending.partition(" ")[0] for ending in self.expected.endings}
        if "ended" in wanted:
            await self._until(lambda: self.call.is_over, enough)
        elif "talks" in wanted:
            await self._until(lambda: self.talking() is not None, enough)
        else:
            not_before = self.pressed_at + total - self.elapsed
            await self._until(lambda: self._has_met_all() and self.call.seconds >= not_before, enough)
            await self._until(lambda: self.call.hearing not in self.expected.heard, GRACE)
            await self._until(lambda: False, SPOKEN)

    def _has_met_all(self) -> bool:
        return len(self.prompts()) >= len(self.expected.heard) and self.expected.rang <= self.rang()

    async def ending(self) -> str:
        """How it ended, or where it is."""
        if self.call.is_over:
            return "ended" if self.call.status == 200 else f"ended {self.call.status}"
        if (who := self.talking()) is None:
            return "waits"
        leg = next(leg for leg in self.legs() if leg.is_up)
        voice = self.plan.voices.get(who, OUTSIDE)
        heard = await self._until(lambda: any(h.name == voice.name for h in self.call.heard), 5)
        heard = heard and await self._until(lambda: any(h.name == CALLER.name for h in leg.heard), 5)
        if not heard:
            return f"talks {who}, in silence"
        if not self.plan.hasty:
            await leg.hangup()
            if not await self._until(lambda: self.call.is_over, 5):
                return f"talks {who}, and goes on when that one hangs up"
        return f"talks {who}"
