"""Proof: what the PBX has loaded is what we rendered. ``Success`` is none (ASTERISK.md, *Reload*).

Before the swap the candidate is held against the rendered bytes and read by Asterisk's own parser to its last line.
After the reload the sentinel, the file's last thing, is read back, and what changed is compared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from functools import partial

from vaxelflode.applying.ports import MailboxShape, PbxPort, QueueShape
from vaxelflode.applying.store import Store, StoreError
from vaxelflode.domain.company import Company
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.queue import Queue
from vaxelflode.domain.kinds.voicemail import Voicemail
from vaxelflode.errors import PbxRefused
from vaxelflode.rendering.encode import Names
from vaxelflode.rendering.environment import MOST_MESSAGES
from vaxelflode.rendering.render import Bundle
from vaxelflode.rendering.strict import faults, steps

#: Read-backs under way at once; AMI answers them in order anyhow.
_TOGETHER = 16

_Proof = Callable[[], Awaitable[None]]


class Refused(PbxRefused):
    """The configuration is not one that the PBX has taken, or can take, whole."""


class Prover:
    """Proves bundles on one node."""

    def __init__(self, pbx: PbxPort, store: Store, names: Names, config_path: str) -> None:
        """``config_path``: the generated directory as Asterisk sees it."""
        self._pbx = pbx
        self._store = store
        self._names = names
        self._config_path = config_path

    def read_strictly(self, bundle: Bundle, files: Iterable[str]) -> None:
        """Every fragment that changed, by our own grammar. Raises :class:`Refused` with the file and the fault."""
        for name in files:
            for ref, fragment in bundle.files[name].changed.items():
                for fault in faults(name, fragment):
                    raise Refused(f"{name}, {ref}, line {fault.line}: {fault.reason}")

    async def before_swap(self, release: str, bundle: Bundle, files: Sequence[str]) -> None:
        """The candidate on the disk, byte for byte and by Asterisk's parser."""
        await self.on_disk(release, bundle, bundle.files)
        await self._read_by_asterisk(f"releases/{release}", bundle, files)

    async def readable(self, bundle: Bundle, files: Iterable[str]) -> None:
        """Asterisk can still read what it follows, to the end: it has kept the right to. Raises ``PbxRefused``.

        Its next start would else be one without our dialplan, though every byte is there.
        """
        await self._read_by_asterisk("current", bundle, files)

    async def _read_by_asterisk(self, folder: str, bundle: Bundle, files: Iterable[str]) -> None:
        for name in files:
            section, line = self._last(name, bundle.files[name].stamp)
            if not await self._pbx.has_line(f"{self._config_path}/{folder}/{name}", section, line):
                raise Refused(f"{name}: Asterisk's parser does not reach its last line")

    async def on_disk(self, release: str, bundle: Bundle, files: Iterable[str]) -> None:
        """A release's files are byte for byte what was rendered; raises :class:`Refused`."""
        rendered = {name: bundle.files[name] for name in files}
        try:
            differing = await asyncio.to_thread(self._store.differing, release, rendered)
        except StoreError as err:
            raise Refused(f"the release on the disk cannot be read: {err.message}") from err
        if differing:
            raise Refused(f"{', '.join(differing)}: what is on the disk is not what was rendered")

    def _last(self, name: str, stamp: str) -> tuple[str, str]:
        """The section and the line that end a file."""
        return {
            "extensions.conf": (self._names.own("revision"), f"exten={stamp},1,NoOp()"),
            "queues.conf": (self._names.sentinel(stamp), "strategy=ringall"),
            "musiconhold.conf": (self._names.sentinel(stamp), f"entry={self._names.sounds}/{stamp}"),
            "voicemail.conf": (self._names.own("revision"), f"{stamp}=nologin,revision"),
        }[name]

    async def live(self, bundle: Bundle, files: Collection[str], company: Company | None = None) -> None:
        """What is loaded: each file's sentinel and, given the company, what changed since the bundle before."""
        sentinels = [partial(self._sentinel, name, bundle) for name in files]
        await _all([*sentinels, *(() if company is None else self._changed(bundle, files, company))])

    async def _sentinel(self, name: str, bundle: Bundle) -> None:
        if not await self._has_sentinel(name, bundle.files[name].stamp):
            raise Refused(f"{name}: the PBX has not loaded revision {bundle.revision} to its end")

    async def _has_sentinel(self, name: str, stamp: str) -> bool:
        match name:
            case "extensions.conf":
                found = await self._pbx.dialplan(self._names.own("revision"))
                return found is not None and stamp in found
            case "queues.conf":
                return await self._pbx.queue(self._names.sentinel(stamp)) is not None
            case "musiconhold.conf":
                return True  # loaded, and nothing of AMI's shows it: this rests on the bytes and on Asterisk's parser
            case _:
                return await self._pbx.mailbox(stamp, self._names.own("revision")) is not None

    def _changed(self, bundle: Bundle, files: Iterable[str], company: Company) -> Sequence[_Proof]:
        proofs: list[_Proof] = []
        for name in files:
            for ref, fragment in bundle.files[name].changed.items():
                match name:
                    case "extensions.conf":
                        proofs += [partial(self._context, c, found) for c, found in steps(fragment.decode()).items()]
                    case "queues.conf":
                        proofs.append(partial(self._queue, ref, company))
                    case "voicemail.conf":
                        proofs.append(partial(self._mailbox, ref, company))
        return proofs

    async def _context(self, context: str, expected: dict[str, list[tuple[str, str]]]) -> None:
        found = await self._pbx.dialplan(context)
        live = None if found is None else {name: [*map(tuple, s)] for name, s in found.items()}
        if live != expected:
            raise Refused(f"extensions.conf: {context} in the PBX is not what was rendered")

    async def _queue(self, ref: ObjectRef, company: Company) -> None:
        o = company.everything[ref]
        assert isinstance(o.spec, Queue)  # noqa: S101 -- only queues have a part in queues.conf
        found = await self._pbx.queue(self._names.queue(ref.key))
        spec = o.spec
        if found != QueueShape(spec.strategy, spec.length, spec.target, spec.weight):
            raise Refused(f"queues.conf: {ref} in the PBX is not what was rendered")

    async def _mailbox(self, ref: ObjectRef, company: Company) -> None:
        spec = company.everything[ref].spec
        assert isinstance(spec, Voicemail)  # noqa: S101 -- only mailboxes have a part in voicemail.conf
        found = await self._pbx.mailbox(ref.key, self._names.prefix)
        if found != MailboxShape(ref.key, spec.email or "", MOST_MESSAGES):
            raise Refused(f"voicemail.conf: {ref} in the PBX is not what was rendered")


async def _all(proofs: Sequence[_Proof]) -> None:
    for first in range(0, len(proofs), _TOGETHER):
        await asyncio.gather(*(prove() for prove in proofs[first : first + _TOGETHER]))
