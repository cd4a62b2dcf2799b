"""Time zones by name, as the IANA database and Asterisk know them."""

from __future__ import annotations

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator


@cache
def known_zones() -> frozenset[str]:
    """Every zone with an area and a place, and ``UTC``."""
    return frozenset(z for z in available_timezones() if "/" in z and not z.startswith("Etc/")) | {"UTC"}


def _known(zone: str) -> str:
    if zone not in known_zones():
        raise ValueError("is not a time zone; for example Europe/Stockholm")
    return zone


TimeZone = Annotated[str, AfterValidator(_known)]
