"""Whether the audit chain holds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from vaxelflode.doctor.finding import Finding, fail, ok, warn
from vaxelflode.doctor.world import World
from vaxelflode.services.audit_chain import verify

NAME = "audit"
#: Seconds that reading it may take here.
_WITHIN = 20.0


async def look(world: World) -> Sequence[Finding]:
    """As ``vaxelflode audit verify``."""
    if world.database is None:
        return []
    try:
        async with asyncio.timeout(_WITHIN):
            found = await verify(world.database)
    except TimeoutError:
        seen = f"the chain is too long to be read within {_WITHIN:.0f} s"
        return [warn(NAME, seen, "run `vaxelflode audit verify`, which takes its time")]
    if found.broken is None:
        return [ok(NAME, f"{found.links} links hold")]
    remedy = "somebody has written to the database behind us: find out who may, and compare with a backup"
    return [fail(NAME, found.broken, remedy)]
