"""Where calls may be led, for lists to choose from: by kind and in words, made once however many lists a page has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vaxelflode.services.shapes import Choice
from vaxelflode.web.page import Look


@dataclass(frozen=True, slots=True)
class Options:
    """``groups`` are kinds with their options in order, each the value of a form's field, its text and the key."""

    groups: Sequence[tuple[str, Sequence[tuple[str, str, str]]]] = ()
    #: Value → text.
    texts: Mapping[str, str] = field(default_factory=dict)


def options(look: Look, choices: Iterable[Choice]) -> Options:
    """The choices as options, kinds in the order in which they come."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for choice in choices:
        kind, key = choice["kind"], choice["key"]
        text = look.words.outside("end", key) if kind == "end" else choice["name"]
        groups.setdefault(kind, []).append((value_of(choice["destination"]), text, key))
    return Options([*groups.items()], {value: text for some in groups.values() for value, text, _ in some})


def value_of(destination: Mapping[str, str] | None) -> str:
    """A destination as it stands in a form: ``object:menu/huvudmeny``; nothing for none."""
    return "" if destination is None else ":".join(next(iter(destination.items())))
