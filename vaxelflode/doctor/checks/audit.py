"""Whether the audit chain holds."""

from __future__ import annotations

from collections.abc import Sequence

from vaxelflode.doctor.finding import Finding, fail, ok
from vaxelflode.doctor.world import World
from vaxelflode.services.audit_chain import verify

NAME = "audit"


async def look(world: World) -> Sequence[Finding]:
    """As ``vaxelflode audit verify``."""
    if world.database is None:
        return []
    found = await verify(world.database)
    if found.broken is None:
        return [ok(NAME, f"{found.links} links hold")]
    remedy = "somebody has written to the database behind us: find out who may, and compare with a backup"
    return [fail(NAME, found.broken, remedy)]
