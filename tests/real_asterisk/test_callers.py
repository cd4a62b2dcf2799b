"""Synthetic callers on the sample company as it is rendered: they reach its queues, and none is left behind."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from tests.databases import url_in
from vaxelflode.applying.sounds import Sounds
from vaxelflode.applying.store import Store
from vaxelflode.asterisk.ari import AriAccount, connected
from vaxelflode.demo.access import Ari
from vaxelflode.demo.callers import AT_ONCE, PREFIX, Pace, keep_calling
from vaxelflode.demo.choose import Maker
from vaxelflode.demo.company import found
from vaxelflode.demo.pbx import SOUNDS_INSIDE, Pbx
from vaxelflode.domain.company import EMPTY, Company, Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.number import Number
from vaxelflode.rendering.render import Options, Renderer
from vaxelflode.resources import resource_dir
from vaxelflode.storage import objects
from vaxelflode.storage.database import Database
from vaxelflode.storage.migrate import migrate

pytestmark = [pytest.mark.pbx, pytest.mark.call]

NOW = dt.datetime.now(dt.UTC)
FAST = Pace(between=0.15, patience=(3, 6), thought=(0.2, 0.5))
#: At all hours, by the real clock: straight to a queue, to the menu, to a mailbox.
TO_QUEUE, TO_MENU, TO_VOICEMAIL = "+46980319240", "+46101022290", "+46980319200"


def _led_to(number: str, target: str) -> Object:
    spec = Number.model_validate({"route": {"object": target}})
    return Object(ObjectRef("number", number.removeprefix("+")), number, spec)


def _without_welcome(o: Object) -> Object:
    """The words before the wait take seconds, and prove nothing here."""
    return replace(o, spec=o.spec.model_copy(update={"join": None}))


async def _norrvik(database: Database, folder: Path) -> Company:
    await migrate(database)
    await found(database, NOW, folder)
    async with database.read() as db:
        company = await objects.refreshed(db, EMPTY, NOW)
    led = [_led_to(TO_MENU, "menu/huvudmeny"), _led_to(TO_VOICEMAIL, "voicemail/reception")]
    return company.with_objects(2, [*led, *map(_without_welcome, company.of_kind("queue"))])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def box(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    folder = tmp_path_factory.mktemp("callers")
    pbx = pbx_maker(folder / "pbx")
    pbx.staffed = True
    database = Database.open(url_in(folder))
    try:
        company = await _norrvik(database, folder)
        await Sounds(database, pbx.sounds).ensure(company)
    finally:
        await database.close()
    renderer = Renderer(resource_dir("dialplan_templates"), Options(sounds_path=SOUNDS_INSIDE), today=NOW.date())
    store = Store(pbx.generated)
    store.prepare()
    store.switch(store.write(renderer.render(company)))
    async with pbx:
        yield pbx


@asynccontextmanager
async def calling(ari: Ari, *numbers: str, pace: Pace = FAST) -> AsyncIterator[None]:
    task = asyncio.create_task(keep_calling(ari, numbers, pace=pace, chance=random.Random(7)))
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=15)
        assert task.cancelled()


async def _channels(box: Pbx) -> int:
    """Every channel, of whomever."""
    counted = re.search(r"^([0-9]+) active channel", await box.cli("core show channels count"), re.MULTILINE)
    assert counted is not None
    return int(counted[1])


async def _waiting(box: Pbx, queue: str) -> int:
    return len(re.findall(r"^\s+[0-9]+\. Local/", await box.cli(f"queue show {queue}"), re.MULTILINE))


async def _until(true: Callable[[], Awaitable[bool]], limit: float = 20) -> None:
    async with asyncio.timeout(limit):
        while True:
            if await true():
                return
            await asyncio.sleep(0.05)


async def _somebody_waits(box: Pbx, *queues: str) -> None:
    await _until(lambda: _in_any(box, queues or ("vx-felanmalan",)), 40)


async def _in_any(box: Pbx, queues: Sequence[str]) -> bool:
    return any([await _waiting(box, queue) for queue in queues])


async def _all_gone(box: Pbx) -> bool:
    return await _channels(box) == 0


async def _calls(box: Pbx) -> int:
    """How many there have been since the start."""
    counted = re.search(r"^([0-9]+) calls? processed", await box.cli("core show channels count"), re.MULTILINE)
    return int(counted[1]) if counted else 0


async def _more_calls_than(box: Pbx, before: int) -> bool:
    return await _calls(box) > before


async def test_a_caller_reaches_a_queue_and_none_is_left(box: Pbx) -> None:
    async with calling(box.ari, TO_QUEUE):
        await _somebody_waits(box)
        for _ in range(20):  # never more than there is room for, each with its two halves
            assert await _channels(box) <= 2 * AT_ONCE
            await asyncio.sleep(0.1)
    assert await _channels(box) == 0


async def test_a_caller_chooses_at_the_menu(box: Pbx) -> None:
    async with calling(box.ari, TO_MENU):
        await _somebody_waits(box, "vx-kundservice", "vx-faktura", "vx-felanmalan")
    assert await _channels(box) == 0


async def test_callers_are_seen_with_a_fictional_number(box: Pbx) -> None:
    async with calling(box.ari, TO_QUEUE):
        await _somebody_waits(box)
        listed = await box.cli("core show channels concise")
    numbers = re.findall(r"\+?46[0-9]{8,9}", listed.replace("46980319240", ""))
    assert numbers
    assert all(re.match(r"\+?46(701740[67]|8465004|313900|406280|980319)", n) for n in numbers)


async def test_patience_ends(box: Pbx) -> None:
    one = replace(FAST, between=1000, patience=(1, 1))
    async with calling(box.ari, TO_QUEUE, pace=one):
        await _somebody_waits(box)
        await _until(lambda: _all_gone(box), 5)


async def test_a_synthetic_agent_answers_at_a_phone_of_their_own(box: Pbx) -> None:
    """Who rang is there until the caller goes; none of it is left."""
    one = replace(FAST, between=1000, patience=(30, 30))
    await box.cli("queue add member PJSIP/217 to vx-felanmalan")
    try:
        async with calling(box.ari, TO_QUEUE, pace=one):
            await _until(lambda: _in_call(box, "vx-felanmalan"), 30)
            assert await _waiting(box, "vx-felanmalan") == 0
    finally:
        await box.cli("queue remove member PJSIP/217 from vx-felanmalan")
    await _until(lambda: _all_gone(box), 5)


async def _in_call(box: Pbx, queue: str) -> bool:
    return "(in call)" in await box.cli(f"queue show {queue}")


async def test_a_caller_leaves_no_message(box: Pbx) -> None:
    one = replace(FAST, between=1000)
    before = await _calls(box)
    async with calling(box.ari, TO_VOICEMAIL, pace=one):
        await _until(lambda: _more_calls_than(box, before))
        await _until(lambda: _all_gone(box))
    assert not _messages(box)


def _messages(box: Pbx) -> list[Path]:
    return list(box.spool.rglob("msg*"))


@pytest.mark.parametrize("after", [0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8])
async def test_whenever_it_is_cancelled_no_channel_is_left(box: Pbx, after: float) -> None:
    async with calling(box.ari, TO_QUEUE, TO_MENU, pace=replace(FAST, between=0.01)):
        await asyncio.sleep(after)
    assert await _channels(box) == 0


async def test_callers_of_an_earlier_life_are_sent_home(box: Pbx) -> None:
    account = AriAccount(box.ari.url, box.ari.username, box.ari.password)
    async with (
        connected(account, "vx-earlier") as ari,
        ari.call("Local/46980319240@vx-incoming/n", f"{PREFIX}0", caller="<+46701740699>") as leg,
    ):
        assert await leg.answered(5)
        async with calling(box.ari, TO_QUEUE, pace=replace(FAST, between=1000)):
            assert await leg.over(5)
    assert await _channels(box) == 0


async def test_callers_come_back_after_asterisk_has_died(box: Pbx) -> None:
    async with calling(box.ari, TO_QUEUE):
        await _somebody_waits(box)
        await box.kill()
        await asyncio.sleep(0.5)
        await box.start()
        await _somebody_waits(box)
    assert await _channels(box) == 0


async def test_calls_leave_no_complaint_in_asterisks_log(box: Pbx) -> None:
    async with calling(box.ari, TO_QUEUE, TO_MENU):
        await _somebody_waits(box)
    # A listener that goes away may reset its web socket; that is no complaint about a call.
    assert not [line for line in _log(box) if "ERROR" in line and "res_http_websocket" not in line]


def _log(box: Pbx) -> list[str]:
    return (box.log_dir / "messages").read_text(errors="replace").splitlines()
