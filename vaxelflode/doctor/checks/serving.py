"""Whether a control plane runs, and what it says itself."""

from __future__ import annotations

from collections.abc import Sequence

from vaxelflode.doctor.finding import Finding, fail, ok, warn
from vaxelflode.doctor.world import World

NAME = "serve"

#: Words in what it says → what to do.
_REMEDIES = (
    ("run `vaxelflode apply`", "if the older state is meant, run `vaxelflode apply`; else restore the newer database"),
    ("reload is in progress", "wait; if it stays, `core restart now`: somebody's reload in Asterisk hangs"),
    ("No space left", "make room on the disk: it goes on by itself then"),
    ("Read-only", "mount the disk so that it can be written to: it goes on by itself then"),
    ("Permission denied", "give the directory to the user that runs `serve`: it goes on by itself then"),
    ("was refused", "run `vaxelflode check` to see what the PBX does not take, and undo the last change"),
    ("could not be restored", "run `vaxelflode apply`; if it is refused, look into Asterisk's own log"),
)
_PARTS = {
    "database": "mend what is said of the database above",
    "ami_live": "mend what is said of AMI above",
    "ami_apply": "mend what is said of AMI above",
}


async def look(world: World) -> Sequence[Finding]:
    """By its lock, and by its ``/readyz``."""
    runs = world.store.is_locked()
    said = await world.ready() if world.ready is not None else None
    where = world.settings.own_url
    if said is None and not runs:
        remedy = "start `vaxelflode serve`: calls go on by what is live, but nothing that is saved gets there"
        return [fail(NAME, "no control plane runs here", remedy)]
    if said is None:
        remedy = "see in its log why it does not answer; if VAXELFLODE_LISTEN was changed, start it again"
        return [fail(NAME, f"a control plane runs here, but does not answer at {where}", remedy)]
    found = [fail(NAME, f"{part}: {words}", _remedy(part, words)) for part, words in said.items()]
    if not runs:
        remedy = "give this command the settings of the one that answers (--config, --data-dir)"
        found.append(warn(NAME, f"one answers at {where}, but applies to another directory", remedy))
    return found or [ok(NAME, f"it is ready at {where}")]


def _remedy(part: str, words: str) -> str:
    if part in _PARTS:
        return _PARTS[part]
    return next((r for told, r in _REMEDIES if told in words), "look into its log; it tries again by itself")
