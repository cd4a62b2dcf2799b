"""Public holidays by country, and the days beside them that a company may choose to keep: eves, half days, bridges.

All from the library ``holidays``. A choice is named by an id of ours, a slug of its English name, so that a spec says
``christmas-eve`` in every language. Nothing here knows today's date.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import holidays
from pydantic import AfterValidator

#: Sundays are holidays in Swedish law and so in the library; the weekly hours speak of Sundays.
_WITHOUT_SUNDAYS: dict[str, dict[str, Any]] = {"SE": {"include_sundays": False}}

#: A day is a choice if it has come, and not as a public holiday, in two of these years: what came once is history.
_YEARS = range(2020, 2046)

#: What the library knows beside public holidays, but which is no day off: Saturdays that are worked instead.
_NO_CHOICES = frozenset({"public", "workday"})

#: Sweden's ids are ours: they stand in specs and must not follow the library's translators.
_SWEDISH = {
    "Trettondagsafton": "twelfth-night",
    "Skärtorsdagen": "maundy-thursday",
    "Påskafton": "easter-saturday",
    "Valborgsmässoafton": "walpurgis-eve",
    "Dag före Kristi himmelsfärdsdag": "day-before-ascension",
    "Klämdag": "bridge-days",
    "Dag före Pingstafton": "day-before-whitsun-eve",
    "Pingstafton": "whitsun-eve",
    "Dag före Midsommarafton": "day-before-midsummer-eve",
    "Midsommarafton": "midsummer-eve",
    "Allahelgonsafton": "all-saints-eve",
    "Dag före Julafton": "day-before-christmas-eve",
    "Julafton": "christmas-eve",
    "Dag före Nyårsafton": "day-before-new-years-eve",
    "Nyårsafton": "new-years-eve",
}
_BRIDGE = "Klämdag"

#: What the library adds to a name: "(från kl. 14.00)", "(observed)", "（下午）".
_REMARK = re.compile(r"\s*[(（][^()（）]*[)）]$")
_ID_LENGTH = 34


@dataclass(frozen=True, slots=True)
class Choice:
    """A day that is no public holiday, as a company may choose to keep it.

    ``name`` is in the country's own language; ``sv`` and ``en`` where the library has the words.
    """

    id: str
    name: str
    sv: str | None
    en: str | None


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
def _library(country: str, language: str | None = None) -> holidays.HolidayBase:
    """What the library says of a country, without days of any year; ``language`` is the country's own unless given."""
    return holidays.country_holidays(country, language=language or holidays.country_holidays(country).default_language)


def _days(country: str, year: int, *categories: str) -> dict[dt.date, str]:
    with warnings.catch_warnings():  # of some countries it says that a year is beyond its knowledge; it then has less
        warnings.simplefilter("ignore", UserWarning)
        found = holidays.country_holidays(
            country,
            years=year,
            categories=categories,
            language=_library(country).default_language,
            **_WITHOUT_SUNDAYS.get(country, {}),
        )
    return dict(found)


@cache
def of_year(country: str, year: int) -> dict[dt.date, str]:
    """The public holidays of a country in a year, with their names in the country's own language."""
    return _days(country, year, "public")


def is_holiday(country: str | None, date: dt.date) -> bool:
    """Whether ``date`` is a public holiday in ``country`` (``None``: nowhere)."""
    return country is not None and date in of_year(country, date.year)


