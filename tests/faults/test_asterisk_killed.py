"""SIGKILL of Asterisk while an application is under way."""

from __future__ import annotations

import asyncio

from tests.faults.rows import MARKS, Rows, chance
from tests.faults.stand import EVERY, Stand

pytestmark = MARKS

#: What is asked of Asterisk in an application: it dies as one of these is on its way to it.
_ASKED = (b"GetConfig", b"Reload", b"QueueReload", b"VoicemailReload", b"ShowDialPlan", b"QueueStatus", b"DBPut")


async def test_in_mid_apply(rows: Rows) -> None:
    row = "Asterisk killed in mid-apply"

    async def once(here: Stand, number: int) -> float:
        draw = chance(row, number)
        dead = asyncio.Event()
        killers: list[asyncio.Task[None]] = []

        async def kill(after: float = 0) -> None:
            await asyncio.sleep(after)
            await here.pbx.kill()
            dead.set()

        def at_its_action(message: bytes) -> bytes:
            if not killers and message.startswith(b"Action: " + draw_from):
                killers.append(asyncio.create_task(kill(draw.uniform(0, 0.01))))
            return message

        draw_from = draw.choice(_ASKED)
        here.proxy.up.rule = at_its_action
        saves = asyncio.create_task(here.save(*EVERY, *EVERY))
        await asyncio.sleep(0.5)
        if not killers:  # nothing of the kind was asked
            killers.append(asyncio.create_task(kill()))
        await dead.wait()
        here.proxy.mend()
        await asyncio.sleep(draw.uniform(0, 1))
        await here.pbx.start()
        took = await here.agrees()
        await saves
        return took

    await rows.run(row, once)
