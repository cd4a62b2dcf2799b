"""The demo as somebody meets it: one command, demo.json, spoken prompts heard in real calls, and a clean end."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import numpy.typing as npt
import pytest
import pytest_asyncio

from tests.databases import CHOSEN, url_in
from tests.real_asterisk.town import CALLER, Api, epoch
from tests.sip import Phone, UserAgent, answer_after, pair
from vaxelflode.demo.ports import free_port
from vaxelflode.demo.run import demo_running

pytestmark = [pytest.mark.pbx, pytest.mark.call]

OPEN, NIGHT = "2027-03-16 10:42", "2027-03-16 20:00"
Sound = npt.NDArray[np.int16]


@dataclass
class Running:
    """A demo in a process of its own."""

    folder: Path
    told: dict[str, Any]
    session: aiohttp.ClientSession
    process: asyncio.subprocess.Process

    async def log_in(self, role: str) -> Api:
        """The API as one of the demo's users."""
        async with self.session.post("/api/v1/tokens", json=self.told["users"][role]) as answer:
            assert answer.status == 201
            return Api(self.session, (await answer.json())["token"])

    async def command(self, *arguments: str) -> tuple[int, str]:
        """A command that speaks to the demo."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "vaxelflode", *arguments, "--data-dir", str(self.folder)),
            env=_environment(self.folder),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), 30)
        return process.returncode or 0, said.decode()


def _environment(folder: Path) -> dict[str, str]:
    """The demo keeps SQLite in its folder, unless somebody names another database to it and to its commands."""
    return dict(os.environ) | ({} if CHOSEN != "postgresql" else {"VAXELFLODE_DATABASE_URL": url_in(folder)})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("demo")
    ports = "--port", str(free_port("tcp")), "--sip-port", str(free_port("udp"))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vaxelflode", "demo", "--data-dir", str(folder), *ports, "--no-calls"),
        env=_environment(folder),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(90):
        while not (lines and lines[-1].startswith("ready ")):
            line = (await process.stdout.readline()).decode()
            assert line, lines
            lines.append(line.strip())
    told = json.loads((folder / "demo.json").read_text("utf-8"))
    assert lines[-1] == f"ready {told['url']}"
    async with aiohttp.ClientSession(told["url"]) as session:
        yield Running(folder, told, session, process)
    os.killpg(process.pid, signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 30) == 0
    # Nothing answers any more, neither pages nor Asterisk.
    for port in (int(told["url"].rpartition(":")[2]), told["ami"]["port"]):
        with pytest.raises(OSError, match=r"."):
            await asyncio.open_connection("127.0.0.1", port)


def _samples(wav: bytes) -> Sound:
    with wave.open(io.BytesIO(wav)) as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2").astype(np.int16)


def _likeness(heard: Sound, prompt: Sound) -> float:
    """How well the first two spoken seconds of ``prompt`` stand somewhere in ``heard``: 1 is exactly."""
    piece = prompt[2400 : 2400 + 16000].astype(float)
    where = np.concatenate([heard.astype(float), np.zeros(len(piece))])
    size = 1 << (len(where) + len(piece)).bit_length()
    product = np.fft.irfft(np.fft.rfft(where, size) * np.conj(np.fft.rfft(piece, size)), size)[: len(heard)]
    sums = np.concatenate([[0.0], np.cumsum(where**2)])
    power = (sums[len(piece) :] - sums[: -len(piece)])[: len(heard)]
    return float(np.max(product / np.sqrt(np.maximum(power, 1.0) * np.sum(piece**2))))


async def _hears(demo: Running, at: str, prompt: Sound, number: str = "+46101022290") -> float:
    sip = demo.told["sip"]["host"], demo.told["sip"]["port"]
    headers = {"X-Test-Time": str(epoch(at))}
    async with (
        await UserAgent.create() as trunk,
        await trunk.call(number, sip, "+46701740601", headers=headers) as call,
    ):
        await call.answered(5)
        await asyncio.sleep(3.5)
        return _likeness(call.audio, prompt)


async def test_demo_json_is_as_the_contract_has_it(demo: Running) -> None:
    told = demo.told
    assert set(told) >= {
        "url",
        "users",
        "sip",
        "phones",
        "numbers",
        "codes",
        "ami",
        "ari",
        "asterisk_etc",
        "asterisk_cli",
        "log_dir",
    }
    assert set(told["users"]) == {"admin", "supervisor", "other_supervisor"}
    assert told["numbers"] == ["+46101022290", "+46980319200", "+46980319230", "+46980319240"]
    assert [p["extension"] for p in told["phones"]] == [f"20{n}" for n in range(1, 9)]
    assert (Path(told["asterisk_etc"]) / "extensions.conf").is_file()
    process = await asyncio.create_subprocess_exec(
        *told["asterisk_cli"], "core show version", stdout=asyncio.subprocess.PIPE
    )
    assert (await process.communicate())[0].startswith(b"Asterisk 22")
    assert (demo.folder / "demo.json").stat().st_mode & 0o077 == 0


async def test_who_may_do_what_is_as_the_contract_has_it(demo: Running) -> None:
    supervisor, other = await demo.log_in("supervisor"), await demo.log_in("other_supervisor")
    flows = (await supervisor("GET", "/flows")).body
    assert [(f["name"], f["number"]) for f in flows] == [("Kundtjänst", "+46101022290")]
    assert {g["object"]: sorted(g["aspects"]) for g in flows[0]["grants"]} == {
        "schedule/kundtjanst": ["hours", "override"],
        "menu/huvudmeny": ["audio", "options"],
        "queue/kundservice": ["agents", "audio", "settings", "watch"],
        "queue/faktura": ["agents", "audio", "watch"],
        "queue/felanmalan": ["watch"],
        "announcement/nattmeddelande": ["audio"],
        "voicemail/kundtjanst": ["greeting"],
    }
    assert [f["name"] for f in (await other("GET", "/flows")).body] == ["Reception"]
    everything = (await (await demo.log_in("admin"))("GET", "/flows")).body
    assert {f["name"] for f in everything} == {"Kundtjänst", "Reception", "Anslutningar", "Elavbrott och fara"}


async def test_a_caller_hears_the_spoken_menu_by_day_and_the_night_message_at_night(demo: Running) -> None:
    supervisor = await demo.log_in("supervisor")
    menu, night = [
        _samples((await supervisor("GET", f"/objects/{ref}/audio/prompt")).body)
        for ref in ("menu/huvudmeny", "announcement/nattmeddelande")
    ]
    assert await _hears(demo, OPEN, menu) > 0.8
    assert await _hears(demo, NIGHT, night) > 0.8
    assert await _hears(demo, NIGHT, menu) < 0.5
    closed = await supervisor(
        "POST", "/objects/schedule/kundtjanst/overrides", {"from": "2027-03-16", "to": "2027-03-16", "hours": []}
    )
    assert closed.body["change"]["state"] == "live"
    assert await _hears(demo, OPEN, night) > 0.8
    undone = await supervisor("POST", f"/changes/{closed.body['change']['id']}/undo")
    assert undone.body["change"]["state"] == "live"
    assert await _hears(demo, OPEN, menu) > 0.8


async def test_a_caller_reaches_an_agent_and_both_hear_each_other(demo: Running) -> None:
    supervisor = await demo.log_in("supervisor")
    sip = demo.told["sip"]["host"], demo.told["sip"]["port"]
    me = next(p for p in demo.told["phones"] if p["extension"] == "202")
    voice = pair(9)
    assert (await supervisor("PUT", "/queues/kundservice/agents/202", {})).body["change"]["state"] == "live"
    async with (
        await Phone.register(*sip, "202", me["password"], speak=voice, policy=answer_after(0.1)) as phone,
        await UserAgent.create() as trunk,
        await trunk.call(
            "46101022290", sip, "+46701740601", headers={"X-Test-Time": str(epoch(OPEN))}, speak=CALLER
        ) as call,
    ):
        await call.answered(5)
        await asyncio.sleep(1)
        await call.press("1")
        at_phone = await phone.next_call(15)
        await call.hear(voice, 10)
        await at_phone.hear(CALLER, 5)
    assert (await supervisor("DELETE", "/queues/kundservice/agents/202")).body["change"]["state"] == "live"


async def test_a_phone_tells_callers_of_a_power_cut_by_the_code_that_demo_json_names(demo: Running) -> None:
    admin = await demo.log_in("admin")
    storm = _samples((await admin("GET", "/objects/announcement/storavbrott/audio/prompt")).body)
    sip = demo.told["sip"]["host"], demo.told["sip"]["port"]
    me = next(p for p in demo.told["phones"] if p["extension"] == "204")
    (code,) = demo.told["codes"]
    assert await _hears(demo, OPEN, storm, "+46980319240") < 0.5
    seen = []
    for _ in range(2):
        async with await Phone.register(*sip, "204", me["password"]) as phone, await phone.dial(code["code"]) as call:
            await call.answered(5)
            await asyncio.sleep(1)
            await call.press(f"{code['pin']}#")
            await call.ended(10)
        seen.append((await admin("GET", f"/objects/{code['object']}")).body["spec"]["position"]["at"])
        if seen == ["emergency"]:
            assert await _hears(demo, OPEN, storm, "+46980319240") > 0.8
            change = (await admin("GET", f"/changes?object={code['object']}")).body[0]
            assert (change["origin"], change["actor"]["name"]) == ("phone", "Erik Sandström")
    assert seen == ["emergency", "normal"]
    assert await _hears(demo, OPEN, storm, "+46980319240") < 0.5


async def test_commands_speak_to_the_running_demo(demo: Running) -> None:
    status, said = await demo.command("check")
    assert status == 0, said
    status, said = await demo.command("apply", "--dry-run")
    assert (status, said) == (0, "")
    status, said = await demo.command("user", "list", "--json")
    assert status == 0
    assert {p["name"] for p in json.loads(said)} >= {"Karin Åström"}
    status, said = await demo.command("doctor")
    assert status == 0, said
    assert "0 failed, 0 to be looked after" in said
    status, said = await demo.command("audit", "verify")
    assert (status, "links hold" in said) == (0, True), said


async def test_a_second_demo_in_the_same_folder_is_refused_and_the_first_lives_on(demo: Running) -> None:
    status, said = await demo.command("demo", "--port", "0", "--sip-port", "0", "--no-calls")
    assert (status, "already running" in said) == (1, True), said
    assert (await demo.command("check"))[0] == 0


async def test_asterisk_that_is_killed_comes_back_with_everything(demo: Running) -> None:
    supervisor = await demo.log_in("supervisor")
    await supervisor("PUT", "/queues/kundservice/agents/203", {"permanent": True})
    night = _samples((await supervisor("GET", "/objects/announcement/nattmeddelande/audio/prompt")).body)
    await _cli(demo, "core stop now")
    await _until(demo, ready=False)
    await _until(demo, ready=True)
    assert await _hears(demo, NIGHT, night) > 0.8
    assert "203 (PJSIP/203)" in await _cli(demo, "queue show vx-kundservice")
    assert (await demo.command("check"))[0] == 0


async def test_a_demo_that_lost_its_database_is_founded_anew(tmp_path: Path) -> None:
    """The Asterisk in its folder is its own; anywhere else another database would be held back."""
    names = set()
    for _ in range(2):
        ports = {"port": free_port("tcp"), "sip_port": free_port("udp")}
        async with demo_running(tmp_path / "demo", **ports, calls=False, say=lambda _said: None) as made:
            told = json.loads((made.file.parent / "asterisk/etc/vaxelflode/current/manifest.json").read_text())
            names.add(told["installation"])
        (tmp_path / "demo" / "vaxelflode.sqlite3").unlink()
    assert len(names) == 2


async def _until(demo: Running, *, ready: bool) -> None:
    for _ in range(600):
        async with demo.session.get("/readyz") as answer:
            if (answer.status == 200) is ready:
                return
        await asyncio.sleep(0.05)
    pytest.fail(f"/readyz never said ready={ready}")


async def _cli(demo: Running, command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *demo.told["asterisk_cli"], command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    return (await asyncio.wait_for(process.communicate(), 10))[0].decode()