def between(country: str, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The public holidays from ``first`` to ``last``, inclusive, in order."""
    for year in range(first.year, last.year + 1):
        yield from (d for d in sorted(of_year(country, year)) if first <= d <= last)


@cache
def choices(country: str) -> Mapping[str, Choice]:
    """The country's choices by their ids, in the order of the year."""
    found: dict[str, tuple[tuple[int, int], Choice]] = {}
    years: dict[str, set[int]] = {}
    for year in _YEARS:
        for date, choice in _beside(country, year):
            found.setdefault(choice.id, ((date.month, date.day), choice))
            if date not in of_year(country, year):
                years.setdefault(choice.id, set()).add(year)
    in_order = sorted((day, id_) for id_, (day, _) in found.items())
    return {id_: found[id_][1] for _, id_ in in_order if len(years.get(id_, ())) > 1}


def choices_on(country: str, date: dt.date) -> frozenset[str]:
    """The ids of the choices that fall on ``date``."""
    return _ids_of_year(country, date.year).get(date, frozenset())


def choice_between(country: str, choice: str, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The dates of one choice from ``first`` to ``last``, inclusive, in order."""
    for year in range(first.year, last.year + 1):
        for date, ids in _ids_of_year(country, year).items():
            if choice in ids and first <= date <= last:
                yield date


@cache
def _ids_of_year(country: str, year: int) -> Mapping[dt.date, frozenset[str]]:
    found: dict[dt.date, set[str]] = {}
    for date, choice in _beside(country, year):
        found.setdefault(date, set()).add(choice.id)
    return {date: frozenset(ids) for date, ids in found.items()}


@cache
def _beside(country: str, year: int) -> tuple[tuple[dt.date, Choice], ...]:
    """The days of a year that the library knows beside the public holidays, and Sweden's bridges."""
    categories = [c for c in _library(country).supported_categories if c not in _NO_CHOICES]
    days = _days(country, year, *categories) if categories else {}
    names = {(date, name) for date, joined in days.items() for name in joined.split(holidays.HOLIDAY_NAME_DELIMITER)}
    if country == "SE":
        names |= {(date, _BRIDGE) for date in _swedish_bridges(year)}
    return tuple((date, choice) for date, name in sorted(names) if (choice := _choice(country, name)) is not None)


def _swedish_bridges(year: int) -> Iterator[dt.date]:
    """Working days between two free ones. The library has only the one of every year, after Ascension Day."""
    free = of_year("SE", year).keys() | _days("SE", year, "de_facto").keys()

    def is_free(date: dt.date) -> bool:
        return date.weekday() > 4 or date in free

    one = dt.timedelta(days=1)
    for n in range(1, 365):  # neither end of the year is a working day
        date = dt.date(year, 1, 1) + n * one
        if not is_free(date) and is_free(date - one) and is_free(date + one):
            yield date


@cache
def _choice(country: str, full: str) -> Choice | None:
    """The choice that a day's name stands for; ``None`` for a name without a letter that an id may have."""
    name = _REMARK.sub("", full)
    sv, en = _in_language(country, full, "sv"), _in_language(country, full, "en")
    id_ = _SWEDISH.get(name) if country == "SE" else None
    id_ = id_ or _slug(en or name)
    return Choice(id_, name, sv, en) if id_ else None


def _in_language(country: str, full: str, wanted: str) -> str | None:
    """A name in ``sv`` or ``en``, without its remark; ``None`` where the library has it not."""
    own, known = _library(country).default_language or "en", _library(country).supported_languages
    if own.startswith(wanted):
        return _REMARK.sub("", full)
    language = next((one for one in known if one.startswith(wanted)), None)
    if language is None:
        return None
    translate = _library(country, language).tr
    found = next((text for name in (_REMARK.sub("", full), full) if (text := translate(name)) != name), None)
    return found and _REMARK.sub("", found)


def in_language(country: str | None, name: str, language: str) -> str:
    """A day's name in ``sv`` or ``en``; as it is where ``country``'s library does not have it."""
    if country is None:
        return name
    parts = name.split(holidays.HOLIDAY_NAME_DELIMITER)
    return holidays.HOLIDAY_NAME_DELIMITER.join(_in_language(country, part, language) or part for part in parts)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", re.sub(r"['’]", "", name)).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return slug if len(slug) <= _ID_LENGTH else slug[: _ID_LENGTH + 1].rpartition("-")[0]
