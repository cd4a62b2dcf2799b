"""Fifty editors at once on twenty objects for a minute: no update is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crowd.meeting import editors_minute
from vaxelflode.demo.choose import choose

pytestmark = pytest.mark.pbx


@pytest.mark.timeout(300)
async def test_fifty_editors_for_a_minute(tmp_path: Path) -> None:
    maker = await choose(tmp_path / "asterisk")
    async with maker(tmp_path / "pbx") as pbx:
        minute = await editors_minute(pbx, tmp_path / "data", seconds=60)
    print(f"\n50 editors, 20 objects, 60 s: {minute.told()}")
    assert not minute.faults, "\n".join(minute.faults)
    assert max(minute.reloads.values()) <= minute.batches
