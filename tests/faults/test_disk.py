"""A disk that is full or may not be written: the configuration's, and the database's."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from tests.faults.rows import MARKS, Rows, chance
from tests.faults.stand import EVERY, Stand, run

pytestmark = MARKS

_BLOCK = 4096
#: Seconds that it lasts, at most.
_LASTS = 4.0


def _require_mounts(here: Stand) -> None:
    if not here.mounted:
        pytest.skip("file systems of the test's own need root, and Asterisk in a root file system")


@contextmanager
def full(folder: Path, leaving: int) -> Iterator[None]:
    """The file system of ``folder`` has room for ``leaving`` blocks and no more."""
    ballast = folder / ".ballast"
    with ballast.open("wb", buffering=0) as file:
        size = 0
        with contextlib.suppress(OSError):
            while True:
                size += file.write(bytes(_BLOCK))
        os.truncate(ballast, max(0, size - leaving * _BLOCK))
    try:
        yield
    finally:
        ballast.unlink()


@asynccontextmanager
async def read_only(folder: Path) -> AsyncIterator[None]:
    """Whoever comes to ``folder`` may read there; what is open stays so."""
    await run("mount", "--bind", str(folder), str(folder))
    try:
        await run("mount", "-o", "remount,bind,ro", str(folder))
        yield
    finally:
        await run("umount", "--lazy", str(folder))


async def test_configuration_full(rows: Rows) -> None:
    row = "disk full: configuration"

    async def once(here: Stand, number: int) -> float:
        _require_mounts(here)
        draw = chance(row, number)
        with full(here.pbx.etc, draw.choice((0, 0, 1, 2, 4, 8, 16))):
            saves = asyncio.create_task(here.save(*EVERY))
            await asyncio.sleep(draw.uniform(0.2, _LASTS))
        took = await here.agrees()
        await saves
        return took

    await rows.run(row, once, side_by_side=4)


async def test_database_full(rows: Rows) -> None:
    row = "disk full: database"

    async def once(here: Stand, number: int) -> float:
        _require_mounts(here)
        draw = chance(row, number)
        with full(here.folder / "data", draw.choice((0, 0, 1, 2, 4, 8, 16, 32))):
            for _ in range(3):
                await here.save(*EVERY)
            await asyncio.sleep(draw.uniform(0, _LASTS))
        await here.save("override")
        return await here.agrees()

    await rows.run(row, once, side_by_side=4)


async def test_configuration_read_only(rows: Rows) -> None:
    row = "directory read-only"

    async def once(here: Stand, number: int) -> float:
        _require_mounts(here)
        draw = chance(row, number)
        async with read_only(here.pbx.generated):
            with pytest.raises(OSError, match="Read-only") as refused:
                (here.pbx.generated / "probe").touch()
            assert refused.value.errno == errno.EROFS
            saves = asyncio.create_task(here.save(*EVERY))
            await asyncio.sleep(draw.uniform(0.2, _LASTS))
            status, trouble = await here.ready()
            assert (status, [*trouble]) == (503, ["applier"]), trouble
            assert "Read-only" in trouble["applier"]
        took = await here.agrees()
        assert all(save.said in ("pending", "live") for save in await saves)
        return took

    await rows.run(row, once, side_by_side=4)
