"""SIGKILL of the control plane: at every named point, and at any instant, also of its start."""

from __future__ import annotations

import asyncio

from tests.faults.points import IN_THE_RESTORE, POINTS, Order
from tests.faults.rows import MARKS, RUN, Rows, chance
from tests.faults.stand import EVERY, Stand, give

pytestmark = MARKS

#: Each point, and at each the PBX that stays up and the one that is killed too.
EACH = [(Order(at=point), too) for too in (False, True) for point in POINTS]
EACH += [
    (Order(at=point, turn=turn, spoil=True), too) for too in (False, True) for point, turn in IN_THE_RESTORE.items()
]


async def test_at_every_named_point(rows: Rows) -> None:
    chosen = EACH if RUN.part >= 1 else chance("points", 0).sample(EACH, RUN.count(len(EACH), 4))

    async def once(here: Stand, number: int) -> float:
        order, pbx_too = chosen[number]
        here.may_refuse = order.spoil
        give(here, order)  # what is spoiled is the dialplan: a save that leaves it as it is would not be refused
        saves = asyncio.create_task(here.save(*(EVERY[:1] if order.spoil else EVERY)))
        await here.died()
        await saves
        give(here, Order())
        if pbx_too:
            await here.pbx.kill()
            await asyncio.gather(here.pbx.start(), here.start())
        else:
            await here.start()
        return await here.agrees()

    await rows.run("control plane killed at a named point", once, whole=len(EACH), least=len(chosen))


async def test_at_any_instant(rows: Rows) -> None:
    row = "control plane killed at any instant"

    async def once(here: Stand, number: int) -> float:
        draw = chance(row, number)
        saves = asyncio.create_task(here.save(*EVERY, *EVERY))
        await asyncio.sleep(draw.uniform(0, 0.4))
        await here.kill()
        await saves
        if number % 2:
            started = asyncio.create_task(here.start())
            await asyncio.sleep(draw.uniform(0.5, 3))
            started.cancel()
            await asyncio.wait([started])
            await here.kill()
        await here.start()
        return await here.agrees()

    await rows.run(row, once)
