"""Two hundred calls, fifty in each stage, while a hundred revisions go live: none jumps a step, none is hung up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crowd.calls import calls_while_revisions
from vaxelflode.demo.choose import choose

pytestmark = [pytest.mark.pbx, pytest.mark.call]


@pytest.mark.timeout(900)
async def test_two_hundred_calls_live_through_a_hundred_revisions(tmp_path: Path) -> None:
    maker = await choose(tmp_path / "asterisk")
    async with maker(tmp_path / "pbx") as pbx:
        met = await calls_while_revisions(pbx, tmp_path / "data", share=1, revisions=100, seconds=60, long=100)
    print(f"\n{met.told()}", *met.faults, sep="\n")
    assert not met.faults
    assert met.calls == 200
    assert met.revisions == 100
    assert met.before == met.after
