"""Keeps the queues' agents as they are written down, after either side was away.

What could not be done while the PBX was away is done when it is back, from what is written down then: nothing is
replayed, each agent is looked at and brought to what is wanted. Who was added for today goes at midnight. A phone of
ours that nobody wrote down (a killed Asterisk remembers agents who had been removed) is taken out; other members are
left alone.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from vaxelflode.applying.agents import AgentActions, LiveQueue, Member
from vaxelflode.applying.looking import look_again
from vaxelflode.domain.agents import Agent
from vaxelflode.domain.change import Change, Via
from vaxelflode.domain.company import EMPTY, Company, Object
from vaxelflode.domain.edits import ABSENT, Edit
from vaxelflode.domain.identifiers import ObjectRef, new_id
from vaxelflode.domain.kinds.extension import Extension
from vaxelflode.errors import PbxRefused
from vaxelflode.storage import agents, changes, objects
from vaxelflode.storage.at_hand import CompanyAtHand
from vaxelflode.storage.database import Database

log = logging.getLogger(__name__)

#: The reason of a pause that the PBX made by itself.
_DID_NOT_ANSWER = "Auto-Pause"


class AgentKeeper:
    """Owned by one task that runs :meth:`run`."""

    def __init__(
        self,
        database: Database,
        actions: AgentActions,
        clock: Callable[[], dt.datetime],
        company: CompanyAtHand | None = None,
        zone: dt.tzinfo = dt.UTC,
    ) -> None:
        """``zone``: whose midnight ends the day of those who are agents for today."""
        self._zone = zone
        self._database = database
        self._actions = actions
        self._clock = clock
        self._wake = asyncio.Event()
        self._at_hand = company or CompanyAtHand()
        self._company = EMPTY
        #: Whether somebody is written down for a queue that the PBX may not have yet.
        self._queues_awaited = True
        self._settled = asyncio.Event()

    async def until_settled(self) -> None:
        """Return once everybody who is written down has been looked after, in every queue."""
        await self._settled.wait()

    def queues_may_have_come(self) -> None:
        """What the PBX reads is new: look now, if somebody is written down for a queue that was not there."""
        if self._queues_awaited:
            self._wake.set()

    def wake(self) -> None:
        """The connection is new: look now."""
        self._wake.set()

    async def run(self) -> None:
        """Look until cancelled."""
        await look_again("agents", self.once, self._wake)

    async def once(self) -> None:
        """Bring every agent to what is written down, and settle the changes that waited for it."""
        self._actions.require_charge()
        self._queues_awaited = True  # until it is known, also for whoever is told so meanwhile
        async with self._database.read() as db:
            self._company = await self._at_hand.at(db, self._clock())
        queues = await self._actions.everywhere()
        live = self._ours(queues)
        await self._write_down([place for place, member in live.items() if member.by_itself])
        await self._end_the_day()
        await self._empty_deleted(queues)
        async with self._database.read() as db:
            wanted = await agents.of_all(db)
            waiting = await changes.pending_agents(db)
        written = [(q, e) for q, found in wanted.items() for e in found]
        gone = ({(c.object, extension_of(c)) for c in waiting} | live.keys()) - set(written)
        settled, absent = set(), set()
        for queue, extension in [*written, *sorted(gone)]:
            if queue in self._company and self._actions.name_of(queue) not in queues:
                absent.add(queue)  # its revision is not live yet
            elif await self._bring(queue, extension):
                settled.add((queue, extension))
        await self._settle([c for c in waiting if (c.object, extension_of(c)) in settled])
        company = self._company  # what it does not know of yet is none that was deleted
        await self._reject([c for c in waiting if c.object not in company and c.revision <= company.revision])
        self._queues_awaited = bool(absent)
        if not absent:
            self._settled.set()

    async def _end_the_day(self) -> None:
        """Who was an agent for a day that is over is none any more: at midnight, or when we are up again."""
        today = self._clock().astimezone(self._zone).date()
        async with self._database.read() as db:
            over = [(q, a) for q, found in (await agents.of_all(db)).items() for a in found.values()]
        over = [(q, a) for q, a in over if a.is_over(today, self._zone) and q in self._company]
        if not over:
            return
        async with self._database.write() as db:
            revision = await objects.current_revision(db)
            for queue, agent in over:
                if (await agents.of_queue(db, queue)).get(agent.extension) != agent:
                    continue  # somebody was quicker
                await agents.put(db, queue, agent.extension, None)
                o = self._company.everything[queue]
                made = _unasked(o, agent.extension, (agent, None), "system", self._clock(), revision)
                await changes.add(db, made, o.versions)

    async def _empty_deleted(self, queues: Mapping[str, LiveQueue]) -> None:
        """Nobody stays in a deleted queue once nobody waits there: Asterisk would bring them back when it starts."""
        phones = self._phones()
        for ref in self._company.retired:
            live = queues.get(self._actions.name_of(ref)) if ref.kind == "queue" else None
            if live is None or live.waiting:
                continue
            for interface in live.members.keys() & phones.keys():
                await self._actions.bring(ref, phones[interface], interface, None)

    def _phones(self) -> Mapping[str, str]:
        """What Asterisk calls each phone of ours → its extension."""
        every = self._company.of_kind("extension")
        return {f"PJSIP/{o.spec.endpoint}": o.ref.key for o in every if isinstance(o.spec, Extension)}

    def _ours(self, live: Mapping[str, LiveQueue]) -> Mapping[tuple[ObjectRef, str], Member]:
        """Every phone of ours in a queue of ours: queue and extension → member."""
        phones = self._phones()
        queues = {self._actions.name_of(o.ref): o.ref for o in self._company.of_kind("queue")}
        return {
            (queues[name], phones[interface]): member
            for name, found in live.items()
            if name in queues
            for interface, member in found.members.items()
            if interface in phones
        }

    async def _write_down(self, paused: Sequence[tuple[ObjectRef, str]]) -> None:
        """Pauses that the PBX made by itself, since an agent did not answer: they hold until somebody ends them."""
        if not paused:
            return
        now = self._clock()
        async with self._database.write() as db:
            asked = {(c.object, extension_of(c)) for c in await changes.pending_agents(db)}
            for queue, extension in paused:
                here = (await agents.of_queue(db, queue)).get(extension)
                if here is None or here.paused or (queue, extension) in asked:
                    continue
                after = replace(here, paused=True, reason=_DID_NOT_ANSWER)
                await agents.put(db, queue, extension, after)
                o = self._company.everything[queue]
                revision = await objects.current_revision(db)
                await changes.add(db, _unasked(o, extension, (here, after), "pbx", now, revision), o.versions)

    async def _bring(self, queue: ObjectRef, extension: str) -> bool:
        interface = interface_of(self._company, extension)
        if interface is None or queue not in self._company:
            return False
        try:
            # Read again: what was written down a moment ago may have changed while others were brought.
            async with self._database.read() as db:
                agent = (await agents.of_queue(db, queue)).get(extension)
            await self._actions.bring(queue, extension, interface, agent)
        except PbxRefused as err:
            log.warning("agent %s of %s: %s", extension, queue, err.message)
            return False
        return True

    async def _settle(self, done: Sequence[Change]) -> None:
        now = self._clock()
        if done:
            async with self._database.write() as db:
                for change in done:
                    ms = round((now - change.at).total_seconds() * 1000)
                    await changes.settle(db, [change.id], "live", now, live_ms=ms)

    async def _reject(self, lost: Sequence[Change]) -> None:
        """What was asked of a queue that is deleted can never be done."""
        if lost:
            async with self._database.write() as db:
                reason = "the queue was deleted meanwhile"
                await changes.settle(db, [change.id for change in lost], "rejected", self._clock(), reason=reason)


def _unasked(
    o: Object,
    extension: str,
    states: tuple[Agent, Agent | None],
    actor: Literal["pbx", "system"],
    now: dt.datetime,
    revision: int,
) -> Change:
    """A change that no person made: the PBX did it already, or the day is over and it is to be done."""
    by_pbx = actor == "pbx"
    return Change(
        id=new_id(),
        at=now,
        actor=actor,
        actor_name="PBX" if by_pbx else "Växelflöde",
        origin="ami" if by_pbx else "system",
        via=Via(None),
        object=o.ref,
        object_name=o.name,
        action="agents",
        aspects=("agents",),
        edits=(Edit(("agents", extension), *(ABSENT if a is None else a.as_json() for a in states)),),
        revision=revision,
        state="live" if by_pbx else "pending",
        live_ms=0 if by_pbx else None,
    )


def extension_of(change: Change) -> str:
    """The extension that a change of agents is about."""
    return change.edits[0].path[1]


def interface_of(company: Company, extension: str) -> str | None:
    """What Asterisk calls the phone of an extension, or ``None`` when there is none."""
    found = company.get(ObjectRef("extension", extension))
    return f"PJSIP/{found.spec.endpoint}" if found and isinstance(found.spec, Extension) else None
