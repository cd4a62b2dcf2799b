"""Changes in words: who did what, and before and after, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vaxelflode.domain.change import Change
from vaxelflode.domain.edits import ABSENT, Edit, shown
from vaxelflode.domain.kind import kinds
from vaxelflode.i18n.catalogue import translations
from vaxelflode.web.hours.diff import of_holidays
from vaxelflode.web.page import Look
from vaxelflode.web.receipts import Receipt, receipt
from vaxelflode.web.values import Values


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was changed, before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Told:
    """A change in words; ``who`` is empty for oneself."""

    change: Change
    time: str
    who: str
    what: str
    origin: str
    differences: tuple[Difference, ...]
    receipt: Receipt
    #: How it stands: the colour, the symbol and the word.
    sort: str
    icon: str
    word: str


def told_change(look: Look, change: Change, mine: str, names: Mapping[str, str]) -> Told:
    """A change in words for the person whose address is ``mine``."""
    values = Values(look, kinds()[change.object.kind], names)
    edits = shown(values.kind, change.edits) if change.action in ("edit", "agents") else ()
    sort, icon, word = _state(look, change)
    return Told(
        change,
        f"{change.at.astimezone(look.now.tzinfo):%H:%M}",
        "" if change.actor == mine else change.actor_name,
        _what(values, change),
        _origin(look, change),
        tuple(each for e in edits for each in differences(values, e.path, e.before, e.after)),
        receipt(look, change, mine),
        sort,
        icon,
        word,
    )


def differences(values: Values, path: tuple[str, ...], before: Any, after: Any) -> Iterator[Difference]:
    """What is other at a path, before and after; of a country's holidays each day by itself."""
    if path == ("holidays",):
        for line in of_holidays(values.look, before, after):
            yield Difference(line.what, line.before, line.after)
    else:
        label = values.label(path, before if after is ABSENT else after)
        yield Difference(label, values.value(path, before), values.value(path, after))


def _what(values: Values, change: Change) -> str:
    look = values.look
    _ = translations(look.language).gettext
    kind = look.words.kind(change.object.kind)
    named = {"kind": kind, "name": change.object_name}
    if change.undoes is not None:
        return _("undid a change of %(kind)s %(name)s") % named
    match change.action:
        case "create":
            return _("made %(kind)s %(name)s") % named
        case "delete":
            return _("deleted %(kind)s %(name)s") % named
        case "agents":
            return _agents(values, change.edits[0]) % (named | {"agent": values.label(change.edits[0].path)})
        case "edit" if len(change.edits) == 1 and change.edits[0].field == "overrides":
            return _override(values, change.edits[0], change.object_name)
        case _:
            aspects = ", ".join(look.words.aspect(change.object.kind, a) for a in change.aspects if a)
            if aspects:
                return _("changed %(aspects)s of %(kind)s %(name)s") % (named | {"aspects": aspects})
            return _("changed %(kind)s %(name)s") % named


def _agents(values: Values, edit: Edit) -> str:
    _ = translations(values.look.language).gettext
    if edit.before is ABSENT:
        return _("added %(agent)s to %(kind)s %(name)s")
    if edit.after is ABSENT:
        return _("removed %(agent)s from %(kind)s %(name)s")
    if edit.before.get("paused") == edit.after.get("paused"):
        return _("changed %(agent)s in %(kind)s %(name)s")
    if edit.after.get("paused"):
        return _("paused %(agent)s in %(kind)s %(name)s")
    return _("ended the pause of %(agent)s in %(kind)s %(name)s")


def _override(values: Values, edit: Edit, name: str) -> str:
    _ = translations(values.look.language).gettext
    there = edit.before if edit.after is ABSENT else edit.after
    if edit.after is ABSENT:
        words = _("took back the temporary change of %(name)s, %(dates)s")
    elif not there["hours"]:
        words = _("closed %(name)s, %(dates)s")
    else:
        words = _("changed the hours of %(name)s, %(dates)s")
    return words % {"dates": values.label(edit.path, there), "name": name}


def _origin(look: Look, change: Change) -> str:
    _ = translations(look.language).gettext
    words = {
        "api": _("by the API"),
        "cli": _("by the command line"),
        "phone": _("from a phone"),
        "ami": _("by the PBX itself"),
        "system": _("by itself"),
    }
    return words.get(change.origin, "")


def _state(look: Look, change: Change) -> tuple[str, str, str]:
    _ = translations(look.language).gettext
    if change.undone_by is not None and change.state != "rejected":
        return "", "undo", _("Undone")
    return {
        "live": ("now", "check", _("Live")),
        "pending": ("wait", "hour", _("Waiting for the PBX")),
        "confirming": ("wait", "hour", _("Waiting to be confirmed")),
        "rejected": ("red", "warn", _("The PBX refused")),
        "withdrawn": ("", "undo", _("Taken back")),
        "reverted": ("", "undo", _("Undone")),
    }[change.state]
