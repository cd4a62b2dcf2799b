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
    """Random minutes seldom meet one: take the date of an override or its morrow, and a minute beside a cut."""
    days = [o.first for o in schedule.overrides] + [dt.date(2027, 12, 25), dt.date(2028, 2, 29)]
    date = data.draw(st.sampled_from(days)) + dt.timedelta(data.draw(st.integers(-1, 2)))
    every = [*schedule.weekly.values(), schedule.holidays.hours, *(o.hours for o in schedule.overrides)]
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
