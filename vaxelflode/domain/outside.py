"""Numbers outside the company: which of them a call may be led to.

What kind of number one is, the library ``phonenumbers`` knows (Google's libphonenumber). Emergency numbers never are a
target. Numbers of the own country are allowed but for those that cost extra; any other wants a pattern of the
administrator's (setting ``EXTERNAL_ALLOWED``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, shortnumberinfo

#: Numbers that cost the caller more than a call.
_COSTLY = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PERSONAL_NUMBER})

#: Why a call may not be led to a number.
Why = Literal["emergency", "no_line", "not_allowed", "no_number", "no_number_here", "foreign", "costly"]
_HINT = "; an administrator can allow it (setting EXTERNAL_ALLOWED)"
WORDS: Mapping[Why, str] = {
    "emergency": "is an emergency number",
    "no_line": "this PBX has no line outside (setting OUTBOUND)",
    "not_allowed": "is not among the numbers that the administrator allows (setting EXTERNAL_ALLOWED)",
    "no_number": f"is no telephone number{_HINT}",
    "no_number_here": f"is no telephone number of this country{_HINT}",
    "foreign": f"is a number of another country{_HINT}",
    "costly": f"is a number that costs extra{_HINT}",
}


@dataclass(frozen=True, slots=True)
class Outside:
    """The line outside, if there is one, and the administrator's patterns: ``+4670*``, with ``!`` for never."""

    line: bool = False
    country_code: str = "46"
    patterns: Sequence[str] = ()

    def refuses(self, number: str) -> str | None:
        """Why no call may be led to ``number`` (E.164 with ``+``), in words, or ``None``."""
        return None if (why := self.why_not(number)) is None else WORDS[why]

    def why_not(self, number: str) -> Why | None:
        """The same by a code."""
        if self.is_emergency(number):
            return "emergency"
        if not self.line:
            return "no_line"
        if any(fnmatchcase(number, p.removeprefix("!")) for p in self.patterns if p.startswith("!")):
            return "not_allowed"
        if any(fnmatchcase(number, p) for p in self.patterns):
            return None
        return self._by_kind(number)

    def _by_kind(self, number: str) -> Why | None:
        try:
            parsed = phonenumbers.parse(number, None)
        except NumberParseException:
            return "no_number"
        if str(parsed.country_code) != self.country_code:
            return "foreign"
        if not phonenumbers.is_valid_number(parsed):
            return "no_number_here"
        return "costly" if phonenumbers.number_type(parsed) in _COSTLY else None

    def is_emergency(self, number: str) -> bool:
        """Whether ``number`` would reach an emergency service: as phones dial it, or after a country's code."""
        if not number.startswith("+"):
            return any(_reaches_help(number, region) for region in _regions(int(self.country_code)))
        digits = number.removeprefix("+")
        codes = ((int(digits[:n]), digits[n:].removeprefix("0")) for n in (1, 2, 3))
        return any(_reaches_help(rest, region) for code, rest in codes for region in _regions(code))


def _regions(country_code: int) -> Sequence[str]:
    return phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(country_code, ())


def _reaches_help(digits: str, region: str) -> bool:
    return bool(digits) and shortnumberinfo.is_emergency_number(digits, region)


NO_LINE = Outside()
#: For whoever asks about something else than where calls may go; emergency numbers are no target for them either.
ANYWHERE = Outside(line=True, patterns=("*",))
