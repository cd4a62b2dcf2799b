"""The checks, a file each, in the order in which one mends: what stands first is what the rest builds on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from vaxelflode.doctor.checks import (
    agreement,
    ami,
    ari,
    asterisk,
    audit,
    clock,
    database,
    directories,
    disk,
    hand_edits,
    holidays,
    included,
    phones,
    privileges,
    prompts,
    serving,
    settings,
    waiting,
    zones,
)
from vaxelflode.doctor.finding import Finding
from vaxelflode.doctor.world import World

Check = Callable[[World], Awaitable[Sequence[Finding]]]

#: By name.
CHECKS: dict[str, Check] = {
    "settings": settings.look,
    "database": database.look,
    "directories": directories.look,
    "disk space": disk.look,
    "AMI": ami.look,
    "privileges": privileges.look,
    "ARI": ari.look,
    "Asterisk": asterisk.look,
    "includes": included.look,
    "phones": phones.look,
    "clock": clock.look,
    "time zones": zones.look,
    "serve": serving.look,
    "changes": waiting.look,
    "agreement": agreement.look,
    "hand edits": hand_edits.look,
    "prompts": prompts.look,
    "holidays": holidays.look,
    "audit": audit.look,
}
