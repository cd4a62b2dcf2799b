"""Destinations as a form writes them: ``object:menu/huvudmeny``, ``external`` with the number beside it, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from vaxelflode.domain.outside import Outside
from vaxelflode.services.open_object import Offer
from vaxelflode.web.object_forms.faults import Wrong

#: Sorts of destination whose value is typed, in a field of its own.
TYPED = ("external", "dialplan")
_E164 = re.compile(r"\+[1-9][0-9]{4,14}")

Json = dict[str, Any]


def written(destination: Mapping[str, Any] | None) -> tuple[str, str]:
    """The choice, and what is typed beside it."""
    if not destination:
        return "", ""
    sort, value = next(iter(destination.items()))
    return (sort, str(value)) if sort in TYPED else (f"{sort}:{value}", "")


def read(chosen: str, typed: str, offer: Offer, outside: Outside, stood: object) -> Json | None:
    """The destination; ``None``: none is chosen. Raises :class:`Wrong` for one that is not offered.

    What ``stood`` there may stand on.
    """
    sort, _, value = chosen.partition(":")
    if not sort:
        return None
    found = {sort: _typed(sort, typed, outside) if sort in TYPED else value}
    if found != stood:
        _require_offered(sort, found, offer, outside)
    return found


def _require_offered(sort: str, found: Json, offer: Offer, outside: Outside) -> None:
    if sort == "external":
        number = found[sort]
        if (why := outside.why_not(number)) is not None:
            raise Wrong(why)
        if offer.numbers is not None and not any(fnmatchcase(number, pattern) for pattern in offer.numbers):
            raise Wrong("number_not_mine")
    elif sort == "dialplan":
        if offer.numbers is not None:
            raise Wrong("choice_gone")
    elif offer.pickable is None or offer.pickable.of(found) is None:
        raise Wrong("choice_gone")


def _typed(sort: str, typed: str, outside: Outside) -> str:
    text = typed.strip()
    if not text:
        raise Wrong("required")
    return e164(text, outside.country_code) if sort == "external" else text


def e164(text: str, country_code: str) -> str:
    """``070-174 06 12`` → ``+46701740612``. Raises :class:`Wrong`."""
    digits = re.sub(r"[\s()./-]", "", text.replace("(0)", ""))
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    elif digits.startswith("0"):
        digits = f"+{country_code}{digits[1:]}"
    if not _E164.fullmatch(digits):
        raise Wrong("number")
    return digits
