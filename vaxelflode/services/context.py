"""What every use case has at hand: the database, the company as it stands, the clock, and the way to the PBX."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from vaxelflode.applying.agents import AgentActions
from vaxelflode.applying.applier import Applier
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.flow import Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.outside import NO_LINE, Outside
from vaxelflode.errors import Forbidden, NotFound, Unauthenticated
from vaxelflode.policy.authority import Authority, Decision
from vaxelflode.services.tries import Tries
from vaxelflode.storage import flows, people
from vaxelflode.storage.at_hand import CompanyAtHand
from vaxelflode.storage.database import Database, Transaction

#: How long an answer waits for the PBX, in seconds.
ANSWER_WITHIN = 5.0


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's view within one transaction: what is read, judged and written belongs together."""

    db: Transaction
    person: Person
    company: Company
    authority: Authority
    now: dt.datetime
    #: Hears of every decision about what was asked for.
    decided: Callable[[bool], None] = lambda _allowed: None

    def known(self, ref: ObjectRef) -> Object:
        """The object, or :class:`NotFound` where the person may not know of it."""
        found = self.company.get(ref)
        if found is None or not self.authority.knows(ref):
            self.decided(False)
            raise NotFound(f"there is no {ref}")
        return found

    def readable(self, ref: ObjectRef) -> Object:
        """The object with the right to read its spec, or :class:`Forbidden` with the reason."""
        found = self.known(ref)
        self.require(self.authority.may_read(ref))
        return found

    def require(self, decision: Decision) -> Decision:
        """As :func:`require`; the decision is counted."""
        self.decided(decision.allowed)
        return require(decision)

    def require_administrator(self) -> None:
        """Or :class:`Forbidden`."""
        self.decided(self.authority.is_administrator)
        if not self.authority.is_administrator:
            raise Forbidden("this needs the right flow_admin; an administrator can give it")

    def today(self, o: Object) -> dt.date:
        """The date where the object is: in its own zone, if it has one."""
        return self.now.astimezone(ZoneInfo(getattr(o.spec, "time_zone", "UTC"))).date()


def require(decision: Decision) -> Decision:
    """The decision if it allows; else :class:`NotFound` or :class:`Forbidden`, with the reason."""
    if not decision.known:
        raise NotFound(decision.reason)
    if not decision.allowed:
        raise Forbidden(decision.reason)
    return decision


@dataclass
class Context:
    """The use cases' surroundings; made once by :mod:`vaxelflode.bootstrap`."""

    database: Database
    applier: Applier
    agents: AgentActions
    clock: Callable[[], dt.datetime]
    outside: Outside = NO_LINE
    tries: Tries = field(default_factory=Tries)
    company: CompanyAtHand = field(default_factory=CompanyAtHand)
    decided: Callable[[bool], None] = lambda _allowed: None
    #: In seconds.
    answer_within: float = ANSWER_WITHIN

    @asynccontextmanager
    async def reading(self, person: Person) -> AsyncIterator[Desk]:
        """A transaction that reads, for ``person``."""
        async with self.database.read() as db:
            yield await self._desk(db, person)

    @asynccontextmanager
    async def writing(self, person: Person) -> AsyncIterator[Desk]:
        """A transaction that writes; the person's rights and grants are read anew inside it."""
        async with self.database.write() as db:
            current = await people.by_id(db, person.id)
            if current is None or current.disabled:
                raise Unauthenticated("this account has ended")
            yield await self._desk(db, current)

    async def _desk(self, db: Transaction, person: Person) -> Desk:
        now = self.clock()
        company = await self.company.at(db, now)
        mine = await flows.of_person(db, person.id)
        return Desk(db, person, company, Authority(person, mine, company, now), now, self.decided)
