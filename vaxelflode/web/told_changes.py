"""Changes in words: who did what, and before and after, side by side."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vaxelflode.domain.change import Change
from vaxelflode.domain.edits import ABSENT, Edit, shown
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.spec import SET
from vaxelflode.domain.undoing import told_edits
from vaxelflode.i18n.catalogue import translations
from vaxelflode.i18n.formats import capital
from vaxelflode.web.hours.diff import of_holidays
from vaxelflode.web.hours.saying import listed
from vaxelflode.web.page import Look
from vaxelflode.web.receipts import Receipt, dates_of, receipt, stands
from vaxelflode.web.values import Values


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was changed, before and after."""

    label: str
    before: str
    after: str
    #: The recordings before and after, where it is one that was replaced.
    sounds: tuple[str | None, str | None] = (None, None)


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


def told_change(look: Look, change: Change, mine: str, names: Mapping[str, str], replaced: Container[str] = ()) -> Told:
    """A change in words for the person whose address is ``mine``; ``replaced`` are those of which nothing stands."""
    values = Values(look, kinds()[change.object.kind], names, change.object)
    edits = [*shown(values.kind, told_edits(change))] if change.action in ("edit", "agents") else []
    sort, icon, word = _state(look, change, replaced=change.id in replaced)
    return Told(
        change,
        f"{change.at.astimezone(look.now.tzinfo):%H:%M}",
        "" if change.actor == mine else change.actor_name,
        _what(values, change),
        _origin(look, change),
        tuple(_differences(values, edits, edits)),
        receipt(look, change, mine),
        sort,
        icon,
        word,
    )


def undoing(values: Values, change: Change, back: Sequence[Edit]) -> Iterator[Difference]:
    """What :func:`~vaxelflode.domain.undoing.undone` says, in words."""
    return _differences(values, [*shown(values.kind, told_edits(change))], back)


def _differences(values: Values, edits: Sequence[Edit], told: Sequence[Edit]) -> Iterator[Difference]:
    """What is ``told`` of edits: of temporary changes of the same dates, of which one took another's place, at once."""
    joined: dict[tuple[str, ...], tuple[Edit, Any]] = {}
    for edit, one in zip(edits, told, strict=True):
        about = edit.before if edit.after is ABSENT else edit.after
        key = (edit.field, about["from"], about["to"]) if edit.field == "overrides" else edit.path
        there = joined[key][0] if key in joined else one
        before = one.before if there.before is ABSENT else there.before
        after = one.after if there.after is ABSENT else there.after
        joined[key] = Edit(edit.path, before, after), about
    for one, about in joined.values():
        yield from _difference(values, one, about)


def _difference(values: Values, edit: Edit, about: Any) -> Iterator[Difference]:
    """What is other at a path, before and after; of a country's holidays each day by itself.

    ``about`` is the value that it is called by.
    """
    path, before, after = edit.path, edit.before, edit.after
    if path == ("holidays",):
        for line in of_holidays(values.look, before, after):
            yield Difference(line.what, line.before, line.after)
    else:
        _ = translations(values.look.language).gettext
        label = capital(values.label(path, about))
        heard = path[0] in values.kind.slots.values()
        sounds = (_digest(before), _digest(after)) if heard else (None, None)
        said = _("a new one, shown to nobody") if before == after == SET else values.value(path, after)
        yield Difference(label, values.value(path, before), said, sounds)


