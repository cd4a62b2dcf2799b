"""What is written down of a node's connections: four words, since when and why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from tests.applying.conftest import World
from tests.asterisk.conftest import QUICK
from tests.asterisk.fake_ami import FakeAmi
from tests.asterisk.waiting import until
from vaxelflode.applying import standing
from vaxelflode.applying.standing import Standing
from vaxelflode.asterisk import AmiAccount, AmiConnection
from vaxelflode.storage import nodes

LIVE, APPLY = "vx-live", "vx-apply"


class Row:
    """What is written down of the node."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self) -> dict[str, Any]:
        async with self._world.database.read() as db:
            found = await nodes.listed(db, applications=0)
        return found[0] if found else {}

    async def becomes(self, word: str, states: str) -> dict[str, str]:
        """Wait for the node's word and the accounts' states; the reasons by account."""
        found: dict[str, Any] = {}
        async with asyncio.timeout(10):
            while (found.get("connection"), self._states(found)) != (word, states):
                await asyncio.sleep(0.01)
                found = await self()
        return {one["account"]: one["reason"] for one in found["accounts"]}

    def _states(self, found: dict[str, Any]) -> str:
        return " ".join(one["state"] for one in found.get("accounts", []))


@asynccontextmanager
async def _standing(world: World, fake: FakeAmi) -> AsyncIterator[Row]:
    """Both accounts, and what is written down of them, until the block ends."""
    live, apply = (AmiConnection(_account(fake, name), QUICK) for name in (LIVE, APPLY))
    reporter = Standing(world.database, (live, apply), "here", lambda: world.now)
    async with live, apply:
        task = asyncio.create_task(reporter.run())
        try:
            yield Row(world)
        finally:
            task.cancel()
            await asyncio.wait([task])


def _account(fake: FakeAmi, name: str) -> AmiAccount:
    return AmiAccount("127.0.0.1", fake.port, name, fake.account.secret)


async def test_the_four_words_come_through_with_their_reasons(world: World) -> None:
    async with FakeAmi() as fake:
        fake.booted = False
        async with _standing(world, fake) as row:
            await row.becomes("booting", "booting booting")
            fake.booted = True
            fake.cut_all()
            await row.becomes("connected", "connected connected")
            assert (await row())["reported_at"] == world.now
            await fake.stop()
            reasons = await row.becomes("lost", "lost lost")
            assert set(reasons) == {LIVE, APPLY}
            fake.secret = "another"
            await fake.start()
            reasons = await row.becomes("refused", "refused refused")
            assert "refuses account vx-apply" in reasons[APPLY]
            assert fake.account.secret not in str(await row())


async def test_the_worse_account_gives_the_word(world: World) -> None:
    async with FakeAmi() as fake:
        good = fake.answers["Login"]

        async def choosy(session: Any, fields: dict[str, str]) -> None:
            if fields["Username"] == APPLY:
                fields = fields | {"Secret": "wrong"}
            await good(session, fields)

        fake.answers["Login"] = choosy
        async with _standing(world, fake) as row:
            await row.becomes("refused", "connected refused")


async def test_a_node_that_is_stopped_says_so(world: World) -> None:
    async with FakeAmi() as fake:
        async with _standing(world, fake) as row:
            await row.becomes("connected", "connected connected")
        reasons = await row.becomes("lost", "lost lost")
        assert reasons == {LIVE: "the node was stopped", APPLY: "the node was stopped"}


async def test_nothing_is_written_while_nothing_changes(world: World) -> None:
    async with FakeAmi() as fake, _standing(world, fake) as row:
        await row.becomes("connected", "connected connected")
        written = (await row())["reported_at"]
        world.now = world.now.replace(hour=13)
        for _ in range(5):
            pings = len(fake.heard("Ping"))
            await until(lambda pings=pings: len(fake.heard("Ping")) > pings)  # type: ignore[misc]
        assert (await row())["reported_at"] == written


async def test_what_the_database_refused_is_written_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "RETRY_AFTER", 0.05)

    async def rename(old: str, new: str) -> None:
        async with world.database.write() as db:
            await db.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    async with FakeAmi() as fake, _standing(world, fake) as row:
        await row.becomes("connected", "connected connected")
        await rename("nodes", "elsewhere")
        await fake.stop()
        await asyncio.sleep(0.2)
        await rename("elsewhere", "nodes")
        await row.becomes("lost", "lost lost")
