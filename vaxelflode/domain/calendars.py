"""Public holidays by country, from the library ``holidays``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any

import holidays
from pydantic import AfterValidator

#: Sundays are holidays in Swedish law and so in the library; the weekly hours speak of Sundays.
_WITHOUT_SUNDAYS: dict[str, dict[str, Any]] = {"SE": {"include_sundays": False}}


@cache
def countries() -> frozenset[str]:
    """ISO 3166 codes (two letters) of the countries whose holidays are known."""
    return frozenset(holidays.list_supported_countries(include_aliases=False))


def _known(country: str) -> str:
    if country not in countries():
        raise ValueError("is not a country whose holidays are known; for example SE")
    return country


Calendar = Annotated[str, AfterValidator(_known)]


@cache
def of_year(country: str, year: int) -> dict[dt.date, str]:
    """The public holidays of a country in a year, with their names in the country's own language."""
    own_language = holidays.country_holidays(country).default_language
    extra = _WITHOUT_SUNDAYS.get(country, {})
    return dict(holidays.country_holidays(country, years=year, language=own_language, **extra))


def is_holiday(country: str | None, date: dt.date) -> bool:
    """Whether ``date`` is a public holiday in ``country`` (``None``: nowhere)."""
    return country is not None and date in of_year(country, date.year)


def between(country: str, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The public holidays from ``first`` to ``last``, inclusive, in order."""
    for year in range(first.year, last.year + 1):
        yield from (d for d in sorted(of_year(country, year)) if first <= d <= last)
