"""The prompts that objects play: on the disk, whole, and readable by Asterisk."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from vaxelflode.doctor.finding import Finding, fail, ok
from vaxelflode.doctor.world import World
from vaxelflode.domain.company import Company

NAME = "prompts"
#: Told by name.
_TOLD = 5


async def look(world: World) -> Sequence[Finding]:
    """Each of them, by its hash."""
    if world.company is None:
        return []
    return await asyncio.to_thread(_look, world.company, world.settings.asterisk_sounds_dir)


def _look(company: Company, directory: Path) -> list[Finding]:
    wanted = sorted({p for o in company.everything.values() for p in o.spec.sounds().values() if p})
    wrong = list(_wrong(wanted, directory))
    if not wrong:
        return [ok(NAME, f"{len(wanted)} are in {directory}")]
    more = f" and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
    remedy = (
        "remove what is wrong and start `serve` anew, or run `vaxelflode apply`: they are written from the database"
    )
    return [fail(NAME, f"callers hear silence: {', '.join(wrong[:_TOLD])}{more}", remedy)]


def _wrong(wanted: Sequence[str], directory: Path) -> Iterator[str]:
    for digest in wanted:
        path = directory / f"{digest}.wav"
        try:
            sound = path.read_bytes()
            readable = path.stat().st_mode & 0o044
        except OSError as err:
            yield f"{path.name}: {err.strerror}"
            continue
        if hashlib.sha256(sound).hexdigest() != digest:
            yield f"{path.name} is not what was recorded"
        elif not readable:
            yield f"{path.name} cannot be read by others"
