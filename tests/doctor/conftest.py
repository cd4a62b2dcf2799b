"""A healthy box without Asterisk: its database, its directories, and accounts that answer as Asterisk does."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.api.company import PROMPT, SOUND
from tests.applying.fake_pbx import FakePbx
from tests.rendering.making import new_renderer, thing
from vaxelflode.applying.compare import compare
from vaxelflode.applying.entries import Entries
from vaxelflode.applying.proof import Prover
from vaxelflode.applying.store import Store
from vaxelflode.asterisk import ConnectionState, Message, Status
from vaxelflode.asterisk.wire import Fields
from vaxelflode.doctor.checks.asterisk import NEEDED, WANTED
from vaxelflode.doctor.world import World
from vaxelflode.domain.company import EMPTY
from vaxelflode.errors import PbxRefused
from vaxelflode.rendering.render import FILES
from vaxelflode.settings import load
from vaxelflode.storage import audit, nodes, objects
from vaxelflode.storage.database import Database

NOW = dt.datetime(2027, 6, 1, 10, tzinfo=dt.UTC)
NODE = "here"
#: Action → the class of `write=` that it needs.
_CLASSES = {
    "QueuePenalty": "agent",
    "ShowDialPlan": "reporting",
    "Getvar": "reporting",
    "CoreSettings": "reporting",
    "ModuleCheck": "system",
    "GetConfig": "system",
    "PJSIPShowEndpoints": "system",
    "Originate": "originate",
    "Command": "command",
    "UpdateConfig": "config",
}


@dataclass
class FakeAccount:
    """An account over a box that is all right until a test says otherwise."""

    write: set[str]
    state: ConnectionState = ConnectionState.CONNECTED
    reason: str = "logged in and fully booted"
    version: str = "22.10.1+dfsg"
    modules: set[str] = field(default_factory=lambda: {*NEEDED, *WANTED})
    #: File → section → its lines; a file that is not there is not to be read.
    files: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    endpoints: list[str] = field(default_factory=lambda: ["201"])
    clock: dt.datetime = NOW
    zones_known: bool = True

    @property
    def status(self) -> Status:
        return Status(self.state, NOW, self.reason)

    async def request(self, action: str, fields: Fields | None = None, limit: float = 5.0) -> Message:
        said = {name: str(value) for name, value in (fields or {}).items()}
        if _CLASSES[action] not in self.write:
            raise PbxRefused("Permission denied", action=action)
        return Message({"Response": "Success", **self._answer(action, said)})

    def _answer(self, action: str, said: dict[str, str]) -> dict[str, str]:
        match action:
            case "CoreSettings":
                return {"AsteriskVersion": self.version}
            case "ModuleCheck" if said["Module"] not in self.modules:
                raise PbxRefused("Module not loaded")
            case "ModuleCheck":
                return {}
            case "Getvar":
                return {"Value": self._variable(said["Variable"])}
            case "GetConfig":
                return self._config(said)
            case _:
                raise PbxRefused("there is nothing to do it to")

    def _variable(self, name: str) -> str:
        if name == "EPOCH":
            return str(int(self.clock.timestamp()))
        at, zone, _ = name.removeprefix("STRFTIME(").split(",")
        known = ZoneInfo(zone) if self.zones_known else dt.UTC
        return f"{dt.datetime.fromtimestamp(int(at), known):%z}"

    def _config(self, said: dict[str, str]) -> dict[str, str]:
        if (sections := self.files.get(said["Filename"])) is None:
            raise PbxRefused("Config file not found")
        if (lines := sections.get(said["Category"])) is None:
            return {}
        told = {f"Line-000000-{n:06}": line for n, line in enumerate(lines)}
        return {"Category-000000": said["Category"], **told}

    async def request_list(
        self, action: str, fields: Fields | None = None, *, complete: str, limit: float = 5.0
    ) -> list[Message]:
        assert action == "PJSIPShowEndpoints"
        return [Message({"Event": "EndpointList", "ObjectName": name}) for name in self.endpoints]


@dataclass
class Box:
    """A world and what it is made of."""

    world: World
    database: Database
    live: FakeAccount
    apply: FakeAccount
    pbx: FakePbx
    store: Store


@pytest.fixture
async def box(url: str, tmp_path: Path) -> AsyncIterator[Box]:
    config, sounds = tmp_path / "generated", tmp_path / "sounds"
    sounds.mkdir()
    (sounds / f"{PROMPT}.wav").write_bytes(SOUND)
    store = Store(config)
    store.prepare()
    database = Database.open(url)
    async with database.write() as db:
        await _found(db)
        company = await objects.refreshed(db, EMPTY, NOW)
    renderer = new_renderer()
    bundle = renderer.render(company)
    store.switch(store.write(bundle))
    pbx = FakePbx(config)
    pbx.boot()
    live, apply = FakeAccount({"agent", "reporting"}), FakeAccount({"system", "reporting"})
    names = renderer.names
    own = {"extensions.conf": names.own("revision"), "voicemail.conf": names.own("revision")}
    for file in FILES:
        last = own.get(file, names.sentinel(bundle.files[file].stamp))
        apply.files[f"{config}/current/{file}"] = {last: []}
        apply.files[file] = {last: [], "general": ["persistentmembers=yes", "passwordlocation=spooldir"]}
    prover = Prover(pbx, store, names, str(config))
    entries = Entries(pbx, names, lambda: NOW)

    async def ready() -> dict[str, str]:
        return {}

    async def ari() -> None:
        return None

    world = World(
        load(data_dir=tmp_path, asterisk_config_dir=config, asterisk_sounds_dir=sounds),
        NOW,
        NODE,
        live,
        apply,
        store,
        names,
        database,
        company,
        "",
        bundle,
        "",
        ready,
        partial(compare, database, store, renderer, prover, entries, NOW),
        ari,
    )
    with store.locked():
        yield Box(world, database, live, apply, pbx, store)
    await database.close()


async def _found(db: object) -> None:
    revision = await objects.next_revision(db, NOW)  # type: ignore[arg-type]
    for o in (
        thing("extension/201", endpoint="201"),
        thing("announcement/natt", prompt=PROMPT),
        thing("queue/kund", full={"object": "announcement/natt"}),
        thing(
            "schedule/kund",
            weekly={"mon": [["08:00", "17:00"]]},
            holidays={"calendar": "SE"},
            open={"object": "queue/kund"},
            closed={"object": "announcement/natt"},
        ),
    ):
        await objects.save(db, o, revision)  # type: ignore[arg-type]
    await nodes.report(db, NODE, NOW, revision=revision, reason=None)  # type: ignore[arg-type]
    await audit.record(db, NOW, "company founded", {"revision": revision})  # type: ignore[arg-type]
