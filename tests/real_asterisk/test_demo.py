"""The demo as somebody meets it: one command, demo.json, spoken prompts heard in real calls, and a clean end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.real_asterisk.running_demo import Running, hears, running_demo, samples
from tests.real_asterisk.town import CALLER, epoch
from tests.sip import Phone, UserAgent, answer_after, pair
from vaxelflode.demo.ports import free_port
from vaxelflode.demo.run import demo_running

pytestmark = [pytest.mark.pbx, pytest.mark.call]

OPEN, NIGHT = "2027-03-16 10:42", "2027-03-16 20:00"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running_demo(tmp_path_factory.mktemp("demo")) as made:
        yield made


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
        samples((await supervisor("GET", f"/objects/{ref}/audio/prompt")).body)
        for ref in ("menu/huvudmeny", "announcement/nattmeddelande")
    ]
    assert await hears(demo, OPEN, menu) > 0.8
    assert await hears(demo, NIGHT, night) > 0.8
    assert await hears(demo, NIGHT, menu) < 0.5
    closed = await supervisor(
        "POST", "/objects/schedule/kundtjanst/overrides", {"from": "2027-03-16", "to": "2027-03-16", "hours": []}
    )
    assert closed.body["change"]["state"] == "live"
    assert await hears(demo, OPEN, night) > 0.8
    undone = await supervisor("POST", f"/changes/{closed.body['change']['id']}/undo")
    assert undone.body["change"]["state"] == "live"
    assert await hears(demo, OPEN, menu) > 0.8


async def test_its_agents_are_in_the_pbx_and_without_callers_nobody_is_at_their_phones(demo: Running) -> None:
    """So that no call rings where nobody can hear it; whoever tries the demo adds an agent of theirs, as below."""
    shown = await _cli(demo, "queue show vx-kundservice")
    assert [shown.count(f"(PJSIP/{n})") for n in (*range(201, 209), *range(211, 217))] == [0] * 8 + [1] * 6
    assert (shown.count("(Unavailable)"), shown.count("(paused:")) == (6, 1)
    status, said = await demo.command("lint")
    assert (status, said) == (0, "")


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
    storm = samples((await admin("GET", "/objects/announcement/storavbrott/audio/prompt")).body)
    sip = demo.told["sip"]["host"], demo.told["sip"]["port"]
    me = next(p for p in demo.told["phones"] if p["extension"] == "204")
    (code,) = demo.told["codes"]
    assert await hears(demo, OPEN, storm, "+46980319240") < 0.5
    seen = []
    for _ in range(2):
        async with await Phone.register(*sip, "204", me["password"]) as phone, await phone.dial(code["code"]) as call:
            await call.answered(5)
            await asyncio.sleep(1)
            await call.press(f"{code['pin']}#")
            await call.ended(10)
        seen.append((await admin("GET", f"/objects/{code['object']}")).body["spec"]["position"]["at"])
        if seen == ["emergency"]:
            assert await hears(demo, OPEN, storm, "+46980319240") > 0.8
            change = (await admin("GET", f"/changes?object={code['object']}")).body[0]
            assert (change["origin"], change["actor"]["name"]) == ("phone", "Erik Sandström")
    assert seen == ["emergency", "normal"]
    assert await hears(demo, OPEN, storm, "+46980319240") < 0.5


async def test_commands_speak_to_the_running_demo(demo: Running) -> None:
    status, said = await demo.command("check")
    assert status == 0, said
    status, said = await demo.command("apply", "--dry-run")
    assert (status, said) == (0, "")
    status, said = await demo.command("apply")
    assert (status, said.count("\n"), "stop it first. Nothing was changed" in said) == (1, 1, True), said
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
    night = samples((await supervisor("GET", "/objects/announcement/nattmeddelande/audio/prompt")).body)
    await _cli(demo, "core stop now")
    await _until(demo, ready=False)
    await _until(demo, ready=True)
    assert await hears(demo, NIGHT, night) > 0.8
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
