"""What callers get right now, in the words of whoever reads: the sentences of a card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vaxelflode.domain.hours import clock
from vaxelflode.domain.kinds.menu import Menu
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.domain.kinds.switch import Switch
from vaxelflode.domain.now import Now
from vaxelflode.domain.simulate import Step
from vaxelflode.domain.spec import Spec
from vaxelflode.i18n.catalogue import translations
from vaxelflode.services.overview import Card
from vaxelflode.web.hours.saying import special_day, till
from vaxelflode.web.page import Look
from vaxelflode.web.receipts import Receipt, receipt


@dataclass(frozen=True, slots=True)
class Told:
    """A card in words: ``sort`` is the colour that goes with it (``''`` open, ``temp``, ``shut``, ``holiday``)."""

    card: Card
    sort: str
    icon: str
    what: str
    how: str
    #: What the drawing of the day says to those who do not see it.
    strip: str
    receipt: Receipt | None

    @property
    def open_or_close(self) -> str:
        """The one thing that is offered: ``close``, ``stay`` closed today, or ``open``."""
        now = None if self.card.hours is None else self.card.hours.now
        if now is None:
            return ""
        if now.is_open:
            return "close"
        opens_today = now.until is not None and now.until.date() == now.at.date()
        return "stay" if opens_today and now.day.reason == "weekly" else "open"


def told_card(look: Look, card: Card, mine: str) -> Told:
    """The card in words; ``mine`` is the address of whoever reads."""
    sort, icon, what = _what(look, card)
    told = None if card.change is None else receipt(look, card.change, mine)
    return Told(card, sort, icon, what, _how(look, card), _strip(look, card), told)


def _strip(look: Look, card: Card) -> str:
    _ = translations(look.language).gettext
    if card.hours is None:
        return ""
    now = card.hours.now
    hours = _(" and ").join(f"{clock(s.start)}–{clock(s.end)}" for s in now.day.open)
    said = _("Today: open %(hours)s.") % {"hours": hours} if hours else _("Today: closed all day.")
    return f"{said} " + _("It is %(time)s.") % {"time": f"{now.at:%H:%M}"}


def _what(look: Look, card: Card) -> tuple[str, str, str]:
    _ = translations(look.language).gettext
    if card.switched is not None and isinstance(card.switched.spec, Switch):
        at = card.switched.spec.stands(look.now)
        return "temp", "swap", card.switched.spec.labels.get(at, at)
    if card.hours is None:
        return ("", "open", _("Open around the clock")) if card.path is not None else ("shut", "phone", _("No number"))
    now = card.hours.now
    schedule = card.hours.object.spec
    words = _open(look, now) if now.is_open else _closed(look, now, schedule)
    if now.day.reason == "override":
        return "temp", "clock" if now.is_open else "closed", words
    if now.is_open:
        return "", "open", words
    return ("holiday", "flag", words) if now.day.reason == "holiday" else ("shut", "moon", words)


def _open(look: Look, now: Now) -> str:
    _ = translations(look.language).gettext
    if now.until is None:
        return _("Open around the clock")
    return _("Open until %(time)s") % {"time": till(look, now.at, now.until)}


def _closed(look: Look, now: Now, schedule: Spec) -> str:
    _ = translations(look.language).gettext
    if now.day.reason == "holiday" and now.day.name and isinstance(schedule, Schedule):
        return _("Closed, %(holiday)s") % {"holiday": special_day(look, schedule, now.at.date(), now.day.name)}
    if now.day.reason == "override" and not any(span.end > _minute(now) for span in now.day.open):
        return _("Closed today")
    if now.until is None:
        return _("Closed until further notice")
    time = f"{now.until:%H:%M}"
    if now.until.date() == now.at.date():
        return _("Closed, opens %(time)s") % {"time": time}
    return _("Closed, opens %(day)s %(time)s") % {"day": look.day(now.until.date()), "time": time}


def _minute(now: Now) -> int:
    return now.at.hour * 60 + now.at.minute


def _how(look: Look, card: Card) -> str:
    """``Den som ringer nu hör Nattmeddelande och kan lämna ett meddelande i Kundtjänst.`` and what comes back when."""
    _ = translations(look.language).gettext
    said = list(_reached(look, card))
    parts = [_("Whoever calls now will %(what)s.") % {"what": _joined(look, said)}] if said else []
    now = None if card.hours is None else card.hours.now
    if now is not None and now.day.reason == "override":
        if now.day.override is not None and now.day.override.note:
            parts.insert(0, _("Temporary change: %(note)s.") % {"note": now.day.override.note.rstrip(".")})
        else:
            parts.insert(0, _("Temporary change."))
        if not now.is_open and now.until is not None:
            when = {"day": look.day(now.until.date()), "time": f"{now.until:%H:%M}"}
            parts.insert(1, _("Opens again %(day)s %(time)s.") % when)
            if now.day.override is None or now.day.override.closed is None:  # else it is not what one expects
                parts = parts[:2]
    return " ".join(parts)


def _joined(look: Look, said: list[str]) -> str:
    _ = translations(look.language).gettext
    return _(" and ").join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _reached(look: Look, card: Card) -> Iterator[str]:
    if card.path is None:
        return
    for step in card.path.steps:
        if (words := look.words.reach(step.object.kind, step.name, _keys(look, card, step))) is not None:
            yield words
        if step.object.kind == "menu":
            return  # what comes next is the caller's choice
    if card.path.end is not None:
        sort, value = next(iter(card.path.end.model_dump(mode="json").items()))
        if (words := look.words.reach(value if sort == "end" else sort, value)) is not None:
            yield words


def _keys(look: Look, card: Card, step: Step) -> str:
    """``1, 2 eller 3``."""
    _ = translations(look.language).gettext
    spec = next((o.spec for o in card.parts.get("menu", ()) if o.ref == step.object), None)
    if not isinstance(spec, Menu):
        return _("a key")
    keys = list(spec.options)
    return _(" or ").join([", ".join(keys[:-1]), keys[-1]] if len(keys) > 1 else keys) or _("a key")
