"""ARI, where it is set: lamps follow the web by it."""

from __future__ import annotations

from collections.abc import Sequence

from vaxelflode.doctor.finding import Finding, fail, ok
from vaxelflode.doctor.world import World
from vaxelflode.errors import PbxError, PbxLoginRefused

NAME = "ARI"


async def look(world: World) -> Sequence[Finding]:
    """Whether it answers and takes the account."""
    url, user = world.settings.ari_url, world.settings.ari_user
    if world.ari is None:
        return [ok(NAME, "not used: lamps of switches do not follow the web")]
    try:
        await world.ari()
    except PbxLoginRefused as err:
        remedy = f"set VAXELFLODE_ARI_SECRET to the password of [{user}] in ari.conf, then `module reload res_ari`"
        return [fail(NAME, err.message, remedy)]
    except PbxError as err:
        remedy = "see that http.conf and ari.conf have enabled=yes, and that VAXELFLODE_ARI_URL names them"
        return [fail(NAME, f"{url}: {err.message}", remedy)]
    return [ok(NAME, f"{url} takes {user}")]
