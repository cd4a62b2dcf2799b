"""What became of a change, in words. A change is live when the PBX has proven it, and not before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from vaxelflode.domain.change import Change
from vaxelflode.i18n.catalogue import translations
from vaxelflode.i18n.formats import decimal
from vaxelflode.services.history import Fate
from vaxelflode.web.page import Look
from vaxelflode.web.refusals import pbx_refusal

#: How long after one's own save the receipt says how fast it went, and not since when it holds.
_FRESH = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Receipt:
    """``what`` was changed, how it stands (:func:`stands`), and what is ``told`` of how it went."""

    id: str
    state: str
    what: str
    told: str
    can_undo: bool
    can_withdraw: bool


def receipt(look: Look, change: Change, mine: str, fate: Fate | None = None) -> Receipt:
    """The receipt of a change for the person whose address is ``mine``; ``fate`` is what became of it since."""
    fate = fate or Fate()
    state = stands(look, change, replaced=fate.replaced)
    return Receipt(
        change.id,
        state,
        what(look, change),
        _told(look, change, mine) if fate.by is None else when_and_by(look, fate.by, mine),
        can_undo=change.state == "live" and change.undone_by is None,
        can_withdraw=change.state == "pending",
    )


def stands(look: Look, change: Change, *, replaced: bool) -> str:
    """How a change stands, the same wherever it is told: its state, or ``replaced``, or ``over`` of a temporary one."""
    if change.undone_by is not None and change.state != "rejected":
        return "reverted"
    if change.state != "live":
        return change.state
    if (dates := dates_of(change)) is not None and dates[1] < look.now.date():
        return "over"  # and has had its time, whatever came later
    return "replaced" if replaced else "live"


def dates_of(change: Change) -> tuple[dt.date, dt.date] | None:
    """The first and the last day of the temporary change that was made, if it was that alone."""
    begun = [edit for edit in change.edits if isinstance(edit.after, Mapping)]
    if len(begun) != 1 or any(edit.field != "overrides" for edit in change.edits):
        return None
    (edit,) = begun
    return dt.date.fromisoformat(edit.after["from"]), dt.date.fromisoformat(edit.after["to"])


def what(look: Look, change: Change) -> str:
    """What was changed: ``Kundtjänst, tillfällig ändring``."""
    kind = change.object.kind
    aspects = ", ".join(look.words.aspect(kind, aspect) for aspect in change.aspects)
    return f"{change.object_name}, {aspects}" if aspects else change.object_name


def _told(look: Look, change: Change, mine: str) -> str:
    _ = translations(look.language).gettext
    if change.state == "rejected":
        return " ".join(
            [pbx_refusal(look.language, change.reason or ""), _("Nothing of it is live; everything is as it was.")]
        ).strip()
    seconds = "" if change.live_ms is None else decimal(look.language, max(change.live_ms, 100) / 1000)
    if seconds and change.state == "live" and change.actor == mine and look.now - change.at < _FRESH:
        return _("%(seconds)s\u00a0s") % {"seconds": seconds}
    live = stands(look, change, replaced=False) == "live"
    said = _("since %(when)s, changed %(by)s") if live else _("saved %(when)s %(by)s")
    return said % {"when": _when(look, change), "by": _by(look, change, mine)}


def when_and_by(look: Look, change: Change, mine: str) -> str:
    """``10:43 av Johan Berg``."""
    return f"{_when(look, change)} {_by(look, change, mine)}"


def _when(look: Look, change: Change) -> str:
    at = change.at.astimezone(look.now.tzinfo)
    return f"{at:%H:%M}" if at.date() == look.now.date() else f"{look.day(at.date())} {at:%H:%M}"


def _by(look: Look, change: Change, mine: str) -> str:
    _ = translations(look.language).gettext
    return _("by you") if change.actor == mine else _("by %(name)s") % {"name": change.actor_name}
