"""Whether Asterisk knows the time zones that schedules are in, as we do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from vaxelflode.asterisk import Core
from vaxelflode.doctor.finding import Finding, fail, ok
from vaxelflode.doctor.world import World
from vaxelflode.domain.kinds.schedule import Schedule

NAME = "time zones"


async def look(world: World) -> Sequence[Finding]:
    """Each zone in use, in winter and in summer of this year and the next."""
    if not world.asked:
        return []
    core, found = Core(world.apply), []
    zones = _zones(world)
    for zone in zones:
        for at in _instants(world.now.year):
            ours = at.astimezone(ZoneInfo(zone)).utcoffset() or dt.timedelta()
            theirs = await core.utc_offset(zone, at)
            if theirs != ours:
                seen = f"Asterisk takes {zone} for {_words(theirs)} on {at:%Y-%m-%d}, where it is {_words(ours)}"
                remedy = (
                    "install or update tzdata where Asterisk runs, and restart Asterisk: schedules are wrong by that"
                )
                found.append(fail(NAME, seen, remedy))
                break
    return found or [ok(NAME, f"Asterisk and this machine agree on {', '.join(zones)}")]


def _zones(world: World) -> list[str]:
    schedules = world.company.of_kind("schedule") if world.company is not None else ()
    return sorted({world.settings.time_zone} | {o.spec.time_zone for o in schedules if isinstance(o.spec, Schedule)})


def _instants(year: int) -> list[dt.datetime]:
    return [dt.datetime(y, month, 15, 12, tzinfo=dt.UTC) for y in (year, year + 1) for month in (1, 7)]


def _words(offset: dt.timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
