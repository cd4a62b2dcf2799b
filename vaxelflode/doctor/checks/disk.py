"""Room on the disks that we write to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from vaxelflode.doctor.finding import Finding, Level, fail, ok, warn
from vaxelflode.doctor.world import World

NAME = "disk space"
#: Bytes that one more release, a prompt and a day's history may need; and below which one should look after it.
LEAST, ENOUGH = 64 << 20, 512 << 20
#: Files, of which a release is five.
_LEAST_FILES = 200


async def look(world: World) -> Sequence[Finding]:
    """Of the database, the generated files and the prompts."""
    s = world.settings
    paths = (s.data_dir, s.asterisk_config_dir, s.asterisk_sounds_dir)
    return await asyncio.to_thread(lambda: _rooms(dict.fromkeys(p.absolute() for p in paths)))


def _rooms(paths: dict[Path, None]) -> list[Finding]:
    found = [finding for path in paths if (finding := _room(path)) is not None]
    return [one for one in found if one.level is not Level.OK] or found[:1]


def _room(path: Path) -> Finding | None:
    here = next((p for p in (path, *path.parents) if p.exists()), None)
    if here is None:
        return None
    stat = os.statvfs(here)
    free = stat.f_bavail * stat.f_frsize
    words = f"{free >> 20} MiB are free for {path}"
    if free < LEAST:
        return fail(NAME, words, "make room: what cannot be written is refused, and what is live stays as it is")
    if stat.f_files and stat.f_favail < _LEAST_FILES:
        return fail(NAME, f"{stat.f_favail} more files fit where {path} is", "remove files that nobody needs")
    if free < ENOUGH:
        return warn(NAME, words, "make room before it is full")
    return ok(NAME, words)
