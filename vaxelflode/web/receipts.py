"""What became of a change, in words. A change is live when the PBX has proven it, and not before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from vaxelflode.domain.change import Change
from vaxelflode.i18n.catalogue import translations
from vaxelflode.i18n.formats import decimal
from vaxelflode.web.page import Look
from vaxelflode.web.refusals import pbx_refusal

#: How long after one's own save the receipt says how fast it went, and not since when it holds.
_FRESH = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Receipt:
    """``what`` was changed, and what is ``told`` of how it went."""

    id: str
    state: str
    what: str
    told: str
    can_undo: bool
    can_withdraw: bool


def receipt(look: Look, change: Change, mine: str) -> Receipt:
    """The receipt of a change for the person whose address is ``mine``."""
    undone = change.undone_by is not None
    return Receipt(
        change.id,
        "reverted" if undone else change.state,
        what(look, change),
        _told(look, change, mine),
        can_undo=change.state == "live" and not undone,
        can_withdraw=change.state == "pending",
    )


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
    by = _("by you") if change.actor == mine else _("by %(name)s") % {"name": change.actor_name}
    at = change.at.astimezone(look.now.tzinfo)
    when = f"{at:%H:%M}" if at.date() == look.now.date() else f"{look.day(at.date())} {at:%H:%M}"
    said = _("since %(when)s, changed %(by)s") if change.state == "live" else _("saved %(when)s %(by)s")
    return said % {"when": when, "by": by}
