"""Lays an Asterisk's configuration directory: the base of ``asterisk_conf/`` and what is this box's own.

Used by the demo, by the tests and by the preparing step of ``docker/compose.yaml``. The base is copied as it
stands; ports and secrets go to ``local/*.conf``; ``vaxelflode/``, where the generated files are published, is
made if it is missing and never touched otherwise.
"""

from __future__ import annotations

import os
import secrets as random_secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vaxelflode.resources import resource_dir

PHONES = tuple(str(number) for number in range(201, 209))
"""The demo's phones, which ``asterisk_conf/demo/pjsip.conf`` declares."""

AGENTS = tuple(str(number) for number in range(211, 220))
"""The phones of the demo's synthetic agents, declared there too: nobody can register as one of them."""

GENERATED = "vaxelflode"
"""The folder of the configuration directory that is ours to publish in."""

_GENERATED_NOTE = "; Written by Växelflöde at every start of this box; changes here are lost.\n"
_OWN_NOTE = "; This box's own; written once, then yours to edit.\n"


def _secret() -> str:
    return random_secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the accounts of one Asterisk log in with; made at random unless given."""

    ami_live: str = field(default_factory=_secret, repr=False)
    ami_apply: str = field(default_factory=_secret, repr=False)
    ari: str = field(default_factory=_secret, repr=False)
    phones: Mapping[str, str] = field(default_factory=lambda: {phone: _secret() for phone in PHONES}, repr=False)


def prepare_conf(
    etc: Path,
    *,
    ami_port: int,
    ari_port: int,
    rtp_range: tuple[int, int],
    sip_port: int,
    demo: bool,
    secrets: Secrets,
    staffed: bool = False,
) -> None:
    """Write ``etc`` so that an Asterisk started on it boots, with or without generated files.

    AMI and ARI listen on loopback only. With ``demo`` the phones and the trunk of ``asterisk_conf/demo`` are there
    and SIP too listens on loopback only, and when it is ``staffed`` the synthetic agents' phones are connected, so that
    they answer; without it ``local/pjsip.conf`` and ``local/extensions.conf`` are written
    only where they are missing, since they are the box's own.
    """
    base = resource_dir("asterisk_conf")
    shutil.copytree(base, etc, dirs_exist_ok=True, ignore=shutil.ignore_patterns("demo", "*.md"))
    (etc / GENERATED / "releases").mkdir(parents=True, exist_ok=True)
    local = etc / "local"
    local.mkdir(exist_ok=True)
    _write(local / "manager.conf", _manager(ami_port, secrets))
    _write(local / "http.conf", f"enabled = yes\nbindaddr = 127.0.0.1\nbindport = {ari_port}\n")
    _write(local / "ari.conf", f"enabled = yes\n[vaxelflode]\ntype = user\npassword = {secrets.ari}\n")
    _write(local / "rtp.conf", f"rtpstart = {rtp_range[0]}\nrtpend = {rtp_range[1]}\n")
    if demo:
        shutil.copytree(base / "demo", etc / "demo", dirs_exist_ok=True)
        _write(local / "extensions.conf", '#include "demo/extensions.conf"\n')
        phones = _phones(secrets) + _agents(sip_port if staffed else None)
        _write(local / "pjsip.conf", _transport("127.0.0.1", sip_port) + phones)
    else:
        _write_once(local / "extensions.conf", "")
        _write_once(local / "pjsip.conf", _transport("0.0.0.0", sip_port))  # noqa: S104 - phones come from the network


def _manager(port: int, secrets: Secrets) -> str:
    return (
        f"[general](+)\nenabled = yes\nbindaddr = 127.0.0.1\nport = {port}\n"
        f"[vx-live](+)\nsecret = {secrets.ami_live}\n"
        f"[vx-apply](+)\nsecret = {secrets.ami_apply}\n"
    )


def _transport(host: str, port: int) -> str:
    return f"[transport-udp]\ntype = transport\nprotocol = udp\nbind = {host}:{port}\n"


def _phones(secrets: Secrets) -> str:
    accounts = "".join(
        f"[vx-demo-{phone}]\ntype = auth\nauth_type = digest\nusername = {phone}\npassword = {password}\n"
        for phone, password in secrets.phones.items()
    )
    return accounts + '#include "demo/pjsip.conf"\n'


def _agents(sip_port: int | None) -> str:
    """Where the agents' phones are: at this Asterisk itself, which answers them; or nowhere."""
    there = "" if sip_port is None else "contact = sip:{agent}@127.0.0.1:{port}\n"
    return "".join(f"[{agent}]\ntype = aor\n" + there.format(agent=agent, port=sip_port) for agent in AGENTS)


def _write(path: Path, text: str, note: str = _GENERATED_NOTE) -> None:
    """Put the file there whole, readable by Asterisk's group and by nobody else from its first byte on."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(note + text)
    fresh.chmod(0o640)
    fresh.replace(path)


def _write_once(path: Path, text: str) -> None:
    if not path.exists():
        _write(path, text, _OWN_NOTE)
