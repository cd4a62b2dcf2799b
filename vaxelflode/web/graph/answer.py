"""What becomes of the simulated call, as a sentence: ``Nu, med val 1: kön Kundservice.``"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vaxelflode.domain.simulate import MOST_STEPS
from vaxelflode.i18n.catalogue import translations
from vaxelflode.services import shapes
from vaxelflode.web.graph.question import Choice
from vaxelflode.web.page import Look


@dataclass(frozen=True, slots=True)
class Answer:
    """``when`` it is asked of, ``what`` the caller first comes to, and what follows in sentences of their own."""

    when: str
    what: str
    then: tuple[str, ...]


def answer(look: Look, graph: shapes.Graph, at: dt.datetime | None, pressed: Sequence[Choice]) -> Answer:
    """The answer; ``at`` is the instant that was asked for, ``None``: now."""
    _ = translations(look.language).gettext
    noticed = list(_noticed(look, graph))
    round_and_round = len(set(graph["path"])) < len(graph["path"]) and len(graph["simulation"]["steps"]) >= MOST_STEPS
    end = graph["simulation"]["end"]
    last = None if end is None or round_and_round else next(iter(end.items()))
    then = [_("Then %(what)s.") % {"what": what} for what in noticed[1:]]
    if round_and_round:
        then.append(_("And so on, round and round."))
    elif last == _HANGUP and noticed:
        then.append(_("Then the call ends."))
    elif last is not None and noticed and last[0] not in ("object", "extension"):
        then.append(_("Then %(what)s.") % {"what": look.words.named(*last)})
    told = [*noticed, look.words.named(*last) if last not in (None, _HANGUP) else _("the call ends")]
    return Answer(_when(look, graph, at, pressed), told[0], tuple(then))


_HANGUP = ("end", "hangup")


def _noticed(look: Look, graph: shapes.Graph) -> Iterator[str]:
    """What a caller notices after the last choice: a menu that is left is told by the choice."""
    steps = graph["simulation"]["steps"]
    asks = {node["id"] for node in graph["nodes"] if node["keys"]}
    kinds: Mapping[str, str] = {node["id"]: node["kind"] for node in graph["nodes"]}
    told: set[str] = set()
    for step in steps:
        node = step["node"]
        kind = kinds.get(node, "")
        if node in told or look.words.reach(kind, step["name"]) is None:
            continue
        if node in asks and step["exit"] is not None and len(steps) < MOST_STEPS:
            continue
        told.add(node)
        yield look.words.named(kind, step["name"])


def _when(look: Look, graph: shapes.Graph, at: dt.datetime | None, pressed: Sequence[Choice]) -> str:
    _ = translations(look.language).gettext
    when = _("Now") if at is None else instant(look, at)
    note = next((step["note"] for step in graph["simulation"]["steps"] if step["note"]), "")
    if note:
        when += f" ({note})"
    keys = [choice.pressed for choice in pressed if choice.reached and choice.pressed]
    if keys:
        when += _(", with choice %(keys)s") % {"keys": _(" and then ").join(keys)}
    elif pressed and pressed[0].reached:
        when += _(", without a choice")
    return when


def instant(look: Look, at: dt.datetime) -> str:
    """``Fredag 26 mars 11:00``, in the zone of the pages."""
    here = at.astimezone(look.now.tzinfo)
    date = look.date(here.date())
    year = f" {here.year}" if here.year != look.now.year else ""
    return f"{date[:1].upper()}{date[1:]}{year} {here:%H:%M}"
