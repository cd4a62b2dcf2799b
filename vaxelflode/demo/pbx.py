"""A real Asterisk of our own, for the demo and the tests: what every way of running one has in common.

::

    pbx = await choose(data_dir)(home, sip_port=5060)   # vaxelflode.demo.choose
    await pbx.start()                  # returns when AMI greets and all modules are loaded
    pbx.ami.port, pbx.ami.apply.secret
    pbx.generated / "releases" / "1"   # publish here, then swap the symlink pbx.generated / "current"
    await pbx.cli("core show version")
    await pbx.stop()                   # nothing is left behind

or ``async with pbx:``. Each instance owns ``home``: etc, sounds, run, spool, lib and log, as seen from the host.
``RootfsPbx`` and ``ContainerPbx`` run the same packages and the same configuration.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from vaxelflode.demo.access import Account, Ami, Ari
from vaxelflode.demo.base_conf import GENERATED, Secrets, prepare_conf
from vaxelflode.demo.ports import LOOPBACK, RtpBlock, free_port, require_free, reserve_rtp
from vaxelflode.errors import PbxError

ETC_INSIDE = "/etc/asterisk"
SOUNDS_INSIDE = "/var/lib/vaxelflode/sounds"
SPOOL_INSIDE = "/var/spool/asterisk"

_START_LIMIT_S = 30.0
_STOP_LIMIT_S = 8.0
_CLI_LIMIT_S = 10.0
_POLL_S = 0.05
_GREETING = b"Asterisk Call Manager/"


class Pbx(ABC):
    """One Asterisk: its directories on the host, its addresses and its life.

    ``sip_port``, ``ami_port`` and ``ari_port`` are found when they are not given. ``demo`` brings the phones and the
    trunk; ``staffed``, from the next start on, has synthetic agents answer at phones of their own. Ports and secrets
    stay the same over ``restart``.
    """

    def __init__(
        self, home: Path, *, sip_port: int = 0, ami_port: int = 0, ari_port: int = 0, demo: bool = True
    ) -> None:
        self.home = home.absolute()
        self.etc = self.home / "etc"
        self.generated = self.etc / GENERATED
        self.sounds = self.home / "sounds"
        self.spool = self.home / "spool"
        self.log_dir = self.home / "log"
        self.console = self.home / "console.log"
        self.demo = demo
        self.staffed = False
        self.secrets = Secrets()
        self.sip_host = LOOPBACK
        self.sip_port = sip_port or free_port("udp")
        self.ami = Ami(
            LOOPBACK,
            ami_port or free_port("tcp"),
            Account("vx-live", self.secrets.ami_live),
            Account("vx-apply", self.secrets.ami_apply),
        )
        self.ari_port = ari_port or free_port("tcp")
        self.ari = Ari(f"http://{LOOPBACK}:{self.ari_port}/ari", "vaxelflode", self.secrets.ari)
        self._log = self.log_dir / "messages"
        self._log_read_from = 0
        self._rtp: RtpBlock | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    @abstractmethod
    def cli_argv(self) -> list[str]:
        """The command that runs ``asterisk -rx`` in this instance; append what it is to run."""

    @abstractmethod
    async def _launch(self) -> asyncio.subprocess.Process:
        """Start the process that lives as long as Asterisk does, with its output in ``console``."""

    @abstractmethod
    async def kill(self) -> None:
        """End Asterisk as a crash would: SIGKILL, and wait until it is gone."""

    @property
    def alive(self) -> bool:
        """Whether Asterisk's process is running."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start and return when AMI greets and Asterisk is fully booted.

        Raises ``PbxError`` with one line when a port is taken, when Asterisk ends, or after 30 s without a greeting.
        """
        if self.alive:
            raise PbxError("this Asterisk is already running")
        self._check_ports()
        if self._rtp is None:
            self._rtp = reserve_rtp()
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.etc, self.sounds, self.home / "run", self.spool, self.home / "lib", self.log_dir):
            folder.mkdir(exist_ok=True)
        prepare_conf(
            self.etc,
            ami_port=self.ami.port,
            ari_port=self.ari_port,
            rtp_range=(self._rtp.start, self._rtp.end),
            sip_port=self.sip_port,
            demo=self.demo,
            secrets=self.secrets,
            staffed=self.staffed,
        )
        self._log_read_from = self._log.stat().st_size if self._log.exists() else 0
        self._process = await self._launch()
        try:
            async with asyncio.timeout(_START_LIMIT_S):
                await self._greeted(self._process)
                await self._booted(self._process)
        except TimeoutError:
            await self.kill()
            raise PbxError(f"Asterisk did not answer within {_START_LIMIT_S:.0f} s: {self.last_words()}") from None
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> None:
        """End Asterisk, asking first; leaves no process, no mount and no reserved port. Safe to call twice."""
        if self.alive:
            with contextlib.suppress(PbxError):
                await self.cli("core stop now")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wait_died(), _STOP_LIMIT_S)
            await self.kill()
        if self._rtp is not None:
            self._rtp.close()
            self._rtp = None

    async def restart(self) -> None:
        """Stop and start again, with the same ports and secrets and what was kept in ``lib`` and ``spool``."""
        await self.stop()
        await self.start()

    async def wait_died(self) -> None:
        """Return when Asterisk is no longer running."""
        if self._process is not None:
            await self._process.wait()

    async def cli(self, command: str) -> str:
        """What Asterisk's console answers to ``command``; ``PbxError`` when it does not answer within 10 s."""
        process = await asyncio.create_subprocess_exec(
            *self.cli_argv, command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), _CLI_LIMIT_S)
        except TimeoutError:
            raise PbxError(f"Asterisk's console did not answer to {command!r}") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        text = output.decode(errors="replace")
        if process.returncode != 0:
            raise PbxError(f"Asterisk's console refused {command!r}: {text.strip()}")
        return text

    def last_words(self) -> str:
        """The last lines that Asterisk and its starter wrote since the last start, as one line."""
        lines: list[str] = []
        for path, start in ((self._log, self._log_read_from), (self.console, 0)):
            if path.is_file():
                lines += path.read_bytes()[start:].decode(errors="replace").splitlines()[-4:]
        return " | ".join(line.strip() for line in lines if line.strip()) or "it left no word in its logs"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _check_ports(self) -> None:
        require_free(self.sip_port, "udp", "--sip-port")
        require_free(self.ami.port, "tcp", "the port of AMI")
        require_free(self.ari_port, "tcp", "the port of ARI")

    async def _greeted(self, process: asyncio.subprocess.Process) -> None:
        while process.returncode is None:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection(self.ami.host, self.ami.port)
                try:
                    if (await reader.readline()).startswith(_GREETING):
                        return
                finally:
                    writer.close()
            await asyncio.sleep(_POLL_S)
        raise self._ended(process)

    async def _booted(self, process: asyncio.subprocess.Process) -> None:
        # AMI accepts logins before the queues are there, and then lists of them are empty.
        while process.returncode is None:
            with contextlib.suppress(PbxError):
                if "fully booted" in await self.cli("core waitfullybooted"):
                    return
            await asyncio.sleep(_POLL_S)
        raise self._ended(process)

    def _ended(self, process: asyncio.subprocess.Process) -> PbxError:
        return PbxError(f"Asterisk ended while starting (exit {process.returncode}): {self.last_words()}")
