"""Whether the phones that extensions stand for are in Asterisk."""

from __future__ import annotations

from collections.abc import Sequence

from vaxelflode.asterisk import Core
from vaxelflode.doctor.finding import Finding, ok, warn
from vaxelflode.doctor.world import World
from vaxelflode.domain.kinds.extension import Extension

NAME = "phones"
#: Told by name.
_TOLD = 10


async def look(world: World) -> Sequence[Finding]:
    """Each extension's PJSIP endpoint."""
    if not world.asked or world.company is None:
        return []
    there = set(await Core(world.apply).endpoints())
    ours = [(o.ref.key, o.spec.endpoint) for o in world.company.of_kind("extension") if isinstance(o.spec, Extension)]
    missing = sorted(f"{endpoint} (extension {key})" for key, endpoint in ours if endpoint not in there)
    if not missing:
        return [ok(NAME, f"Asterisk has the endpoint of each of {len(ours)} extensions")]
    more = f" and {len(missing) - _TOLD} more" if len(missing) > _TOLD else ""
    remedy = "declare them in pjsip.conf, or correct the extensions: who dials them hears that nobody answers"
    return [warn(NAME, f"Asterisk has no endpoint {', '.join(missing[:_TOLD])}{more}", remedy)]
