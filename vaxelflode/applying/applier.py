"""The applier: brings what is desired in the database live on this node, one revision after the other.

One a node, one task. The files come first (``vaxelflode.applying.release``), then what stands in the PBX's own small
database (``vaxelflode.applying.entries``). Changes that arrive while one revision is applied ride together in the next.
A refused batch is restored and then tried one by one, in order (``vaxelflode.applying.blame``). Every 20 seconds, and
whenever the connection is new, it looks whether disk and PBX still hold what it proved. When the year turns, what is
rendered ahead by date is renewed and applied without a new revision.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from vaxelflode import request_id
from vaxelflode.applying import story
from vaxelflode.applying.blame import compensate, without
from vaxelflode.applying.charge import require_charge
from vaxelflode.applying.drift import HandEdit, difference
from vaxelflode.applying.entries import Entries, SetThere
from vaxelflode.applying.outcome import Outcome, Watch
from vaxelflode.applying.ports import PbxPort
from vaxelflode.applying.release import Broken, Releaser
from vaxelflode.applying.sounds import Sounds
from vaxelflode.applying.store import Published, StoreError
from vaxelflode.domain.change import Change
from vaxelflode.domain.company import EMPTY, Company
from vaxelflode.domain.history import dangling, together, with_changes
from vaxelflode.errors import Invalid, PbxRefused, PbxUnavailable, VaxelflodeError
from vaxelflode.rendering.encode import Unencodable
from vaxelflode.rendering.render import Bundle, Renderer
from vaxelflode.storage import changes, nodes, objects
from vaxelflode.storage.at_hand import CompanyAtHand
from vaxelflode.storage.database import Database, StorageError, Transaction
from vaxelflode.storage.installation import installation_id

log = logging.getLogger(__name__)

#: Seconds between two looks at disk and PBX: what somebody changed by hand is put right within 30 s, so that the look,
#: and the application that may follow, have ten of them.
RECONCILE_EVERY = 20.0
#: Objects compared whole at each look.
COMPARED = 100
#: Seconds until the next try after the disk or the database refused: at first, and at most.
RETRY_AFTER, RETRY_MOST = 2.0, 8.0


class Applier:
    """Owned by one task that runs :meth:`run`."""

    def __init__(
        self,
        database: Database,
        pbx: PbxPort,
        renderer: Renderer,
        releaser: Releaser,
        sounds: Sounds,
        entries: Entries,
        *,
        node: str,
        roll_back: bool = False,
        clock: Callable[[], dt.datetime],
        company: CompanyAtHand | None = None,
    ) -> None:
        self._database = database
        self._pbx = pbx
        self._renderer = renderer
        self._releaser = releaser
        self._sounds = sounds
        self._entries = entries
        self._node = node
        self._roll_back = roll_back
        self._clock = clock
        self._wake = asyncio.Event()
        self._steady = asyncio.Event()
        self._company = company or CompanyAtHand()
        self._live_company = EMPTY
        self._live: Bundle | None = None
        #: The dates that the live bundle speaks of, as far as is known.
        self._live_horizon: tuple[dt.date, dt.date] | None = None
        #: What the release that Asterisk follows says of itself.
        self._published: Published | None = None
        #: Whether this database is the one whose configuration is live, or somebody said that it is to be.
        self.in_charge = roll_back
        self._doubtful = True
        self._looked = 0
        self._hand_edits: list[HandEdit] = []
        self._watches: dict[str, Watch] = {}
        #: Called when something was set at the PBX itself that is to be written down before anything is brought.
        self.on_set_there: Callable[[], None] = lambda: None
        #: Called when it turns out that this database is the one whose configuration is live.
        self.on_in_charge: Callable[[], None] = lambda: None
        #: Called when another revision is live.
        self.on_live: Callable[[], None] = lambda: None
        #: Called with the outcome of each application and the milliseconds of its steps.
        self.on_applied: Callable[[str, Mapping[str, float]], None] = lambda _outcome, _steps: None
        #: Why nothing can be applied right now, in words; ``None``: nothing stands in the way.
        self.trouble: str | None = None

    @property
    def live_revision(self) -> int:
        """The revision that this node has proven, 0 before the first."""
        return self._live_company.revision if self._live is not None and not self._doubtful else 0

    @property
    def live_company(self) -> Company:
        """The company as this node has last proven it; empty before the first."""
        return self._live_company

    @property
    def settled(self) -> bool:
        """Whether what is desired is live and proven."""
        return self._live is not None and not self._doubtful and self.trouble is None

    async def until_settled(self) -> None:
        """Return when what is desired is live and proven."""
        await self._steady.wait()

    def wake(self, *, doubtful: bool = False) -> None:
        """There is something to do; ``doubtful``: what was proven may no longer hold (a new connection)."""
        self._doubtful = self._doubtful or doubtful
        self._wake.set()

    @contextmanager
    def watching(self, change_id: str) -> Iterator[Watch]:
        """Watch a change from before it is written, so that no outcome is missed."""
        watch = Watch(self.wake)
        self._watches[change_id] = watch
        try:
            yield watch
        finally:
            del self._watches[change_id]

    async def run(self) -> None:
        """Apply until cancelled."""
        retry = RETRY_AFTER
        while True:
            self._wake.clear()
            try:
                await self.once()
                self._steady.set()
                pause, retry = RECONCILE_EVERY, RETRY_AFTER
            except SetThere as err:
                log.info("%s: waiting until it is written down", err.message)
                self._steady.clear()
                self.on_set_there()
                pause = RETRY_AFTER
            except VaxelflodeError as err:
                await self._cannot(err)
                pause, retry = retry, min(2 * retry, _longest_pause(err))
            try:
                async with asyncio.timeout(pause):  # wait_for may lose a cancellation that comes with the waking
                    await self._wake.wait()
            except TimeoutError:
                self._doubtful = True

    async def _cannot(self, err: VaxelflodeError) -> None:
        """Nothing can be applied now: say so, here, in the log and to whoever asks for this node."""
        told = self.trouble == err.message
        self.trouble, self._doubtful = err.message, True
        self._steady.clear()
        if told:
            return
        # The connection logs its own comings and goings.
        log.log(logging.INFO if isinstance(err, PbxUnavailable) else logging.WARNING, "cannot apply now: %s", err)
        await self._report(err.message)

    async def _report(self, reason: str | None) -> None:
        try:
            async with self._database.write() as db:
                await nodes.report(db, self._node, self._clock(), revision=None, reason=reason)
        except StorageError as err:
            log.warning("cannot report this node's state: %s", err)

    async def once(self) -> None:
        """One round: see what is desired, make it live, write down what became of it."""
        if not self._pbx.connected:
            await self._judge()
            raise PbxUnavailable("the PBX is not connected")
        if self._doubtful:
            await self._look()
        now = self._clock()
        company, waiting = await self._desired(now)
        self._renderer.look_ahead(now.date())
        if waiting or not self._is_live(company):
            with request_id.about(change.request for change in waiting):
                await self._apply(company, waiting)
            await asyncio.to_thread(self._releaser.tidy)
        elif self._entries.behind(company):
            await self._entries.bring(company)
        if self.trouble is not None or self._database.trouble is not None:
            self.trouble = None
            await self._report(None)  # and see whether the database takes it

    async def _desired(self, now: dt.datetime) -> tuple[Company, list[Change]]:
        """What is desired and what waits, by a database that may bring it to the PBX."""
        async with self._database.read() as db:
            company = await self._company.at(db, now)
            waiting = await changes.pending(db)
            self._renderer.installation = await installation_id(db)
            self._renderer.made_at = company.revision, await objects.made_at(db, company.revision)
            await self._take_charge(db)
        return company, waiting

    async def _judge(self) -> None:
        """Who is in charge can be told without the PBX, and agents are moved by an account of their own."""
        if not self.in_charge:
            self._published = self._releaser.published()
            async with self._database.read() as db:
                await self._take_charge(db)

    def _is_live(self, company: Company) -> bool:
        """Whether the PBX has this revision, with all the dates that are to be rendered today."""
        if self._live is None or self._live_horizon != self._renderer.horizon:
            return False
        return company.revision == self._live_company.revision

    async def _take_charge(self, db: Transaction) -> None:
        """Neither an older database nor another one ever changes the PBX unasked."""
        was, self.in_charge = self.in_charge, self._roll_back
        if not self._roll_back:
            await require_charge(db, self._published)
            self.in_charge = True
        if not was:
            self.on_in_charge()

    async def _look(self) -> None:
        """See whether what was proven still holds; at the start, what there is at all."""
        await self._sounds.ensure_all(self._live_company)
        if self._live is None:
            await self._set_aside()
            self._live = await self._releaser.recover()
            self._published = self._releaser.published()
        elif not await self._releaser.still_live(self._some_of(self._live), self._live_company):
            log.warning("disk or PBX no longer hold revision %s: applying it anew", self._live.revision)
            await self._set_aside()
            self._live = None
        self._entries.doubt()
        self._doubtful = False

    async def _set_aside(self) -> None:
        """What somebody else wrote into our files is kept before it is put right."""
        found = await asyncio.to_thread(self._releaser.set_aside, self._clock(), tuple(self._hand_edits))
        for edit in found:
            log.warning("%s was changed by hand; what was found is kept aside", edit.file)
        self._hand_edits += found

    def _some_of(self, live: Bundle) -> Bundle:
        """The live bundle with the next few objects to be compared whole: each has its turn, and no look is long."""
        refs = list(self._live_company.everything)
        self._looked = self._looked if self._looked < len(refs) else 0
        turn = refs[self._looked : self._looked + COMPARED]
        self._looked += COMPARED
        return self._renderer.part(live, turn)

    async def _apply(self, company: Company, waiting: Sequence[Change]) -> None:
        try:
            _require_targets(company, waiting)
            steps = await self._make_live(company)
        except PbxRefused as err:
            await self._refused(company, waiting, err.message)
        else:
            await self._settle([c for c in waiting if c.revision <= company.revision], steps)

    @property
    def _said_to_be(self) -> str | None:
        """Whose the release that Asterisk follows says it is."""
        return None if self._published is None else self._published.installation

    async def _make_live(self, company: Company) -> dict[str, float]:
        try:
            bundle = self._renderer.render(company, self._live)
        except (Unencodable, Invalid) as err:
            raise PbxRefused(f"cannot be rendered: {err.message}") from err
        steps: dict[str, float] = {}
        if bundle.differs_from(self._live) or bundle.installation != self._said_to_be:
            await self._sounds.ensure(company)
            try:
                steps = await self._releaser.make_live(bundle, self._live, company)
            except PbxRefused:
                raise
            except BaseException:
                self._live, self._doubtful = None, True  # cut short: what the PBX has now, only a recovery can tell
                raise
            self._published = self._releaser.published()
        before, self._live, self._live_company = self._live_company, bundle, company
        self._live_horizon = self._renderer.horizon
        try:
            await self._entries.bring(company)
        except PbxRefused:
            self._live_company = before  # what is gone back to
            raise
        self.on_live()
        return steps

    async def _settle(self, done: Sequence[Change], steps: dict[str, float]) -> None:
        now = self._clock()
        # What a power cut takes of this, the next start proves and writes anew; not so what somebody did by hand.
        async with self._database.write(durable=bool(self._hand_edits)) as db:
            for ms, ids in _by_time(done, now).items():
                await changes.settle(db, ids, "live", now, live_ms=ms)
            revision = self._live_company.revision
            await nodes.report(db, self._node, now, revision=revision, reason=None)
            if steps:
                await nodes.applied(db, self._node, now, revision, "live", None, steps)
            for edit in self._hand_edits:
                told = difference(edit, self._live.files[edit.file].content) if self._live is not None else ""
                await nodes.edited_by_hand(db, self._node, edit.at, edit.file, told)
        self._hand_edits = []
        if steps:
            self.on_applied("live", steps)
        for change in done:
            story.live(change, _since(change, now))
            self._tell(change.id, Outcome("live", ms=_since(change, now)))

    async def _refused(self, company: Company, waiting: Sequence[Change], reason: str) -> None:
        """One change: it is rejected. Several: the bad one is looked for. None: the whole cannot be applied."""
        if not waiting:
            raise Broken(f"revision {company.revision} was refused: {reason}")
        good = self._live_company if self._live_company is not EMPTY else without(company, waiting)
        if len(waiting) == 1:
            await self._reject(waiting, good, reason)
            return
        log.warning("a batch of %s changes was refused, trying one by one: %s", len(waiting), reason)
        left = list(waiting)
        while left:
            group = together(good, left[0], left[1:])
            left = [change for change in left if change not in group]
            candidate = with_changes(good, group)
            if candidate is None:
                await self._reject(group, good, "it builds on a change that the PBX refused")
                continue
            try:
                steps = await self._make_live(candidate)
            except PbxRefused as err:
                await self._reject(group, good, err.message)
            else:
                good = candidate
                await self._settle(group, steps)

    async def _reject(self, refused: Sequence[Change], good: Company, reason: str) -> None:
        now = self._clock()
        async with self._database.write() as db:
            company = await self._company.at(db, now)
            for change in refused:
                await compensate(db, company, change, good, now)
            await changes.settle(db, [change.id for change in refused], "rejected", now, reason=reason)
            await nodes.applied(db, self._node, now, refused[0].revision, "rejected", reason, {})
        self.on_applied("rejected", {})
        for change in refused:
            story.refused(change, reason)
            self._tell(change.id, Outcome("rejected", reason))
        self._wake.set()

    def _tell(self, change_id: str, outcome: Outcome) -> None:
        if (watch := self._watches.get(change_id)) is not None:
            watch.tell(outcome)


def _longest_pause(err: VaxelflodeError) -> float:
    """Seconds between two tries at most. Disk and database cost nothing to be tried, and may be well again soon.

    What the PBX refuses though nobody is to blame will be refused again, at the cost of a reload.
    """
    return RETRY_MOST if isinstance(err, StoreError | StorageError) else RECONCILE_EVERY


def _since(change: Change, now: dt.datetime) -> int:
    return round((now - change.at).total_seconds() * 1000)


def _by_time(done: Sequence[Change], now: dt.datetime) -> dict[int, list[str]]:
    """Milliseconds since they were made → the changes' ids: what was made at once is settled at once."""
    found: dict[int, list[str]] = {}
    for change in done:
        found.setdefault(_since(change, now), []).append(change.id)
    return found


def _require_targets(company: Company, waiting: Sequence[Change]) -> None:
    """What a refusal took away, nothing that waits may lead to."""
    for change in waiting:
        if lost := dangling(company, change.object):
            raise PbxRefused(f"{change.object} leads to {min(lost)}, which is not there")
