"""Our two accounts at Asterisk's manager interface."""

from __future__ import annotations

from collections.abc import Sequence

from vaxelflode.asterisk import Status
from vaxelflode.doctor.finding import Finding, fail, ok
from vaxelflode.doctor.world import World

NAME = "AMI"


async def look(world: World) -> Sequence[Finding]:
    """Connected, or why not."""
    s = world.settings
    accounts = (("LIVE", s.ami_live_user, world.live), ("APPLY", s.ami_apply_user, world.apply))
    return [_of(world, setting, user, account.status) for setting, user, account in accounts]


def _of(world: World, setting: str, user: str, status: Status) -> Finding:
    state, reason = status.state, status.reason
    where = f"{world.settings.ami_host}:{world.settings.ami_port}"
    if state == "connected":
        return ok(NAME, f"{user} is connected to {where}")
    seen = f"{user} is not connected: {reason}"
    if state == "refused":
        remedy = (
            f"set VAXELFLODE_AMI_{setting}_SECRET to the secret of [{user}] in manager.conf, and see its permit= lines"
        )
        return fail(NAME, seen, f"{remedy} and allowmultiplelogin=yes; then `manager reload`")
    if state == "booting":
        return fail(NAME, seen, f"wait until Asterisk is booted; if it is, give [{user}] read=system in manager.conf")
    remedy = "see that Asterisk runs, that manager.conf has enabled=yes, and that VAXELFLODE_AMI_HOST and _PORT name it"
    return fail(NAME, seen, remedy)
