"""Hours of a day: half-open, in minutes, perhaps past midnight."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tests.domain.strategies import OFTEN, hours
from vaxelflode.domain.hours import DAY, Hours, Span, clock, merged, minutes, past_midnight, spans, until_midnight

ADAPTER: TypeAdapter[tuple[Span, ...]] = TypeAdapter(Hours)


@pytest.mark.parametrize(("text", "minute"), [("00:00", 0), ("08:30", 510), ("23:59", 1439), ("24:00", 1440)])
def test_clock_times_are_minutes(text: str, minute: int) -> None:
    assert minutes(text) == minute
    assert clock(minute) == text


@pytest.mark.parametrize(
    "text", ["", "8:00", "08.00", "24:01", "25:00", "08:60", " 08:00", "08:00\n", "-1:00", "٠٨:٠٠", "08:00:00", 8, None]
)
def test_anything_else_is_no_time(text: object) -> None:
    with pytest.raises(ValueError, match="24:00"):
        minutes(text)


@pytest.mark.parametrize(
    ("pair", "span"),
    [
        (["08:00", "17:00"], Span(480, 1020)),
        (["22:00", "06:00"], Span(1320, 1800)),
        (["00:00", "24:00"], Span(0, DAY)),
        (["18:00", "00:00"], Span(1080, DAY)),
        (["18:00", "24:00"], Span(1080, DAY)),
        (["08:01", "08:00"], Span(481, 1920)),
    ],
)
def test_pairs_are_spans(pair: list[str], span: Span) -> None:
    assert spans([pair]) == (span,)


@pytest.mark.parametrize(
    "pairs",
    [
        [["08:00", "08:00"]],
        [["24:00", "06:00"]],
        [["00:00", "00:00"]],
        [["08:00"]],
        [["08:00", "12:00", "13:00"]],
        ["0800"],
        [None],
        [["08:00", "17:00"], ["16:59", "18:00"]],
        [["08:00", "17:00"], ["08:00", "09:00"]],
        [["22:00", "06:00"], ["23:00", "24:00"]],
        {"08:00": "17:00"},
        "08:00-17:00",
        7,
        [["08:00", "08:01"]] * 13,
    ],
    ids=str,
)
def test_impossible_hours_are_refused(pairs: Any) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(pairs)


def test_spans_may_touch_and_stand_in_any_order() -> None:
    assert spans([["13:00", "17:00"], ["08:00", "13:00"]]) == (Span(480, 780), Span(780, 1020))


def test_touching_spans_are_merged_into_one() -> None:
    assert merged([Span(5, 9), Span(0, 5), Span(7, 8), Span(20, 30)]) == (Span(0, 9), Span(20, 30))


@OFTEN
@given(hours())
def test_hours_are_written_as_they_are_read(pairs: list[list[str]]) -> None:
    read = ADAPTER.validate_python(pairs)
    assert ADAPTER.validate_python(ADAPTER.dump_python(read, mode="json")) == read


@OFTEN
@given(hours(), st.integers(0, 2 * DAY - 1))
def test_a_minute_lies_on_the_day_or_on_its_morrow(pairs: list[list[str]], minute: int) -> None:
    day = spans(pairs)
    open_ = any(s.start <= minute < s.end for s in day)
    part = until_midnight(day) if minute < DAY else past_midnight(day)
    assert any(s.start <= minute % DAY < s.end for s in part) == open_


@OFTEN
@given(st.lists(st.builds(lambda a, n: Span(a, a + n), st.integers(0, 50), st.integers(1, 20))), st.integers(0, 80))
def test_merging_changes_no_minute(parts: list[Span], minute: int) -> None:
    joined = merged(parts)
    assert any(s.start <= minute < s.end for s in parts) == any(s.start <= minute < s.end for s in joined)
    assert all(a.end < b.start for a, b in itertools.pairwise(joined))
