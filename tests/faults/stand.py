"""An installation to be mistreated: a real Asterisk, a line to it that can be spoiled, `serve` in its own process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.asterisk.proxy import Proxy
from tests.bench.stage import environment
from tests.faults.looking import left_lying, loaded, on_disk, shut
from tests.faults.points import VARIABLE, Order
from tests.faults.saving import Save, Saving, What, apart, desired
from tests.real_asterisk.town import PASSWORD, Api, found, settings_of
from vaxelflode.bootstrap import plane
from vaxelflode.demo.choose import Maker
from vaxelflode.demo.pbx import Pbx
from vaxelflode.demo.rootfs import RootfsPbx
from vaxelflode.errors import PbxError
from vaxelflode.settings import Settings

REPOSITORY = Path(__file__).parents[2]
#: Seconds within which database, disk and PBX must agree, once what was done to them has ended.
AGREED_WITHIN = 30.0
#: Seconds that a process, or an answer, is waited for on a busy machine.
PATIENCE = 60.0
#: The three saves of which at least one changes each file.
EVERY: tuple[What, ...] = ("override", "queue", "mailbox")
_LOOK_EVERY = 0.2
#: Room for Asterisk's configuration, and for the database, where they have a file system of their own.
_ROOM = {"etc": "4m", "data": "64m"}


class Lied(AssertionError):
    """Something was shown as live that was not in the PBX."""


@dataclass
class Stand:
    """Made by :func:`stand`. Everything but the Asterisk and the proxy may be ended and started again."""

    pbx: Pbx
    proxy: Proxy
    settings: Settings
    folder: Path
    #: Whether configuration and database are on file systems that may be filled and closed.
    mounted: bool
    saving: Saving = field(default_factory=Saving)
    people: dict[str, Api] = field(default_factory=dict)
    #: Whether a refusal by the PBX is something that may be.
    may_refuse: bool = False
    #: Whether a database that says no has certainly written nothing.
    refusal_is_sure: bool = True
    _session: aiohttp.ClientSession | None = None
    _process: asyncio.subprocess.Process | None = None
    _witness: asyncio.Task[None] | None = None
    #: The changes that were refused when that might be.
    _excused: set[str] = field(default_factory=set)
    #: The last state of each change that was told.
    _told: dict[str, str] = field(default_factory=dict)

    @property
    def order(self) -> Path:
        """Where the process looks for what it is to suffer."""
        return self.folder / "order.json"

    @property
    def log(self) -> Path:
        """What the process said."""
        return self.folder / "serve.log"

    async def start(self) -> None:
        """Start the control plane; it answers when this returns, and may be anything but ready."""
        # pdeathsig: whatever ends the tests ends what they started.
        python = (sys.executable, "-X", "faulthandler")
        command = ("setpriv", "--pdeathsig", "KILL", "--", *python, "-m", "tests.faults.launched", "serve")
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, env=self._environment(), cwd=REPOSITORY, stdout=log, stderr=log
            )
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self._answers():
                    assert self._process.returncode is None, self.last_words()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            self._process.send_signal(signal.SIGABRT)  # it says where it stands
            await self._process.wait()
            raise AssertionError(f"it does not answer: {self.last_words()}") from None

    def _environment(self) -> dict[str, str]:
        more = {VARIABLE: str(self.order), "VAXELFLODE_LOG_LEVEL": "INFO", "PYTHONPATH": str(REPOSITORY)}
        return os.environ | environment(self.settings) | more

    async def _answers(self) -> bool:
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):
            assert self._session is not None
            async with self._session.get("/healthz") as answer:
                return answer.status == 200
        return False

    async def died(self, within: float = PATIENCE) -> None:
        """Return when the process has ended, as it was ordered."""
        assert self._process is not None
        async with asyncio.timeout(within):
            assert await self._process.wait() == -9

    async def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """SIGTERM, and an orderly end."""
        assert self._process is not None
        self._process.terminate()
        async with asyncio.timeout(PATIENCE):
            assert await self._process.wait() == 0, self.last_words()

    async def log_in(self) -> None:
        """Everybody anew: a token ends by the control plane's clock."""
        assert self._session is not None
        for name in ("admin", "supervisor"):
            login = {"email": f"{name}@example.se", "password": PASSWORD}
            async with self._session.post("/api/v1/tokens", json=login) as answer:
                self.people[name] = Api(self._session, (await answer.json())["token"])

    async def save(self, *what: What) -> list[Save]:
        """Save these at once; returns when all are answered, or never will be."""
        sent = await asyncio.gather(*(self.saving.send(self.saving.another(one), self.people) for one in what))
        await self._look_at([save for save in sent if save.said == "live"])
        for save in sent:
            if save.said == "refused" and not self.refusal_is_sure:
                save.said = "unknown"
        return sent

    async def ready(self) -> tuple[int, dict[str, str]]:
        """What ``/readyz`` says."""
        assert self._session is not None
        async with self._session.get("/readyz") as answer:
            return answer.status, (await answer.json()).get("trouble", {})

    async def agrees(self, within: float = AGREED_WITHIN) -> float:
        """Seconds until database, disk and PBX agree, and hold what was saved; fails after ``within``."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        wrong, pause = ["nobody has looked"], _LOOK_EVERY
        while wrong:
            if loop.time() - began > within:
                raise AssertionError(f"after {within:.0f} s: {wrong[:5]}\n{self.last_words()}")
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, 1.0)
            wrong = await self._wrong()
        took = loop.time() - began
        self._raise_of_witness()
        return took

    async def _wrong(self) -> list[str]:
        try:
            status, trouble = await self.ready()
            if status != 200:
                return [str(trouble)]
            has, states = await desired(self.people["admin"]), await self._states()
            disk, live = on_disk(self.pbx.generated), await loaded(self.pbx)
            system = (await self.people["admin"]("GET", "/system")).body
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, LookupError, TypeError, PbxError) as err:
            return [repr(err)]
        node = system["nodes"][0]
        wrong = [*disk.differs_from(live), *apart(self.saving.saves, has, disk, live, states)]
        wrong += [*left_lying(self.pbx.generated), *shut(self.pbx.generated)]
        if node["drift"] or system["pending_changes"] or node["live_revision"] != system["desired_revision"]:
            wrong.append(f"desired {system['desired_revision']}, live {node['live_revision']}")
        rejected = {change for change, state in states.items() if state == "rejected"}
        if self.may_refuse:
            self._excused |= rejected
        wrong += [f"{change} was rejected" for change in rejected - self._excused]
        return wrong

    async def _states(self) -> dict[str, str]:
        listed = (await self.people["admin"]("GET", "/changes?limit=1000")).body
        return {change["id"]: change["state"] for change in listed}

    async def check(self) -> None:
        """The product's own word for it: ``vaxelflode check``."""
        status, said = await self.command("check")
        assert status == 0, said

    async def command(self, *words: str) -> tuple[int, str]:
        """Run ``vaxelflode …`` beside it; its status and what it said."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.launched", *words),
            env=self._environment(),
            cwd=REPOSITORY,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(PATIENCE):
            said, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode()

    def forget_told(self) -> None:
        """The history is an older one from now on: what was told of later changes holds no longer."""
        self._told.clear()

    async def _watch(self) -> None:
        """Look at the history all the time; what is live for the first time must be in the PBX then."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, ConnectionError, TimeoutError):
                answer = await self.people["admin"]("GET", "/changes?limit=20")
                if answer.status == 200:
                    await self._look_at(self._newly_live(answer.body))
            await asyncio.sleep(_LOOK_EVERY)

    def _newly_live(self, listed: Sequence[dict[str, Any]]) -> list[Save]:
        fresh = []
        for change in listed:
            before, state = self._told.get(change["id"]), change["state"]
            if before == "live" != state:
                raise Lied(f"{change['id']} was live, and is {state}")
            self._told[change["id"]] = state
            if before != state == "live" and (save := self.saving.of_change(change)) is not None:
                fresh.append(save)
        return fresh

    async def _look_at(self, saves: Sequence[Save]) -> None:
        if not saves:
            return
        try:
            live = await loaded(self.pbx)
        except PbxError:
            return  # it has died since, or shows nothing whole: what it has is looked at in the end
        for save in saves:
            if not save.stands_in(live) and self.pbx.alive:
                raise Lied(f"shown as live, and not in the PBX: {save}\n{self.last_words()}")

    def _raise_of_witness(self) -> None:
        assert self._witness is not None
        if self._witness.done():
            self._witness.result()

    def last_words(self) -> str:
        """The end of the process's log."""
        return f"{self.log}:\n" + self.log.read_text(errors="replace")[-3000:]


