"""What is wrong with a field, by a code, and in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vaxelflode.errors import FieldError
from vaxelflode.i18n.catalogue import translations
from vaxelflode.web.object_forms.inputs import Input
from vaxelflode.web.refusals import refusal


class Wrong(ValueError):
    """A text that no value can be made of; ``code`` says why."""

    def __init__(self, code: str, least: int | None = None, most: int | None = None) -> None:
        super().__init__(code)
        self.fault = Fault(code, least, most)


@dataclass(frozen=True, slots=True)
class Fault:
    """A code, and the bounds that it speaks of; ``detail`` is for what has no words of its own."""

    code: str
    least: int | None = None
    most: int | None = None
    detail: str = ""


#: Codes of Pydantic's, and of the domain, by what they come to for people.
_KNOWN: Mapping[str, str] = {
    "greater_than_equal": "between",
    "less_than_equal": "between",
    "int_parsing": "whole",
    "int_type": "whole",
    "missing": "required",
    "string_pattern_mismatch": "pattern",
    "string_too_long": "too_long",
    "too_long": "too_many",
    "too_short": "too_few",
    "literal_error": "choice",
    "datetime_parsing": "instant",
    "datetime_from_date_parsing": "instant",
}


def fault_of(error: FieldError, found: Input | None) -> Fault:
    """The fault that a field error of the services means."""
    code = _KNOWN.get(error.code, error.code)
    least, most = (None, None) if found is None else (found.least, found.most)
    if code == "too_long" and found is not None:
        most = found.longest
    return Fault(code, least, most, error.message)


def said(fault: Fault, language: str) -> str:
    """A fault in the words of whoever reads."""
    text = _words(language).get(fault.code)
    if text is None:
        return refusal(language, fault.detail, translations(language).gettext("This is not written as it should be."))
    return text % {"least": fault.least, "most": fault.most}


def _words(language: str) -> Mapping[str, str]:
    _ = translations(language).gettext
    return {
        "whole": _("Write a whole number."),
        "between": _("Choose from %(least)s to %(most)s."),
        "least": _("Choose at least %(least)s."),
        "most": _("Choose at most %(most)s."),
        "required": _("This must be filled in."),
        "pattern": _("This is not written as it should be."),
        "too_long": _("At most %(most)s characters."),
        "too_many": _("At most %(most)s."),
        "too_few": _("There are too few."),
        "choice": _("Choose one of those that are listed."),
        "choice_gone": _("You may not lead callers there. Choose one of those that are listed."),
        "twice": _("The same telephone stands here twice."),
        "number": _("Write a telephone number, for example 010-102 22 90."),
        "number_not_mine": _("Your permission does not cover this number. An administrator can add it."),
        "emergency": _("Calls may not be led to an emergency number."),
        "no_line": _("The PBX has no line outside. An administrator can set one up."),
        "not_allowed": _("The administrator does not allow this number."),
        "no_number": _("There is no such telephone number."),
        "no_number_here": _("There is no such telephone number in this country."),
        "foreign": _("This is a number of another country. An administrator can allow it."),
        "costly": _("This is a number that costs extra. An administrator can allow it."),
        "key_not_mine": _("Your permission does not cover this key."),
        "instant": _("Write a time, for example 16:00."),
        "past": _("That time has passed."),
        "circle": _("This leads back here, and the call would go round for ever."),
        "loop": _("Callers would go round and never get out."),
        "destination": _("Callers cannot be led there."),
        "taken": _("This is taken: something else has it already."),
        "prompt": _("There is no such recording."),
        "time": _("That time has passed, or is too far ahead."),
        "refused": _("This cannot be changed afterwards. An administrator can make a new one."),
    }
