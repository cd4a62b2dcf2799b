"""Generated files that somebody changed by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from vaxelflode.doctor.finding import Finding, ok, warn
from vaxelflode.doctor.world import World
from vaxelflode.storage import nodes

NAME = "hand edits"
_RECENT = dt.timedelta(days=7)
_ASKED = 20


async def look(world: World) -> Sequence[Finding]:
    """Those of the last week."""
    if world.database is None:
        return []
    async with world.database.read() as db:
        edits = await nodes.hand_edits(db, world.node, _ASKED)
    recent = [edit for edit in edits if world.now - edit["at"] <= _RECENT]
    if not recent:
        return [ok(NAME, "none in a week")]
    files = ", ".join(f"{edit['file']} ({edit['at']:%Y-%m-%d %H:%M} UTC)" for edit in recent[:5])
    remedy = (
        f"nothing is lost: copies are in {world.settings.asterisk_config_dir / 'aside'}, differences in "
        "GET /api/v1/system; make such changes in Växelflöde, or in files of your own"
    )
    return [warn(NAME, f"{len(recent)} in a week, and put right: {files}", remedy)]
