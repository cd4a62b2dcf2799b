"""Plain files where somebody else may write too: read without waiting, made whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

#: How a file is opened that somebody else may have put there: no link is followed, and nobody is waited for.
_PLAINLY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
#: The largest file that is read as it was found: several times what is rendered for 10,000 flows.
_LARGEST = 256 << 20
#: Bytes of a file that are read at once.
_BLOCK = 1 << 16


class NoPlainFile(OSError):
    """Something else stands in a file's place."""


@contextmanager
def opened(path: Path, buffering: int = -1) -> Iterator[IO[bytes]]:
    """A plain file, to be read; raises :class:`NoPlainFile` for whatever else is there, and waits for nobody."""
    handle = os.open(path, _PLAINLY)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NoPlainFile(errno.EINVAL, "is no plain file", str(path))
    with os.fdopen(handle, "rb", buffering=buffering) as file:
        yield file


def blocks(path: Path) -> Iterator[bytes]:
    """The same in parts, for what may be of many megabytes."""
    with opened(path) as file:
        while block := file.read(_BLOCK):
            yield block


def content(path: Path) -> bytes:
    """All of a plain file."""
    with opened(path) as file:
        return file.read()


def as_found(path: Path) -> bytes | None:
    """What somebody put in a file's place: only a plain file of some size is read, and nothing is waited for."""
    try:
        with opened(path) as file:
            found = file.read(_LARGEST + 1)
    except OSError:
        return None
    return found if len(found) <= _LARGEST else None


def write(path: Path, blocks: Iterable[bytes], mode: int = 0o644) -> int:
    """Make a file; returns the sum of what is in it."""
    found = checksum()
    with path.open("xb", buffering=0) as file:
        os.fchmod(file.fileno(), mode)
        for block in blocks:
            found = checksum(block, before=found)
            left = memoryview(block)
            while left:
                left = left[file.write(left) :]
    return found


def holds(path: Path, blocks: Iterable[bytes]) -> bool:
    """Whether a file is these bytes."""
    try:
        with opened(path) as file:
            return all(file.read(len(block)) == block for block in blocks) and not file.read(1)
    except NoPlainFile:
        return False


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Where to make what is to stand at ``path`` in one step; what could not be made whole is taken away."""
    fresh = path.with_name(f".{path.stem}-{secrets.token_hex(4)}")
    try:
        yield fresh
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


@contextmanager
def or_nothing(folder: Path) -> Iterator[None]:
    """What cannot be written whole is taken away: on a full disk every try would leave its part."""
    try:
        yield
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def checksum(*parts: bytes, before: int = 0) -> int:
    """Tells that a file was edited by hand; it is no guard against an attacker, who would write the manifest too."""
    for part in parts:
        before = zlib.crc32(part, before)
    return before


def sync(path: Path) -> None:
    """Return when a file or folder would outlive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_together(paths: Sequence[Path]) -> None:
    """Side by side: what is asked of a file system at once it writes down once, and not once for each."""
    with ThreadPoolExecutor(len(paths), thread_name_prefix="sync") as threads:
        for done in [threads.submit(sync, path) for path in paths]:
            done.result()