def _digest(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _what(values: Values, change: Change) -> str:
    look = values.look
    _ = translations(look.language).gettext
    named = {"object": look.words.named(change.object.kind, change.object_name)}
    if change.undoes is not None:
        return _("undid a change of %(object)s") % named
    match change.action:
        case "create":
            return _("made %(object)s") % named
        case "delete":
            return _("deleted %(object)s") % named
        case "agents":
            return _agents(values, change.edits[0]) % (named | {"agent": values.label(change.edits[0].path)})
        case "edit" if {edit.field for edit in change.edits} == {"overrides"}:
            return _overrides(values, told_edits(change) or change.edits, change.object_name)
        case _:
            return _edited(values, change, named)


def _edited(values: Values, change: Change, named: Mapping[str, str]) -> str:
    words, kind = values.look.words, change.object.kind
    _ = translations(values.look.language).gettext
    aspects = [aspect for aspect in change.aspects if aspect]
    if not aspects:
        return _("changed %(object)s") % named
    if len(aspects) == 1 and (own := words.changed(kind, aspects[0], change.object_name)) is not None:
        return own
    heard = all(edit.field in values.kind.slots.values() for edit in change.edits)
    said = _("replaced a recording of %(object)s: %(aspects)s") if heard else _("changed %(object)s: %(aspects)s")
    return said % {**named, "aspects": listed(values.look, [words.aspect(kind, aspect) for aspect in aspects])}


def _agents(values: Values, edit: Edit) -> str:
    _ = translations(values.look.language).gettext
    if edit.before is ABSENT:
        return _("added %(agent)s to %(object)s")
    if edit.after is ABSENT:
        return _("removed %(agent)s from %(object)s")
    if edit.before.get("paused") == edit.after.get("paused"):
        if edit.before.get("permanent") == edit.after.get("permanent"):
            return _("changed %(agent)s in %(object)s")
        stays = edit.after.get("permanent")
        return (
            _("kept %(agent)s in %(object)s until removed")
            if stays
            else _("kept %(agent)s in %(object)s only for today")
        )
    if edit.after.get("paused"):
        return _("paused %(agent)s in %(object)s")
    return _("ended the pause of %(agent)s in %(object)s")


def _overrides(values: Values, edits: Sequence[Edit], name: str) -> str:
    """What became of temporary changes: one made, or taken back, or put in the place of others."""
    begun = [edit for edit in edits if edit.after is not ABSENT]
    about = begun or edits
    dates = listed(values.look, [values.label(e.path, e.before if e.after is ABSENT else e.after) for e in about])
    ngettext = translations(values.look.language).ngettext
    if not begun:
        words = ngettext(
            "took back the temporary change of %(name)s, %(dates)s",
            "took back the temporary changes of %(name)s, %(dates)s",
            len(edits),
        )
    elif len(begun) < len(edits):
        words = ngettext(
            "changed the temporary change of %(name)s, %(dates)s",
            "changed the temporary changes of %(name)s, %(dates)s",
            len(begun),
        )
    else:
        words = _made(values, begun)
    return words % {"dates": dates, "name": name}


def _made(values: Values, begun: Sequence[Edit]) -> str:
    _ = translations(values.look.language).gettext
    if any(edit.after["hours"] for edit in begun):
        return _("changed the hours of %(name)s, %(dates)s")
    return _("closed %(name)s, %(dates)s")


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


def _state(look: Look, change: Change, *, replaced: bool) -> tuple[str, str, str]:
    _ = translations(look.language).gettext
    stand = stands(look, change, replaced=replaced)
    if stand == "live" and (words := _while(look, change)) is not None:
        return words
    return {
        "live": ("now", "check", _("Live")),
        "pending": ("wait", "hour", _("Waiting for the PBX")),
        "confirming": ("wait", "hour", _("Waiting to be confirmed")),
        "rejected": ("red", "warn", _("The PBX refused")),
        "withdrawn": ("", "undo", _("Taken back")),
        "reverted": ("", "undo", _("Undone")),
        "replaced": ("", "swap", _("Replaced")),
        "over": ("", "clock", _("Over")),
    }[stand]


def _while(look: Look, change: Change) -> tuple[str, str, str] | None:
    """Of a temporary change, when it holds."""
    _ = translations(look.language).gettext
    if (dates := dates_of(change)) is None:
        return None
    (first, last), today = dates, look.now.date()
    if first > today:
        return "temp", "clock", _("From %(date)s") % {"date": look.date(first)}
    if last == today:
        return "temp", "clock", _("Live today")
    return "temp", "clock", _("Live until %(date)s") % {"date": look.date(last)}
