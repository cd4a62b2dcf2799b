"""Closing and opening from now on: what was asked, minute for minute, whatever hours there are."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.domain.test_schedule import NIGHTS, OFFICE, override, schedule
from vaxelflode.domain.closing import (
    bare,
    closing,
    minute_of,
    opening,
    ordinary_again,
    rewritten,
    till,
    till_ordinary,
)
from vaxelflode.domain.hours import DAY, Span, clock, minutes
from vaxelflode.domain.kinds.schedule import Schedule

ZONE = ZoneInfo("Europe/Stockholm")
#: A Wednesday whose neighbours have no clock changed.
TODAY = dt.date(2027, 3, 17)
ROUND = {day: [["00:00", "24:00"]] for day in OFFICE}


def at(wall: str, fold: int = 0) -> dt.datetime:
    return dt.datetime.fromisoformat(wall).replace(tzinfo=ZONE, fold=fold)


def open_minutes(made: Schedule, date: dt.date = TODAY, days: tuple[int, ...] = (-1, 0, 1, 2)) -> set[int]:
    """Every open minute around a date, counted from its midnight."""
    found: set[int] = set()
    for k in days:
        for span in made.day(date + dt.timedelta(days=k)).open:
            found.update(range(k * DAY + span.start, k * DAY + span.end))
    return found


def after_closing(made: Schedule, now: dt.datetime, until: int | None) -> Schedule:
    return rewritten(made, closing(made, now, until), now)


_CLOCKS = st.integers(0, 95).map(lambda quarter: quarter * 15)


@st.composite
def days_hours(draw: st.DrawFn) -> list[list[str]]:
    edges = sorted(draw(st.sets(_CLOCKS, max_size=4)))
    pairs = [[clock(a), clock(b)] for a, b in zip(edges[::2], edges[1::2], strict=False)]
    if len(edges) % 2:  # the last runs past midnight, until before the first begins
        end = draw(st.integers(1, max(1, (edges[0] or 15) // 15))) * 15
        if end < edges[-1]:
            pairs.append([clock(edges[-1]), clock(end)])
    return pairs


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    weekly = {day: draw(days_hours()) for day in ("mon", "tue", "wed", "thu", "fri")}
    there: list[dict[str, Any]] = []
    for n, k in enumerate(draw(st.lists(st.integers(-1, 1), max_size=3))):
        first = TODAY + dt.timedelta(days=k)
        last = first + dt.timedelta(days=draw(st.integers(0, 2)))
        there.append(override(n, first.isoformat(), last.isoformat(), *draw(days_hours())))
    own = draw(st.lists(st.sampled_from(["03-16", "03-17", "03-18"]), unique=True, max_size=1))
    days = [{"date": day, "name": "Ledig", "hours": draw(days_hours())} for day in own]
    return schedule(weekly, *there, holidays={"own": days})


@given(schedules(), st.integers(0, DAY - 1), st.integers(1, DAY))
def test_closing_takes_what_was_asked_and_nothing_else(made: Schedule, now: int, length: int) -> None:
    there = at(f"{TODAY}T{clock(now)}")
    until = now + length
    before = open_minutes(made)
    assert open_minutes(after_closing(made, there, until)) == before - set(range(now, until))


@given(schedules(), st.integers(0, DAY - 1))
def test_closing_the_rest_of_the_day_takes_its_night_with_it(made: Schedule, now: int) -> None:
    there = at(f"{TODAY}T{clock(now)}")
    after = open_minutes(after_closing(made, there, None))
    assert {minute for minute in after if minute < now} == {m for m in open_minutes(made) if m < now}
    assert not {minute for minute in after if now <= minute < DAY}
    tomorrow = bare(made) if not made.overrides else made
    begins = tomorrow.own_hours(TODAY + dt.timedelta(days=1)).open
    own = {DAY + m for span in begins for m in range(span.start, span.end)}
    assert {m for m in after if DAY <= m < 2 * DAY} == {m for m in own if m < 2 * DAY}


@given(schedules(), st.integers(0, DAY - 1), _CLOCKS)
def test_opening_gives_what_was_asked_and_nothing_else(made: Schedule, now: int, until: int) -> None:
    there = at(f"{TODAY}T{clock(now)}")
    assume(until != now)
    spans = till(made, there, until)
    after = rewritten(made, opening(made, there, spans), there)
    asked = {m for span in spans for m in range(span.start, span.end)}
    assert open_minutes(after) == open_minutes(made) | asked


@given(schedules(), st.integers(0, DAY - 1), st.integers(1, DAY - 1))
def test_what_is_made_can_be_written_as_clock_times(made: Schedule, now: int, length: int) -> None:
    there = at(f"{TODAY}T{clock(now)}")
    spans = till(made, there, (now + length) % DAY)
    for change in (closing(made, there, None), closing(made, there, now + length), opening(made, there, spans)):
        again = rewritten(made, change, there)
        assert Schedule.model_validate(again.as_json()).as_json() == again.as_json()
        assert all(begun.first == begun.last for begun in change.begins)


@given(schedules(), st.integers(0, DAY - 1))
def test_ordinary_again_is_the_ordinary_day(made: Schedule, now: int) -> None:
    there = at(f"{TODAY}T{clock(now)}")
    after = rewritten(made, ordinary_again(made, there), there)
    assert after.own_hours(TODAY).open == bare(made).own_hours(TODAY).open


def test_closing_keeps_the_morning() -> None:
    now = at("2027-03-17T10:42")
    (begun,) = closing(schedule(OFFICE), now, None).begins
    assert begun.hours == (Span(8 * 60, 10 * 60 + 42),)
    assert begun.first == begun.last == TODAY


def test_closing_before_the_day_begins_closes_it_whole() -> None:
    (begun,) = closing(schedule(OFFICE), at("2027-03-17T06:31"), None).begins
    assert begun.hours == ()


def test_closing_what_is_closed_changes_nothing() -> None:
    assert not closing(schedule(OFFICE), at("2027-03-17T18:00"), None)
    assert not closing(schedule({}), at("2027-03-17T10:00"), 11 * 60)


def test_closing_in_the_night_is_a_change_of_the_evening_before() -> None:
    now = at("2027-03-17T01:00")
    made = closing(schedule(NIGHTS), now, 3 * 60)
    assert [(b.first.day, b.hours) for b in made.begins] == [
        (16, (Span(20 * 60, 25 * 60),)),
        (17, (Span(3 * 60, 4 * 60), Span(20 * 60, 28 * 60))),
    ]


def test_closing_until_tomorrow_morning_reaches_into_it() -> None:
    now = at("2027-03-17T22:00")
    after = after_closing(schedule(ROUND), now, 24 * 60 + 6 * 60)
    assert after.day(TODAY).open == (Span(0, 22 * 60),)
    assert after.day(TODAY + dt.timedelta(days=1)).open == (Span(6 * 60, DAY),)


def test_a_change_of_today_is_replaced_and_one_of_more_days_stays() -> None:
    made = schedule(
        OFFICE, override(1, "2027-03-17", None, ["08:00", "14:00"]), override(2, "2027-03-15", "2027-03-19")
    )
    change = closing(made.model_copy(update={"overrides": made.overrides[:1]}), at("2027-03-17T10:00"), None)
    assert change.ends == (f"{1:016x}",)
    change = opening(made, at("2027-03-17T10:00"), (Span(600, 660),))
    assert change.ends == (f"{1:016x}",)
    after = rewritten(made, change, at("2027-03-17T10:00"))
    assert after.day(TODAY).open == (Span(600, 660),)
    assert after.day(TODAY + dt.timedelta(days=1)).open == ()


def test_till_the_ordinary_closing_keeps_lunch() -> None:
    made = schedule({"wed": [["08:00", "12:00"], ["13:00", "16:00"]]}, override(1, "2027-03-17"))
    now = at("2027-03-17T10:00")
    assert till_ordinary(made, now) == (Span(600, 720), Span(780, 960))
    assert rewritten(made, opening(made, now, till_ordinary(made, now)), now).day(TODAY).open == (
        Span(600, 720),
        Span(780, 960),
    )
    assert till_ordinary(made, at("2027-03-17T16:00")) == ()
    assert till_ordinary(made, at("2027-03-20T10:00")) == ()


def test_ordinary_again_on_a_holiday_leads_where_the_holiday_leads() -> None:
    made = schedule(OFFICE, override(1, "2027-03-22", "2027-03-28", ["10:00", "12:00"]), holidays={"calendar": "SE"})
    (begun,) = ordinary_again(made, at("2027-03-26T09:00")).begins
    assert (begun.hours, begun.closed) == ((), made.holiday)


def test_ordinary_again_ends_what_was_made_in_the_night_of_the_evening_before() -> None:
    night = {**override(1, "2027-03-16", None, ["20:00", "01:00"]), "made_at": "2027-03-17T00:00:00Z"}
    made = schedule(NIGHTS, night)
    after = rewritten(made, ordinary_again(made, at("2027-03-17T01:30")), at("2027-03-17T01:30"))
    assert after.day(TODAY).open == (Span(0, 240), Span(1200, DAY))


@pytest.mark.parametrize(("fold", "minute"), [(0, 2 * 60), (1, 2 * 60 + 30)])
def test_in_the_hour_that_comes_twice_closed_is_closed(fold: int, minute: int) -> None:
    now = at("2027-10-31T02:30", fold)
    made = schedule({day: [["00:00", "24:00"]] for day in ("sat", "sun", "mon")})
    assert minute_of(made, now) == (dt.date(2027, 10, 31), minute)
    after = after_closing(made, now, None)
    zone = ZoneInfo("Europe/Stockholm")
    for step in range(0, 21 * 60, 10):
        here = (now.astimezone(dt.UTC) + dt.timedelta(minutes=step)).astimezone(zone)
        assert not after.day(here.date()).is_open(here.hour * 60 + here.minute)


def test_on_the_day_of_23_hours_the_wall_clock_counts() -> None:
    made = schedule({day: [["00:00", "24:00"]] for day in ("sat", "sun", "mon")})
    after = after_closing(made, at("2027-03-28T01:30"), minutes("03:30"))
    assert after.day(dt.date(2027, 3, 28)).open == (Span(0, 90), Span(210, DAY))
