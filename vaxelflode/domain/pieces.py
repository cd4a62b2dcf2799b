"""Files of a company taken apart: each piece with its place, so that whatever is wrong names file and field.

The way back of :mod:`vaxelflode.domain.portable`. Only the outer form is judged here; what the pieces say is held
against a company by :mod:`vaxelflode.services.import_plan`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from vaxelflode.domain.check import checked_key, kind_named
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.portable import FORMAT, HEAD
from vaxelflode.domain.spec import PROMPT_PATTERN
from vaxelflode.errors import FieldError, Invalid, VaxelflodeError

_FOLDERS = {"objects": 3, "flows": 2, "people": 2, "sounds": 2}
_PARTS = frozenset({"format", "objects", "flows", "people", "sounds"})


@dataclass(frozen=True, slots=True)
class FileFault:
    """One thing that is wrong in a file: its path within the export, the dotted field (empty: the whole), the rest."""

    file: str
    field: str
    code: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.field, self.message) if part)


class BadFiles(VaxelflodeError):
    """Files that do not make a company; nothing has changed."""

    key = "files"

    def __init__(self, faults: Iterable[FileFault]) -> None:
        self.faults = tuple(faults)
        more = f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
        super().__init__(f"{self.faults[0]}{more}")


class Faults(list[FileFault]):
    """What was found wrong so far."""

    @contextmanager
    def at(self, place: Place) -> Iterator[None]:
        """Take down what is :class:`Invalid` within the block, and go on after it."""
        try:
            yield
        except Invalid as err:
            self.extend(place.fault(e) for e in err.errors)

    def refuse(self) -> None:
        """Raise :class:`BadFiles` if there is anything."""
        if self:
            raise BadFiles(self)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece stands: its file, and the field that leads to it within."""

    file: str
    field: str = ""

    def fault(self, error: FieldError) -> FileFault:
        """What is wrong with a field of the piece."""
        where = ".".join(part for part in (self.field, error.field) if part)
        return FileFault(self.file, where, error.code, error.message)


@dataclass(frozen=True, slots=True)
class Piece:
    """One mapping of a file."""

    place: Place
    said: Mapping[str, Any]


@dataclass
class Pieces:
    """All that files say. ``objects`` by reference; ``sounds`` tells of prompts by digest."""

    objects: dict[ObjectRef, Piece] = field(default_factory=dict)
    flows: list[Piece] = field(default_factory=list)
    people: list[Piece] = field(default_factory=list)
    sounds: dict[str, Piece] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    #: Objects that are there but cannot be told: others may well lead to them.
    unreadable: set[ObjectRef] = field(default_factory=set)

    def add(self, folder: str, name: str, place: Place, said: Any) -> None:
        """One more piece; ``name`` is ``kind/key``, the person's address, or the digest."""
        with self.faults.at(place):
            match folder:
                case "objects":
                    ref = _ref(name)
                    self.unreadable.add(ref)
                    self.objects[ref] = _piece(place, said)
                    self.unreadable.remove(ref)
                case "flows":
                    self.flows.append(_piece(place, said))
                case "people":
                    piece = _piece(place, said)
                    self.people.append(Piece(place, {"email": name, **piece.said} if name else piece.said))
                case _:
                    if not re.fullmatch(PROMPT_PATTERN, name):
                        raise _invalid("", "name", "a sound is named by its SHA-256 in hex")
                    self.sounds[name] = _piece(place, said)


def of_files(contents: Mapping[str, Any]) -> Pieces:
    """The pieces of a folder: path → JSON value."""
    pieces = Pieces()
    with pieces.faults.at(Place(HEAD)):
        _check_format(contents.get(HEAD))
    for path, said in sorted(contents.items()):
        if path == HEAD:
            continue
        folder, *rest = path.split("/")
        name, dot, ending = "/".join(rest).rpartition(".")
        if _FOLDERS.get(folder) != len(rest) + 1 or (dot, ending) != (".", "json"):
            pieces.faults.append(FileFault(path, "", "unknown", "is no file of a company"))
            continue
        # A flow's file may have any name; a person's says the address, unless that stands within.
        pieces.add(folder, unquote(name) if folder == "people" else name, Place(path), said)
    return pieces


def of_one_file(file: str, content: Any) -> Pieces:
    """The pieces of one file that holds everything."""
    pieces = Pieces()
    with pieces.faults.at(Place(file)):
        _check_format(content)
        _check_parts(content)
    if not isinstance(content, Mapping):
        return pieces
    for folder in ("objects", "sounds"):
        with pieces.faults.at(Place(file)):
            for name, said in _mapping(content, folder).items():
                pieces.add(folder, name, Place(file, f"{folder}.{name}"), said)
    for folder in ("flows", "people"):
        with pieces.faults.at(Place(file)):
            for n, said in enumerate(_list(content, folder)):
                pieces.add(folder, "", Place(file, f"{folder}.{n}"), said)
    return pieces


def _check_parts(content: Mapping[str, Any]) -> None:
    if extra := sorted(set(content) - _PARTS):
        raise Invalid([FieldError(name, "extra", "there is no such part of a company") for name in extra])


def _check_format(content: Any) -> None:
    if not isinstance(content, Mapping):
        raise _invalid("", "format", f'must hold {{"format": {FORMAT}}}: this is no export of a company')
    if content.get("format") != FORMAT or isinstance(content["format"], bool):
        raise _invalid("format", "format", f"must be {FORMAT}, the version of the layout that is known here")


def _ref(name: str) -> ObjectRef:
    kind, slash, key = name.partition("/")
    if not slash:
        raise _invalid("", "reference", "must be kind/key, for example menu/huvudmeny")
    return checked_key(kind_named(kind), key)


def _piece(place: Place, said: Any) -> Piece:
    if not isinstance(said, Mapping):
        raise _invalid("", "type", "must be an object of JSON, in {}")
    return Piece(place, said)


def _mapping(content: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    found = content.get(part, {})
    if not isinstance(found, Mapping):
        raise _invalid(part, "type", "must be an object of JSON, in {}")
    return found


def _list(content: Mapping[str, Any], part: str) -> list[Any]:
    found = content.get(part, [])
    if not isinstance(found, list):
        raise _invalid(part, "type", "must be a list")
    return found


def _invalid(field: str, code: str, message: str) -> Invalid:
    return Invalid([FieldError(field, code, message)])
