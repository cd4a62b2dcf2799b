"""Desired, disk and live: whether the three agree."""

from __future__ import annotations

from collections.abc import Sequence

from vaxelflode.doctor.finding import Finding, fail, ok
from vaxelflode.doctor.world import World

NAME = "agreement"
_PUT_RIGHT = "a running `serve` puts it right within 30 s and keeps what was found aside; else run `vaxelflode apply`"


async def look(world: World) -> Sequence[Finding]:
    """As ``vaxelflode check``; and a database that is older than what is live."""
    if world.company is None:
        return []
    if world.disk is not None and world.disk.revision > world.company.revision:
        seen = f"revision {world.disk.revision} is live, and the database is only at {world.company.revision}"
        remedy = (
            "the database was put back to an older state: restore the newer one, or run `vaxelflode apply` to go back"
        )
        return [fail(NAME, seen, remedy)]
    if world.disk is None and not world.no_disk:
        return [fail(NAME, "nothing has been published yet", "start `vaxelflode serve`, or run `vaxelflode apply`")]
    if world.compare is None or not world.asked or world.disk is None:
        return []
    found = [c for c in await world.compare() if not c.agrees]
    if not found:
        return [ok(NAME, f"the database, the disk and the PBX agree on revision {world.company.revision}")]
    return [fail(NAME, f"{one.part}: {one.words}", _PUT_RIGHT) for one in found]
