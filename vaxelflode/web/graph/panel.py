"""The panel beside the graph: one node in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vaxelflode.domain.kind import kinds
from vaxelflode.i18n import formats
from vaxelflode.i18n.catalogue import translations
from vaxelflode.services import shapes
from vaxelflode.services.call_path import ONLY_LOOKING
from vaxelflode.web.graph.ways import Way, leaving
from vaxelflode.web.page import Look

#: The end of a call without more ado, as a node.
_HANGUP = "end/hangup"
#: As many people are named one by one.
_NAMED = 4
#: So many days ahead a weekday's name would be today's again.
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Granted:
    """Who may change what of it, by which flow."""

    flow: str
    aspects: str
    people: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A node, ``now`` what a call meets there, ``turn`` what changes next, ``locked`` why one may not change it."""

    node: shapes.Node
    now: str
    turn: str
    locked: str
    leads: tuple[Way, ...]
    granted: tuple[Granted, ...]
    administrators: str


def panel(look: Look, graph: shapes.Graph, node: shapes.Node, ways: Sequence[Way]) -> Panel:
    """The panel of a node."""
    return Panel(
        node,
        _now(look, graph, node),
        _turn(look, graph, node),
        locked(look, graph, node),
        leaving(ways, node["id"]),
        tuple(_granted(look, graph, node)),
        _people(look, graph["administrators"]),
    )


def locked(look: Look, graph: shapes.Graph, node: shapes.Node) -> str:
    """Why one may not change it, and who can give one the right; empty where one may."""
    _ = translations(look.language).gettext
    if node["editable"]:
        return ""
    kind = kinds().get(node["kind"])
    people = _people(look, graph["administrators"])
    who = {"who": people or _("An administrator")}
    if kind is None:
        return _("The call leaves the flow here: there is nothing to change.")
    if not kind.aspects:
        asked = [_("Ask %(names)s.") % {"names": people}] if people else []
        return " ".join([_("Only an administrator can change this."), *asked])
    if node["aspects"]:
        return _("You can see this but not change it. %(who)s can give you more.") % who
    return _("None of your flows lets you open or change this. Ask for it: %(who)s.") % who


def _now(look: Look, graph: shapes.Graph, node: shapes.Node) -> str:
    _ = translations(look.language).gettext
    step = next((s for s in graph["simulation"]["steps"] if s["node"] == node["id"]), None)
    if step is None:
        return _("The call ends here.") if node["active"] else _("The call does not come here.")
    said = f"{step['words'][:1].upper()}{step['words'][1:]}"
    if step["note"]:
        said += f", {step['note']}"
    to = _after(graph["path"], node["id"])
    if to is None:
        return f"{said}."
    if to == _HANGUP:
        return _("%(why)s, then the call ends.") % {"why": said}
    return _("%(why)s: the call goes on to %(what)s.") % {"why": said, "what": _named(look, graph, to)}


def _turn(look: Look, graph: shapes.Graph, node: shapes.Node) -> str:
    """What changes next, as far as it concerns the node."""
    _ = translations(look.language).gettext
    if (turn := graph["next"]) is None:
        return ""
    here, before, after = node["id"], graph["path"], turn["path"]
    when = {"when": _soon(look, dt.datetime.fromisoformat(turn["at"]))}
    if here in after and here not in before:
        return _("From %(when)s on the call comes here.") % when
    if here in before and here not in after:
        return _("From %(when)s on the call no longer comes here.") % when
    if here in before and (to := _after(after, here)) != _after(before, here) and to is not None:
        return _("From %(when)s on the call goes on to %(what)s.") % (when | {"what": _named(look, graph, to)})
    return ""


def _soon(look: Look, at: dt.datetime) -> str:
    here = at.astimezone(look.now.tzinfo)
    date = here.date()
    in_days = (date - look.now.date()).days
    day = formats.weekday(look.language, date) if 1 < in_days < _WEEK else look.day(date)
    return f"{day} {here:%H:%M}"


def _after(path: Sequence[str], node: str) -> str | None:
    at = path.index(node) + 1
    return path[at] if at < len(path) else None


def _named(look: Look, graph: shapes.Graph, id_: str) -> str:
    found = next((node for node in graph["nodes"] if node["id"] == id_), None)
    kind, _, name = id_.partition("/")
    return look.words.named(kind, name if found is None or kind == "end" else found["name"])


def _granted(look: Look, graph: shapes.Graph, node: shapes.Node) -> Iterator[Granted]:
    for by in node["by"]:
        aspects = [a for a in by["aspects"] if a not in ONLY_LOOKING]
        if aspects:
            words = ", ".join(look.words.aspect(node["kind"], aspect) for aspect in aspects)
            people = [graph["people"].get(email, email) for email in by["supervisors"]]
            yield Granted(by["flow"], words, _people(look, people))


def _people(look: Look, names: Sequence[str]) -> str:
    """``Karin Åström, Tomas Ek``; of very many how many more there are."""
    _ = translations(look.language).gettext
    shown = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return shown if more <= 0 else _("%(names)s and %(count)s more") % {"names": shown, "count": more}
