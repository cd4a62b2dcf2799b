"""The demo in a process of its own, and ears for what it plays."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import numpy.typing as npt
import pytest

from tests.databases import CHOSEN, url_in
from tests.real_asterisk.town import Api, epoch
from tests.sip import UserAgent
from vaxelflode.demo.ports import free_port

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
            env=environment(self.folder),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), 30)
        return process.returncode or 0, said.decode()


def environment(folder: Path) -> dict[str, str]:
    """The demo keeps SQLite in its folder, unless somebody names another database to it and to its commands."""
    return dict(os.environ) | ({} if CHOSEN != "postgresql" else {"VAXELFLODE_DATABASE_URL": url_in(folder)})


@asynccontextmanager
async def running_demo(folder: Path) -> AsyncIterator[Running]:
    """Start it in a folder of its own, and see that all of it ends with the block."""
    ports = "--port", str(free_port("tcp")), "--sip-port", str(free_port("udp"))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vaxelflode", "demo", "--data-dir", str(folder), *ports, "--no-calls"),
        env=environment(folder),
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


def samples(wav: bytes) -> Sound:
    """The samples of a WAV file."""
    with wave.open(io.BytesIO(wav)) as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2").astype(np.int16)


def likeness(heard: Sound, prompt: Sound) -> float:
    """How well the first two spoken seconds of ``prompt`` stand somewhere in ``heard``: 1 is exactly."""
    piece = prompt[2400 : 2400 + 16000].astype(float)
    where = np.concatenate([heard.astype(float), np.zeros(len(piece))])
    size = 1 << (len(where) + len(piece)).bit_length()
    product = np.fft.irfft(np.fft.rfft(where, size) * np.conj(np.fft.rfft(piece, size)), size)[: len(heard)]
    sums = np.concatenate([[0.0], np.cumsum(where**2)])
    power = (sums[len(piece) :] - sums[: -len(piece)])[: len(heard)]
    return float(np.max(product / np.sqrt(np.maximum(power, 1.0) * np.sum(piece**2))))


async def hears(demo: Running, at: str | None, prompt: Sound, number: str = "+46101022290") -> float:
    """How much of ``prompt`` a caller hears, by the clock or at another instant."""
    sip = demo.told["sip"]["host"], demo.told["sip"]["port"]
    headers = {} if at is None else {"X-Test-Time": str(epoch(at))}
    async with (
        await UserAgent.create() as trunk,
        await trunk.call(number, sip, "+46701740601", headers=headers) as call,
    ):
        await call.answered(5)
        await asyncio.sleep(3.5)
        return likeness(call.audio, prompt)
