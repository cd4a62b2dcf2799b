"""Prepares a fresh box whose Asterisk and control plane live in separate containers (``docker/compose.yaml``).

``python -m vaxelflode.demo.box DIR``: lays the configuration and the directories that the two share under ``DIR``,
with owners such that each writes only its own part, and writes the control plane's settings. Secrets are made once
and kept; running it again changes nothing else than what has changed in the base configuration.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from vaxelflode.demo.base_conf import GENERATED, Secrets, prepare_conf
from vaxelflode.demo.pbx import ETC_INSIDE, SOUNDS_INSIDE

SETTINGS_FILE = "vaxelflode.toml"
_SECRETS_FILE = "secrets.json"


@dataclass(frozen=True, slots=True)
class Owners:
    """Who runs what: user and group of Asterisk's container and of the control plane's."""

    asterisk: int
    app: int


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the box listens; ``rtp`` is the first and the last media port."""

    sip: int = 5060
    ami: int = 5038
    ari: int = 8088
    rtp: tuple[int, int] = (10000, 10999)


def prepare_box(shared: Path, *, owners: Owners, ports: Ports, demo: bool = False) -> None:
    """Make ``shared`` ready: ``etc``, ``sounds``, ``run``, ``spool``, ``lib``, ``log`` and ``app``. Runs as root.

    ``app`` holds the control plane's data and settings; nobody else can look in there.
    """
    for part in ("etc", "sounds", "run", "spool", "lib", "log", "app"):
        (shared / part).mkdir(parents=True, exist_ok=True)
    secrets = _kept_secrets(shared / "app" / _SECRETS_FILE)
    etc = shared / "etc"
    prepare_conf(
        etc,
        ami_port=ports.ami,
        ari_port=ports.ari,
        rtp_range=ports.rtp,
        sip_port=ports.sip,
        demo=demo,
        secrets=secrets,
    )
    _write_private(shared / "app" / SETTINGS_FILE, _settings(ports, secrets))
    _give(etc, 0, owners.asterisk, 0o2750)
    _give(etc / GENERATED, owners.app, owners.asterisk, 0o2750)
    _give(shared / "sounds", owners.app, owners.asterisk, 0o2750)
    for part in ("run", "spool", "lib", "log"):
        _give(shared / part, owners.asterisk, owners.app, 0o2770)
    _give(shared / "app", owners.app, owners.app, 0o700)


def _kept_secrets(path: Path) -> Secrets:
    if path.exists():
        return Secrets(**json.loads(path.read_text("utf-8")))
    secrets = Secrets()
    _write_private(path, json.dumps(asdict(secrets)))
    return secrets


def _settings(ports: Ports, secrets: Secrets) -> str:
    """The settings that follow from the box; everything else is the environment's to say."""
    values = {
        "data_dir": "/data",
        "ami_port": ports.ami,
        "ami_live_secret": secrets.ami_live,
        "ami_apply_secret": secrets.ami_apply,
        "ari_url": f"http://127.0.0.1:{ports.ari}/ari",
        "ari_secret": secrets.ari,
        "asterisk_config_dir": f"{ETC_INSIDE}/{GENERATED}",
        "asterisk_sounds_dir": SOUNDS_INSIDE,
    }
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _give(top: Path, uid: int, gid: int, folder_mode: int) -> None:
    for folder, _, files in os.walk(top):
        os.chown(folder, uid, gid)
        Path(folder).chmod(folder_mode)
        for file in files:
            os.chown(Path(folder) / file, uid, gid, follow_symlinks=False)


def main() -> int:
    """The preparing step of ``docker/compose.yaml``: all by environment, since that is what compose passes."""
    if len(sys.argv) != 2:
        print("usage: python -m vaxelflode.demo.box DIR", file=sys.stderr)
        return 2
    first, last = os.environ.get("RTP_PORTS", "10000-10999").split("-")
    prepare_box(
        Path(sys.argv[1]),
        owners=Owners(asterisk=int(os.environ["ASTERISK_UID"]), app=int(os.environ["APP_UID"])),
        ports=Ports(
            sip=int(os.environ.get("SIP_PORT", "5060")),
            ami=int(os.environ.get("AMI_PORT", "5038")),
            ari=int(os.environ.get("ARI_PORT", "8088")),
            rtp=(int(first), int(last)),
        ),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
