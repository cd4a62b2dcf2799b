"""A company's files on the disk: read whole, and written so that only what changed is touched."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from vaxelflode.domain.pieces import BadFiles, FileFault, Pieces, of_files, of_one_file
from vaxelflode.domain.portable import HEAD, files, one_file, played, text
from vaxelflode.domain.portable import Whole as Company
from vaxelflode.errors import FieldError, Invalid, VaxelflodeError

_FOLDERS = ("objects", "flows", "people", "sounds")
#: Largest file of JSON and largest sound that are read, in bytes.
_LARGEST, _LARGEST_SOUND = 64 << 20, 10 << 20


class FilesError(VaxelflodeError):
    """A file or folder cannot be read or written."""

    key = "file"


@dataclass(frozen=True)
class Found:
    """What was read: the pieces, and for each sound by its digest how its bytes are had."""

    pieces: Pieces
    sounds: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)


@dataclass
class Written:
    """What an export did: paths that are new or others than before, and paths that are gone."""

    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0


def read(path: Path) -> Found:
    """The company at ``path``, a folder or one file.

    Raises :class:`FilesError` when there is none. What is wrong within joins the pieces' faults.
    """
    with _translated(path):
        if path.is_dir():
            return _read_folder(path)
        pieces = of_one_file(path.name, _json(path, path.name))
        return Found(pieces)


def _read_folder(folder: Path) -> Found:
    contents: dict[str, Any] = {}
    sounds: dict[str, Callable[[], bytes]] = {}
    faults: list[FileFault] = []
    for path in _listed(folder):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".wav":
            sounds[path.stem] = partial(_sound, path)
            continue
        try:
            contents[name] = _json(path, name)
        except BadFiles as err:
            faults += err.faults
            contents |= {name: {}} if name == HEAD else {}
    pieces = of_files(contents)
    pieces.faults.extend(faults)
    return Found(pieces, sounds)


def _listed(folder: Path) -> Iterator[Path]:
    """The files that are a company's by their place; what is hidden, and what lies beside, is somebody else's."""
    if (head := folder / HEAD).is_file():
        yield head
    for name in _FOLDERS:
        for path in sorted((folder / name).rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
            if not hidden and path.suffix in (".json", ".wav") and path.is_file():
                yield path


def _json(path: Path, name: str) -> Any:
    """What a file holds. Raises :class:`BadFiles` with the place of what is no JSON."""
    if path.stat().st_size > _LARGEST:
        raise BadFiles([FileFault(name, "", "size", f"is larger than {_LARGEST >> 20} MB")])
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_refused)
    except UnicodeDecodeError as err:
        raise BadFiles([FileFault(name, "", "utf-8", f"is not UTF-8 at byte {err.start}")]) from err
    except json.JSONDecodeError as err:
        words = f"line {err.lineno}, column {err.colno}: {err.msg}"
        raise BadFiles([FileFault(name, "", "json", words)]) from err
    except (ValueError, RecursionError) as err:
        raise BadFiles([FileFault(name, "", "json", str(err))]) from err


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} stands twice in the same object")
    return found


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _sound(path: Path) -> bytes:
    with _translated(path):
        if path.stat().st_size > _LARGEST_SOUND:
            raise Invalid([FieldError("file", "size", f"is larger than {_LARGEST_SOUND >> 20} MB")])
        return path.read_bytes()


# ------------------------------------------------------------------------------------------------ writing


def write_one(path: Path, company: Company) -> Written:
    """Write everything but the sounds as one file."""
    done = Written()
    with _translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _put(done, path.parent, path.name, text(one_file(company)).encode())
    return done


def write_folder(folder: Path, company: Company) -> Written:
    """Make a folder the company's export: what differs is written, what is gone is removed, the rest is let be.

    The sounds that it lacks then are told by :func:`lacking`. A folder that holds anything and is no export is
    refused with :class:`FilesError`.
    """
    done = Written()
    with _translated(folder):
        _require_ours(folder)
        contents = files(company)
        for name, content in contents.items():
            _put(done, folder, name, text(content).encode())
        _remove_others(done, folder, {*contents, *(_sound_name(digest) for digest, _ in played(company))})
    return done


def lacking(folder: Path, company: Company) -> list[str]:
    """The sounds that the company plays and the folder does not hold as they are."""
    with _translated(folder):
        return [digest for digest, _ in played(company) if not _holds(folder / _sound_name(digest), digest)]


def write_sound(done: Written, folder: Path, digest: str, sound: bytes) -> None:
    """Put a sound into the folder."""
    with _translated(folder):
        _put(done, folder, _sound_name(digest), sound)


def _sound_name(digest: str) -> str:
    return f"sounds/{digest}.wav"


def _holds(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _require_ours(folder: Path) -> None:
    if folder.is_dir() and not (folder / HEAD).is_file() and any(not p.name.startswith(".") for p in folder.iterdir()):
        raise FilesError(f"{folder} is not empty, and no export: {HEAD} is missing")
    folder.mkdir(parents=True, exist_ok=True)


def _put(done: Written, folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    if path.is_file() and path.read_bytes() == content:
        done.unchanged += 1
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{secrets.token_hex(4)}.new")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
    done.changed.append(name)


def _remove_others(done: Written, folder: Path, ours: set[str]) -> None:
    for path in list(_listed(folder)):
        name = path.relative_to(folder).as_posix()
        if name not in ours:
            path.unlink()
            done.removed.append(name)
    for kind in (folder / "objects").glob("*/"):
        with contextlib.suppress(OSError):  # which is not empty
            kind.rmdir()


class _translated:  # noqa: N801 -- reads as a word in a with statement
    """Errors of the file system as :class:`FilesError`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, err: BaseException | None, _trace: object) -> None:
        """Translate."""
        if isinstance(err, OSError):
            raise FilesError(f"{err.filename or self._path}: {os.strerror(err.errno or 0)}") from err
