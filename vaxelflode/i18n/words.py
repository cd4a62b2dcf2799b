"""What kinds, aspects, exits and fields are called: one file a kind, each term with every language side by side.

The files are found as the kinds are: a new kind brings ``<kind>.toml``, and nothing here names it. What a file lacks is
called by its identifier; a test holds that none lacks anything.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from vaxelflode.i18n.formats import phone_number

LANGUAGES = ("sv", "en")
#: Where the files are looked for; the first that has one brings it.
FOLDERS = [Path(__file__).parent / "words"]

_Terms = Mapping[str, Any]


@cache
def terms(kind: str) -> _Terms:
    """A kind's file as it is; empty where there is none."""
    found = next((path for folder in FOLDERS if (path := folder / f"{kind}.toml").is_file()), None)
    return {} if found is None else tomllib.loads(found.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    language: str

    def _said(self, kind: str, *path: str) -> str | None:
        at: Any = terms(kind)
        for name in path:
            at = at.get(name, {})
        word: str | None = at.get(self.language)
        return word

    def kind(self, kind: str) -> str:
        """``kö``; a sort of destination that is no object is called something too."""
        return self._said(kind, "kind") or self._said("common", "outside", kind) or kind

    def kinds(self, kind: str) -> str:
        """``köer``."""
        return self._said(kind, "kinds") or kind

    def icon(self, kind: str) -> str:
        """The symbol that stands for a kind; a neutral one where its file names none."""
        found: str = terms(kind).get("icon") or terms("common")["icons"].get(kind, "list")
        return found

    def in_place(self, kinds: Iterable[str]) -> list[str]:
        """Kinds in the order of their tabs; those that say nothing of it last, as they come."""
        return sorted(kinds, key=lambda kind: terms(kind).get("place", math.inf))

    def named(self, kind: str, name: str) -> str:
        """``kön Kundservice``: an object in the midst of a sentence, or an end (``kind`` ``end``, by its value)."""
        said = self._said("common", "named", name if kind == "end" else kind) or self._said(kind, "named")
        shown = phone_number(name) if kind == "external" else name
        return f"{self.kind(kind)} {shown}" if said is None else said.replace("{name}", shown)

    def changed(self, kind: str, aspect: str, name: str) -> str | None:
        """``ställde om läget Krisläge``: what whoever changes an aspect has done; ``None``: as of any other."""
        said = self._said(kind, "changed", aspect) or self._said("common", "changed", aspect)
        return None if said is None else said.replace("{named}", self.named(kind, name)).replace("{name}", name)

    def aspect(self, kind: str, aspect: str) -> str:
        """``tillfällig ändring``."""
        return self._said(kind, "aspects", aspect) or aspect

    def field(self, kind: str, field: str) -> str:
        """``Längsta väntetid``."""
        return self._said(kind, "fields", field) or field

    def part(self, kind: str, part: str) -> str:
        """``Till``: one of several values that are one field."""
        return self._said(kind, "parts", part) or part

    def hint(self, kind: str, field: str) -> str:
        """``Sedan provas nästa agent.``; empty where a field explains itself."""
        return self._said(kind, "hints", field) or ""

    def choice(self, kind: str, field: str, value: str) -> str:
        """``Alla samtidigt``: one of the values that a field may have."""
        return self._said(kind, "choices", field, value) or value

    def unit(self, unit: str, count: int) -> str:
        """``sekunder``, ``sekund`` of one."""
        return self._said("common", "units", "one" if count == 1 else "many", unit) or unit

    def exit(self, kind: str, field: str, name: str, label: str | None = None) -> str:
        """``Tryck 1``: the exit ``name`` of the field at the path ``field``; ``label`` is what people call it."""
        if label is not None:
            return label
        word = self._said(kind, "exits", name) or self._said(kind, "exits", field.partition(".")[0])
        return name if word is None else word.replace("{key}", name)

    def on_line(self, kind: str, label: str) -> str:
        """``kö full``: an exit's word on its line; what people called it themselves stays as it is."""
        ours = {term.get(self.language) for term in terms(kind).get("exits", {}).values()}
        return label[:1].lower() + label[1:] if label in ours else label

    def why(self, kind: str, why: str) -> str:
        """``väntat för länge``."""
        return self._said(kind, "why", why) or self._said("common", "why", why) or why

    def reach(self, kind: str, name: str, keys: str = "") -> str | None:
        """``kommer till kön Kundservice``: what becomes of whoever rings; ``None``: nothing that one notices."""
        said = self._said(kind, "reach") or self._said("common", "reach", kind)
        return None if said is None else said.replace("{keys}", keys).replace("{name}", name)

    def doubt(self, code: str) -> str:
        """``samtalet avslutas utan att något sägs``."""
        return self._said("common", "doubts", code) or code

    def outside(self, sort: str, value: str) -> str:
        """A destination that is no object: ``Samtalet avslutas``, or the number itself."""
        return (self._said("common", "ends", value) if sort == "end" else None) or value
