"""What the rendered schedule does to a call at an instant is what the domain says of that instant."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import FIRST, LAST, OFTEN, schedule_specs
from tests.rendering.dialplan import Call
from tests.rendering.making import rendered, renderer
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.rendering.strict import steps

REF = ObjectRef("schedule", "tider")
instants = st.datetimes(
    dt.datetime.combine(FIRST, dt.time.min), dt.datetime.combine(LAST, dt.time.max), timezones=st.just(dt.UTC)
)


def call(schedule: Schedule, instant: dt.datetime, shift: int = 0) -> tuple[str, str]:
    """How a call at ``instant`` leaves the rendered schedule; the clock stands ``shift`` seconds before it."""
    company = Company(1, {REF: Object(REF, "Tider", schedule)})
    dialplan = steps(rendered(company, "extensions.conf"))
    return Call(dialplan, int(instant.timestamp()) - shift, VX_SHIFT=str(shift)).leaves("vx-schedule-tider")


def expected(schedule: Schedule, instant: dt.datetime) -> tuple[str, str]:
    """The same from :meth:`Schedule.exit_on`, as one step."""
    there = instant.astimezone(ZoneInfo(schedule.time_zone))
    destination = schedule.exit_on(schedule.day(there.date()), there.hour * 60 + there.minute)
    application, _, arguments = renderer().names.goto(destination).partition("(")
    return application, arguments.removesuffix(")")


@OFTEN
@given(schedule_specs(), instants, st.integers(-(10**9), 10**9))
def test_dialplan_and_domain_agree_at_any_instant(schedule: Schedule, instant: dt.datetime, shift: int) -> None:
    assert call(schedule, instant, shift) == expected(schedule, instant)


@OFTEN
@given(schedule_specs(), st.data())
def test_they_agree_around_every_boundary(schedule: Schedule, data: st.DataObject) -> None:
    """Random minutes seldom meet one: take the date of an exception or its morrow, and a minute beside a cut."""
    days = [o.first for o in schedule.overrides] + [dt.date(2027, 12, 25), dt.date(2028, 2, 29)]
    days += sorted(schedule.holidays.between(FIRST, LAST))
    date = data.draw(st.sampled_from(days)) + dt.timedelta(data.draw(st.integers(-1, 2)))
    every = [*schedule.weekly.values(), *schedule.holidays.every, *(o.hours for o in schedule.overrides)]
    cuts = sorted({minute % 1440 for spans in every for span in spans for minute in span} | {0})
    minute = (data.draw(st.sampled_from(cuts)) + data.draw(st.sampled_from([-1, 0, 1]))) % 1440
    wall = dt.datetime.combine(date, dt.time(minute // 60, minute % 60), ZoneInfo(schedule.time_zone))
    instant = wall.astimezone(dt.UTC)
    assert call(schedule, instant) == expected(schedule, instant)


NIGHTS = {
    "weekly": {day: [["20:00", "04:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
    "holidays": {"calendar": "SE", "hours": []},
    "open": {"end": "busy"},
    "holiday": {"end": "congestion"},
}
OPEN, CLOSED, HOLIDAY = ("Hangup", "17"), ("Hangup", "16"), ("Hangup", "34")


@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        ("2027-12-25T03:59", HOLIDAY),  # the holiday cuts the tail of Christmas Eve
        ("2027-12-25T21:00", HOLIDAY),
        ("2027-12-26T03:00", HOLIDAY),
        ("2027-12-27T00:00", CLOSED),  # and its own morrow has no tail
        ("2027-12-27T20:00", OPEN),
        ("2027-12-28T03:59", OPEN),
        ("2027-12-28T04:00", CLOSED),
        ("2028-02-29T21:00", OPEN),  # a leap day
        ("2028-03-01T03:59", OPEN),
        ("2028-03-26T03:30", OPEN),  # the night that has no 02:00
    ],
)
def test_nights_around_holidays(at: str, leaves: tuple[str, str]) -> None:
    instant = dt.datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Europe/Stockholm"))
    schedule = Schedule.model_validate(NIGHTS)
    assert call(schedule, instant) == expected(schedule, instant) == leaves


EVES = {
    "weekly": {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "holidays": {
        "calendar": "SE",
        "also": {"maundy-thursday": [["08:00", "12:00"]], "christmas-eve": [], "new-years-eve": [["20:00", "01:00"]]},
        "own": [
            {"date": "05-07", "hours": [["09:00", "10:00"]], "name": "Varje år"},
            {"date": "2027-05-07", "hours": [], "name": "Bara 2027"},
            {"date": "2028-12-24", "hours": [["08:00", "09:00"]], "name": "Julafton 2028"},
            {"date": "02-29", "hours": [], "name": "Skottdagen"},
        ],
    },
    "open": {"end": "busy"},
    "holiday": {"end": "congestion"},
}


@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        ("2027-12-24T10:00", HOLIDAY),  # a Friday
        ("2028-12-24T08:30", OPEN),  # the company's own day stands above the eve
        ("2028-12-24T09:00", HOLIDAY),
        ("2027-03-25T11:59", OPEN),  # a half day
        ("2027-03-25T12:00", HOLIDAY),
        ("2027-12-31T20:00", OPEN),
        ("2028-01-01T00:59", HOLIDAY),  # the public holiday cuts the eve's tail
        ("2027-05-07T09:30", HOLIDAY),  # the dated own day stands above the yearly one
        ("2026-05-07T09:30", OPEN),
        ("2026-05-07T10:00", HOLIDAY),
        ("2028-02-29T10:00", HOLIDAY),
        ("2027-03-01T10:00", OPEN),
        ("2037-12-24T10:00", HOLIDAY),  # the last year that is rendered ahead
    ],
)
def test_eves_half_days_and_own_days(at: str, leaves: tuple[str, str]) -> None:
    instant = dt.datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Europe/Stockholm"))
    schedule = Schedule.model_validate(EVES)
    assert call(schedule, instant) == expected(schedule, instant) == leaves


@pytest.mark.parametrize(
    ("twelfth_night", "bridge_days", "leaves"),
    [
        ([["08:00", "12:00"]], [], HOLIDAY),
        ([], [["08:00", "12:00"]], HOLIDAY),
        ([["08:00", "17:00"]], [["08:00", "12:00"]], OPEN),
        ([["13:00", "17:00"]], [["08:00", "17:00"]], HOLIDAY),
    ],
)
def test_where_two_chosen_days_fall_together_the_one_least_open_holds(
    twelfth_night: list[list[str]], bridge_days: list[list[str]], leaves: tuple[str, str]
) -> None:
    kept = {"calendar": "SE", "also": {"twelfth-night": twelfth_night, "bridge-days": bridge_days}}
    instant = dt.datetime(2026, 1, 5, 10, tzinfo=ZoneInfo("Europe/Stockholm"))
    schedule = Schedule.model_validate({**EVES, "holidays": kept})
    assert call(schedule, instant) == expected(schedule, instant) == leaves


@pytest.mark.parametrize("fold", [0, 1])
def test_the_hour_that_happens_twice_is_judged_by_the_wall_clock(fold: int) -> None:
    schedule = Schedule.model_validate({"weekly": {"sun": [["02:15", "02:45"]]}, "open": {"end": "busy"}})
    wall = dt.datetime(2027, 10, 31, 2, 30, fold=fold, tzinfo=ZoneInfo("Europe/Stockholm"))
    assert call(schedule, wall.astimezone(dt.UTC)) == OPEN


def test_no_shift_means_the_clock() -> None:
    schedule = Schedule.model_validate({"weekly": {"tue": [["08:00", "17:00"]]}, "open": {"end": "busy"}})
    company = Company(1, {REF: Object(REF, "Tider", schedule)})
    dialplan = steps(rendered(company, "extensions.conf"))
    now = int(dt.datetime(2028, 2, 29, 12, tzinfo=dt.UTC).timestamp())
    assert Call(dialplan, now).leaves("vx-schedule-tider") == OPEN
