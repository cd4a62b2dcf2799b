"""The generated directory: releases beside each other, and the symlink that Asterisk follows.

::

    releases/41-9f3c2a-5d1e07b2/{extensions.conf,queues.conf,voicemail.conf,manifest.json}
    current -> releases/41-9f3c2a-5d1e07b2
    journal.json                     while a release is being made live

Every file of a release is written fresh, never linked or copied with its times: Asterisk compares size and mtime
and would miss it. Nothing is current before it is on the disk.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import logging
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from vaxelflode.applying import disk
from vaxelflode.errors import VaxelflodeError
from vaxelflode.rendering.render import FILES, Bundle, File

log = logging.getLogger(__name__)

_MANIFEST = "manifest.json"
#: Releases kept beside the current one, for the curious and for the restore.
KEPT = 5
#: What a crash may leave beside the releases, each with a random end.
_FRESH = ("probe", "current", "journal")
#: The revision in a release's name and, since they have one, the mark of whose it is.
_NAME = re.compile(r"([0-9]{1,18})-(?:[0-9a-f]{6}-([0-9a-f]{8})$)?")
_STAMP = re.compile(r"[0-9]{1,18}-[0-9a-f]{1,32}")


class StoreError(VaxelflodeError):
    """The generated directory cannot be written or read; what is live stays as it is."""

    key = "store"


class Busy(StoreError):
    """Somebody else applies here; there is one applier a directory."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The undo, written before the deed: which release was current, and which is to be."""

    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Published:
    """What a release says of itself; ``installation`` is ``None`` where it was made before that was written down."""

    revision: int
    installation: str | None
    #: When the revision was made; ``None`` as above.
    made_at: dt.datetime | None = None
    #: The :func:`mark_of` its installation, as its name has it; ``None`` where that is older than marks are.
    mark: str | None = None

    def is_of(self, installation: str) -> bool:
        """Whether it is that installation's, as far as it tells."""
        return self.installation in (None, installation) and self.mark in (None, mark_of(installation))


def mark_of(installation: str) -> str:
    """What stands in the names of an installation's releases, short and fit for a file's name."""
    return hashlib.sha256(installation.encode()).hexdigest()[:8]


