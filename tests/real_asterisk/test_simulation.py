"""What the simulation says is what a caller meets: call flows drawn at random, each with a real call to it.

The recorded sound and the telephone that rings are the oracle. ``VAXELFLODE_DRAWN_CALLS`` and ``VAXELFLODE_DRAWN_SEED``
draw more of them, or others. Where a call disagrees, its flow is written to a file, with the command that shows what
was expected.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.oracle import coverage
from tests.oracle.drawing import CALLERS, Drawing
from tests.oracle.exchange import Exchange, exchange, many_sounds
from tests.oracle.placing import place
from tests.oracle.plan import Plan
from tests.sip import CallError, Pacer
from vaxelflode.demo.choose import Maker
from vaxelflode.errors import VaxelflodeError

pytestmark = [pytest.mark.pbx, pytest.mark.call]

CALLS = int(os.environ.get("VAXELFLODE_DRAWN_CALLS", "520"))
SEED = int(os.environ.get("VAXELFLODE_DRAWN_SEED", "20270316"))
#: Plans in one company, and calls at once.
IN_ONE, AT_ONCE = 600, 30
#: How many calls must have gone through each exit, each rest, each end and each luck.
EACH = 6
#: How late a call may notice something, in seconds (a tone that pauses for as long is heard twice), and how often one
#: is placed that was later.
LATE, TIMES = 0.2, 3


def drawn(chance: Random, many: int) -> Iterator[Plan]:
    """Plans; what few calls have gone through is drawn rather than what many have, and long ways rather than short."""
    every = frozenset(coverage.wanted())
    counted: Counter[coverage.Cell] = Counter()
    n = 0
    while n < many:
        plan = Drawing(chance, n % IN_ONE).plan()
        if plan is None:
            continue
        cells = coverage.taken(plan) & every
        rare = any(counted[cell] < EACH + 2 for cell in cells)
        if rare or chance.random() < 0.07 * len(plan.simulation.steps):
            counted.update(cells)
            n += 1
            yield plan


async def disagreement(here: Exchange, plan: Plan, folder: Path) -> str | None:
    """Place a plan's call; what was otherwise than simulated, and how to see it again.

    When this process itself was late in the meantime, that proves nothing: then the call is placed again.
    """
    loop, found = asyncio.get_running_loop(), None
    for _ in range(TIMES):
        began = loop.time()
        found = await _disagreement(here, plan, folder)
        if found is None or Pacer.current().worst_since(began) < LATE:
            break
    return found


async def _disagreement(here: Exchange, plan: Plan, folder: Path) -> str | None:
    try:
        wanted, met, story = await place(here, plan)
        found = [*wanted.disagreements(met)]
    except (CallError, TimeoutError, VaxelflodeError) as err:
        found, story = [f"{type(err).__name__}: {err}"], ""
    if not found:
        return None
    file = folder / f"{plan.number}.json"
    file.write_text(plan.as_file())
    says = f"{' → '.join(plan.simulation.path)} ({plan.simulation.steps[-1].passage.why})"
    return "\n  ".join([f"+{plan.number}: {'; '.join(found)}", f"simulated: {says}", plan.command(file), story])


async def placed(maker: Maker, plans: Sequence[Plan], folder: Path) -> list[str]:
    """Place the calls of all plans in one company; the disagreements."""
    callers: asyncio.Queue[str] = asyncio.Queue()
    for caller in CALLERS[:AT_ONCE]:
        callers.put_nowait(caller)
    async with maker(folder / "pbx") as pbx:
        with many_sounds(pbx):
            async with exchange(pbx, [name for plan in plans for name in plan.endpoints]) as here:
                for plan in plans:
                    for ref, luck in plan.luck.items():
                        if (ref.kind, luck) == ("voicemail", "full"):
                            here.fill(ref.key, 100)
                await here.lay(*(o for plan in plans for o in plan.objects))

                async def one(plan: Plan) -> str | None:
                    caller = await callers.get()
                    try:
                        known = plan if plan.caller == "anonymous" else replace(plan, caller=caller)
                        return await disagreement(here, known, folder)
                    finally:
                        callers.put_nowait(caller)

                return [line for line in await asyncio.gather(*map(one, plans)) if line]


@pytest.mark.timeout(600 + 2 * CALLS)
async def test_calls_go_where_the_simulation_says(pbx_maker: Maker, tmp_path: Path) -> None:
    chance = Random(SEED)
    plans = [*drawn(chance, CALLS)]
    counted, began, found = coverage.count(plans), time.monotonic(), list[str]()
    for n, first in enumerate(range(0, len(plans), IN_ONE)):
        folder = tmp_path / str(n)
        folder.mkdir()
        found += await placed(pbx_maker, plans[first : first + IN_ONE], folder)
    seconds = time.monotonic() - began
    late = Pacer.current().worst_delay
    print(f"\nseed {SEED}: {len(plans)} calls in {seconds:.0f} s, at most {late:.2f} s late\n{coverage.table(counted)}")
    assert not found, f"seed {SEED}: {len(found)} of {len(plans)} calls disagree\n" + "\n".join(found)
    assert [cell for cell in coverage.wanted() if counted[cell] < EACH] == []
