"""Many at once: a few seconds of what `make crowd` does for a minute, and one bad change among twenty."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.crowd.calls import Outcome, calls_while_revisions
from tests.crowd.meeting import editors_minute
from tests.real_asterisk.conftest import PbxFactory
from tests.real_asterisk.town import Answer, Api, Town, town
from vaxelflode.applying.node import AmiPbx
from vaxelflode.demo.choose import Maker

pytestmark = pytest.mark.pbx

#: What the bad change asks for; Asterisk is made to choke on it.
POISON = 59
#: Seconds after which a harness is late, and how often calls are placed at most until it is not.
LATE, TIMES = 0.2, 3
#: How long what is kept waiting may wait, in seconds, on a busy machine.
PATIENCE = 60.0
TOGETHER, BAD_ONE = 20, 2


async def test_no_update_is_lost_where_fifty_edit_at_once(pbx_factory: PbxFactory, tmp_path: Path) -> None:
    pbx = pbx_factory()
    await pbx.start()
    minute = await editors_minute(pbx, tmp_path / "data", seconds=5)
    assert not minute.faults, "\n".join(minute.faults)
    assert {200, 412} <= {e.status for e in minute.entries}, minute.told()
    assert 0 < max(minute.reloads.values()) <= minute.batches, minute.told()


@pytest.mark.call
@pytest.mark.timeout(120 * TIMES)
async def test_no_call_jumps_a_step_or_is_hung_up_while_revisions_go_live(
    pbx_factory: PbxFactory, tmp_path: Path
) -> None:
    """When this process itself was late in the meantime, that proves nothing: then the calls are placed again."""

    async def placed(n: int) -> Outcome:
        pbx = pbx_factory()
        await pbx.start()
        data = tmp_path / f"data-{n}"
        met = await calls_while_revisions(pbx, data, share=0.2, revisions=20, seconds=8, long=30, further=6)
        await pbx.stop()
        return met

    met, times = await placed(0), 1
    while met.faults and met.worst_delay >= LATE and times < TIMES:
        met, times = await placed(times), times + 1
    assert not met.faults, "\n".join((met.told(), *met.faults))
    assert (met.calls, met.revisions) == (40, 20)
    assert met.before == met.after


class Gate:
    """Asterisk's door: it can be kept shut for a while, and behind it a poisoned dialplan is read only in part.

    The file is damaged as Asterisk reads it and put back byte for byte, so that nothing on the disk betrays it: what
    Asterisk has loaded is all that can tell.
    """

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.came = asyncio.Event()
        self.current = Path()
        self.poisoned = 0

    async def reload(self, reload: Any, pbx: AmiPbx, file: str) -> None:
        """In place of a reload."""
        self.came.set()
        await self.open.wait()
        path = self.current / file
        whole = path.read_bytes()
        bad = f"WaitExten({POISON})".encode()
        if bad not in whole:
            await reload(pbx, file)
            return
        self.poisoned += 1
        at = whole.rindex(b"[vx-", 0, whole.index(bad))
        path.write_bytes(whole[:at] + b"[vx-broken\n" + whole[at:])
        try:
            await reload(pbx, file)
        finally:
            path.write_bytes(whole)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gate() -> AsyncIterator[Gate]:
    made, reload = Gate(), AmiPbx.reload

    async def gated(self: AmiPbx, file: str) -> None:
        await made.reload(reload, self, file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AmiPbx, "reload", gated)
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx:
        gate.current = pbx.generated / "current"
        async with town(pbx, tmp_path_factory.mktemp("data")) as made:
            yield made


async def _menu(admin: Api, number: int) -> None:
    body = {"kind": "menu", "key": f"val-{number}", "name": f"Val {number}", "spec": {"wait": 5}}
    made = await admin("POST", "/objects", body)
    assert made.body["change"]["state"] == "live", made.body


async def _wait(admin: Api, number: int, seconds: int) -> Answer:
    return await admin("PATCH", f"/objects/menu/val-{number}", {"spec": {"wait": seconds}}, if_match="*")


async def _edits(admin: Api) -> list[Any]:
    """Oldest first."""
    return [c for c in (await admin("GET", "/changes?limit=100")).body[::-1] if c["action"] == "edit"]


async def _others(admin: Api) -> list[Any]:
    """What nobody edits."""
    return [o for o in (await admin("GET", "/objects?limit=200")).body if not o["key"].startswith("val-")]


async def test_a_poisoned_change_among_twenty_is_rejected_alone(
    here: Town, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = here.people["admin"]
    monkeypatch.setattr(here.plane.context, "answer_within", PATIENCE)
    for number in range(TOGETHER + 1):
        await _menu(admin, number)
    untouched = await _others(admin)
    gate.came.clear()
    gate.open.clear()
    first = asyncio.create_task(_wait(admin, TOGETHER, 20))
    await asyncio.wait_for(gate.came.wait(), PATIENCE / 2)
    wanted = {n: POISON if n == BAD_ONE else 10 + n for n in range(TOGETHER)}
    tasks = [asyncio.create_task(_wait(admin, n, seconds)) for n, seconds in wanted.items()]
    async with asyncio.timeout(PATIENCE / 2):  # until all of them wait for the one that is being applied
        while len(waiting := await _edits(admin)) < TOGETHER + 1:  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.02)
    assert {c["state"] for c in waiting} == {"pending"}
    gate.open.set()
    answers = await asyncio.gather(*tasks)
    assert (await first).status == 200

    assert gate.poisoned == 2  # once in the batch, once alone
    assert {n: a.status for n, a in enumerate(answers)} == {n: 502 if n == BAD_ONE else 200 for n in wanted}
    refusal = answers[BAD_ONE].body
    assert refusal["change"]["state"] == "rejected"
    assert "extensions.conf: the PBX has not loaded revision" in refusal["detail"]
    history = await _edits(admin)
    assert [c["object"] for c in history if c["state"] == "rejected"] == [f"menu/val-{BAD_ONE}"]
    assert [c["id"] for c in history] == [c["id"] for c in waiting]
    settled = [dt.datetime.fromisoformat(c["at"]) + dt.timedelta(milliseconds=c["live_ms"] or 0) for c in history]
    kept = [moment for moment, c in zip(settled, history, strict=True) if c["state"] == "live"]
    assert kept == sorted(kept), "they did not become live in order"
    for n in range(TOGETHER):
        stands = 5 if n == BAD_ONE else wanted[n]
        assert (await admin("GET", f"/objects/menu/val-{n}")).body["spec"]["wait"] == stands
        assert f"WaitExten({stands})" in await here.pbx.cli(f"dialplan show vx-menu-val-{n}")
    assert await _others(admin) == untouched
