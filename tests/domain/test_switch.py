"""A switch: where it stands, since when, until when, and what of it the PBX keeps and says."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxelflode.domain.kinds.switch import AHEAD, FAMILY, LONGEST, Standing, Switch
from vaxelflode.domain.kinds.voicemail import Voicemail
from vaxelflode.domain.pin import kept

NOW = dt.datetime(2027, 3, 16, 9, 42, 7, 123456, tzinfo=dt.UTC)
NOON, FOUR = NOW.replace(hour=12), dt.datetime(2027, 3, 16, 16, tzinfo=dt.UTC)
MS = 1_805_190_127_123  # NOW in milliseconds
SECOND = dt.timedelta(seconds=1)


def switch(position: dict[str, Any] | None = None, **more: Any) -> Switch:
    ways = {name: {"end": "hangup"} for name in ("normal", "closed", "kris")}
    return Switch.model_validate({"positions": ways, "default": "normal", "position": position} | more)


def standing(spec: Any) -> Standing:
    assert spec.position is not None
    found: Standing = spec.position
    return found


def test_it_stands_at_its_default_until_it_is_set_and_again_when_that_ends() -> None:
    assert switch().stands(NOW) == "normal"
    assert switch({"at": "kris"}).stands(NOW) == "kris"
    ends = switch({"at": "kris", "until": FOUR})
    assert [ends.stands(FOUR + n * SECOND) for n in (-1, 0, 1)] == ["kris", "normal", "normal"]
    assert list(ends.turns(NOW, FOUR)) == [FOUR]
    assert list(ends.turns(FOUR, FOUR + SECOND)) == []


def test_whoever_saves_says_since_when_and_by_what_and_nobody_else() -> None:
    asked = switch({"at": "kris", "since": "2001-01-01T00:00:00Z", "by": "201"})
    saved = standing(asked.stamped(switch(), NOW))
    assert (saved.at, saved.until, saved.by) == ("kris", None, "web")
    assert saved.since == NOW.replace(microsecond=123000)


def test_what_says_the_same_again_is_no_change() -> None:
    before = switch({"at": "kris", "until": FOUR, "since": NOW, "by": "201"})
    again = switch({"at": "kris", "until": FOUR}, labels={"kris": "Kris"})
    assert standing(again.stamped(before, NOON)) == before.position
    assert list(again.late(before, FOUR + SECOND)) == []


def test_it_is_never_older_than_what_it_replaces() -> None:
    ahead = NOW + dt.timedelta(minutes=2)
    before = switch({"at": "kris", "since": ahead})
    assert standing(switch({"at": "closed"}).stamped(before, NOW)).set_at > ahead


def test_what_was_never_set_is_restored_as_the_default_so_that_it_can_be_newer() -> None:
    restored = standing(switch().stamped(switch({"at": "kris", "since": NOW}), NOON))
    assert (restored.at, restored.since) == ("normal", NOON.replace(microsecond=123000))
    assert switch().stamped(switch(), NOW).position is None


def test_what_is_restored_after_its_end_is_the_default() -> None:
    before, back = switch({"at": "closed", "since": NOW}), switch({"at": "kris", "until": FOUR})
    assert standing(back.stamped(before, NOON)).until == FOUR
    late = standing(back.stamped(before, FOUR))
    assert (late.at, late.until) == ("normal", None)


@pytest.mark.parametrize(
    ("until", "reason"),
    [
        (NOW - SECOND, "future"),
        (NOW, "future"),
        (NOW + SECOND, None),
        (NOW + LONGEST, None),
        (NOW + LONGEST + SECOND, "year"),
        (None, None),
    ],
)
def test_an_end_lies_in_the_future_and_at_most_a_year_ahead(until: dt.datetime | None, reason: str | None) -> None:
    for at in ("kris", "normal"):
        found = list(switch({"at": at, "until": until}).late(switch(), NOW))
        assert [field for field, _ in found] == ["position.until"] * (reason is not None)
        assert reason is None or reason in found[0][1]


def test_the_pbx_keeps_seconds_milliseconds_and_generated_words() -> None:
    set_to = switch({"at": "kris", "until": FOUR, "since": NOW}, pin="4711", labels={"kris": "Läge, ett"})
    entries = set_to.entries()
    assert entries[FAMILY] == f"kris,1805212800,{MS},web"
    assert entries["pin"] == set_to.pin
    assert entries["tries"] is None
    assert set_to.entries(retired=True).keys() == {FAMILY}
    assert switch().entries() == {}
    assert Voicemail(pin=kept("4711")).entries().keys() == {"pin", "tries"}
    assert Voicemail(pin=kept("4711")).entries(retired=True) == {}


def test_a_position_from_a_phone_is_heard_when_it_is_newer() -> None:
    before = switch({"at": "kris", "since": NOW})
    heard = before.heard(FAMILY, f"closed,,{MS + 1},201", NOON)
    assert heard is not None
    assert (standing(heard.spec).at, standing(heard.spec).by, heard.by) == ("closed", "201", "201")
    assert heard.at == NOW.replace(microsecond=124000)
    assert heard.spec.entries()[FAMILY] == f"closed,,{MS + 1},201"
    assert switch().heard(FAMILY, f"closed,,{MS},201", NOON) is not None


@pytest.mark.parametrize(
    "text",
    [
        f"closed,,{MS - 1},201",
        f"closed,,{MS},201",
        f"nowhere,,{MS + 1},201",
        f"closed,,{MS + 1},",
        f"closed,,{MS + 1},Åsa",
        f"closed,,{MS + 1},201\n",
        f"closed,,{MS + 1},201,x",
        f"closed,soon,{MS + 1},201",
        f"closed,99999999999,{MS + 1},201" + "1" * 20,
        "closed",
        "",
        ",,,",
        f"closed,,{MS + 10**9},201",
        "closed,,99999999999999,201",
        "closed,99999999999,99999999999999,201",
        f"closed,,١{MS},201",
    ],
)
def test_what_is_older_unknown_garbled_or_of_the_future_is_not(text: str) -> None:
    assert switch({"at": "kris", "since": NOW}).heard(FAMILY, text, NOW) is None


def test_a_clock_that_is_a_little_ahead_is_forgiven() -> None:
    at = (MS + 1000) // 1000 * 1000
    assert switch().heard(FAMILY, f"closed,,{at},201", NOW) is not None
    assert switch().heard(FAMILY, f"closed,,{MS + 1 + AHEAD // dt.timedelta(milliseconds=1)},201", NOW) is None
    assert switch().heard("pin", f"closed,,{at},201", NOW) is None


@given(st.text() | st.from_regex(r"[a-z]{1,3},[0-9]{0,12},[0-9]{1,15},(web|[0-9]{1,3})", fullmatch=True))
def test_whatever_stands_there_is_read_or_not_and_written_as_it_was_read(text: str) -> None:
    found = Standing.from_entry(text)
    if found is not None:
        at, until, since, by = text.split(",")
        assert found.as_entry() == f"{at},{until and int(until)},{int(since)},{by}"


def test_a_lamp_is_lit_while_it_does_not_stand_at_the_default() -> None:
    assert switch({"at": "kris"}).lamp(NOW) is None
    ends = switch({"at": "kris", "until": FOUR}, code="*21")
    assert [ends.lamp(at) for at in (NOW, FOUR)] == [("*21", True), ("*21", False)]
