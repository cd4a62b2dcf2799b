"""What holds on a date: weekly hours, public holidays, overrides, and the tail of the evening before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError

from vaxelflode.domain.destination import ToEnd, ToObject
from vaxelflode.domain.hours import clock
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.schedule import ALL_OVERRIDE_DAYS, OVERRIDE_DAYS, Schedule

OPEN, CLOSED, HOLIDAY = {"object": "menu/dag"}, {"object": "announcement/natt"}, {"object": "announcement/helg"}
OFFICE = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
NIGHTS = {day: [["20:00", "04:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def override(n: int, first: str, last: str | None = None, *hours: list[str], **more: Any) -> dict[str, Any]:
    """Override number ``n``, made at minute ``n``."""
    dates = {"id": f"{n:016x}", "from": first, "to": last or first, "hours": list(hours)}
    return {**dates, "made_at": f"2027-01-01T00:{n:02d}:00Z", **more}


def schedule(weekly: dict[str, list[list[str]]], *overrides: dict[str, Any], **more: Any) -> Schedule:
    exits = {"open": OPEN, "closed": CLOSED, "holiday": HOLIDAY}
    return Schedule.model_validate({"weekly": weekly, "overrides": overrides, **exits, **more})


def hours_on(made: Schedule, date: str) -> list[str]:
    """The open hours of a date as text."""
    return [f"{clock(s.start)}-{clock(s.end)}" for s in made.day(dt.date.fromisoformat(date)).open]


def exit_at(made: Schedule, instant: str) -> str:
    """The name of the exit at a wall-clock instant, or where an override leads."""
    at = dt.datetime.fromisoformat(instant)
    found = made.exit_on(made.day(at.date()), at.hour * 60 + at.minute)
    names = {made.open: "open", made.closed: "closed", made.holiday: "holiday"}
    return names.get(found, str(found))


@pytest.mark.parametrize(
    ("instant", "exit_"),
    [
        ("2027-03-15T07:59", "closed"),
        ("2027-03-15T08:00", "open"),
        ("2027-03-15T16:59", "open"),
        ("2027-03-15T17:00", "closed"),
        ("2027-03-20T12:00", "closed"),  # a Saturday
    ],
)
def test_hours_are_half_open(instant: str, exit_: str) -> None:
    assert exit_at(schedule(OFFICE), instant) == exit_


def test_the_whole_day_runs_to_its_end() -> None:
    made = schedule({"mon": [["00:00", "24:00"]]})
    assert hours_on(made, "2027-03-15") == ["00:00-24:00"]
    assert hours_on(made, "2027-03-16") == []


def test_an_evening_past_midnight_lies_on_the_morrow() -> None:
    made = schedule({"sun": [["22:00", "06:00"]], "mon": [["05:00", "08:00"]]})
    assert hours_on(made, "2027-03-14") == ["22:00-24:00"]
    assert hours_on(made, "2027-03-15") == ["00:00-08:00"]


def test_a_weekday_without_hours_keeps_the_tail_of_the_evening_before() -> None:
    assert hours_on(schedule({"sat": [["20:00", "02:00"]]}), "2027-03-14") == ["00:00-02:00"]


def test_an_override_stands_in_place_of_the_weekly_hours() -> None:
    made = schedule(OFFICE, override(1, "2027-03-15", None, ["10:00", "14:00"]))
    assert hours_on(made, "2027-03-15") == ["10:00-14:00"]
    assert hours_on(made, "2027-03-16") == ["08:00-17:00"]


def test_a_closed_day_cuts_the_tail_and_leaves_none() -> None:
    made = schedule(NIGHTS, override(1, "2027-03-15"))
    assert hours_on(made, "2027-03-14") == ["00:00-04:00", "20:00-24:00"]
    assert hours_on(made, "2027-03-15") == []
    assert hours_on(made, "2027-03-16") == ["20:00-24:00"]


def test_an_override_with_hours_keeps_the_tail_and_may_leave_one() -> None:
    made = schedule(NIGHTS, override(1, "2027-03-15", None, ["23:00", "01:00"]))
    assert hours_on(made, "2027-03-15") == ["00:00-04:00", "23:00-24:00"]
    assert hours_on(made, "2027-03-16") == ["00:00-01:00", "20:00-24:00"]


def test_a_range_holds_on_both_its_ends() -> None:
    made = schedule(OFFICE, override(1, "2027-03-15", "2027-03-17"))
    assert [bool(hours_on(made, f"2027-03-{day}")) for day in (12, 15, 16, 17, 18)] == [True, False, False, False, True]


@pytest.mark.parametrize("turned", [False, True])
def test_of_several_overrides_the_one_made_last_holds(turned: bool) -> None:
    both = [
        override(1, "2027-03-15", "2027-03-19", ["10:00", "14:00"]),
        override(2, "2027-03-16"),
        override(3, "2027-03-17", None, ["12:00", "13:00"]),
    ]
    made = schedule(OFFICE, *(both[::-1] if turned else both))
    found = [hours_on(made, f"2027-03-{day}") for day in (15, 16, 17, 18)]
    assert found == [["10:00-14:00"], [], ["12:00-13:00"], ["10:00-14:00"]]


def test_overrides_made_at_the_same_instant_are_the_same_in_any_order() -> None:
    both = [override(n, "2027-03-15", None, ["10:00", f"1{n}:00"], made_at="2027-01-01T00:00:00Z") for n in (1, 2)]
    assert schedule(OFFICE, *both) == schedule(OFFICE, *both[::-1])


def test_an_override_may_lead_callers_elsewhere_while_it_closes() -> None:
    elsewhere = {"end": "busy"}
    made = schedule(OFFICE, override(1, "2027-03-15", None, ["10:00", "14:00"], closed=elsewhere))
    at_nine = made.exit_on(made.day(dt.date(2027, 3, 15)), 540)
    assert at_nine == ToEnd(end="busy")
    assert exit_at(made, "2027-03-15T11:00") == "open"
    assert exit_at(made, "2027-03-16T07:00") == "closed"


def test_a_public_holiday_is_closed_unless_it_has_hours() -> None:
    without = schedule(OFFICE, holidays={"calendar": "SE"})
    with_hours = schedule(OFFICE, holidays={"calendar": "SE", "hours": [["10:00", "12:00"]]})
    assert exit_at(without, "2027-01-06T10:00") == "holiday"
    assert exit_at(with_hours, "2027-01-06T10:00") == "open"
    assert exit_at(with_hours, "2027-01-06T12:00") == "holiday"
    assert exit_at(schedule(OFFICE), "2027-01-06T10:00") == "open"


def test_without_an_exit_of_its_own_a_holiday_is_closed() -> None:
    assert exit_at(schedule(OFFICE, holidays={"calendar": "SE"}, holiday=None), "2027-01-06T10:00") == "closed"


def test_an_override_on_a_holiday_holds() -> None:
    made = schedule(OFFICE, override(1, "2027-01-06", None, ["09:00", "11:00"]), holidays={"calendar": "SE"})
    assert exit_at(made, "2027-01-06T10:00") == "open"
    assert exit_at(made, "2027-01-06T12:00") == "closed"


def test_a_holiday_cuts_the_tail_and_its_morrow_has_none() -> None:
    made = schedule(NIGHTS, holidays={"calendar": "SE"})
    assert hours_on(made, "2027-01-06") == []
    assert hours_on(made, "2027-01-07") == ["20:00-24:00"]


ALSO = {"calendar": "SE", "also": {"twelfth-night": [["08:00", "12:00"]], "christmas-eve": []}}


def test_a_chosen_day_leads_to_the_holidays_exit_outside_its_hours() -> None:
    made = schedule(OFFICE, holidays=ALSO)
    found = [exit_at(made, f"2027-01-05T{clock}") for clock in ("07:59", "08:00", "11:59", "12:00", "16:59")]
    assert found == ["holiday", "open", "open", "holiday", "holiday"]
    assert exit_at(made, "2027-12-24T10:00") == "holiday"
    assert exit_at(schedule(OFFICE, holidays=ALSO, holiday=None), "2027-12-24T10:00") == "closed"


def test_an_own_day_leads_to_the_holidays_exit_and_below_an_override() -> None:
    own = [{"date": "2027-03-15", "hours": [["10:00", "11:00"]], "name": "Planeringsdag"}]
    made = schedule(OFFICE, holidays={"own": own})
    assert [exit_at(made, f"2027-03-15T{clock}") for clock in ("09:00", "10:00")] == ["holiday", "open"]
    above = schedule(OFFICE, override(1, "2027-03-15", None, ["09:00", "10:00"]), holidays={"own": own})
    assert [exit_at(above, f"2027-03-15T{clock}") for clock in ("09:00", "10:00")] == ["open", "closed"]


def test_a_day_tells_the_holidays_name() -> None:
    own = [{"date": "05-06", "name": "Grundandet"}]
    made = schedule(NIGHTS, override(1, "2027-12-26"), holidays={**ALSO, "own": own})
    names = {
        date: made.day(dt.date.fromisoformat(f"2027-{date}")).name for date in ("12-24", "12-25", "12-26", "12-27")
    }
    assert names == {"12-24": "Julafton", "12-25": "Juldagen", "12-26": None, "12-27": None}
    assert made.day(dt.date(2027, 1, 5)).name == "Trettondagsafton"
    assert made.day(dt.date(2027, 5, 6)).name == "Grundandet"  # Ascension Day in the calendar
    assert made.ordinary_day(0).name is None


def test_an_eves_hours_past_midnight_lie_on_the_morrow_unless_that_is_closed() -> None:
    also = {"new-years-eve": [["20:00", "02:00"]], "walpurgis-eve": [["20:00", "02:00"]]}
    made = schedule(OFFICE, holidays={"calendar": "SE", "hours": [["10:00", "11:00"]], "also": also})
    assert hours_on(made, "2027-12-31") == ["20:00-24:00"]
    assert hours_on(made, "2028-01-01") == ["00:00-02:00", "10:00-11:00"]
    shut = schedule(OFFICE, holidays={"calendar": "SE", "also": also})
    assert hours_on(shut, "2027-05-01") == []


def test_an_own_days_hours_past_midnight_lie_on_the_morrow() -> None:
    own = [{"date": "02-29", "hours": [["22:00", "03:00"]], "name": "Skottnatt"}]
    made = schedule(OFFICE, holidays={"own": own})
    assert hours_on(made, "2028-02-29") == ["22:00-24:00"]
    assert hours_on(made, "2028-03-01") == ["00:00-03:00", "08:00-17:00"]
    assert hours_on(made, "2027-03-01") == ["08:00-17:00"]


def test_a_leap_day_is_a_day() -> None:
    made = schedule(NIGHTS, override(1, "2028-02-29", None, ["21:00", "02:00"]))
    assert hours_on(made, "2028-02-29") == ["00:00-04:00", "21:00-24:00"]
    assert hours_on(made, "2028-03-01") == ["00:00-02:00", "20:00-24:00"]


def test_exits_name_the_fields_that_lead_somewhere() -> None:
    made = schedule(OFFICE, override(1, "2027-03-15", closed={"extension": "201"}), override(2, "2027-03-16"))
    ways = {way.field: way.destination for way in made.exits()}
    assert ways.keys() == {"open", "closed", "holiday", f"overrides.{1:016x}.closed"}
    assert ways["open"] == ToObject(object=ObjectRef("menu", "dag"))


@pytest.mark.parametrize(
    "wrong",
    [
        override(1, "2027-03-15", "2027-03-14"),
        override(1, "2027-02-29"),
        override(1, "1999-12-31"),
        override(1, "2200-01-01"),
        override(1, "2027-01-01", (dt.date(2027, 1, 1) + dt.timedelta(OVERRIDE_DAYS)).isoformat()),
        override(1, "2027-03-15", made_at="2027-01-01T00:00:00"),
        override(1, "2027-03-15", id="../../../etc/pass"),
        override(1, "2027-03-15", id="00000000000000AA"),
        override(1, "2027-03-15", note="\n"),
        override(1, "2027-03-15", note="x" * 201),
        override(1, "2027-03-15", extra=1),
    ],
    ids=str,
)
def test_impossible_overrides_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        schedule(OFFICE, wrong)


def test_two_overrides_never_share_an_id() -> None:
    with pytest.raises(ValidationError, match="same id"):
        schedule(OFFICE, override(1, "2027-03-15"), override(1, "2027-03-16"))


def test_overrides_cover_so_many_days_together_and_no_more() -> None:
    year = dt.timedelta(OVERRIDE_DAYS - 1)
    first = dt.date(2027, 1, 1)
    made = [
        override(n, first.isoformat(), (first + year).isoformat()) for n in range(ALL_OVERRIDE_DAYS // OVERRIDE_DAYS)
    ]
    rest = ALL_OVERRIDE_DAYS - len(made) * OVERRIDE_DAYS
    fits = override(50, first.isoformat(), (first + dt.timedelta(rest - 1)).isoformat())
    schedule(OFFICE, *made, fits)
    with pytest.raises(ValidationError, match="together"):
        schedule(OFFICE, *made, fits, override(51, "2027-01-01"))