class Store:
    """The generated directory of one node."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._releases = directory / "releases"
        self._current = directory / "current"
        self._journal = directory / "journal.json"

    def prepare(self) -> None:
        """Make the directory, and see that it can be written. Raises :class:`StoreError`."""
        with _translated(self.directory):
            self._releases.mkdir(parents=True, exist_ok=True)
            probe = self.directory / f".probe-{secrets.token_hex(4)}"
            probe.touch()
            probe.unlink()
            for left in [p for what in _FRESH for p in self.directory.glob(f".{what}-*")]:
                left.unlink()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the one applier of this directory; raises :class:`StoreError` when somebody else is."""
        with _translated(self.directory), (self.directory / ".lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as err:
                raise Busy(f"{self.directory}: another control plane applies here already") from err
            yield

    def is_locked(self) -> bool:
        """Whether somebody applies here now."""
        try:
            with (self.directory / ".lock").open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def write(self, bundle: Bundle) -> str:
        """Put a bundle beside the others as a release of its own and return the release's name.

        It is there for everybody to read, and on the disk for good once :meth:`sync` has returned.
        """
        whose = "" if bundle.installation is None else f"-{mark_of(bundle.installation)}"
        name = f"{bundle.revision}-{secrets.token_hex(3)}{whose}"
        folder = self._releases / name
        with _translated(folder):
            folder.mkdir(parents=True)  # also where somebody removed the directory
            with disk.or_nothing(folder):
                sums = {n: disk.write(folder / n, file.blocks()) for n, file in bundle.files.items()}
                disk.write(folder / _MANIFEST, [_manifest(bundle, sums)])
        return name

    def sync(self, release: str) -> None:
        """Return when a release would outlive a power cut: its files, its directory, and the one above."""
        folder = self._releases / release
        with _translated(folder), disk.or_nothing(folder):
            disk.sync_together([*(folder / file for file in (*FILES, _MANIFEST)), folder, self._releases])

    def read(self, release: str) -> Bundle:
        """A release as it is on the disk. Raises :class:`StoreError` when it is not what was written."""
        folder = self._releases / release
        with _translated(folder):
            manifest = json.loads(disk.content(folder / _MANIFEST))
            files = {
                n: File(_stamp(said["stamp"]), str(said["digest"]), tuple(disk.blocks(folder / n)))
                for n, said in manifest["files"].items()
            }
            for name, file in files.items():
                if disk.checksum(*file.pieces) != manifest["files"][name]["sum"]:
                    raise StoreError(f"{folder / name}: has been changed since it was written")
            bundle = {n: files[n] for n in FILES}
            return Bundle(manifest["revision"], bundle, manifest.get("installation"), _time(manifest.get("made_at")))

    def published(self) -> Published | None:
        """Whose the current release is, and of which revision; whatever became of its files.

        Without its manifest its name still tells both; of one from before names told whose it is, its neighbours do.
        """
        current = self.current()
        if current is None:
            return None
        name = _NAME.match(current)
        if (said := self.told(current)) is not None:
            return said if name is None else replace(said, mark=name[2])
        if name is None:
            return None
        whose = None if name[2] else self._whose_are_the_others()
        return Published(int(name[1]), whose, mark=name[2])

    def told(self, release: str) -> Published | None:
        """What a release's manifest says of it, if there is one that can be read."""
        try:
            said = json.loads(disk.content(self._releases / release / _MANIFEST))
            return Published(int(said["revision"]), said.get("installation"), _time(said.get("made_at")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def _whose_are_the_others(self) -> str | None:
        """The installation of the newest release whose manifest can be read; ``None`` where there is none."""
        if not self._releases.exists():  # somebody removed the directory: what is made next makes it anew
            return None
        with _translated(self._releases):
            return next((said.installation for path in self._newest_first() if (said := self.told(path.name))), None)

    def _newest_first(self) -> list[Path]:
        return sorted(self._releases.iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)

    def edited(self, release: str) -> dict[str, bytes | None]:
        """The files of a release that are no longer what was written, as they are now; ``None``: not to be read."""
        folder = self._releases / release
        found: dict[str, bytes | None] = {}
        try:
            sums = {n: said["sum"] for n, said in json.loads(disk.content(folder / _MANIFEST))["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}  # without its manifest nothing tells what was written
        for name in FILES:
            content = disk.as_found(folder / name)
            if content is None or disk.checksum(content) != sums.get(name):
                found[name] = content
        return found

    def keep_aside(self, name: str, content: bytes, most: int) -> None:
        """Keep a copy of what somebody else wrote in our place, for our own eyes; of many the newest ``most``."""
        folder = self.directory / "aside"
        with _translated(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            with disk.replacing(folder / name) as fresh:
                disk.write(fresh, [content], mode=0o600)
            for old in sorted(path for path in folder.iterdir() if path.is_file() or path.is_symlink())[:-most]:
                old.unlink()

    def differing(self, release: str, rendered: Mapping[str, File]) -> list[str]:
        """The files whose bytes on the disk are not these."""
        folder = self._releases / release
        with _translated(folder):
            return [n for n, file in rendered.items() if not disk.holds(folder / n, file.blocks())]

    def current(self) -> str | None:
        """The name of the release that Asterisk follows, if any."""
        try:
            return self._current.readlink().name
        except OSError:
            return None

    def switch(self, release: str | None) -> None:
        """Let Asterisk follow another release (``None``: none) from its next reload on: one rename."""
        with _translated(self._current):
            if release is None:
                self._current.unlink(missing_ok=True)
            else:
                with disk.replacing(self._current) as fresh:
                    fresh.symlink_to(Path("releases") / release)
            disk.sync(self.directory)

    def begin(self, journal: Journal) -> None:
        """Write the undo."""
        with _translated(self._journal):
            with disk.replacing(self._journal) as fresh:
                disk.write(fresh, [json.dumps({"before": journal.before, "after": journal.after}).encode()])
                disk.sync(fresh)
            disk.sync(self.directory)

    def end(self) -> None:
        """The deed is proven, or undone and that is proven."""
        with _translated(self._journal):
            self._journal.unlink(missing_ok=True)

    def unfinished(self) -> Journal | None:
        """What a crash left half-way."""
        try:
            said = json.loads(disk.content(self._journal))
            before, after = said["before"], said["after"]
            if not (isinstance(after, str) and isinstance(before, str | None)):
                raise TypeError("names no release")  # noqa: TRY301 -- one way out for all that is wrong with it
            return Journal(before, after)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as err:
            # Nothing is known of what was under way: whatever is current is looked at as at any other start.
            aside = self._journal.with_suffix(".damaged")
            log.warning("%s cannot be read (%s); kept as %s", self._journal, err, aside.name)
            with _translated(self._journal):
                self._journal.replace(aside)
            return None
        except OSError as err:
            raise StoreError(f"{self._journal}: {err.strerror}") from err

    def prune(self) -> None:
        """Remove old releases, never the current one or one of an unfinished journal."""
        journal = self.unfinished()
        keep = {self.current(), journal and journal.before, journal and journal.after}
        with _translated(self._releases):
            for folder in [p for p in self._newest_first() if p.name not in keep][KEPT:]:
                shutil.rmtree(folder, ignore_errors=True)


class _translated:  # noqa: N801 -- reads as a word in a with statement
    """Errors of the file system and of a manifest's text as :class:`StoreError`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, err: BaseException | None, _trace: object) -> None:
        """Translate."""
        if isinstance(err, OSError):
            raise StoreError(f"{err.filename or self._path}: {err.strerror}") from err
        if isinstance(err, ValueError | KeyError | TypeError | AttributeError):
            raise StoreError(f"{self._path}: {err}") from err


def _manifest(bundle: Bundle, sums: Mapping[str, int]) -> bytes:
    """What a release says of itself; ``sums`` of its files as they were written."""
    files = {n: {"stamp": f.stamp, "digest": f.digest, "sum": sums[n]} for n, f in bundle.files.items()}
    said = {"installation": bundle.installation, "revision": bundle.revision, "files": files}
    made_at = {} if bundle.made_at is None else {"made_at": bundle.made_at.isoformat()}
    return json.dumps(said | made_at, indent=1).encode()


def _time(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


def _stamp(text: str) -> str:
    if not _STAMP.fullmatch(text):
        raise ValueError(f"{text!r} is not a stamp")
    return text
