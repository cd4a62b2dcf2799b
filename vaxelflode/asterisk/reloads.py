"""Reloading one module. `Success` proves nothing about what was loaded: read it back."""

from __future__ import annotations

import asyncio

from vaxelflode.asterisk.backoff import Backoff
from vaxelflode.asterisk.names import module_name
from vaxelflode.asterisk.port import Ami
from vaxelflode.errors import PbxRefused

RELOAD_LIMIT = 60.0  # the answer comes when the reload is done: 17 s were seen for 30,000 badly shaped flows
BUSY = "A reload is in progress"


class ReloadBusy(PbxRefused):
    """Another reload runs; Asterisk has one lock for all. Nothing was reloaded: try again."""

    key = "pbx_reload_busy"


async def reload_module(ami: Ami, module: str, limit: float = RELOAD_LIMIT) -> None:
    """Reload one module and return when it has been; ReloadBusy, PbxRefused, PbxUnavailable. Needs write=system."""
    try:
        await ami.request("Reload", {"Module": module_name(module)}, limit)
    except PbxRefused as err:
        if err.message == BUSY:
            raise ReloadBusy(err.message, module=module) from err
        raise


async def reload_when_free(ami: Ami, module: str, limit: float = RELOAD_LIMIT) -> None:
    """As `reload_module`, but waits for its turn; ReloadBusy when there was none within `limit` seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + limit
    backoff = Backoff(0.01, 0.5)
    while True:
        try:
            await reload_module(ami, module, max(0.1, end - loop.time()))
        except ReloadBusy:
            delay = backoff.delay()
            if loop.time() + delay >= end:
                raise
            await asyncio.sleep(delay)
        else:
            return
