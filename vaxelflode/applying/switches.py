"""Writes down what people set at the PBX itself: a switch's position, by a code from a phone.

It is a change like any other, of the origin ``phone``, and live when it is written. The PBX tells by an event when a
phone has set something; that is a hint and no more, since anybody who can place a call can forge one: what counts is
what stands in AstDB. So a look every 30 seconds and at each new connection finds what was set while we were away.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from vaxelflode.applying.entries import Entries
from vaxelflode.applying.looking import look_again
from vaxelflode.domain.change import Change, Via
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.edits import aspects_of
from vaxelflode.domain.history import counted, edits_between
from vaxelflode.domain.identifiers import ObjectRef, new_id
from vaxelflode.domain.kinds.extension import Extension
from vaxelflode.domain.kinds.switch import WEB
from vaxelflode.domain.spec import Heard
from vaxelflode.storage import changes, objects
from vaxelflode.storage.at_hand import CompanyAtHand
from vaxelflode.storage.database import Database, Transaction

log = logging.getLogger(__name__)

#: The event by which the dialplan tells that a phone has set something.
EVENT = "VxSwitch"


class SwitchKeeper:
    """Owned by one task that runs :meth:`run`."""

    def __init__(
        self,
        database: Database,
        entries: Entries,
        clock: Callable[[], dt.datetime],
        written: Callable[[], None],
        company: CompanyAtHand | None = None,
        in_charge: Callable[[], bool] = lambda: True,
    ) -> None:
        """``written`` is called when there is a new revision; ``in_charge``: whether the PBX is this database's."""
        self._in_charge = in_charge
        self._database = database
        self._entries = entries
        self._clock = clock
        self._written = written
        self._at_hand = company or CompanyAtHand()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something may have been set: look now."""
        self._wake.set()

    async def run(self) -> None:
        """Look until cancelled."""
        await look_again("switches", self.once, self._wake)

    async def once(self) -> None:
        """Write down everything that was set at the PBX later than what is known here.

        Nothing where this database is not in charge: another's positions are not ours to have, and each that an older
        one wrote down would bring it nearer to the revision that is live.
        """
        if not self._in_charge():
            return
        async with self._database.read() as db:
            company = await self._at_hand.at(db, self._clock())
        found = await self._entries.heard(company)
        if found and await self._write(found):
            self._written()

    async def _write(self, found: Mapping[ObjectRef, tuple[str, str]]) -> bool:
        now, written = self._clock(), False
        async with self._database.write() as db:
            company = await self._at_hand.at(db, now)
            for ref, (family, value) in found.items():
                o = company.get(ref)
                # Judged anew: what was saved in the meantime may be newer still.
                heard = None if o is None else o.spec.heard(family, value, now)
                if o is not None and heard is not None:
                    await _record(db, company, o, heard, now)
                    written = True
        return written


async def _record(db: Transaction, company: Company, o: Object, heard: Heard, now: dt.datetime) -> None:
    after = replace(o, spec=heard.spec)
    edits = edits_between(o, after)
    revision = await objects.next_revision(db, now)
    await objects.save(db, replace(after, versions=counted(o, edits)), revision)
    actor, name = _actor(heard.by, company)
    # What no phone has set is from a database that knew more than this one.
    phone = heard.by != WEB
    change = Change(
        id=new_id(),
        at=heard.at,
        actor=actor,
        actor_name=name,
        origin="phone" if phone else "ami",
        via=Via(None, "phone" if phone else None),
        object=o.ref,
        object_name=o.name,
        action="edit",
        aspects=aspects_of(o.kind, edits),
        edits=edits,
        revision=revision,
    )
    await changes.add(db, change, o.versions)
    await changes.settle(db, [change.id], "live", now, live_ms=0)
    log.info("%s was set at the PBX by %s", o.ref, heard.by)


def _actor(by: str, company: Company) -> tuple[str, str]:
    """The extension and its name: the one whose phone has these digits in its endpoint's name, or bears them itself."""
    extensions = ((o, o.spec) for o in company.of_kind("extension"))
    digits = {re.sub(r"[^0-9]", "", spec.endpoint): o for o, spec in extensions if isinstance(spec, Extension)}
    found = digits.get(by) or company.get(ObjectRef("extension", by))
    return (by, by) if found is None else (found.ref.key, found.name)
