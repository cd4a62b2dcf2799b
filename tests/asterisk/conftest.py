"""A fake PBX, and a connection to it with limits short enough for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio

from tests.asterisk.fake_ami import FakeAmi
from vaxelflode.asterisk import AmiConnection, Limits

QUICK = Limits(
    connect=1,
    login=0.3,
    booted=0.5,
    ping_every=0.1,
    ping_answer=0.2,
    retry_first=0.02,
    retry_most=0.1,
    retry_refused=0.1,
    message_bytes=64 * 1024,
    pending_actions=8,
    list_items=100,
    list_bytes=128 * 1024,
    queued_events=50,
    queued_bytes=16 * 1024,
)


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeAmi]:
    """A PBX that behaves until it is told otherwise."""
    async with FakeAmi() as server:
        yield server


#: Without pings, whose answers would tell that an answer before them was lost.
CALM = replace(QUICK, ping_every=60)


@pytest_asyncio.fixture
async def ami(fake: FakeAmi) -> AsyncIterator[AmiConnection]:
    """Connected to ``fake``."""
    async with AmiConnection(fake.account, QUICK) as connection:
        await connection.wait_connected(2)
        yield connection


@pytest_asyncio.fixture
async def calm(fake: FakeAmi) -> AsyncIterator[AmiConnection]:
    """Connected to ``fake``, for what is answered late, in another order or not at all."""
    async with AmiConnection(fake.account, CALM) as connection:
        await connection.wait_connected(2)
        yield connection
