"""Who answers, who pauses and where a switch stands: as it is written down, whatever is killed, and put right once."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import pytest_asyncio

from tests.real_asterisk.test_serve import COMMAND, environment_of
from tests.real_asterisk.town import Api, Town, people_of, to, town
from vaxelflode.bootstrap import Plane
from vaxelflode.demo.choose import Maker
from vaxelflode.demo.pbx import Pbx
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.storage import agents

pytestmark = pytest.mark.pbx

SWITCH = "/objects/switch/lage"
_MEMBER = re.compile(r"^ +(\d+) \(PJSIP/\d+\)(?: with penalty (\d+))?(.*)$", re.MULTILINE)

#: Queue → extension → whether paused, and the penalty; and the switch.
Standing = tuple[dict[str, dict[str, tuple[bool, int]]], str]
WANTED: Standing = (
    {"kundservice": {"201": (False, 0), "202": (True, 0), "203": (False, 5)}, "faktura": {"204": (False, 0)}},
    "kris",
)


async def standing(pbx: Pbx) -> Standing:
    """What is in the PBX, asked of Asterisk itself."""
    found = {}
    for queue in WANTED[0]:
        shown = await pbx.cli(f"queue show vx-{queue}")
        found[queue] = {m[1]: ("(paused" in m[3], int(m[2] or 0)) for m in _MEMBER.finditer(shown)}
    entry = re.search(r"^Value: (\w*)", await pbx.cli("database get vx-switch lage"), re.MULTILINE)
    return found, entry[1] if entry else ""


async def until_stands(pbx: Pbx, wanted: Standing = WANTED) -> None:
    """As it is written down, within half a minute."""
    found: Standing = ({}, "")
    for _ in range(150):
        if (found := await standing(pbx)) == wanted:
            return
        await asyncio.sleep(0.2)
    pytest.fail(f"not as it is written down after 30 s: {found}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pbx(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def folder(pbx: Pbx, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the company's database is, with a switch, and everything standing as wanted."""
    made = tmp_path_factory.mktemp("data")
    async with town(pbx, made) as here:
        ways = {"normal": to("announcement/reception"), "kris": to("announcement/helgmeddelande")}
        spec = {"positions": ways, "default": "normal"}
        body = {"kind": "switch", "key": "lage", "name": "Läge", "spec": spec}
        assert (await here.people["admin"]("POST", "/objects", body)).status == 200
        await set_all(here.people["admin"])
        await until_stands(pbx)
    return made


async def set_all(admin: Api) -> None:
    for queue, extension, body in (
        ("kundservice", "201", {"permanent": True}),
        ("kundservice", "202", {"permanent": True, "paused": True, "reason": "rast"}),
        ("kundservice", "203", {"permanent": True, "penalty": 5}),
        ("faktura", "204", {}),
    ):
        assert (await admin("PUT", f"/queues/{queue}/agents/{extension}", body)).status == 200
    assert (await _set(admin, "kris")) == 200


async def _set(admin: Api, at: str) -> int:
    return (await admin("PATCH", SWITCH, {"spec": {"position": {"at": at, "until": None}}}, if_match="*")).status


async def _others(pbx: Pbx) -> None:
    """Somebody at the console changes all of it."""
    for command in (
        "queue remove member PJSIP/201 from vx-kundservice",
        "queue unpause member PJSIP/202 queue vx-kundservice",
        "queue pause member PJSIP/203 queue vx-kundservice",
        "queue set penalty 0 on PJSIP/203 in vx-kundservice",
        "queue add member PJSIP/207 to vx-faktura",
        "database put vx-switch lage nowhere,,1,x",
    ):
        await pbx.cli(command)


async def _others_then_killed(pbx: Pbx) -> None:
    await _others(pbx)
    await asyncio.sleep(1.2)  # until Asterisk's database is on the disk
    await pbx.kill()


async def _killed_without_its_database(pbx: Pbx) -> None:
    await pbx.kill()
    for file in (pbx.home / "lib").glob("astdb.sqlite3*"):
        file.unlink()


HARM: dict[str, Callable[[Pbx], Awaitable[None]]] = {
    "killed": lambda pbx: pbx.kill(),
    "killed, and its database is gone": _killed_without_its_database,
    "changed by hand and killed": _others_then_killed,
    "restarted": lambda pbx: pbx.stop(),
}


@pytest.mark.parametrize("harm", HARM)
async def test_it_is_put_right_after_asterisk_was_killed(pbx: Pbx, folder: Path, harm: str) -> None:
    async with town(pbx, folder, founded=True) as here:
        admin = here.people["admin"]
        # Changed last of all, so that the very last words may not be on Asterisk's disk yet.
        for paused in (False, True):
            await admin("PATCH", "/queues/kundservice/agents/202", {"paused": paused})
        assert [await _set(admin, at) for at in ("normal", "kris")] == [200, 200]
        before = (await admin("GET", "/changes?limit=100")).body
        await HARM[harm](pbx)
        await pbx.start()
        await until_stands(pbx)
        await _settled(here)
        assert (await admin("GET", "/changes?limit=100")).body == before  # what is put right is no change of anybody's


async def test_what_others_change_at_the_pbx_is_put_right_at_the_next_look(pbx: Pbx, folder: Path) -> None:
    async with town(pbx, folder, founded=True) as here:
        await until_stands(pbx)
        await _others(pbx)
        here.plane.keeper.wake()  # as every 30 seconds
        here.plane.applier.wake(doubtful=True)
        await until_stands(pbx)


