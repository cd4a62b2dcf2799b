"""Every configuration that Asterisk half-reads in silence is caught, restored and reported; calls never notice.

The damage is done to the files themselves, at three moments: right after they are written, when the symlink is
swapped, and in the very moment of the reload.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.real_asterisk.town import MENU, NIGHT, Town, town
from vaxelflode.applying.node import AmiPbx
from vaxelflode.applying.store import Store
from vaxelflode.demo.choose import Maker

pytestmark = [pytest.mark.pbx, pytest.mark.call]

OPEN = "2027-03-16 10:42"
Spoil = Callable[[bytes], bytes]


def _before_last_context(content: bytes, line: bytes) -> bytes:
    at = content.rindex(b"[vx-")
    return content[:at] + line + content[at:]


DIALPLAN: dict[str, Spoil] = {
    "unclosed bracket": lambda c: _before_last_context(c, b"[vx-broken\n"),
    "unknown template": lambda c: _before_last_context(c, b"[vx-broken](no-such-template)\n"),
    "missing include": lambda c: _before_last_context(c, b'#include "no-such-file.conf"\n'),
    "truncated": lambda c: c[: len(c) // 2],
    "empty": lambda _c: b"",
    "NUL": lambda c: c.replace(b"Answer()", b"Ans\x00wer()", 1),
    "duplicate priority": lambda c: _before_last_context(c, b"exten => s,1,Hangup()\n"),
    "unknown application": lambda c: c.replace(b"Background(", b"Backgroond(", 1),
    "line over 8 kB": lambda c: _before_last_context(c, b"exten => x,1,NoOp(" + b"x" * 9000 + b")\n"),
    "missing =": lambda c: c.replace(b"exten => play,1,", b"exten play,1,", 1),
    "comment that swallows the rest": lambda c: _before_last_context(c, b";--\n"),
    "one letter": lambda c: c.replace(b"WaitExten(5)", b"WaitExten(6)", 1),
}


class Spoiler:
    """Damages a file of a release at one moment."""

    def __init__(self) -> None:
        self.moment = ""
        self.file = ""
        self.spoil: Spoil = lambda c: c
        self.done = 0
        self.current = Path()

    def at(self, moment: str, folder: Path) -> None:
        """Do it, if this is the moment; once."""
        if moment == self.moment:
            self.moment = ""
            path = folder / self.file
            before = path.read_bytes()
            after = self.spoil(before)
            assert after != before, "the damage does nothing"
            path.write_bytes(after)
            self.done += 1


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def spoiler() -> AsyncIterator[Spoiler]:
    made = Spoiler()
    write, switch, reload = Store.write, Store.switch, AmiPbx.reload

    def spoiling_write(self: Store, bundle: object) -> str:
        name = write(self, bundle)  # type: ignore[arg-type]
        made.at("written", self.directory / "releases" / name)
        return name

    def spoiling_switch(self: Store, release: str | None) -> None:
        switch(self, release)
        made.at("swapped", self.directory / "current")

    async def spoiling_reload(self: AmiPbx, file: str) -> None:
        made.at("reloading", made.current)
        await reload(self, file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "write", spoiling_write)
        patch.setattr(Store, "switch", spoiling_switch)
        patch.setattr(AmiPbx, "reload", spoiling_reload)
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, spoiler: Spoiler, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, town(pbx, tmp_path_factory.mktemp("data")) as made:
        spoiler.current = made.plane.store.directory / "current"
        yield made


@asynccontextmanager
async def _calls_all_the_while(here: Town) -> AsyncIterator[list[str]]:
    """Callers one after the other, four at a time; what each heard first."""
    heard: list[str] = []

    async def caller() -> None:
        this = asyncio.current_task()
        # Python 3.11's wait_for may lose a cancellation that comes together with what it waits for.
        while this is None or not this.cancelling():
            async with await here.call(at=OPEN) as call:
                await call.answered(5)
                for _ in range(100):
                    if call.heard:
                        break
                    await asyncio.sleep(0.02)
                heard.append(call.heard[0].name if call.heard else "nothing")

    tasks = [asyncio.create_task(caller(), name=f"caller {n}") for n in range(4)]
    try:
        await asyncio.sleep(0.3)
        yield heard
        await asyncio.sleep(0.5)
        assert not [t for t in tasks if t.done()], "a caller met something else than an answer"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _save(here: Town) -> tuple[int, str, str]:
    """One change of the menu and the announcement's neighbour; its status, state and reason."""
    read = await here.people["admin"]("GET", "/objects/menu/huvudmeny")
    tries = 2 if read.body["spec"]["tries"] == 3 else 3
    answer = await here.people["admin"](
        "PATCH", "/objects/menu/huvudmeny", {"spec": {"tries": tries}}, if_match=read.headers["ETag"]
    )
    change = answer.body["change"]
    return answer.status, change["state"], change["reason"] or ""


