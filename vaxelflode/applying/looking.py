"""Looking again and again after what may have come apart: one loop for all who do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from vaxelflode.errors import PbxError
from vaxelflode.storage.database import StorageError

log = logging.getLogger(__name__)

#: Seconds between two looks, and until the next try where one was not possible.
LOOK_EVERY, RETRY_AFTER = 30.0, 2.0


async def look_again(what: str, once: Callable[[], Awaitable[None]], wake: asyncio.Event) -> None:
    """Call ``once`` until cancelled: every 30 seconds, when ``wake`` is set, and soon after it failed.

    A PBX or a database that does not answer, or says no, ends a look and never the one who looks.
    """
    told = ""
    while True:
        wake.clear()
        try:
            await once()
            pause = LOOK_EVERY
            told = ""
        except (PbxError, StorageError) as err:
            if err.message != told:
                log.info("cannot look after %s now: %s", what, err.message)
            told, pause = err.message, RETRY_AFTER
        try:
            async with asyncio.timeout(pause):  # wait_for may lose a cancellation that comes with the waking
                await wake.wait()
        except TimeoutError:
            continue
