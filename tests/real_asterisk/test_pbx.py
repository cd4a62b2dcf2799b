"""The Asterisk that the demo and the tests run in: it boots clean, alone, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.real_asterisk.conftest import PbxFactory
from vaxelflode.demo.base_conf import PHONES
from vaxelflode.demo.choose import choose
from vaxelflode.demo.pbx import Pbx
from vaxelflode.errors import PbxError, SettingError
from vaxelflode.resources import resource_dir

pytestmark = pytest.mark.pbx


_OWNER = """
import asyncio, json, sys
from pathlib import Path
from vaxelflode.demo.choose import choose

async def main(home: Path) -> None:
    pbx = (await choose(home))(home)
    await pbx.start()
    print(json.dumps({"ami": pbx.ami.port}), flush=True)
    await asyncio.sleep(60)

asyncio.run(main(Path(sys.argv[1])))
"""


def _listed_modules() -> set[str]:
    text = (resource_dir("asterisk_conf") / "modules.conf").read_text()
    return set(re.findall(r"^load = (\S+)$", text, re.MULTILINE))


def _processes_in(home: Path) -> list[str]:
    """Command lines of processes that name ``home``, or have a file of it mounted or open as their own."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text() + (process / "mountinfo").read_text()
        except OSError:
            continue  # it ended while we looked
        if str(home) in words:
            found.append(words[:200])
    return found


async def test_greets_and_is_booted(pbx: Pbx) -> None:
    assert pbx.alive
    reader, writer = await asyncio.open_connection(pbx.ami.host, pbx.ami.port)
    greeting = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    assert greeting.startswith(b"Asterisk Call Manager/")
    assert "Asterisk 22." in await pbx.cli("core show version")


async def test_only_the_listed_modules_are_loaded_and_all_run(pbx: Pbx) -> None:
    shown = await pbx.cli("module show")
    modules = re.findall(r"^(\S+\.so) .*? (Not Running|Running) ", shown, re.MULTILINE)
    assert {name for name, state in modules if state == "Running"} == _listed_modules()
    assert [name for name, state in modules if state != "Running"] == []


async def test_boots_without_a_complaint_and_without_generated_files(pbx_factory: PbxFactory) -> None:
    pbx = pbx_factory()
    await pbx.start()
    assert not (pbx.generated / "current").exists()
    log = (pbx.log_dir / "messages").read_text()
    assert re.findall(r"^.*\b(?:WARNING|ERROR)\[.*$", log, re.MULTILINE) == []


async def test_a_plain_box_has_neither_phones_nor_the_open_trunk(pbx_factory: PbxFactory) -> None:
    pbx = pbx_factory(demo=False)
    await pbx.start()
    assert "No objects found" in await pbx.cli("pjsip show endpoints")
    assert "vx-demo" not in await pbx.cli("dialplan show")


async def test_demo_phones_and_trunk_are_there(pbx: Pbx) -> None:
    shown = await pbx.cli("pjsip show endpoints")
    assert set(re.findall(r"InAuth:  vx-demo-(\d+)/", shown)) == set(PHONES)
    assert "vx-demo-trunk-address/vx-demo-trunk" in shown


async def test_generated_files_are_taken_in(pbx_factory: PbxFactory) -> None:
    pbx = pbx_factory()
    await pbx.start()
    release = pbx.generated / "releases" / "1"
    release.mkdir()
    (release / "extensions.conf").write_text("[vx-revision]\nexten => 1-abc,1,NoOp\n")
    (pbx.generated / "current").symlink_to("releases/1")
    await pbx.cli("dialplan reload")
    assert "1-abc" in await pbx.cli("dialplan show vx-revision")
    await pbx.restart()
    assert "1-abc" in await pbx.cli("dialplan show vx-revision")


async def test_waiting_is_audible_before_anybody_uploads_music(pbx: Pbx) -> None:
    assert re.search(r"Class: default\n\s+File: \S+", await pbx.cli("moh show files"))


async def test_two_instances_live_side_by_side(pbx: Pbx, pbx_factory: PbxFactory) -> None:
    other = pbx_factory()
    await other.start()
    await pbx.cli("database put side one here")
    assert "not found" in await other.cli("database get side one")
    assert "Value: here" in await pbx.cli("database get side one")
    await pbx.cli("database del side one")
    await other.stop()
    assert pbx.alive
    assert "Asterisk 22." in await pbx.cli("core show version")


