"""How far ahead public holidays are in the PBX."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Sequence

from vaxelflode.doctor.finding import Finding, fail, ok, warn
from vaxelflode.doctor.world import World
from vaxelflode.domain.company import Company
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.rendering.encode import Names

NAME = "holidays"
_DATE = re.compile(rb"^exten => ([0-9]{4}-[0-9]{2}-[0-9]{2}),1,", re.MULTILINE)


async def look(world: World) -> Sequence[Finding]:
    """The last date of each calendar in the live dialplan."""
    if world.company is None or world.disk is None:
        return []
    text = world.disk.files["extensions.conf"].content
    last = await asyncio.to_thread(_last, text, world.company, world.names)
    if not last:
        return [ok(NAME, "no schedule keeps any")]
    country, date = min(last.items(), key=lambda item: item[1])
    if date.year < world.now.year:
        remedy = "start `serve`, which renews them, or run `vaxelflode apply`: on holidays callers find you open"
        return [fail(NAME, f"those of {country} end with {date}", remedy)]
    if date - world.now.date() < dt.timedelta(days=365):
        return [warn(NAME, f"those of {country} end with {date}", "start `serve`, which renews them each year")]
    return [ok(NAME, f"rendered until {date.year}")]


def _last(text: bytes, company: Company, names: Names) -> dict[str, dt.date]:
    schedules = (o.spec for o in company.of_kind("schedule"))
    countries = {s.holidays.calendar for s in schedules if isinstance(s, Schedule) and s.holidays.calendar}
    found: dict[str, dt.date] = {}
    for country in countries:
        _, _, after = text.partition(f"[{names.holidays(country)}]\n".encode())
        dates = _DATE.findall(after.partition(b"\n[")[0])
        found[country] = dt.date.fromisoformat(max(dates).decode()) if dates else dt.date.min
    return found
