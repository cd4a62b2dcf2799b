"""Waiting for what no event tells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(done: Callable[[], bool], limit: float = 5.0) -> None:
    """Return once ``done()`` is true; TimeoutError after ``limit`` seconds."""
    async with asyncio.timeout(limit):
        while not done():  # noqa: ASYNC110 - a condition of the fake's, without an event
            await asyncio.sleep(0.005)
