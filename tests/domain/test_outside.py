"""Numbers outside: no emergency number, nothing that costs extra, no other country unless the administrator says so."""

from __future__ import annotations

import pytest

from vaxelflode.domain.outside import Outside

HERE = Outside(line=True)


@pytest.mark.parametrize("number", ["+46701740612", "+46101022290", "+46980319200", "+46201234567"])
def test_numbers_of_the_own_country_are_allowed(number: str) -> None:
    assert HERE.refuses(number) is None


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+46112", "emergency"),
        ("+460112", "emergency"),
        ("+44999", "emergency"),
        ("+1911", "emergency"),
        ("+46900123456", "costs extra"),
        ("+46939123456", "costs extra"),
        ("+46944123456", "costs extra"),
        ("+4790012345", "another country"),
        ("+46118118", "no telephone number"),
        ("+4612345", "no telephone number"),
    ],
)
def test_what_is_refused_and_why(number: str, reason: str) -> None:
    assert reason in (HERE.refuses(number) or "")


def test_the_administrators_patterns_allow_and_forbid_but_never_an_emergency_number() -> None:
    wide = Outside(line=True, patterns=("+4*", "!+4670174*"))
    assert wide.refuses("+4790012345") is None
    assert wide.refuses("+46900123456") is None
    assert "not among" in (wide.refuses("+46701740612") or "")
    assert "emergency" in (wide.refuses("+46112") or "")
    assert "emergency" in (wide.refuses("+44999") or "")


def test_without_a_line_none_is_reached() -> None:
    assert "OUTBOUND" in (Outside().refuses("+46701740612") or "")


@pytest.mark.parametrize(("digits", "is_one"), [("112", True), ("113", False), ("201", False), ("999", False)])
def test_an_extension_that_phones_dial_may_not_be_an_emergency_number(digits: str, is_one: bool) -> None:
    assert HERE.is_emergency(digits) is is_one
    assert Outside(country_code="44").is_emergency("999")
