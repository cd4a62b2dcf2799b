"""What the two accounts may do: all that is needed, and nothing that runs code or places calls."""

from __future__ import annotations

from collections.abc import Sequence

from vaxelflode.asterisk.privileges import CLASSES, may
from vaxelflode.doctor.finding import Finding, fail, ok, warn
from vaxelflode.doctor.world import Account, World

NAME = "privileges"
_LIVE, _APPLY = ("agent", "reporting"), ("system", "reporting")
#: What neither should have: `originate` writes any file, `command` runs anything.
_NEVER = ("originate", "command", "config")


async def look(world: World) -> Sequence[Finding]:
    """Asked by actions that do nothing."""
    s = world.settings
    found: list[Finding] = []
    for user, account, needed in ((s.ami_live_user, world.live, _LIVE), (s.ami_apply_user, world.apply, _APPLY)):
        if account.status.state == "connected":
            found += await _of(user, account, needed)
    return found


async def _of(user: str, account: Account, needed: tuple[str, ...]) -> list[Finding]:
    has = {name for name in CLASSES if await may(account, name)}
    found: list[Finding] = []
    if lacking := [name for name in needed if name not in has]:
        remedy = f"give [{user}] write={','.join(needed)} in manager.conf, then `manager reload`"
        found.append(fail(NAME, f"{user} lacks write={','.join(lacking)}", remedy))
    if too_much := [name for name in _NEVER if name in has]:
        remedy = f"take it from [{user}] in manager.conf: whoever learns its secret owns the machine"
        found.append(warn(NAME, f"{user} has write={','.join(too_much)}, which nothing here needs", remedy))
    return found or [ok(NAME, f"{user} has what it needs")]
