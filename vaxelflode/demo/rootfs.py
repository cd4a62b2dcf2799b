"""Asterisk in a root file system of its own, where no container engine answers.

``docker/rootfs/build`` makes the root, which all instances share and none writes to. Each instance runs in its own
mount and process namespaces (``docker/rootfs/run``), so its mounts are seen by nobody else and are gone with it, and
whatever ends this Python process ends Asterisk. As root that needs nothing more; otherwise a user namespace.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
from pathlib import Path

from vaxelflode.demo.pbx import Pbx
from vaxelflode.errors import PbxError
from vaxelflode.resources import checkout_dir, resource_dir

ROOT_VARIABLE = "VAXELFLODE_ASTERISK_ROOT"
_BUILD_LIMIT_S = 900.0
_KILL_LIMIT_S = 5.0
_PROBE_LIMIT_S = 10.0


async def ensure_root(data_dir: Path) -> Path:
    """The root file system to run in: the one that is named, else ours, built if need be with progress on stderr."""
    named = os.environ.get(ROOT_VARIABLE)
    if named:
        root = Path(named)
        if not (root / "usr/sbin/asterisk").exists():
            raise PbxError(f"{ROOT_VARIABLE}: there is no Asterisk in {root}")
        return root
    root = own_root(data_dir)
    build = resource_dir("docker") / "rootfs" / "build"
    process = await asyncio.create_subprocess_exec("sh", str(build), str(root), start_new_session=True)
    try:
        status = await asyncio.wait_for(process.wait(), _BUILD_LIMIT_S)
    except TimeoutError:
        raise PbxError(f"building {root} took longer than {_BUILD_LIMIT_S / 60:.0f} minutes") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            await process.wait()
    if status != 0:
        raise PbxError(f"{root} could not be built; the reason stands above")
    return root


def own_root(data_dir: Path) -> Path:
    """Where our root file system is, or will be: with the checkout, else with the data."""
    checkout = checkout_dir()
    return (checkout / ".cache" if checkout else data_dir.absolute()) / "asterisk-root"


async def unavailable() -> str | None:
    """Why no instance can run on this machine, in one line; ``None`` when one can."""
    probe = await asyncio.create_subprocess_exec(
        *("unshare", *_namespace_options(), "--mount", "--pid", "--fork", "--kill-child", "true"),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await asyncio.wait_for(probe.wait(), _PROBE_LIMIT_S)
    except TimeoutError:
        probe.kill()
        await probe.wait()
    if probe.returncode == 0:
        return None
    if os.geteuid() == 0:
        return "this machine lets root make no mount namespace (a container without CAP_SYS_ADMIN?)"
    return "not root, and user namespaces are not allowed here: run as root (sudo), or install uidmap and allow them"


class RootfsPbx(Pbx):
    """An instance in ``root``, with all that is its own under ``home``."""

    def __init__(
        self, home: Path, *, root: Path, sip_port: int = 0, ami_port: int = 0, ari_port: int = 0, demo: bool = True
    ) -> None:
        super().__init__(home, sip_port=sip_port, ami_port=ami_port, ari_port=ari_port, demo=demo)
        self.root = root.absolute()
        self._pid_file = self.home / "pid"
        self._cli = self.home / "asterisk"

    @property
    def cli_argv(self) -> list[str]:
        """``asterisk -rx`` through a script in ``home`` that finds the instance again after a restart."""
        return [str(self._cli), "-rx"]

    async def _launch(self) -> asyncio.subprocess.Process:
        reason = await unavailable()
        if reason:
            raise PbxError(reason)
        self._pid_file.unlink(missing_ok=True)
        (self.home / "run" / "asterisk.ctl").unlink(missing_ok=True)
        self._write_cli()
        run = resource_dir("docker") / "rootfs" / "run"
        with self.console.open("wb") as console:
            # setpriv: when this process dies unshare is killed, and --kill-child passes it on to Asterisk.
            return await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", "--"),
                *("unshare", *_namespace_options(), "--mount", "--pid", "--fork", "--kill-child"),
                *("sh", str(run), str(self.root), str(self.home)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,  # Ctrl-C is for the one who owns us; we end Asterisk ourselves
            )

    async def _greeted(self, process: asyncio.subprocess.Process) -> None:
        await super()._greeted(process)
        self._pid_file.write_text(f"{_only_child(process.pid)}\n")

    async def kill(self) -> None:
        """SIGKILL to Asterisk; its starter and its namespaces go with it."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        child = _only_child(process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child or process.pid, signal.SIGKILL)
        try:
            await asyncio.wait_for(process.wait(), _KILL_LIMIT_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    def _write_cli(self) -> None:
        user = "" if os.geteuid() == 0 else "--user --preserve-credentials "
        self._cli.write_text(
            "#!/bin/sh\n# Runs Asterisk's console in this instance: asterisk -rx 'core show channels'\n"
            f'exec nsenter --target "$(cat {shlex.quote(str(self._pid_file))})" {user}--mount '
            f'chroot {shlex.quote(str(self.root))} /usr/sbin/asterisk "$@"\n'
        )
        self._cli.chmod(0o700)


def _namespace_options() -> list[str]:
    return [] if os.geteuid() == 0 else ["--user", "--map-root-user", "--map-auto"]


def _only_child(pid: int) -> int | None:
    """The process that ``unshare`` forked, seen from here."""
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(children[0]) if children else None
    return None
