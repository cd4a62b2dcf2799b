"""Changes that are saved and not live."""

from __future__ import annotations

from collections.abc import Sequence

from vaxelflode.doctor.finding import Finding, fail, ok, warn
from vaxelflode.doctor.world import World
from vaxelflode.storage import changes, nodes

NAME = "changes"
#: Seconds in which a change is live, or something is wrong.
_SOON = 30.0


async def look(world: World) -> Sequence[Finding]:
    """How many, since when; and what was refused last."""
    if world.database is None:
        return []
    async with world.database.read() as db:
        count, since = await changes.waiting(db)
        here = next((n for n in await nodes.listed(db, applications=1) if n["name"] == world.node), None)
    found: list[Finding] = []
    if since is not None:
        waited = (world.now - since).total_seconds()
        seen = f"{count} saved and not live, the oldest for {max(waited, 0):.0f} s"
        if waited > _SOON:
            found.append(fail(NAME, seen, "mend what else is said here: they go live by themselves then"))
        else:
            found.append(ok(NAME, seen))
    if here is not None and here["reason"]:
        remedy = "mend what it says; it is tried again by itself"
        found.append(fail(NAME, f"the applier of {world.node} says: {here['reason']}", remedy))
    last = here["applications"][:1] if here is not None else []
    if last and last[0]["outcome"] == "rejected":
        seen = f"the last application, of revision {last[0]['revision']}, was refused: {last[0]['reason']}"
        found.append(warn(NAME, seen, "what was refused is taken back; see the history for whose it was"))
    return found or [ok(NAME, "none waits")]
