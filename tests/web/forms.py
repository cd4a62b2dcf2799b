"""What a browser would send of a page's form: every control that counts, as it stands there."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser


class _Controls(HTMLParser):
    """The controls of a page, by form; those outside of any name theirs."""

    def __init__(self) -> None:
        super().__init__()
        self._form: str | None = None
        self._select: tuple[str, str] | None = None
        self._options: list[tuple[str, bool]] = []
        self.found: list[tuple[str, str, str]] = []
        #: Every control's name, that of buttons as well.
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        where, name = had.get("form", self._form) or "", had.get("name", "")
        if tag in ("input", "select", "textarea", "button") and name:
            self.names.add(name)
        if tag == "form":
            self._form = had.get("id", "")
        elif tag == "select":
            self._select, self._options = (where, name), []
        elif tag == "option" and self._select is not None:
            self._options.append((had.get("value", ""), "selected" in had))
        elif tag == "input" and name and (had.get("type") not in ("checkbox", "radio") or "checked" in had):
            self.found.append((where, name, had.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select is not None:
            chosen = [value for value, selected in self._options if selected] or [v for v, _ in self._options[:1]]
            self.found += [(*self._select, value) for value in chosen[-1:]]
            self._select = None


def _read(html: str) -> _Controls:
    parser = _Controls()
    parser.feed(html)
    return parser


def filled(html: str, form: str = "object") -> dict[str, object]:
    """Field → its text, or every text of one that stands there several times."""
    sent: dict[str, list[str]] = {}
    for where, name, value in _read(html).found:
        if where == form:
            sent.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in sent.items()}


def fields(html: str) -> Iterator[str]:
    """The fields of an object that a page has inputs for: ``timeout``, once each."""
    found = (name.split(".")[1] for name in _read(html).names if name.startswith("f."))
    return iter(dict.fromkeys(found))
