"""Making one bundle live on one node: publish → prove → confirm, or restore and prove the restore.

The undo is written before the deed. After a crash at any point :meth:`Releaser.recover` finishes or rolls back.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Awaitable, Sequence

from vaxelflode.applying import story
from vaxelflode.applying.drift import HandEdit, set_aside
from vaxelflode.applying.ports import PbxPort
from vaxelflode.applying.proof import Prover, Refused
from vaxelflode.applying.store import Journal, Published, Store, StoreError
from vaxelflode.domain.company import Company
from vaxelflode.errors import PbxError, PbxRefused, PbxUnavailable
from vaxelflode.rendering.render import FILES, Bundle

log = logging.getLogger(__name__)


class Stopwatch:
    """Milliseconds of each step since the one before."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, step: str) -> None:
        """End a step."""
        now = time.perf_counter()
        self.steps[step] = round(self.steps.get(step, 0.0) + (now - self._last) * 1000, 2)
        self._last = now


class Broken(PbxError):
    """Neither the new configuration nor the one before could be proven; the node needs a look."""

    key = "pbx_broken"


class Releaser:
    """The one writer of a node's generated directory."""

    def __init__(self, pbx: PbxPort, store: Store, prover: Prover) -> None:
        self._pbx = pbx
        self._store = store
        self._prover = prover

    async def make_live(self, bundle: Bundle, before: Bundle | None, company: Company) -> dict[str, float]:
        """Make ``bundle`` live and prove it; returns the milliseconds of each step.

        Raises :class:`Refused` when the PBX keeps (and has proven) ``before``; ``PbxUnavailable`` when the connection
        went away, with the journal left for :meth:`recover`; :class:`StoreError` when the disk refused;
        :class:`Broken` when not even the restore could be proven.
        """
        watch = Stopwatch()
        files = bundle.differs_from(before)
        self._prover.read_strictly(bundle, files)
        watch.lap("check")
        release = await asyncio.to_thread(self._store.write, bundle)
        watch.lap("write")
        journal = Journal(self._store.current(), release)
        await self._prepared(journal, bundle, files)
        watch.lap("preflight")
        await self._swap_and_prove(journal, bundle, files, company, watch)
        return watch.steps

    async def _prepared(self, journal: Journal, bundle: Bundle, files: Sequence[str]) -> None:
        """The release is judged, and is on the disk for good, as is its undo; all three take their time side by side.

        A crash among them leaves what is current as it was: whether a release that is not current yet is whole, nobody
        asks.
        """
        try:
            await _side_by_side(  # the disk's word counts before the parser's, who can read nothing where it failed
                asyncio.to_thread(self._store.sync, journal.after),
                asyncio.to_thread(self._store.begin, journal),
                self._prover.before_swap(journal.after, bundle, files),
            )
        except (PbxRefused, StoreError):
            await asyncio.to_thread(self._store.end)  # nothing was done that could be undone
            raise

    async def _swap_and_prove(
        self, journal: Journal, bundle: Bundle, files: Sequence[str], company: Company, watch: Stopwatch
    ) -> None:
        previous, release = journal.before, journal.after
        await asyncio.to_thread(self._store.switch, release)
        watch.lap("switch")
        story.published(bundle.revision, release, files)
        try:
            # Looked at on both sides of the reload: what Asterisk read in between is what was rendered.
            await self._prover.on_disk(release, bundle, files)
            await self._reload(files)
            watch.lap("reload")
            await _side_by_side(self._prover.on_disk(release, bundle, files), self._prover.live(bundle, files, company))
            watch.lap("prove")
            story.proven(bundle.revision, release)
        except PbxRefused as err:
            log.warning("revision %s refused, restoring: %s", bundle.revision, err)
            await self._restore(previous, files)
            raise Refused(err.message) from err
        await asyncio.to_thread(self._store.end)
        watch.lap("confirm")

    def tidy(self) -> None:
        """Remove old releases; to be called when nobody waits for the answer any longer."""
        self._store.prune()

    def _finish(self) -> None:
        self._store.end()
        self._store.prune()

    async def _reload(self, files: Sequence[str]) -> None:
        for name in files:
            await self._pbx.reload(name)

    async def _restore(self, previous: str | None, files: Sequence[str]) -> None:
        """Back to the release before, in the opposite order: what the dialplan no longer uses goes after it."""
        try:
            release, bundle = None, None
            if previous is not None:
                release, bundle = await asyncio.to_thread(self._anew, previous)
            await asyncio.to_thread(self._store.switch, release)
            await self._reload(files[::-1])
            if bundle is not None:
                await self._prover.live(bundle, files)
        except (PbxRefused, StoreError) as err:
            raise Broken(f"the revision before could not be restored: {err}") from err
        await asyncio.to_thread(self._finish)

    def _anew(self, release: str) -> tuple[str, Bundle]:
        """A release published anew, since Asterisk would miss files that it has seen; itself where there is no room."""
        bundle = self._store.read(release)
        try:
            fresh = self._store.write(bundle)
            self._store.sync(fresh)
        except StoreError as err:
            log.warning("cannot publish %s anew, using it as it is: %s", release, err.message)
            return release, bundle
        return fresh, bundle

    def set_aside(self, now: dt.datetime, known: Sequence[HandEdit] = ()) -> list[HandEdit]:
        """Keep what somebody else wrote into the current release, before it is put right; ``known`` is kept already."""
        return set_aside(self._store, now, known)

    def published(self) -> Published | None:
        """Whose the release is that Asterisk follows, and of which revision."""
        return self._store.published()

    async def recover(self) -> Bundle | None:
        """What is proven to be live now, after finishing or rolling back what a crash left; ``None``: nothing is."""
        journal = self._store.unfinished()
        if journal is None:
            current = self._store.current()
            return None if current is None else await self._proven(current)
        log.warning("found an application that was cut short: %s after %s", journal.after, journal.before)
        return await self._finished(journal)

    async def _finished(self, journal: Journal) -> Bundle | None:
        if self._store.current() not in (journal.before, journal.after):
            await asyncio.to_thread(self._store.switch, journal.before)
        current = self._store.current()
        bundle = None if current is None else await self._proven(current)
        if bundle is not None:
            await asyncio.to_thread(self._finish)
        elif journal.before != current:
            try:
                await self._restore(journal.before, FILES)
            except Broken as err:
                log.warning("cannot roll back: %s", err.message)
                return None
            restored = self._store.current()
            return None if restored is None else await asyncio.to_thread(self._store.read, restored)
        return bundle

    async def _proven(self, release: str) -> Bundle | None:
        try:
            bundle = await asyncio.to_thread(self._store.read, release)
            try:
                await self._prover.live(bundle, FILES)
            except PbxRefused:
                await self._reload(FILES)
                await self._prover.live(bundle, FILES)
        except PbxUnavailable:
            raise
        except (PbxRefused, StoreError) as err:
            log.warning("release %s is not what the PBX has loaded: %s", release, err)
            return None
        return bundle

    async def still_live(self, bundle: Bundle, company: Company) -> bool:
        """Whether disk and PBX still hold ``bundle``, and the PBX what it names as changed of ``company``."""
        current = self._store.current()
        if current is None or self._store.told(current) is None:  # a manifest is put right like any other file
            return False
        try:
            if await asyncio.to_thread(self._store.differing, current, bundle.files):
                return False
            await self._prover.readable(bundle, FILES)
            await self._prover.live(bundle, FILES, company)
        except PbxUnavailable:
            raise
        except (PbxRefused, StoreError) as err:
            log.warning("what was proven no longer holds: %s", err)
            return False
        return True


async def _side_by_side(*works: Awaitable[None]) -> None:
    """Each to its end, whatever becomes of the others; raises what the first of them that failed has raised."""
    for end in await asyncio.gather(*works, return_exceptions=True):
        if end is not None:
            raise end
