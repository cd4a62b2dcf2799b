"""What is wrong with something typed, in words: a code for each case, so that what reads forms knows no language."""

from __future__ import annotations

from vaxelflode.i18n.catalogue import translations
from vaxelflode.web import refusals


def in_words(language: str, code: str) -> str:
    """What to write instead; what is no code is said as it is."""
    _ = translations(language).gettext
    said = {
        "time": _("Write the time as 08:00, 0830 or 8."),
        "half": _("Fill in both times."),
        "same": _("It opens and closes at the same time. The whole day is 00:00–24:00."),
        "overlap": _("These hours lie within the hours before them."),
        "many": _("There can be at most 12 hours in a day."),
        "hours": _("Write hours as 08:00–12:00, 13:00–17:00, or nothing for closed."),
        "date": _("Write the date as 2027-05-14, or 05-14 for every year."),
        "day": _("Choose a day."),
        "order": _("The last day lies before the first."),
        "past": _("The time has passed already."),
        "closed": _("It is closed then anyway. Write a time after it opens."),
        "name": _("Give the day a name."),
        "twice": _("This day stands here already."),
        "choice": _("Choose one of the list."),
        "long": _("Write at most 200 characters."),
        "none": _("Choose at least one flow."),
    }
    return said.get(code) or refusal(language, code)


def refusal(language: str, reason: str) -> str:
    """A reason of the policy's or the domain's in the language of whoever reads."""
    _ = translations(language).gettext
    return refusals.refusal(language, reason, _("This cannot be done as it is asked."))
