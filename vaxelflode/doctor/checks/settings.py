"""Settings that hold, and yet are not wise. Those that do not hold end every command with a line of their own."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from pathlib import Path

from vaxelflode.doctor.finding import Finding, ok, warn
from vaxelflode.doctor.world import World

NAME = "settings"


async def look(world: World) -> Sequence[Finding]:
    """One account for two trades, an open door, and a key that locks nothing."""
    s = world.settings
    found: list[Finding] = []
    if s.ami_live_user == s.ami_apply_user:
        remedy = "make two accounts as the README has them: whoever listens must not be able to reload"
        found.append(warn(NAME, f"{s.ami_live_user} both listens and applies", remedy))
    if not _is_loopback(s.listen_host):
        remedy = "listen on 127.0.0.1 and put a proxy with TLS before it: passwords travel in clear text"
        found.append(warn(NAME, f"the API listens on {s.listen} for everybody, without TLS", remedy))
    if s.secret_key_file is not None:
        remedy = (
            "leave VAXELFLODE_SECRET_KEY_FILE out: what is kept of sessions and tokens lets nobody in without a key"
        )
        found.append(warn(NAME, f"{s.secret_key_file} is named as the file of a key, and nothing uses one", remedy))
    return found or [ok(NAME, f"serve listens on {s.listen}; AMI is at {s.ami_host}:{s.ami_port}")]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def file_findings(file: Path | None) -> list[Finding]:
    """The settings' file itself, which holds secrets."""
    if file is None or not file.is_file() or not file.stat().st_mode & 0o007:
        return []
    return [warn(NAME, f"{file} holds secrets, and everybody on this machine may read it", f"run `chmod o= {file}`")]
