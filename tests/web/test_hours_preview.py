"""Four weeks ahead, in words: what will hold, what is being changed, what waits, and when the clocks are changed."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from tests.domain.test_schedule import OFFICE, override, schedule
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.web.hours.preview import Cell, axis, calendar, exceptions
from vaxelflode.web.page import Look

LOOK = Look("sv", dt.datetime(2027, 3, 16, 10, 42, tzinfo=ZoneInfo("Europe/Stockholm")))
SCHEDULE = schedule(
    OFFICE,
    override(1, "2027-03-18", None, ["08:00", "14:00"], note="Personalmöte", made_by="Karin"),
    holidays={
        "calendar": "SE",
        "also": {"maundy-thursday": [["08:00", "13:00"]]},
        "own": [{"date": "04-07", "name": "Fest"}],
    },
)


def cells(now: Schedule, then: Schedule | None = None, live: Schedule | None = None) -> dict[dt.date, Cell]:
    return {c.date: c for _, week in calendar(LOOK, now, then or now, live or now).weeks for c in week}


def on(date: str) -> dt.date:
    return dt.date.fromisoformat(f"2027-{date}")


def test_each_day_says_what_will_hold() -> None:
    found = cells(SCHEDULE)
    assert len(found) == 28
    assert (found[on("03-15")].sorts, found[on("03-15")].hours) == ("is-past", "8–17")
    assert found[on("03-16")].sorts == "is-today"
    assert (found[on("03-18")].sorts, found[on("03-18")].hours) == ("is-temp", "8–14")
    assert found[on("03-18")].note == "Personalmöte"
    assert (found[on("03-20")].sorts, found[on("03-20")].hours) == ("is-shut", "Stängt")
    assert (found[on("03-25")].hours, found[on("03-25")].note) == ("8–13", "Skärtorsdagen")
    assert (found[on("03-26")].sorts, found[on("03-26")].note) == ("is-red", "Långfredagen")
    assert found[on("04-07")].note == "Fest"


def test_the_day_on_which_the_clocks_go_forward_is_named() -> None:
    assert "Sommartid börjar" in cells(SCHEDULE)[on("03-28")].note
    assert calendar(LOOK, SCHEDULE, SCHEDULE, SCHEDULE).changes == ["Sommartid börjar, klockan 02:00 blir 03:00"]


def test_what_is_being_changed_and_what_waits() -> None:
    shorter = SCHEDULE.model_copy(update={"weekly": {**SCHEDULE.weekly, "fri": SCHEDULE.own_hours(on("03-18")).open}})
    edited = cells(SCHEDULE, then=shorter)
    assert (edited[on("03-19")].sorts, edited[on("03-19")].note) == ("is-changed", "var 8–17")
    assert edited[on("03-26")].sorts == "is-red"
    assert cells(shorter, live=SCHEDULE)[on("03-19")].sorts == "is-held"


def test_days_unlike_the_others_come_in_order() -> None:
    first, second, third, *_ = exceptions(LOOK, SCHEDULE, on("03-16"), {})
    assert (first.what, first.why) == ("Stänger 14:00", "Personalmöte, av Karin")
    assert (second.date, second.label) == (on("03-25"), "Afton")
    assert (third.date, third.label) == (on("03-26"), "Helgdag")


def test_a_change_says_where_callers_go_meanwhile() -> None:
    (there,) = SCHEDULE.overrides
    first, *_ = exceptions(LOOK, SCHEDULE, on("03-16"), {there.id: "Jouren"})
    assert first.why == "när det är stängt: Jouren, Personalmöte, av Karin"


def test_a_change_that_a_later_one_hides_says_so() -> None:
    both = schedule(OFFICE, override(1, "2027-03-18"), override(2, "2027-03-17", "2027-03-19", ["10:00", "12:00"]))
    hidden = next(e for e in exceptions(LOOK, both, on("03-16"), {}) if e.date == on("03-18"))
    assert "en senare ändring gäller i stället" in hidden.why


def test_a_week_is_drawn_wide_enough() -> None:
    spans = [SCHEDULE.weekly.get(day, ()) for day in ("mon", "sat")]
    assert (axis(spans).first, axis(spans).last) == (6, 20)
    night = schedule({"mon": [["05:00", "09:00"], ["20:00", "04:00"]]})
    assert (axis([night.weekly["mon"]]).first, axis([night.weekly["mon"]]).last) == (4, 28)