@pytest.mark.parametrize("moment", ["written", "swapped"])
@pytest.mark.parametrize("damage", DIALPLAN)
async def test_a_half_read_dialplan_is_caught_before_it_is_read(
    here: Town, spoiler: Spoiler, moment: str, damage: str
) -> None:
    before = await here.pbx.cli("dialplan show vx-menu-huvudmeny")
    spoiler.file, spoiler.spoil, spoiler.moment = "extensions.conf", DIALPLAN[damage], moment
    done = spoiler.done
    async with _calls_all_the_while(here) as heard:
        status, state, reason = await _save(here)
    assert spoiler.done == done + 1
    assert (status, state) == (502, "rejected")
    assert "extensions.conf" in reason
    assert set(heard) == {MENU.name}
    assert _without_lines(await here.pbx.cli("dialplan show vx-menu-huvudmeny")) == _without_lines(before)
    assert await _save(here) == (200, "live", "")


def _without_lines(shown: str) -> list[str]:
    """What the console shows, without the numbers of the file's lines."""
    return [line.split("[extensions.conf", 1)[0].rstrip() for line in shown.splitlines()]


@pytest.mark.parametrize("damage", ["truncated", "unclosed bracket", "empty", "one letter", "missing ="])
async def test_a_file_damaged_in_the_moment_of_the_reload_is_caught_and_restored(
    here: Town, spoiler: Spoiler, damage: str
) -> None:
    spoiler.file, spoiler.spoil, spoiler.moment = "extensions.conf", DIALPLAN[damage], "reloading"
    status, state, reason = await _save(here)
    assert (status, state) == (502, "rejected"), reason
    async with await here.call(at=OPEN) as call:
        await call.answered(5)
        await call.hear(MENU, 5)
    async with await here.call(at="2027-03-16 20:00") as call:
        await call.answered(5)
        await call.hear(NIGHT, 5)


@pytest.mark.parametrize("moment", ["written", "swapped", "reloading"])
@pytest.mark.parametrize("damage", ["truncated", "empty", "unclosed bracket"])
async def test_half_read_queues_are_caught_and_restored(here: Town, spoiler: Spoiler, moment: str, damage: str) -> None:
    spoiler.file, spoiler.moment = "queues.conf", moment
    spoiler.spoil = {
        "truncated": lambda c: c[: len(c) // 2],
        "empty": lambda _c: b"",
        "unclosed bracket": lambda c: c.replace(b"[vx-felanmalan]", b"[vx-felanmalan", 1),
    }[damage]
    read = await here.supervisor("GET", "/objects/queue/kundservice")
    ring = read.body["spec"]["timeout"] + 1
    answer = await here.supervisor(
        "PATCH", "/objects/queue/kundservice", {"spec": {"timeout": ring}}, if_match=read.headers["ETag"]
    )
    assert (answer.status, answer.body["change"]["state"]) == (502, "rejected"), answer.body
    assert "queues.conf" in answer.body["detail"]
    shown = await here.pbx.cli("queue show")
    assert all(f"vx-{name} has" in shown for name in ("kundservice", "faktura", "felanmalan"))
    after = await here.supervisor("GET", "/objects/queue/kundservice")
    assert after.body["spec"] == read.body["spec"]
