"""A bad line to the PBX, and a PBX that is busy with somebody else's reload."""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.rows import MARKS, RUN, Rows, chance
from tests.faults.stand import EVERY, Stand
from tests.real_asterisk.test_proxied_plane import FAULTS
from vaxelflode.errors import PbxError

pytestmark = MARKS

#: Those that are repeated on the whole company; of cuts there are three.
ROWS = {
    "AMI cut": ("cut before the reload", "cut after the reload", "half open"),
    "AMI delayed": ("delayed",),
    "AMI one byte at a time": ("one byte at a time",),
    "AMI garbled": ("garbled",),
    "AMI silent": ("silent",),
    "AMI forged events": ("forged",),
}
#: Seconds that it stays so, at most; what is silent is noticed by a ping that nobody answers.
_LASTS = {"AMI silent": 15.0, "AMI garbled": 3.0, "AMI cut": 0.5}


@pytest.mark.parametrize("row", ROWS)
async def test_a_bad_line(rows: Rows, row: str) -> None:
    async def once(here: Stand, number: int) -> float:
        draw = chance(row, number)
        here.may_refuse = row == "AMI garbled"
        fault = ROWS[row][number % len(ROWS[row])]
        begin, _ = FAULTS[fault]
        begin(here.proxy)
        saves = asyncio.create_task(here.save(*draw.sample(EVERY, 3)))
        await asyncio.sleep(draw.uniform(0, _LASTS.get(row, 0)))
        if row not in _LASTS:
            await saves
        here.proxy.mend()
        took = await here.agrees()
        await saves
        return took

    await rows.run(row, once, side_by_side=6 if row == "AMI silent" else 3)


async def test_reload_busy(rows: Rows) -> None:
    row = "reload busy"
    refusals = 0

    async def once(here: Stand, number: int) -> float:
        nonlocal refusals
        ended = asyncio.Event()

        async def reload() -> None:
            while not ended.is_set():
                try:
                    await here.pbx.cli("module reload")
                except PbxError:
                    continue

        here.proxy.down.passed.clear()
        async with asyncio.TaskGroup() as others:
            for _ in range(2):
                others.create_task(reload())
            saves = asyncio.create_task(here.save(*EVERY))
            await asyncio.sleep(chance(row, number).uniform(0.5, 2))
            ended.set()
        took = await here.agrees()
        await saves
        refusals += sum(b"A reload is in progress" in message for message in here.proxy.down.passed)
        return took

    await rows.run(row, once)
    if RUN.part >= 1:  # it takes some luck
        assert refusals, "nobody was ever told to wait"
