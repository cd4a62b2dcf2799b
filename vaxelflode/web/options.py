"""Where calls may be led, for lists to choose from: by kind and in words, made once however many lists a page has.

Of many places a list has the near ones, and a field beside it in which others are looked for: the form comes back as it
was sent, and that list has what fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from markupsafe import Markup, escape

from vaxelflode.services.choosing import FEW, SHOWN, Pickable
from vaxelflode.services.shapes import Choice
from vaxelflode.services.sounds import Slot
from vaxelflode.web.page import Look

#: What the name of a field in which one looks for places begins with; then that of the field that they are for.
FIND = "find."
#: Characters of a search that count.
_LONGEST = 100
#: Lines of a list of what fits.
_LINES = 8


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


@dataclass(frozen=True, slots=True)
class Listed:
    """What one list has: the near places, or what was looked for."""

    options: Options
    choices: Sequence[Choice]
    #: What is looked for, as typed.
    words: str = ""
    #: How many fit, and of them are listed; ``None``: nothing was looked for.
    fitting: int | None = None
    shown: int = 0

    @property
    def lines(self) -> int:
        """Lines that are seen of the list at once; 0: it opens when it is asked to."""
        return min(_LINES, 2 + self.shown) if self.fitting else 0


@dataclass(frozen=True)
class Places:
    """What may be picked in the lists of a page; ``sought`` is what is looked for, by the name of the field."""

    look: Look
    pickable: Pickable | None = None
    sought: Mapping[str, str] = field(default_factory=dict)
    _found: dict[str, Listed] = field(default_factory=dict, init=False, repr=False)

    @property
    def many(self) -> bool:
        """Whether there are more than are listed."""
        return self.pickable is not None and not self.pickable.is_few

    @property
    def every(self) -> int:
        """How many there are."""
        return 0 if self.pickable is None else len(self.pickable)

    @cached_property
    def _near(self) -> Listed:
        listed = () if self.pickable is None else self.pickable.listed
        return Listed(options(self.look, listed), listed)

    def listed(self, name: str) -> Listed:
        """What the list of a field has."""
        words = self.sought.get(name, "")
        if not words or self.pickable is None or self.pickable.is_few:
            return self._near
        if name not in self._found:
            found = self.pickable.find(words)
            choices = found.choices if found.fitting else self._near.choices
            made = options(self.look, choices) if found.fitting else self._near.options
            self._found[name] = Listed(made, choices, words, found.fitting, len(found.choices))
        return self._found[name]

    def text(self, value: str) -> str | None:
        """What a value of a list is called, if it may be picked, whether it is listed or not."""
        found = self._near.options.texts.get(value)
        if found is None and (choice := self._choice(value)) is not None:
            found = _text(self.look, choice)
        return found

    def heard(self, value: str) -> Choice | None:
        """What is heard there, if the person may pick it and listen to it."""
        choice = self._choice(value)
        return choice if choice is not None and "sound" in choice else None

    def _choice(self, value: str) -> Choice | None:
        sort, colon, where = value.partition(":")
        return self.pickable.of({sort: where}) if colon and self.pickable is not None else None


@dataclass(frozen=True, slots=True)
class Recordings:
    """What may be played in one field, for the list of a page and what is beside it."""

    slot: Slot
    words: str = ""

    @property
    def many(self) -> bool:
        """Whether there are more than are listed."""
        return self.slot.every > FEW

    @property
    def every(self) -> int:
        """How many there are."""
        return self.slot.every

    def listed(self, _name: str) -> Listed:
        """What the list has."""
        fitting = self.slot.fitting
        return Listed(Options(), (), self.words, fitting, min(SHOWN, fitting or 0))


def sought(given: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What is looked for in a form that was sent, by the name of the field that it is for."""
    last = {name: texts[-1].strip() for name, texts in given.items() if name.startswith(FIND) and texts}
    return {name.removeprefix(FIND): words[:_LONGEST] for name, words in last.items() if words}


def options(look: Look, choices: Iterable[Choice]) -> Options:
    """The choices as options, kinds in the order in which they come."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    heard: dict[str, Choice] = {}
    for choice in choices:
        kind, key, value = choice["kind"], choice["key"], value_of(choice["destination"])
        groups.setdefault(kind, []).append((value, _text(look, choice), key))
        if "sound" in choice:
            heard[value] = choice
    return Options([*groups.items()], {value: text for some in groups.values() for value, text, _ in some}, heard)


def _text(look: Look, choice: Choice) -> str:
    return look.words.outside("end", choice["key"]) if choice["kind"] == "end" else choice["name"]


def value_of(destination: Mapping[str, str] | None) -> str:
    """A destination as it stands in a form: ``object:menu/huvudmeny``; nothing for none."""
    return "" if destination is None else ":".join(next(iter(destination.items())))
