"""What holds at an instant, and the day drawn: what was changed, and days of 23 and 25 hours."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from tests.domain.test_schedule import NIGHTS, OFFICE, override, schedule
from vaxelflode.domain.hours import DAY, Span
from vaxelflode.domain.now import now_of, strip_of, with_open, without
from vaxelflode.domain.zones import ClockChange, clock_change

ZONE = ZoneInfo("Europe/Stockholm")


def at(wall: str) -> dt.datetime:
    return dt.datetime.fromisoformat(wall).replace(tzinfo=ZONE)


def test_it_says_when_it_turns() -> None:
    now = now_of(schedule(OFFICE), at("2027-03-16T10:42"))
    assert (now.is_open, now.until) == (True, at("2027-03-16T17:00"))
    now = now_of(schedule(OFFICE), at("2027-03-19T17:00"))
    assert (now.is_open, now.until) == (False, at("2027-03-22T08:00"))
    assert now_of(schedule({}), at("2027-03-19T17:00")).until is None


def test_midnight_is_no_turn_where_it_stays_open() -> None:
    assert now_of(schedule(NIGHTS), at("2027-03-16T22:00")).until == at("2027-03-17T04:00")


@pytest.mark.parametrize(
    ("hours", "start", "end", "left"),
    [
        ((Span(480, 1020),), 600, 660, (Span(480, 600), Span(660, 1020))),
        ((Span(480, 1020),), 0, 480, (Span(480, 1020),)),
        ((Span(480, 1020),), 1020, 1080, (Span(480, 1020),)),
        ((Span(480, 1020),), 0, DAY, ()),
        ((Span(1200, 1680),), 1320, 2 * DAY, (Span(1200, 1320),)),
        ((Span(1200, 1680),), DAY, 1500, (Span(1200, DAY), Span(1500, 1680))),
    ],
)
def test_hours_without_some(hours: tuple[Span, ...], start: int, end: int, left: tuple[Span, ...]) -> None:
    assert without(hours, start, end) == left
    assert with_open(left, start, end) == with_open(hours, start, end)


def test_the_strip_shows_what_a_change_takes_also_from_the_night() -> None:
    night = schedule(NIGHTS, override(1, "2027-03-16", None, ["20:00", "01:00"]))
    strip = strip_of(night, dt.date(2027, 3, 17), None)
    assert strip.changed == ((1 / 24, 4 / 24),)
    holiday = schedule(OFFICE, override(1, "2027-03-26", None, ["10:00", "12:00"]), holidays={"calendar": "SE"})
    assert strip_of(holiday, dt.date(2027, 3, 26), None).changed == ()


@pytest.mark.parametrize(("date", "hours"), [("2027-03-28", 23), ("2027-10-31", 25), ("2027-06-01", 24)])
def test_a_strip_is_as_long_as_its_day(date: str, hours: int) -> None:
    made = schedule({"tue": [["00:00", "12:00"]], "sun": [["00:00", "12:00"]]})
    strip = strip_of(made, dt.date.fromisoformat(date), at(f"{date}T12:00"))
    noon = (12 - (24 - hours)) / hours
    ((begin, end),) = strip.open
    assert begin == 0
    assert end == pytest.approx(noon)
    assert strip.now == pytest.approx(noon)


def test_days_on_which_a_clock_is_changed_are_known() -> None:
    assert clock_change("Europe/Stockholm", dt.date(2027, 3, 28)) == ClockChange("02:00", "03:00", forward=True)
    assert clock_change("Europe/Stockholm", dt.date(2027, 10, 31)) == ClockChange("03:00", "02:00", forward=False)
    assert clock_change("Europe/Stockholm", dt.date(2027, 6, 1)) is None
    assert clock_change("UTC", dt.date(2027, 3, 28)) is None
    assert clock_change("Australia/Lord_Howe", dt.date(2027, 10, 3)) == ClockChange("02:00", "02:30", forward=True)


@pytest.mark.parametrize("zone", ["Europe/Stockholm", "Australia/Lord_Howe", "America/New_York", "Africa/Casablanca"])
def test_a_clock_is_changed_on_the_days_that_are_not_of_24_hours(zone: str) -> None:
    one = dt.timedelta(days=1)

    def begins(date: dt.date) -> float:
        return dt.datetime.combine(date, dt.time(), ZoneInfo(zone)).timestamp()

    days = [dt.date(2023, 1, 1) + n * one for n in range(365)]
    other = [date for date in days if begins(date + one) - begins(date) != 24 * 3600]
    assert len(other) > 1
    assert [date for date in days if clock_change(zone, date) is not None] == other


def test_a_clock_that_is_changed_at_midnight_is_changed_at_the_end_of_the_day() -> None:
    assert clock_change("America/Havana", dt.date(2027, 3, 13)) == ClockChange("00:00", "01:00", forward=True)
    assert clock_change("America/Havana", dt.date(2027, 3, 14)) is None
