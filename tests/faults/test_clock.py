"""The clock of the control plane jumps, forwards and back, over midnight, the year's end and the ends of tokens.

What Asterisk makes of an instant, and of the nights in which clocks are changed, is in ``tests/real_asterisk``.
"""

from __future__ import annotations

import asyncio

from tests.faults.points import Order
from tests.faults.rows import MARKS, Rows, chance
from tests.faults.stand import EVERY, Stand, give

pytestmark = MARKS

HOUR, DAY = 3600.0, 86400.0
JUMPS = (-400 * DAY, -31 * DAY, -DAY, -HOUR, -1.0, 1.0, HOUR, DAY, 31 * DAY, 366 * DAY)


async def test_clock_jumps(rows: Rows) -> None:
    row = "clock jumps"

    async def once(here: Stand, number: int) -> float:
        draw = chance(row, number)
        took = 0.0
        for ahead in (draw.choice(JUMPS), 0.0):
            saves = asyncio.create_task(here.save(*EVERY))
            await asyncio.sleep(draw.uniform(0, 0.1))
            give(here, Order(ahead=ahead))
            await saves
            await here.log_in()
            await here.save(*EVERY)
            took = max(took, await here.agrees())
        return took

    await rows.run(row, once)
