"""The clocks of this machine, of the PBX, and of what was written before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from vaxelflode.asterisk import Core
from vaxelflode.doctor.finding import Finding, fail, ok, warn
from vaxelflode.doctor.world import World
from vaxelflode.storage import objects

NAME = "clock"
#: Seconds between the PBX's clock, which is told in whole ones, and ours: to be looked after, and wrong.
_NEAR, _FAR = 3.0, 60.0
_SET = "let one time service (chrony, systemd-timesyncd) set both clocks: hours and positions are judged by them"


async def look(world: World) -> Sequence[Finding]:
    """The PBX's against ours, and ours against the newest revision."""
    found: list[Finding] = []
    if world.database is not None:
        async with world.database.read() as db:
            newest = await objects.newest_at(db)
        if newest is not None and newest - world.now > dt.timedelta(seconds=_FAR):
            seen = f"the newest revision is of {newest:%Y-%m-%d %H:%M} UTC, which is yet to come"
            found.append(fail(NAME, seen, f"this machine's clock was set back, or was ahead then: {_SET}"))
    if world.asked:
        theirs = await Core(world.apply).clock()
        found += [_between(theirs, world.clock() if world.clock is not None else world.now)]
    return found


def _between(pbx: dt.datetime, here: dt.datetime) -> Finding:
    seconds = (pbx - here).total_seconds()
    words = f"the PBX's clock is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} this machine's"
    if abs(seconds) <= _NEAR:
        return ok(NAME, "the PBX's clock is this machine's")
    return warn(NAME, words, _SET) if abs(seconds) <= _FAR else fail(NAME, words, _SET)
