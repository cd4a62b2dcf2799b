"""Swedish public holidays, as the law (1989:253) has them, without the Sundays; and the days that one may choose."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from pydantic import TypeAdapter, ValidationError

from vaxelflode.domain.calendars import (
    Calendar,
    Choice,
    between,
    choice_between,
    choices,
    choices_on,
    countries,
    in_language,
    is_holiday,
    of_year,
)

FIXED = ["01-01", "01-06", "05-01", "06-06", "12-25", "12-26"]
#: Good Friday, Easter Sunday and Monday, Ascension Day, Whit Sunday, Midsummer Day, All Saints' Day.
MOVING = {
    2026: ["04-03", "04-05", "04-06", "05-14", "05-24", "06-20", "10-31"],
    2027: ["03-26", "03-28", "03-29", "05-06", "05-16", "06-26", "11-06"],
}


@pytest.mark.parametrize("year", MOVING)
def test_swedish_holidays(year: int) -> None:
    wanted = {dt.date.fromisoformat(f"{year}-{day}") for day in FIXED + MOVING[year]}
    assert set(of_year("SE", year)) == wanted
    assert set(between("SE", dt.date(year, 1, 1), dt.date(year, 12, 31))) == wanted


@pytest.mark.parametrize("date", ["2026-01-04", "2026-12-24", "2026-12-31", "2026-06-19", "2027-05-02"])
def test_sundays_and_eves_are_no_holidays(date: str) -> None:
    assert not is_holiday("SE", dt.date.fromisoformat(date))


def test_holidays_have_swedish_names() -> None:
    assert of_year("SE", 2026)[dt.date(2026, 6, 20)] == "Midsommardagen"


def test_without_a_calendar_no_day_is_a_holiday() -> None:
    assert not is_holiday(None, dt.date(2026, 12, 25))


def test_a_stretch_is_in_order_and_holds_both_its_ends() -> None:
    found = list(between("SE", dt.date(2026, 12, 26), dt.date(2027, 1, 6)))
    assert found == [dt.date(2026, 12, 26), dt.date(2027, 1, 1), dt.date(2027, 1, 6)]


@pytest.mark.parametrize("country", ["", "se", "XX", "SWE", "Sverige", "SE\n"])
def test_a_calendar_is_a_country_by_its_two_letters(country: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Calendar).validate_python(country)
    assert all(len(one) == 2 for one in countries())


#: Easter Sunday, from the almanac.
EASTER = dict(enumerate([
    "04-12", "04-04", "04-17", "04-09", "03-31", "04-20", "04-05", "03-28", "04-16", "04-01", "04-21", "04-13", "03-28",
    "04-17", "04-09", "03-25", "04-13", "04-05", "04-25", "04-10", "04-01", "04-21", "04-06", "03-29", "04-17", "04-09",
], 2020))  # fmt: skip
FRIDAY = 4
#: Id → when it comes: a month and day, days after Easter Sunday, or the Friday within a week and days before it.
SWEDISH_CHOICES: dict[str, str | int | tuple[str, int]] = {
    "twelfth-night": "01-05",
    "maundy-thursday": -3,
    "easter-saturday": -1,
    "walpurgis-eve": "04-30",
    "day-before-ascension": 38,
    "day-before-whitsun-eve": 47,
    "whitsun-eve": 48,
    "midsummer-eve": ("06-19", 0),
    "day-before-midsummer-eve": ("06-19", 1),
    "all-saints-eve": ("10-30", 0),
    "day-before-christmas-eve": "12-23",
    "christmas-eve": "12-24",
    "day-before-new-years-eve": "12-30",
    "new-years-eve": "12-31",
}


def when(year: int, rule: str | int | tuple[str, int]) -> dt.date:
    """The date by the rules above."""
    match rule:
        case str():
            return dt.date.fromisoformat(f"{year}-{rule}")
        case int():
            return dt.date.fromisoformat(f"{year}-{EASTER[year]}") + dt.timedelta(rule)
        case (first, before):
            day = dt.date.fromisoformat(f"{year}-{first}")
            return day + dt.timedelta((FRIDAY - day.weekday()) % 7 - before)


def of_choice(country: str, choice: str, year: int) -> list[str]:
    """The dates of a choice in a year."""
    return [str(d) for d in choice_between(country, choice, dt.date(year, 1, 1), dt.date(year, 12, 31))]


@pytest.mark.parametrize("year", EASTER)
def test_swedish_eves_and_half_days_come_every_year_on_their_dates(year: int) -> None:
    found = {id_: of_choice("SE", id_, year) for id_ in SWEDISH_CHOICES}
    assert found == {id_: [str(when(year, rule))] for id_, rule in SWEDISH_CHOICES.items()}
    friday_after_ascension = when(year, 40)
    assert "bridge-days" in choices_on("SE", friday_after_ascension)


def test_these_are_all_of_the_swedish_choices_in_the_order_of_the_year() -> None:
    assert choices("SE").keys() == {*SWEDISH_CHOICES, "bridge-days"}
    assert [*choices("SE")][:3] == ["twelfth-night", "maundy-thursday", "easter-saturday"]
    assert [*choices("SE")][-1] == "new-years-eve"


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2024, ["05-10", "06-07", "12-23", "12-27", "12-30"]),
        (2026, ["01-02", "01-05", "05-15"]),
        (2027, ["05-07"]),
    ],
)
def test_bridge_days_are_all_working_days_between_two_free_ones(year: int, days: list[str]) -> None:
    assert of_choice("SE", "bridge-days", year) == [f"{year}-{day}" for day in days]


def test_a_choice_has_its_name_without_the_librarys_remarks() -> None:
    name = "Skärtorsdagen"
    assert choices("SE")["maundy-thursday"] == Choice("maundy-thursday", name, name, "Maundy Thursday")
    assert choices("FI")["runeberg-day"] == Choice("runeberg-day", "Runebergin päivä", "Runebergsdagen", "Runeberg Day")
    assert choices("DK")["christmas-eve"] == Choice("christmas-eve", "Juleaftensdag", None, "Christmas Eve")


@pytest.mark.parametrize(
    ("country", "ids"),
    [
        ("DK", {"workers-day", "constitution-day", "christmas-eve", "new-years-eve"}),
        ("FI", {"runeberg-day", "europe-day", "united-nations-day"}),
        ("IS", {"christmas-eve", "new-years-eve"}),
        ("NL", {"liberation-day"}),
        ("US", {"good-friday", "christmas-eve", "new-years-eve"}),
    ],
)
def test_ids_that_may_stand_in_specs_do_not_vanish_with_a_newer_library(country: str, ids: set[str]) -> None:
    assert ids <= choices(country).keys()


def test_a_country_may_have_none() -> None:
    assert choices("NO") == {}
    assert choices_on("NO", dt.date(2027, 12, 24)) == frozenset()


def test_what_came_once_and_what_is_a_public_holiday_is_no_choice() -> None:
    assert "day-after-christmas" not in choices("US")
    assert "midsummer-day" not in choices("SE")


def test_every_id_is_a_slug() -> None:
    ids = {id_ for country in countries() for id_ in choices(country)}
    assert [id_ for id_ in ids if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", id_) or len(id_) > 34] == []


def test_two_choices_may_fall_together() -> None:
    assert choices_on("SE", dt.date(2026, 1, 5)) == {"twelfth-night", "bridge-days"}


@pytest.mark.parametrize(
    ("country", "name", "language", "told"),
    [
        ("SE", "Juldagen", "en", "Christmas Day"),
        ("SE", "Juldagen", "sv", "Juldagen"),
        ("SE", "Påskdagen; Första maj", "en", "Easter Sunday; May Day"),
        ("SE", "Firmans dag", "en", "Firmans dag"),
        (None, "Juldagen", "en", "Juldagen"),
    ],
)
def test_a_day_is_told_in_the_readers_language(country: str | None, name: str, language: str, told: str) -> None:
    assert in_language(country, name, language) == told
