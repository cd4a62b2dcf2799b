"""Whoever notices is told of everything that pages show: also of what becomes of a change, and of how the PBX is."""

from __future__ import annotations

import datetime as dt

from tests.rendering.making import thing
from tests.storage.conftest import NOW
from tests.storage.test_changes import change
from vaxelflode.storage import changes, nodes, objects
from vaxelflode.storage.database import Database, Transaction


async def begun(db: Transaction) -> None:
    await objects.save(db, thing("menu/a"), await objects.next_revision(db, NOW))
    await changes.add(db, change(1), {"settings": 1})


async def settled(db: Transaction) -> None:
    await changes.settle(db, [change(1).id], "live", NOW, live_ms=7)


async def reported(db: Transaction) -> None:
    await nodes.report_connection(db, "here", NOW, "connected", [])


async def lost(db: Transaction) -> None:
    await nodes.report_connection(db, "here", NOW + dt.timedelta(seconds=1), "lost", [])


async def test_each_thing_that_is_written_is_noticed_once(database: Database) -> None:
    async with database.noticing() as look:
        seen = await look()
        for step in (begun, settled, reported, lost):
            async with database.write() as db:
                await step(db)
            found = await look()
            assert found != seen, step.__name__
            assert await look() == found, step.__name__
            seen = found
