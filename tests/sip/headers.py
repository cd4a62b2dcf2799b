"""Header fields (RFC 3261, 7.3): their order is kept, their names are compared in every form that is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_COMPACT = {
    "c": "content-type",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
}


class Headers:
    """Header fields in their order; names are compared without case and by their long form."""

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self._items = list(items)

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Headers:
        """Read lines without their ends: folded ones are joined, those without a colon dropped."""
        return cls(_fields(lines))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._items)

    def all(self, name: str) -> list[str]:
        """Every value of ``name``, comma-separated lists taken apart (but not inside quotes or brackets)."""
        wanted = long_name(name)
        return [part for key, value in self._items if long_name(key) == wanted for part in _split(value)]

    def get(self, name: str, default: str = "") -> str:
        """The first field of that name, whole."""
        wanted = long_name(name)
        return next((value for key, value in self._items if long_name(key) == wanted), default)

    def add(self, name: str, value: str) -> None:
        """Append a field."""
        self._items.append((name, value))


def long_name(name: str) -> str:
    """The name by which fields are compared: in lower case, compact forms (RFC 3261, 7.3.3) written out."""
    lower = name.lower()
    return _COMPACT.get(lower, lower)


def _split(value: str) -> list[str]:
    parts, start, quoted, depth = [], 0, False, 0
    for at, letter in enumerate(value):
        if letter == '"' and value[at - 1 : at] != "\\":
            quoted = not quoted
        elif not quoted and letter in "<>":
            depth += 1 if letter == "<" else -1
        elif letter == "," and not quoted and depth == 0:
            parts.append(value[start:at].strip())
            start = at + 1
    return [*parts, value[start:].strip()]


def _fields(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    folded: list[str] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and folded:
            folded[-1] += " " + line.strip()
        elif line:
            folded.append(line)
    for line in folded:
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()
