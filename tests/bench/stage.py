"""What the benches stand on: a filled database, a `serve` process over a real Asterisk, and files published bare."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import insert

from tests.bench import shapes
from tests.bench.table import timed
from tests.real_asterisk.town import Api
from vaxelflode.asterisk import AmiAccount, AmiConnection, Dialplan, Voicemail
from vaxelflode.bootstrap import utc_now
from vaxelflode.demo.base_conf import GENERATED
from vaxelflode.demo.pbx import Pbx
from vaxelflode.domain.company import Object
from vaxelflode.domain.destination import target_of
from vaxelflode.domain.flow import Flow, Grant, Person
from vaxelflode.domain.identifiers import ObjectRef, new_id
from vaxelflode.services.passwords import new_token, token_digest
from vaxelflode.settings import ENV_PREFIX, Settings
from vaxelflode.storage import flows, objects, people, schema
from vaxelflode.storage.database import Database, Transaction
from vaxelflode.storage.migrate import migrate

_SUPERVISOR = "supervisor@example.se"


async def fill(settings: Settings, count: int, mailboxes: int = 0) -> dict[str, str]:
    """A database of ``count`` flows and some mailboxes, the fast way.

    Returns a token for ``admin`` and for ``supervisor`` of flow 0.
    """
    database = Database.open(settings.database)
    try:
        await migrate(database)
        async with database.write() as db:
            revision = await objects.next_revision(db, utc_now())
            await _fill_objects(db, list(shapes.company_objects(count, mailboxes)), revision)
            tokens = await _fill_people(db)
            await _fill_flows(db, count)
        return tokens
    finally:
        await database.close()


async def _fill_objects(db: Transaction, every: list[Object], revision: int) -> None:
    ids = {o.ref: n for n, o in enumerate(every, 1)}
    rows = []
    for o in every:
        spec = o.spec.as_json()
        spec.pop("overrides", None)
        named = {"id": ids[o.ref], "kind": o.ref.kind, "key": o.ref.key, "name": o.name}
        rows.append(named | {"spec": spec, "spec_version": o.kind.spec_version, "versions": {}, "revision": revision})
    await db.execute(insert(schema.objects), rows)
    led = [(o.ref, way.field, target_of(way.destination)) for o in every for way in o.spec.exits()]
    references = [{"source_id": ids[a], "field": field, "target_id": ids[b]} for a, field, b in led if b is not None]
    await db.execute(insert(schema.references), references)


async def _fill_people(db: Transaction) -> dict[str, str]:
    now, tokens = utc_now(), {}
    for name, rights in (("admin", {"flow_admin", "flow_user"}), ("supervisor", {"flow_user"})):
        person = Person(0, f"{name}@example.se", name, frozenset(rights))  # type: ignore[arg-type]
        number = await people.add(db, person, "no password", now)
        tokens[name] = new_token()
        await people.add_token(db, token_digest(tokens[name]), number, "bench", now, now.replace(year=now.year + 1))
    return tokens


async def _fill_flows(db: Transaction, count: int) -> None:
    """The first by the product's own way, with a supervisor; the rest as rows."""
    now = utc_now()
    grants = (
        Grant(ObjectRef("schedule", shapes.key_of(0)), frozenset({"override"})),
        Grant(ObjectRef("queue", "queue-0"), frozenset({"watch", "agents"})),
    )
    first = Flow(new_id(), "Flow 0", number=f"+{shapes.number_of(0)}", grants=grants, supervisors=(_SUPERVISOR,))
    await flows.save(db, first, now, new=True)
    third = shapes.PHONES + shapes.QUEUES + 3
    made = {"description": "", "version": 1, "made_at": now}
    rows = [{"id": new_id(), "name": f"Flow {n}", "number_id": third + 3 * n} | made for n in range(1, count)]
    await db.execute(insert(schema.flows), rows)


