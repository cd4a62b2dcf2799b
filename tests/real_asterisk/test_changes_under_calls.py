"""An object is changed while a call is in one of its steps: the call goes on in the object as it is now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.oracle.by_hand import ENDPOINTS, SAYS, heard_in, say, to
from tests.oracle.exchange import Exchange, Habit, exchange, telephone, thing
from tests.sip import OutgoingCall, ring_only
from vaxelflode.demo.choose import Maker
from vaxelflode.domain.company import Object

pytestmark = [pytest.mark.pbx, pytest.mark.call]

NUMBER = "46101022100"
PHONES = tuple(telephone(phone, ring=5) for phone in ("1000", "1001"))

RINGING = {"ring": 5, "no_answer": say("a")}
IN_TURN = thing("ring_group/g", members=["1000", "1001"], strategy="in_order", **RINGING)
ALL = thing("ring_group/g", members=["1000", "1001"], strategy="all", **RINGING)
#: The object as it is when the call comes, the telephone that rings, and the object as it is afterwards.
CHANGES = {
    "a group in turn that now rings all": (IN_TURN, "1001", ALL),
    "a group in turn without its last member": (IN_TURN, "1001", thing("ring_group/g", members=["1000"], **RINGING)),
    "a group without members": (ALL, "1000", thing("ring_group/g", **RINGING)),
    "a forward that now leads to an object": (
        thing("forward/g", target=to("1000"), ring=5, no_answer=say("b")),
        "1000",
        thing("forward/g", target=say("a")),
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, exchange(pbx, ENDPOINTS) as made:
        made.telephones.habits |= {phone: Habit(ring_only()) for phone in ("1000", "1001")}
        yield made


async def _lay(here: Exchange, first: Object) -> None:
    await here.lay(*SAYS, *PHONES, first, thing(f"number/{NUMBER}", route=to(str(first.ref))))


@pytest.mark.parametrize("change", CHANGES)
async def test_who_rang_in_vain_is_led_on_by_the_object_as_it_is_now(here: Exchange, change: str) -> None:
    before, phone, after = CHANGES[change]
    await _lay(here, before)
    rung = len(here.telephones.rung(phone))
    async with await here.call(NUMBER) as call:
        async with asyncio.timeout(15):
            while len(here.telephones.rung(phone)) == rung:  # noqa: ASYNC110 - the agent tells one waiter at most
                await asyncio.sleep(0.05)
        await _lay(here, after)
        assert await _led_to(call) == ["a"]


async def _led_to(call: OutgoingCall) -> list[str]:
    await call.answered(20)
    async with asyncio.timeout(10):
        while not heard_in(call):  # noqa: ASYNC110 - a glance, as the listener takes it
            await asyncio.sleep(0.1)
    return heard_in(call)[:1]
