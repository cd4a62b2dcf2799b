"""Where calls may be led, for lists to choose from: by kind and in words, made once however many lists a page has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from vaxelflode.services.shapes import Choice
from vaxelflode.web.page import Look


@dataclass(frozen=True)
class Options:
    """``groups`` are kinds with their options in order, each the value of a form's field, its text and the key."""

    groups: Sequence[tuple[str, Sequence[tuple[str, str, str]]]] = ()
    #: Value → text.
    texts: Mapping[str, str] = field(default_factory=dict)
    #: Value → what is there, of those where something is heard that the person may listen to.
    heard: Mapping[str, Choice] = field(default_factory=dict)
    _drawn: list[str] = field(default_factory=list, init=False, repr=False)

    def drawn(self, macro: Callable[[Options], str], chosen: str) -> Markup:
        """The options as HTML, ``chosen`` selected: drawn once, by the page's macro, for every list that has them.

        The macro writes each option as ``value="…"``; in HTML no text looks like that, since its quotes are escaped.
        """
        if not self._drawn:
            self._drawn.append(str(macro(self)))
        found = self._drawn[0]
        if chosen in self.texts:
            value = f'value="{escape(chosen)}"'
            found = found.replace(value, f"{value} selected", 1)
        return Markup(found)  # noqa: S704 -- a macro's output is HTML already, with all that people typed escaped


def options(look: Look, choices: Iterable[Choice]) -> Options:
    """The choices as options, kinds in the order in which they come."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    heard: dict[str, Choice] = {}
    for choice in choices:
        kind, key = choice["kind"], choice["key"]
        text = look.words.outside("end", key) if kind == "end" else choice["name"]
        value = value_of(choice["destination"])
        groups.setdefault(kind, []).append((value, text, key))
        if "sound" in choice:
            heard[value] = choice
    return Options([*groups.items()], {value: text for some in groups.values() for value, text, _ in some}, heard)


def value_of(destination: Mapping[str, str] | None) -> str:
    """A destination as it stands in a form: ``object:menu/huvudmeny``; nothing for none."""
    return "" if destination is None else ":".join(next(iter(destination.items())))