async def test_stop_leaves_nothing_and_may_be_called_twice(pbx_factory: PbxFactory) -> None:
    pbx = pbx_factory()
    await pbx.start()
    assert _processes_in(pbx.home) != []
    await pbx.stop()
    await pbx.stop()
    assert not pbx.alive
    assert _processes_in(pbx.home) == []
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(pbx.ami.host, pbx.ami.port)


async def test_a_killed_asterisk_is_noticed_and_starts_again(pbx_factory: PbxFactory) -> None:
    pbx = pbx_factory()
    await pbx.start()
    noticed = asyncio.create_task(pbx.wait_died())
    await pbx.kill()
    await asyncio.wait_for(noticed, 5)
    assert not pbx.alive
    assert _processes_in(pbx.home) == []
    await pbx.start()
    assert pbx.alive


@pytest.mark.parametrize(
    ("kind", "port_name", "setting"),
    [
        (socket.SOCK_DGRAM, "sip_port", "--sip-port"),
        (socket.SOCK_STREAM, "ami_port", "AMI"),
        (socket.SOCK_STREAM, "ari_port", "ARI"),
    ],
)
async def test_a_taken_port_is_refused_by_name(
    pbx_factory: PbxFactory, kind: socket.SocketKind, port_name: str, setting: str
) -> None:
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        port = holder.getsockname()[1]
        pbx = pbx_factory(**{port_name: port})
        with pytest.raises(PbxError, match=f"port {port}/.*{setting}"):
            await pbx.start()
    assert not pbx.alive


async def test_an_asterisk_that_cannot_start_says_why_in_one_line(pbx_factory: PbxFactory) -> None:
    pbx = pbx_factory()
    (pbx.home / "lib" / "astdb.sqlite3").mkdir(parents=True)  # a database that cannot be opened
    with pytest.raises(PbxError, match="ended while starting") as caught:
        await pbx.start()
    assert "database" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not pbx.alive
    assert _processes_in(pbx.home) == []


async def test_secrets_are_kept_from_others(pbx: Pbx) -> None:
    assert pbx.home.stat().st_mode & 0o077 == 0
    for path in (pbx.etc / "local").iterdir():
        assert path.stat().st_mode & 0o007 == 0
    assert pbx.ami.apply.secret not in repr(pbx.secrets)


async def test_asterisk_ends_when_its_owner_is_killed(pbx: Pbx, tmp_path: Path) -> None:
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _OWNER, str(tmp_path / "orphan")), stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    port = json.loads(await asyncio.wait_for(owner.stdout.readline(), 30))["ami"]
    owner.send_signal(signal.SIGKILL)
    await owner.wait()
    for _ in range(100):
        if not _processes_in(tmp_path / "orphan"):
            break
        await asyncio.sleep(0.1)
    assert _processes_in(tmp_path / "orphan") == []
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


def _broken_engines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("docker", "podman"):
        (folder / name).write_text("#!/bin/sh\necho 'no daemon here' >&2\nexit 125\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


async def test_an_engine_that_does_not_answer_is_passed_over_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _broken_engines(tmp_path, monkeypatch)
    monkeypatch.delenv("VAXELFLODE_PBX", raising=False)
    monkeypatch.setenv("VAXELFLODE_ASTERISK_ROOT", str(_pretended_root(tmp_path)))
    maker = await choose(tmp_path)
    assert type(maker(tmp_path / "home")).__name__ == "RootfsPbx"
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert "no daemon here" in told[0]


async def test_a_forced_way_that_does_not_work_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _broken_engines(tmp_path, monkeypatch)
    monkeypatch.setenv("VAXELFLODE_PBX", "container")
    with pytest.raises(PbxError, match=r"VAXELFLODE_PBX=container.*no daemon here"):
        await choose(tmp_path)
    monkeypatch.setenv("VAXELFLODE_PBX", "vm")
    with pytest.raises(SettingError, match="VAXELFLODE_PBX"):
        await choose(tmp_path)


async def test_a_named_root_without_asterisk_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAXELFLODE_PBX", "rootfs")
    monkeypatch.setenv("VAXELFLODE_ASTERISK_ROOT", str(tmp_path))
    with pytest.raises(PbxError, match="VAXELFLODE_ASTERISK_ROOT"):
        await choose(tmp_path)


def _pretended_root(folder: Path) -> Path:
    program = folder / "root" / "usr" / "sbin" / "asterisk"
    program.parent.mkdir(parents=True)
    program.touch()
    return folder / "root"