@asynccontextmanager
async def stand(maker: Maker, folder: Path, *, url: str = "") -> AsyncIterator[Stand]:
    """A new one, settled; ``url``: of another database than the folder's."""
    mounted = await _mount(folder, maker)
    try:
        async with maker(folder / "pbx") as pbx, Proxy(pbx.ami.host, pbx.ami.port) as proxy:
            more = {"database_url": url} if url else {}
            settings = settings_of(pbx, folder / "data", ami_port=proxy.port, **more)
            async with plane(settings) as made:
                await found(made)
            here = Stand(pbx, proxy, settings, folder, mounted)
            async with _served(here):
                yield here
    finally:
        for name in _ROOM if mounted else ():
            await run("umount", "--lazy", str(_mount_point(folder, name)))


def _mount_point(folder: Path, name: str) -> Path:
    return folder / "data" if name == "data" else folder / "pbx" / name


async def _mount(folder: Path, maker: Maker) -> bool:
    """Give configuration and database file systems of their own, where this may be done."""
    made = maker(folder / "pbx")
    if os.geteuid() != 0 or not isinstance(made, RootfsPbx):
        return False
    for name, size in _ROOM.items():
        where = _mount_point(folder, name)
        where.mkdir(parents=True)
        await run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(where))
    return True


async def run(*command: str) -> None:
    """Run a command of the system's that must not fail."""
    process = await asyncio.create_subprocess_exec(*command)
    assert await process.wait() == 0, command


@asynccontextmanager
async def _served(here: Stand) -> AsyncIterator[None]:
    connector = aiohttp.TCPConnector(force_close=True)  # a connection to a process that is gone says nothing
    limit = aiohttp.ClientTimeout(total=PATIENCE)
    where = f"http://{here.settings.listen}"
    async with aiohttp.ClientSession(where, connector=connector, timeout=limit) as here._session:
        try:
            await here.start()
            await here.log_in()
            here._witness = asyncio.create_task(here._watch())
            await here.agrees()
            yield
        finally:
            if here._witness is not None:
                here._witness.cancel()
                await asyncio.wait([here._witness])
            await here.kill()


def give(here: Stand, order: Order) -> None:
    """What the stand's process is to suffer from now on."""
    order.give(here.order)
