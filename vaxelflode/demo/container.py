"""Asterisk in a container of the image of ``docker/asterisk``, with host networking and our own directories.

The same recipe as ``RootfsPbx`` and the same layout under ``home``. The container is named after ``home``, so what a
killed run left behind is found and removed at the next start; and a guard removes it as soon as this process ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
from pathlib import Path

from vaxelflode.demo.engine import Engine
from vaxelflode.demo.pbx import ETC_INSIDE, SOUNDS_INSIDE, SPOOL_INSIDE, Pbx
from vaxelflode.errors import PbxError

_COMMAND_LIMIT_S = 30.0

# Where each directory of ``home`` is seen by Asterisk. The first two are the control plane's to write.
_MOUNTS = {
    "etc": f"{ETC_INSIDE}:ro",
    "sounds": f"{SOUNDS_INSIDE}:ro",
    "run": "/run/asterisk",
    "spool": SPOOL_INSIDE,
    "lib": "/var/lib/asterisk",
    "log": "/var/log/asterisk",
}


class ContainerPbx(Pbx):
    """An instance in a container, with all that is its own under ``home``."""

    def __init__(
        self, home: Path, *, engine: Engine, sip_port: int = 0, ami_port: int = 0, ari_port: int = 0, demo: bool = True
    ) -> None:
        super().__init__(home, sip_port=sip_port, ami_port=ami_port, ari_port=ari_port, demo=demo)
        self.engine = engine
        self.name = f"vaxelflode-{hashlib.sha256(str(self.home).encode()).hexdigest()[:12]}"
        self._guard: asyncio.subprocess.Process | None = None

    @property
    def cli_argv(self) -> list[str]:
        """``asterisk -rx`` by the engine's ``exec``; the name stays the same over a restart."""
        return [*self.engine.argv, "exec", self.name, "/usr/sbin/asterisk", "-rx"]

    async def stop(self) -> None:
        """As for every instance; the guard goes too."""
        await super().stop()
        await self._dismiss_guard()

    async def kill(self) -> None:
        """SIGKILL to all of the container."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        await self._engine("kill", "--signal", "KILL", self.name)
        try:
            await asyncio.wait_for(process.wait(), _COMMAND_LIMIT_S)
        except TimeoutError:
            await self._engine("rm", "--force", self.name)
            process.kill()
            await process.wait()

    async def _launch(self) -> asyncio.subprocess.Process:
        await self._dismiss_guard()
        await self._engine("rm", "--force", self.name)
        if os.geteuid() == 0:
            self._hand_over()
        await self._post_guard()
        mounts = [f"--volume={self.home / part}:{inside}" for part, inside in _MOUNTS.items()]
        with self.console.open("wb") as console:
            return await asyncio.create_subprocess_exec(
                *(*self.engine.argv, "run", "--rm", "--name", self.name),
                *(*self.engine.run_options, "--tmpfs", "/tmp", *mounts, self.engine.image),  # noqa: S108 - in there
                stdin=asyncio.subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,  # Ctrl-C is for the one who owns us; we end Asterisk ourselves
            )

    def _hand_over(self) -> None:
        """Owners and modes as ``docker/rootfs/run`` sets them: who writes a part owns it, the other's group reads."""
        for part, inside in _MOUNTS.items():
            ours = inside.endswith(":ro")
            uid, gid = (-1, self.engine.gid) if ours else (self.engine.uid, 0)
            for folder, _, files in os.walk(self.home / part):
                os.chown(folder, uid, gid)
                Path(folder).chmod(0o2750 if ours else 0o2770)
                for file in files:
                    os.chown(Path(folder) / file, uid, gid, follow_symlinks=False)

    async def _post_guard(self) -> None:
        """A process that waits for our end, however it comes, and then removes the container."""
        remove = " ".join([*self.engine.argv, "rm", "--force", self.name])
        self._guard = await asyncio.create_subprocess_exec(
            *("sh", "-c", f"cat >/dev/null; exec {remove} >/dev/null 2>&1"),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )

    async def _dismiss_guard(self) -> None:
        guard, self._guard = self._guard, None
        if guard is not None and guard.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(guard.pid, signal.SIGKILL)
            await guard.wait()

    async def _engine(self, *command: str) -> None:
        """Run a command of the engine; that there is no such container is no fault."""
        process = await asyncio.create_subprocess_exec(
            *(*self.engine.argv, *command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await asyncio.wait_for(process.wait(), _COMMAND_LIMIT_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise PbxError(f"{self.engine.argv[0]} {command[0]} did not end within {_COMMAND_LIMIT_S:.0f} s") from None
