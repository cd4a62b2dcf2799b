"""Dates, times and numbers as people write them: 24 hours, ISO weeks, national phone numbers."""

from __future__ import annotations

import datetime as dt
from functools import cache, lru_cache

import phonenumbers
from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

_LOCALES = {"sv": "sv_SE", "en": "en_GB"}


@cache
def locale_of(language: str) -> Locale:
    """The locale of a language: Sweden's, Britain's. Made once: to read its name costs more than most uses of it."""
    return Locale.parse(_LOCALES.get(language, language))


def long_date(language: str, date: dt.date) -> str:
    """``tisdag 16 mars``, ``Tuesday 16 March``."""
    return format_date(date, "EEEE d MMMM", locale=locale_of(language))


def short_date(language: str, date: dt.date) -> str:
    """``16 mars``, ``16 Mar``."""
    return format_date(date, "d MMM", locale=locale_of(language))


def weekday(language: str, date: dt.date) -> str:
    """``tisdag``, ``Tuesday``."""
    return format_date(date, "EEEE", locale=locale_of(language))


def short_weekday(language: str, date: dt.date) -> str:
    """``tis``, ``Tue``."""
    return format_date(date, "EEE", locale=locale_of(language)).rstrip(".")


def month(language: str, date: dt.date) -> str:
    """``mars``, ``Mar``."""
    return format_date(date, "MMM", locale=locale_of(language)).rstrip(".")


def year_and_month(language: str, date: dt.date) -> str:
    """``mars 2027``."""
    return str(format_skeleton("yMMMM", date, locale=locale_of(language)))


def decimal(language: str, value: float, pattern: str = "#,##0.#") -> str:
    """``0,1``, ``0.1``."""
    return format_decimal(value, format=pattern, locale=locale_of(language))


@lru_cache(4096)  # the same few on every page
def phone_number(number: str) -> str:
    """``+46101022290`` → ``010-102 22 90``: as it is written in its own country; what is no number stays as it is."""
    try:
        parsed = phonenumbers.parse(number if number.startswith("+") else f"+{number}")
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def country(language: str, code: str) -> str:
    """``Sverige``; what has no name is called by its code."""
    return str(locale_of(language).territories.get(code, code))


def capital(text: str) -> str:
    """With a capital letter first; ``capitalize`` would make the rest small, and ``PIN`` a word."""
    return text[:1].upper() + text[1:]
