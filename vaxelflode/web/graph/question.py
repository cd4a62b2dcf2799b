"""What the address of the graph asks: when, with which keys, how it is shown, and which node is looked at."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from vaxelflode.errors import FieldError, Invalid
from vaxelflode.services import shapes

View = Literal["auto", "graph", "list"]

_TIME = re.compile(r"([0-9]{1,2})(?:[:.]?([0-9]{2}))?")
_FORM = ("when", "date", "time", "digits2")


@dataclass(frozen=True, slots=True)
class Asked:
    """``at`` as it stands in the address (``None``: now); ``digits`` ``None``: nothing was said of keys."""

    at: str | None = None
    digits: str | None = None
    view: View = "auto"
    node: str = ""

    def href(self, page: str, *, view: View | None = None, node: str | None = None) -> str:
        """The address of ``page`` that asks the same, but for what is given."""
        shown = self.view if view is None else view
        said = {
            "at": self.at,
            "digits": self.digits,
            "view": None if shown == "auto" else shown,
            "node": (self.node if node is None else node) or None,
        }
        query = urlencode({name: text for name, text in said.items() if text is not None}, safe=":/,")
        return f"{page}?{query}" if query else page


def is_form(query: Mapping[str, str]) -> bool:
    """Whether the form was sent: its fields are told shorter in an address that one may share."""
    return any(name in query for name in _FORM)


def asked(query: Mapping[str, str], today: dt.date) -> Asked:
    """What is asked by an address, or by the form; raises :class:`Invalid` for a time that is none."""
    view: View = "list" if query.get("view") == "list" else "graph" if query.get("view") == "graph" else "auto"
    digits = None
    if "digits" in query or "digits2" in query:
        digits = "".join(_until_none(query, 20))
    return Asked(_at(query, today), digits, view, query.get("node", ""))


def _until_none(query: Mapping[str, str], most: int) -> list[str]:
    """The keys of one menu after the other, as far as any was chosen."""
    found: list[str] = []
    for n in range(1, most + 1):
        key = query.get(field(n), "")
        if not key:
            break
        found.append(key)
    return found


def field(n: int) -> str:
    """What the form calls the key at the ``n``-th menu."""
    return "digits" if n == 1 else f"digits{n}"


def _at(query: Mapping[str, str], today: dt.date) -> str | None:
    if query.get("when") == "now":
        return None
    if "date" not in query and "time" not in query:
        return query.get("at") or None
    date, time = query.get("date") or today.isoformat(), clock(query.get("time", ""))
    if time is None:
        raise Invalid([FieldError("time", "clock", "must be a time, for example 08:30")])
    return f"{date}T{time}"


def clock(text: str) -> str | None:
    """``8``, ``830``, ``0830``, ``8.30``, ``08:30`` → ``08:30``; ``None`` for what is no time of day."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the places at which the caller presses a key: which there are, and which it is (``""``: none)."""

    field: str
    name: str
    keys: tuple[str, ...]
    pressed: str
    #: Whether the call comes here at all.
    reached: bool = True


def choices(graph: shapes.Graph) -> tuple[Choice, ...]:
    """The places at which the simulated caller presses keys, as far as the first one without.

    Where the call comes to none the first of the graph is shown all the same, without being reached.
    """
    keys = {node["id"]: tuple(node["keys"]) for node in graph["nodes"] if node["keys"]}
    names = {node["id"]: node["name"] for node in graph["nodes"]}
    found: list[Choice] = []
    for step in graph["simulation"]["steps"]:
        if (here := keys.get(step["node"])) is None:
            continue
        pressed = step["exit"] if step["exit"] in here else ""
        found.append(Choice(field(len(found) + 1), step["name"], here, pressed or ""))
        if not pressed:
            break
    if not found and keys:
        node, here = next(iter(keys.items()))
        return (Choice(field(1), names[node], here, "", reached=False),)
    return tuple(found)