@dataclass
class Served:
    """A control plane in a process of its own."""

    process: asyncio.subprocess.Process
    admin: Api

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def _serving(pbx: Pbx, folder: Path) -> AsyncIterator[Served]:
    environment = environment_of(pbx, folder)
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "serve", env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    where = cast("Plane", SimpleNamespace(settings=SimpleNamespace(listen=environment["VAXELFLODE_LISTEN"])))
    try:
        assert (await asyncio.wait_for(process.stdout.readline(), 30)).startswith(b"serving on ")
        async with people_of(where) as (_, people):
            yield Served(process, people["admin"])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_it_is_put_right_after_the_control_plane_was_killed(pbx: Pbx, folder: Path) -> None:
    async with _serving(pbx, folder) as served:
        await until_stands(pbx)
        await served.kill()
    assert await standing(pbx) == WANTED  # the PBX goes on without us
    await _others(pbx)
    async with _serving(pbx, folder):
        await until_stands(pbx)


async def test_what_was_written_down_and_not_done_when_the_control_plane_was_killed_is_done_later_and_once(
    pbx: Pbx, folder: Path
) -> None:
    async with _serving(pbx, folder) as served:
        await until_stands(pbx)
        await pbx.kill()
        admin = served.admin
        waiting = [
            await admin("PATCH", "/queues/kundservice/agents/201", {"paused": True}),
            await admin("PUT", "/queues/faktura/agents/205", {"permanent": True}),
            await admin("PUT", "/queues/faktura/agents/206", {"permanent": True}),
            await admin("DELETE", "/queues/faktura/agents/206"),
            await admin("PATCH", SWITCH, {"spec": {"position": {"at": "normal", "until": None}}}, if_match="*"),
        ]
        assert [(a.status, a.body["change"]["state"]) for a in waiting] == [(202, "pending")] * len(waiting)
        await served.kill()
    await pbx.start()
    wanted = ({queue: dict(there) for queue, there in WANTED[0].items()}, "normal")
    wanted[0]["kundservice"]["201"] = (True, 0)
    wanted[0]["faktura"]["205"] = (False, 0)
    begun = (pbx.log_dir / "queue_log").read_text().count("\n")
    async with _serving(pbx, folder) as served:
        await until_stands(pbx, wanted)
        ids = {a.body["change"]["id"] for a in waiting}
        async with asyncio.timeout(20):
            while True:
                told = (await served.admin("GET", "/changes?limit=100")).body
                if {c["state"] for c in told if c["id"] in ids} == {"live"}:
                    break
                await asyncio.sleep(0.1)
        done = (pbx.log_dir / "queue_log").read_text().splitlines()[begun:]
        assert [line for line in done if "206" in line] == [], "who came and went while nobody was there never came"
        assert len([line for line in done if "205|ADDMEMBER" in line]) == 1, done
        await set_all(served.admin)
        assert (await served.admin("DELETE", "/queues/faktura/agents/205")).status == 200
        assert (await served.admin("PATCH", "/queues/kundservice/agents/201", {"paused": False})).status == 200
        await until_stands(pbx)


async def test_a_deleted_queue_leaves_nobody_in_asterisks_database(pbx: Pbx, folder: Path) -> None:
    async with town(pbx, folder, founded=True) as here:
        admin = here.people["admin"]
        body = {"kind": "queue", "key": "kort", "name": "Kort", "spec": {}}
        assert (await admin("POST", "/objects", body)).status == 200
        assert (await admin("PUT", "/queues/kort/agents/208", {"permanent": True})).status == 200
        assert "vx-kort" in await pbx.cli("database show Queue/PersistentMembers")
        assert (await admin("DELETE", "/objects/queue/kort", if_match="*")).status == 200
        here.plane.keeper.wake()  # as every 30 seconds
        async with asyncio.timeout(20):
            while "vx-kort" in await pbx.cli("database show Queue/PersistentMembers"):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.1)
        await asyncio.sleep(1.2)  # until Asterisk's database is on the disk
        await pbx.kill()
        await pbx.start()
        assert "208" not in await pbx.cli("queue show vx-kort")
        await until_stands(pbx)


@pytest.mark.parametrize("away", [False, True])
async def test_who_is_an_agent_for_today_is_none_tomorrow(pbx: Pbx, folder: Path, away: bool) -> None:
    """At midnight, or when the control plane is up again: it is the day of the adding that counts."""
    queue = ObjectRef("queue", "faktura")
    gone = (WANTED[0] | {"faktura": {}}, WANTED[1])

    async def was_added_yesterday(here: Town) -> None:
        async with here.plane.database.write() as db:
            agent = (await agents.of_queue(db, queue))["204"]
            yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
            await agents.put(db, queue, "204", replace(agent, added_at=yesterday))

    async with town(pbx, folder, founded=True) as here:
        await until_stands(pbx)
        await was_added_yesterday(here)
        if not away:
            here.plane.keeper.wake()  # as every 30 seconds
            await until_stands(pbx, gone)
    async with town(pbx, folder, founded=True) as here:
        await until_stands(pbx, gone)
        await _settled(here)
        newest = (await here.people["admin"]("GET", "/changes?object=queue/faktura&limit=1")).body[0]
        assert (newest["origin"], newest["state"]) == ("system", "live")
        assert (await here.people["admin"]("PUT", "/queues/faktura/agents/204", {})).status == 200
        await until_stands(pbx)


async def _settled(here: Town) -> None:
    async with asyncio.timeout(30):
        while here.plane.trouble():  # noqa: ASYNC110 - as whoever watches it does
            await asyncio.sleep(0.1)
