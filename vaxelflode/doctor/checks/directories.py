"""The directories that we write to, and that Asterisk reads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from vaxelflode.doctor.finding import Finding, fail, ok, warn
from vaxelflode.doctor.world import World

NAME = "directories"


async def look(world: World) -> Sequence[Finding]:
    """There, and ours to write to; and no release that was left half-way."""
    return await asyncio.to_thread(_look, world)


def _look(world: World) -> list[Finding]:
    s = world.settings
    config, sounds = s.asterisk_config_dir, s.asterisk_sounds_dir
    found = [
        *_writable(config, "VAXELFLODE_ASTERISK_CONFIG_DIR", "the generated files"),
        *(_writable(config / "releases", "VAXELFLODE_ASTERISK_CONFIG_DIR", "releases") if config.is_dir() else []),
        *_writable(sounds, "VAXELFLODE_ASTERISK_SOUNDS_DIR", "prompts"),
    ]
    if world.no_disk:
        remedy = "run `vaxelflode apply`: it keeps what was found aside and publishes anew"
        found.append(fail(NAME, f"the current release cannot be used: {world.no_disk}", remedy))
    if (config / "journal.json").exists() and not world.store.is_locked():
        remedy = "start `vaxelflode serve`: it finishes it, or rolls it back"
        found.append(warn(NAME, "an application was cut short, and nobody has finished it", remedy))
    return found or [ok(NAME, f"{config} and {sounds} can be written to")]


def _writable(path: Path, setting: str, what: str) -> list[Finding]:
    if not path.exists():
        return [
            fail(NAME, f"{path}, for {what}, is not there", f"start `serve` once, which makes it, or set {setting}")
        ]
    if not path.is_dir():
        return [fail(NAME, f"{path}, for {what}, is no directory", f"move it away, or set {setting}")]
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return [
            fail(NAME, f"{path} is on a file system that can only be read", "mount it so that it can be written to")
        ]
    if not os.access(path, os.W_OK | os.X_OK):
        return [fail(NAME, f"{path} cannot be written to", f"give it to the user that runs `serve`, or set {setting}")]
    return []