@dataclass
class Serving:
    """A control plane in a process of its own."""

    process: asyncio.subprocess.Process
    admin: Api
    supervisor: Api
    session: aiohttp.ClientSession
    seconds_to_ready: float

    async def is_ready(self) -> bool:
        """Whether everything is proven live now."""
        async with self.session.get("/readyz") as answer:
            return answer.status == 200

    async def until(self, *, ready: bool) -> None:
        """Return when it is, or is no longer."""
        async with asyncio.timeout(60):
            while await self.is_ready() is not ready:  # noqa: ASYNC110 -- another process: nobody tells
                await asyncio.sleep(0.01)

    def memory(self) -> float:
        """Resident memory, in megabytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024

    def processor(self) -> float:
        """Milliseconds of a processor that the process has had, see clock_getcpuclockid(3)."""
        return time.clock_gettime(~self.process.pid << 3 | 2) * 1000

    async def applications(self) -> list[dict[str, Any]]:
        """The last applications of the one node, newest first."""
        answer = await self.admin("GET", "/system")
        found: list[dict[str, Any]] = answer.body["nodes"][0]["applications"]
        return found


@asynccontextmanager
async def serving(settings: Settings, tokens: dict[str, str]) -> AsyncIterator[Serving]:
    """Run ``vaxelflode serve`` until the block ends; it is ready when the block begins."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vaxelflode", "serve"), env=os.environ | environment(settings)
    )
    try:
        async with aiohttp.ClientSession(f"http://{settings.listen}") as session:
            await _ready(session, process)
            api = {name: Api(session, token) for name, token in tokens.items()}
            yield Serving(process, api["admin"], api["supervisor"], session, loop.time() - started)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the environment of a process carries them."""
    values = json.loads(settings.model_dump_json())
    secrets = {name: getattr(settings, name).get_secret_value() for name in ("ami_live_secret", "ami_apply_secret")}
    plain = {"log_level": "WARNING", "database_url": settings.database}
    chosen = {k: v for k, v in (values | secrets | plain).items() if v and k != "ari_secret"}
    return {f"{ENV_PREFIX}{name.upper()}": str(value) for name, value in chosen.items()}


async def _ready(session: aiohttp.ClientSession, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(180):
        while process.returncode is None:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get("/readyz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.05)
    raise AssertionError("serve ended before it was ready")


@dataclass
class Bare:
    """The same Asterisk without the product: files published by hand, reloads and questions over bare AMI."""

    pbx: Pbx
    ami: AmiConnection
    _turn: int = field(default=0)

    @property
    def dialplan(self) -> Dialplan:
        """AMI's words for the dialplan."""
        return Dialplan(self.ami)

    def publish(self, content: bytes, name: str = "extensions.conf") -> str:
        """A new directory and a swapped symlink, as the product does; returns the file as Asterisk names it."""
        self._turn += 1
        release = self.pbx.generated / "releases" / f"bare-{self._turn}"
        release.mkdir(parents=True)
        with (release / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # or whoever syncs next, such as the product, would pay for ours
        fresh = self.pbx.generated / ".bare"
        fresh.symlink_to(Path("releases") / release.name)
        fresh.replace(self.pbx.generated / "current")
        for old in self.pbx.generated.glob(f"releases/bare-{self._turn - 2}"):
            shutil.rmtree(old)
        os.sync()
        return f"{GENERATED}/releases/{release.name}/{name}"

    def published(self, name: str) -> bytes:
        """The file that Asterisk follows now."""
        return (self.pbx.generated / "current" / name).read_bytes()

    def fsync(self) -> float:
        """Milliseconds until a small file is on the disk: what each commit waits for, whoever else writes."""
        with (self.pbx.generated / ".fsync").open("wb") as file:
            file.write(b"x" * 4096)
            file.flush()
            started = time.perf_counter()
            os.fsync(file.fileno())
            return (time.perf_counter() - started) * 1000

    async def reload(self, content: Callable[[int], bytes]) -> float:
        """Milliseconds of one reload of a file that is new."""
        self.publish(content(self._turn))
        return await timed(self.dialplan.reload)

    async def reload_mailboxes(self, content: Callable[[int], bytes]) -> float:
        """The same of a ``voicemail.conf``."""
        self.publish(content(self._turn), "voicemail.conf")
        return await timed(Voicemail(self.ami).reload)

    async def preflights(self, path: str, section: str, times: int) -> list[float]:
        """Milliseconds in which Asterisk's parser walks a file to ``section``, its last."""
        return [await timed(lambda: self.dialplan.read_config(path, section)) for _ in range(times)]

    async def round_trips(self, times: int) -> list[float]:
        """Milliseconds of a Ping."""
        return [await timed(lambda: self.ami.request("Ping")) for _ in range(times)]


@asynccontextmanager
async def bare_on(pbx: Pbx) -> AsyncIterator[Bare]:
    """Bare AMI by the applying account."""
    account = AmiAccount(pbx.ami.host, pbx.ami.port, pbx.ami.apply.username, pbx.ami.apply.secret)
    async with AmiConnection(account) as ami:
        await ami.wait_connected(10)
        yield Bare(pbx, ami)
