"""Callers in every stage while revisions go live, from the first ring to the verdict."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.bench.stage import serving
from tests.crowd.callers import LED_WITHIN, Caller
from tests.crowd.judge import Judge, messages, unkept
from tests.crowd.revisions import Revisions
from tests.crowd.stages import AGENT, CALLER, Group, Stages, groups
from tests.oracle.exchange import many_sounds
from tests.real_asterisk.town import settings_of
from tests.sip import Phone, UserAgent, answer_after
from vaxelflode.demo.pbx import Pbx

#: Seconds between two calls that are placed, and between two that are led on.
_APART = 0.05
#: Seconds between two calls that are listened to, and between two looks where everybody is.
_GLANCE = 0.02
#: Seconds in which all callers must be where they are to be held.
_IN_PLACE_WITHIN = 60.0
PHONES = tuple(f"20{n}" for n in range(1, 9))


@dataclass(frozen=True)
class Outcome:
    """``faults`` in words. Before and after the revisions Asterisk held so many calls in each context and application,
    of those that stay until somebody leads them on.
    """

    faults: list[str]
    calls: int
    revisions: int
    further: int
    held: float
    before: Counter[tuple[str, str]]
    after: Counter[tuple[str, str]]
    worst_delay: float
    longest_pause: float

    def told(self) -> str:
        """In one line."""
        held = f"{self.calls} calls held for {self.held:.0f} s while {self.revisions} revisions went live"
        further = f"{self.further} more while they were led on; {len(self.faults)} faults"
        late = f"the harness was late by {self.worst_delay * 1000:.0f} ms at most"
        return f"{held}, {further}; {late}, the longest time without a packet {self.longest_pause * 1000:.0f} ms"


async def calls_while_revisions(
    pbx: Pbx, folder: Path, *, share: float, revisions: int, seconds: float, long: int, further: int = 20, seed: int = 1
) -> Outcome:
    """Hold ``share`` of two hundred callers while so many revisions go live in ``seconds``, then lead each on."""
    stages = Stages(long)
    settings = settings_of(pbx, folder)
    token = await stages.build(settings)
    with many_sounds(pbx):
        await pbx.cli("module reload res_rtp_asterisk.so")
        async with (
            serving(settings, {"admin": token, "supervisor": token}) as plane,
            await UserAgent.create() as trunk,
            _phones(pbx),
        ):
            work = Revisions(stages, plane.admin, Random(seed))
            await work.set("announcement/ping", "next", {"object": "menu/pong"})
            callers = await _placed(trunk, pbx, share)
            before = await _in_place(pbx, callers)
            held, made = await _held(callers, work, revisions, seconds)
            after = _where(await pbx.cli("core show channels concise"))
            await work.set("announcement/ping", "next", {"object": "announcement/dar"})
            await work.set("menu/pong", "timeout", {"object": "announcement/har"})
            for phone in PHONES:
                added = await plane.admin("PUT", f"/queues/svar/agents/{phone}", {})
                assert added.status == 200, added.body
            async with asyncio.TaskGroup() as group:
                group.create_task(work.more(further, further * _APART * 4))
                for n, caller in enumerate(Random(seed).sample(callers, len(callers))):
                    group.create_task(_led_on(caller, n * _APART, stages))
    judge = Judge(stages, work)
    faults = [fault for caller in callers for fault in judge.faults(caller)] + _messages(pbx, callers)
    late = max(caller.lateness for caller in callers)
    pause = max(c.call.longest_pause for c in callers if not c.group.silent)
    return Outcome(faults, len(callers), made, further, held, before, after, late, pause)


async def _held(callers: Sequence[Caller], work: Revisions, revisions: int, seconds: float) -> tuple[float, int]:
    """Make the revisions, with everybody in place; how long it took, and how many went live."""
    loop = asyncio.get_running_loop()
    start, made = loop.time(), work.made
    for caller in callers:
        caller.spoken = caller.call.spoken, 0.0
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(_listen(callers))
        group.create_task(_err(callers, seconds / 2))
        await work.many(revisions, seconds)
        listening.cancel()
    return loop.time() - start, work.made - made


@asynccontextmanager
async def _phones(pbx: Pbx) -> AsyncIterator[None]:
    """The agents' telephones."""
    async with AsyncExitStack() as stack:
        for phone in PHONES:
            where = pbx.sip_host, pbx.sip_port, phone, pbx.secrets.phones[phone]
            await stack.enter_async_context(await Phone.register(*where, speak=AGENT, policy=answer_after(0.2)))
        yield


async def _placed(trunk: UserAgent, pbx: Pbx, share: float) -> list[Caller]:
    """Everybody, a few at a time."""
    loop = asyncio.get_running_loop()
    found: list[Caller] = []
    everybody = [group for group in groups() for _ in range(max(1, round(group.share * share)))]
    for n, group in enumerate(everybody):
        speaks = group.application == "VoiceMail"
        number, began = f"+4670174{n:04d}", loop.time()
        call = await trunk.call(
            f"+{group.number}", (pbx.sip_host, pbx.sip_port), number, speak=CALLER if speaks else None, quiet=not speaks
        )
        found.append(Caller(group, call, number, began))
        await asyncio.sleep(_APART)
    await asyncio.gather(*(caller.call.answered(30) for caller in found))
    return found


async def _in_place(pbx: Pbx, callers: Sequence[Caller]) -> Counter[tuple[str, str]]:
    """Once Asterisk holds everybody in the application of their stage who stays there; what it holds."""
    wanted = Counter(_place(c.group.context, c.group.application) for c in callers if c.group.stays)
    found: Counter[tuple[str, str]] = Counter()
    loop = asyncio.get_running_loop()
    until = loop.time() + _IN_PLACE_WITHIN
    while loop.time() < until:
        found = _where(await pbx.cli("core show channels concise"))
        if found == wanted:
            return found
        await asyncio.sleep(0.5)
    raise AssertionError(f"{wanted - found} are not in place, {found - wanted} are")


def _where(shown: str) -> Counter[tuple[str, str]]:
    """How many calls are in each context and application, of those in which callers stay."""
    stay = {_place(group.context, group.application) for group in groups() if group.stays}
    fields = (line.split("!") for line in shown.splitlines())
    places = (_place(f[1], f[5]) for f in fields if len(f) > 5)
    return Counter(place for place in places if place in stay)


def _place(context: str, application: str) -> tuple[str, str]:
    """A menu that waits for a key asks again now and then."""
    return context, "BackGround" if application == "WaitExten" else application


async def _listen(callers: Sequence[Caller]) -> None:
    """Hear what has come so far, one call after the other: all at once would make the harness late."""
    while True:
        for caller in callers:
            _ = caller.call.hearing
            await asyncio.sleep(_GLANCE)


async def _err(callers: Sequence[Caller], after: float) -> None:
    await asyncio.sleep(after)
    await asyncio.gather(*(caller.err() for caller in callers if caller.group.errs))


async def _led_on(caller: Caller, after: float, stages: Stages) -> None:
    await asyncio.sleep(after)
    patience = LED_WITHIN if caller.group.key else 2 * stages.long + LED_WITHIN
    await caller.led_on(patience)


def _messages(pbx: Pbx, callers: Sequence[Caller]) -> list[str]:
    kept: dict[Group, dict[str, tuple[float, float]]] = {}
    found: list[str] = []
    for caller in callers:
        if caller.group.application != "VoiceMail":
            continue
        if caller.group not in kept:
            kept[caller.group] = messages(pbx.spool / "voicemail" / "vx" / caller.group.ref.partition("/")[2] / "INBOX")
        found += unkept(caller, kept[caller.group])
    return found
