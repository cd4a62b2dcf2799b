"""Swedish public holidays, as the law (1989:253) has them, without the Sundays."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import TypeAdapter, ValidationError

from vaxelflode.domain.calendars import Calendar, between, countries, is_holiday, of_year

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
