"""What stands in the way of serving: one clear line at the start, or on /readyz until it is mended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

import aiohttp
import pytest

from tests.real_asterisk.conftest import PbxFactory
from tests.real_asterisk.town import settings_of
from vaxelflode.demo.pbx import Pbx

pytestmark = pytest.mark.pbx

COMMAND = (sys.executable, "-m", "vaxelflode")


def environment_of(pbx: Pbx, folder: Path, **more: str) -> dict[str, str]:
    """The settings of a control plane for ``pbx`` as the environment carries them."""
    settings = settings_of(pbx, folder)
    names = ("data_dir", "listen", "ami_port", "asterisk_config_dir", "asterisk_config_path", "asterisk_sounds_dir")
    said = {name: str(getattr(settings, name)) for name in names}
    said |= {"ami_live_secret": pbx.ami.live.secret, "ami_apply_secret": pbx.ami.apply.secret}
    said |= {"asterisk_sounds_path": settings.sounds_path, "database_url": settings.database}
    own = {f"VAXELFLODE_{name.upper()}": value for name, value in (said | more).items()}
    return {k: v for k, v in os.environ.items() if not k.startswith("VAXELFLODE_")} | own


async def fails(environment: dict[str, str], *arguments: str) -> str:
    """The one line that a command that fails at once says."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1, said.decode()
    lines = [line for line in said.decode().splitlines() if line.startswith("vaxelflode: ")]
    assert len(lines) == 1, said.decode()
    assert "Traceback" not in said.decode()
    return lines[0]


@asynccontextmanager
async def serving(
    environment: dict[str, str], log: IO[bytes] | int = asyncio.subprocess.DEVNULL
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`vaxelflode serve` in a process of its own; ``log`` is where it writes its log."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "serve", env=environment, stdout=asyncio.subprocess.PIPE, stderr=log
    )
    assert process.stdout is not None
    try:
        assert (await asyncio.wait_for(process.stdout.readline(), 30)).startswith(b"serving on ")
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def _ready(environment: dict[str, str]) -> tuple[int, dict[str, Any]]:
    async with (
        aiohttp.ClientSession(f"http://{environment['VAXELFLODE_LISTEN']}") as session,
        session.get("/readyz") as answer,
    ):
        return answer.status, await answer.json()


async def until_ready(environment: dict[str, str], status: int = 200, limit: float = 20) -> dict[str, Any]:
    """Wait for what ``/readyz`` says with this status."""
    said: dict[str, Any] = {}
    for _ in range(round(limit * 10)):
        found, said = await _ready(environment)
        if found == status:
            return said
        await asyncio.sleep(0.1)
    pytest.fail(f"not {status} after {limit} s: {said}")


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("listen", "nowhere", "VAXELFLODE_LISTEN"),
        ("ami_port", "many", "VAXELFLODE_AMI_PORT"),
        ("prefix", "Vx!", "VAXELFLODE_PREFIX"),
        ("database_url", "nosuch://", "VAXELFLODE_DATABASE_URL"),
        ("ami_apply_secret", "", "VAXELFLODE_AMI_APPLY_SECRET"),
        ("asterisk_config_dir", "/proc/nowhere", "VAXELFLODE_ASTERISK_CONFIG_DIR"),
        ("colour", "green", "VAXELFLODE_COLOUR"),
    ],
)
async def test_a_bad_setting_stops_the_start_and_is_named(
    pbx: Pbx, tmp_path: Path, name: str, value: str, word: str
) -> None:
    assert word in await fails(environment_of(pbx, tmp_path, **{name: value}), "serve")


async def test_a_taken_port_stops_the_start_and_is_named(pbx_factory: PbxFactory, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        line = await fails(environment_of(pbx_factory(), tmp_path, listen=where), "serve")
    assert "VAXELFLODE_LISTEN" in line
    assert where in line


async def test_without_asterisk_serve_says_so_and_mends_it_when_asterisk_comes(
    pbx_factory: PbxFactory, tmp_path: Path
) -> None:
    pbx = pbx_factory()
    environment = environment_of(pbx, tmp_path / "data")
    async with serving(environment):
        said = await until_ready(environment, 503)
        assert set(said["trouble"]) == {"ami_live", "ami_apply", "applier"}
        await pbx.start()
        await until_ready(environment)
        await pbx.kill()
        await until_ready(environment, 503)
        await pbx.start()
        await until_ready(environment)


async def test_a_wrong_ami_secret_is_shown_as_refused(pbx: Pbx, tmp_path: Path) -> None:
    environment = environment_of(pbx, tmp_path, ami_apply_secret="not-the-secret")
    async with serving(environment):
        said: dict[str, Any] = {}
        for _ in range(100):
            said = (await _ready(environment))[1]["trouble"]
            if "refused" in said.get("ami_apply", ""):
                break
            await asyncio.sleep(0.1)
        assert said["ami_apply"].startswith("refused since ")
        assert "vx-apply" not in str(said), "who asks is nobody in particular"
    assert "refuses account vx-apply" in await fails(environment, "apply")


async def test_two_appliers_never_share_a_directory(pbx: Pbx, tmp_path: Path) -> None:
    first = environment_of(pbx, tmp_path / "first")
    async with serving(first):
        line = await fails(environment_of(pbx, tmp_path / "second"), "serve")
    assert "another control plane" in line


async def test_check_and_apply_agree_with_what_is_live(pbx_factory: PbxFactory, tmp_path: Path) -> None:
    pbx = pbx_factory()
    await pbx.start()
    environment = environment_of(pbx, tmp_path / "data")
    assert "nothing has been published" in await _output(environment, 1, "check")
    assert "[vx-incoming]" in await _output(environment, 0, "apply", "--dry-run")
    assert "is live" in await _output(environment, 0, "apply")
    assert await _output(environment, 0, "apply", "--dry-run") == ""
    assert "DIFFERS" not in await _output(environment, 0, "check")
    file = pbx.generated / "current" / "extensions.conf"
    file.write_text(file.read_text().replace("Hangup(1)", "Hangup(2)"))
    assert "DIFFERS" in await _output(environment, 1, "check")
    assert "is live" in await _output(environment, 0, "apply")
    assert "DIFFERS" not in await _output(environment, 0, "check")


async def _output(environment: dict[str, str], status: int, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, errors = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == status, (said + errors).decode()
    return said.decode()
