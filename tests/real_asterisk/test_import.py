"""Files taken in beside a running control plane: it notices, makes them live, and the next call hears it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.real_asterisk.town import MENU, NIGHT, OTHER_NUMBER, RECEPTION, Town, digest_of, sound_of, town
from tests.sip import pair
from vaxelflode.demo.choose import Maker

pytestmark = [pytest.mark.pbx, pytest.mark.call]

OPEN = "2027-03-16 10:42"
NEWS = pair(9)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory, data: Path) -> AsyncIterator[Town]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, town(pbx, data) as made:
        yield made


async def _vaxelflode(here: Town, *arguments: object) -> str:
    """What a command says that is run as a process of its own, over the town's database."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VAXELFLODE_")}
    environment["VAXELFLODE_DATABASE_URL"] = here.plane.settings.database
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vaxelflode", *map(str, arguments)),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, (out + err).decode()
    return out.decode()


def _edit(file: Path, **spec: Any) -> None:
    content = json.loads(file.read_text())
    content["spec"] |= spec
    file.write_text(json.dumps(content))


async def _heard_first(here: Town, number: str = "+46101022290") -> str:
    async with await here.call(number, at=OPEN) as call:
        await call.answered(5)
        for _ in range(100):
            if call.heard:
                return call.heard[0].name
            await asyncio.sleep(0.05)
    return "nothing"


async def test_what_is_taken_in_is_live_when_the_command_says_so(here: Town, data: Path, tmp_path: Path) -> None:
    assert await _heard_first(here) == MENU.name
    assert await _heard_first(here, OTHER_NUMBER) == RECEPTION.name
    folder = tmp_path / "company"
    await _vaxelflode(here, "export", folder, "--data-dir", data)
    _edit(folder / "objects/schedule/kundtjanst.json", weekly={})
    news = {"name": "Nyheter", "spec": {"prompt": digest_of(NEWS)}}
    (folder / "objects/announcement/nyheter.json").write_text(json.dumps(news))
    (folder / f"sounds/{digest_of(NEWS)}.wav").write_bytes(sound_of(NEWS))
    _edit(folder / "objects/schedule/reception.json", open={"object": "announcement/nyheter"})
    queue = folder / "objects/queue/kundservice.json"
    agent = {"extension": "203", "penalty": 2, "permanent": True}
    queue.write_text(json.dumps(json.loads(queue.read_text()) | {"agents": [agent]}))

    dry = json.loads(await _vaxelflode(here, "import-json", folder, "--dry-run", "--json", "--data-dir", data))
    assert await _heard_first(here) == MENU.name
    told = json.loads(await _vaxelflode(here, "import-json", folder, "--json", "--wait", 30, "--data-dir", data))
    assert told["changes"] == dry["changes"]
    assert (told["state"], told["pending"], told["refused"]) == ("live", 0, [])
    assert here.plane.applier.live_revision == told["revision"]

    assert await _heard_first(here) == NIGHT.name
    assert await _heard_first(here, OTHER_NUMBER) == NEWS.name
    assert "PJSIP/203" in await here.pbx.cli("queue show vx-kundservice")

    changes = await here.people["admin"]("GET", "/changes?object=schedule/kundtjanst")
    change = changes.body[0]
    assert (change["origin"], change["state"], change["actor"]["name"]) == ("cli", "live", "command line")
    undone = await here.people["admin"]("POST", f"/changes/{change['id']}/undo")
    assert (undone.status, undone.body["change"]["state"]) == (200, "live")
    assert await _heard_first(here) == MENU.name


async def test_what_cannot_go_live_yet_is_told_as_waiting(here: Town, data: Path, tmp_path: Path) -> None:
    """The disk cannot be written; once it can be, the next look makes it live without another import."""
    folder = tmp_path / "company"
    await _vaxelflode(here, "export", folder, "--data-dir", data)
    _edit(folder / "objects/schedule/reception.json", open={"object": "announcement/reception"})
    releases = here.plane.store.directory / "releases"
    away = releases.rename(releases.with_name("away"))
    releases.touch()
    try:
        told = json.loads(await _vaxelflode(here, "import-json", folder, "--json", "--wait", 3, "--data-dir", data))
        assert (told["state"], told["pending"]) == ("pending", 1)
    finally:
        releases.unlink()
        away.rename(releases)
    here.plane.applier.wake()
    for _ in range(100):
        if here.plane.applier.live_revision == told["revision"]:
            break
        await asyncio.sleep(0.1)
    assert await _heard_first(here, OTHER_NUMBER) == RECEPTION.name
