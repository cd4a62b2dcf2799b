"""Time zones by name, as the IANA database and Asterisk know them; and instants."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, AwareDatetime


@cache
def known_zones() -> frozenset[str]:
    """Every zone with an area and a place, and ``UTC``."""
    return frozenset(z for z in available_timezones() if "/" in z and not z.startswith("Etc/")) | {"UTC"}


def _known(zone: str) -> str:
    if zone not in known_zones():
        raise ValueError("is not a time zone; for example Europe/Stockholm")
    return zone


TimeZone = Annotated[str, AfterValidator(_known)]


def _in_utc(at: dt.datetime) -> dt.datetime:
    """The same instant, of Python's own UTC.

    A zone of Pydantic's that is alive when the interpreter ends may crash it (pydantic/pydantic#12867).
    """
    try:
        return at.astimezone(dt.UTC)
    except OverflowError as err:
        raise ValueError("must lie in the years 1 to 9999") from err


#: An instant in a model; in JSON ISO 8601 with an offset, kept in UTC.
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A day on which a clock is changed: ``before`` becomes ``after`` on the clock, forward or back."""

    before: str
    after: str
    forward: bool


def clock_change(zone: str, date: dt.date) -> ClockChange | None:
    """The change of the clock on ``date``, if there is one: to the quarter of an hour."""
    place = ZoneInfo(zone)
    begin = dt.datetime.combine(date, dt.time(), place).astimezone(dt.UTC)
    offsets = {(begin + n * dt.timedelta(hours=24)).astimezone(place).utcoffset() for n in (0, 1)}
    if len(offsets) == 1:  # as on nearly every day
        return None
    for quarter in range(1, 4 * 25 + 1):
        at, last = (begin + n * dt.timedelta(minutes=15) for n in (quarter, quarter - 1))
        here, before = at.astimezone(place), last.astimezone(place)
        if here.utcoffset() != before.utcoffset():
            reached = before + dt.timedelta(minutes=15)
            return ClockChange(
                f"{reached:%H:%M}", f"{here:%H:%M}", here.replace(tzinfo=None) > reached.replace(tzinfo=None)
            )
        if here.date() != date:
            return None
    return None
