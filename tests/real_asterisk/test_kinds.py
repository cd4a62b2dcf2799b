"""Each kind by itself on a real Asterisk: what a caller meets, as a test says it and as the simulation says it.

What is drawn at random is in `test_simulation`; here is what one would try by hand, and what a simulation leaves out:
which number is shown, how long a key takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from tests.oracle.by_hand import ENDPOINTS, OTHERS, SAYS, endings, heard, heard_in, meet, plan, say, to
from tests.oracle.exchange import ASIDE, ASIDE_VOICE, Exchange, Habit, exchange, prompt, telephone, thing
from tests.oracle.meeting import Meeting
from tests.oracle.plan import Plan
from tests.sip import Phone, answer_after, busy, decline, reject
from vaxelflode.demo.choose import Maker
from vaxelflode.demo.pbx import Pbx
from vaxelflode.domain.company import Object
from vaxelflode.domain.passage import Luck

pytestmark = [pytest.mark.pbx, pytest.mark.call]

MENU, PHONE = OTHERS[:2]
OUT = "+46701740670"
EVERY: tuple[Luck, ...] = ("answered", "busy", "busy", "no_answer", "unreachable")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pbx(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx: Pbx) -> AsyncIterator[Exchange]:
    async with exchange(pbx, ENDPOINTS) as made:
        yield made


# --- numbers and ends


async def test_a_number_is_reached_in_every_form_and_by_callers_without_a_number(here: Exchange) -> None:
    forms = [plan(say("a"), dialled=form) for form in ("+{0}", "{0}", "00{0}", "0{1}")]
    unseen = plan(to("1000"), phones={"1000": "answered"}, caller="anonymous")
    *met, met_unseen = await meet(here, *forms, plan(say("a"), caller="anonymous"), unseen)
    assert heard(met) == [["a"]] * 5
    assert met_unseen == Meeting((), frozenset({"1000 from anonymous"}), "talks 1000")
    async with await here.call("+46101022999") as call:
        assert await call.refused(5) == 404


async def test_the_end_of_a_call_is_a_refusal_unless_it_was_answered(here: Exchange) -> None:
    """Asterisk tells a normal end of what nobody answered as 603."""
    ends = [{"end": end} for end in ("hangup", "busy", "congestion")]
    announced = [thing(f"announcement/end{n}", prompt=prompt(MENU), next=end) for n, end in enumerate(ends)]
    aside = plan({"dialplan": ASIDE})
    met = await meet(here, *map(plan, ends), *(plan(to(str(o.ref)), o) for o in announced), aside)
    assert endings(met) == ["ended 603", "ended 486", "ended 503", "ended", "ended", "ended", "ended"]
    assert met[-1].heard == (ASIDE_VOICE.name,)


# --- telephones


async def test_a_call_straight_to_a_telephone(here: Exchange) -> None:
    """Declined is busy; one that is not registered gives no answer, as one that rings too long does: 480.

    Left to itself Asterisk tells a declined call as 403, one that rang in vain as 603, and one to a telephone that is
    not registered as 404, at which a caller's network says that there is no such number.
    """
    plans = [plan(to(f"100{n}"), phones={f"100{n}": luck}, hasty=n == 2) for n, luck in enumerate(EVERY)]
    met = await meet(here, *plans)
    assert endings(met) == ["talks 1000", "ended 486", "ended 486", "ended 480", "ended 480"]
    assert [bool(m.rang) for m in met] == [True, True, True, True, False]


async def test_a_telephone_that_registers_with_its_password(here: Exchange) -> None:
    """As the demo's do: not registered it cannot be reached, registered it rings."""
    await here.lay(thing("extension/201", endpoint="201"), thing("number/46101022290", route=to("201")))
    async with await here.call("+46101022290") as call:
        assert await call.refused(5) == 480
    where, secret = (here.pbx.sip_host, here.pbx.sip_port), here.pbx.secrets.phones["201"]
    async with (
        await Phone.register(*where, "201", secret, speak=PHONE, policy=answer_after(0.1)) as phone,
        await here.call("+46101022290") as call,
    ):
        await call.answered(5)
        assert (await phone.next_call()).caller == "+46701740601"
        await call.hear(PHONE)


# --- ring groups


async def test_a_ring_group(here: Exchange) -> None:
    def group(n: int, strategy: str, *lucks: Luck) -> Plan:
        members = {f"10{n}{k}": luck for k, luck in enumerate(lucks)}
        made = thing(f"ring_group/g{n}", members=[*members], strategy=strategy, ring=5, no_answer=say("a"))
        return plan(to(f"ring_group/g{n}"), made, phones=members)

    met = await meet(
        here,
        group(0, "all", "busy", "answered", "no_answer"),
        group(1, "all", "no_answer", "busy", "unreachable"),
        group(2, "in_order", "no_answer", "unreachable", "answered", "answered"),
        plan(to("ring_group/none"), thing("ring_group/none", no_answer=say("b"))),
    )
    assert endings(met) == ["talks 1001", "ended", "talks 1022", "ended"]
    assert heard(met) == [[], ["a"], [], ["b"]]
    rang = [sorted(who.partition(" ")[0] for who in m.rang) for m in met]
    assert rang == [["1000", "1001", "1002"], ["1010", "1011"], ["1020", "1022"], []]


# --- forwards


def forward(n: int, target: Mapping[str, str], **spec: Any) -> Object:
    """A forward with an exit of each sort, unless told otherwise."""
    return thing(f"forward/f{n}", **({"target": target, "ring": 5, "busy": say("a"), "no_answer": say("b")} | spec))


async def test_a_forward_to_a_telephone(here: Exchange) -> None:
    leading = [
        plan(to(f"forward/f{n}"), forward(n, to(f"100{n}")), phones={f"100{n}": luck}, hasty=n == 2)
        for n, luck in enumerate(EVERY)
    ]
    ending = [
        plan(to(f"forward/f{n}"), forward(n, to(f"10{n}"), busy=None, no_answer=None), phones={f"10{n}": luck})
        for n, luck in enumerate(EVERY[2:], start=10)
    ]
    met = await meet(here, *leading, *ending)
    assert endings(met) == ["talks 1000", *["ended"] * 4, "ended 486", "ended 480", "ended 480"]
    assert heard(met) == [[], ["a"], ["a"], ["b"], ["b"], [], [], []]


async def test_a_forward_shows_the_number_that_it_is_told_to(here: Exchange) -> None:
    """And only there: who is rung afterwards sees who calls."""
    luck: dict[str, Luck] = {f"external/{OUT}": "answered"}
    caller, dialled = (
        plan(to(f"forward/f{n}"), forward(n, {"external": OUT}, number_shown=shown), luck=luck)
        for n, shown in enumerate(("caller", "dialled"))
    )
    phones: dict[str, Luck] = {"1002": "busy", "1003": "answered"}
    later = forward(2, to("1002"), number_shown="dialled", busy=to("1003"))
    then = plan(to("forward/f2"), later, phones=phones)
    met = await meet(here, caller, dialled, then)
    assert met[0].rang == {f"{OUT} from {caller.caller}"}
    assert met[1].rang == {f"{OUT} from +{dialled.number}"}
    assert met[2].rang == {f"1002 from +{then.number}", f"1003 from {then.caller}"}
    assert endings(met) == [f"talks {OUT}", f"talks {OUT}", "talks 1003"]


async def test_what_the_line_outside_refuses(here: Exchange) -> None:
    """Busy and declined lead out by the exit for busy, all else by the other; straight outside, the refusal is told."""
    others = [f"+4670174068{n}" for n in range(4)]
    for number, habit in zip(others, (busy(), decline(), reject(404), reject(503)), strict=True):
        here.line.habits[number] = Habit(habit)
    await here.lay(
        *SAYS,
        *(forward(n, {"external": number}) for n, number in enumerate(others)),
        *(thing(f"number/4610102220{n}", route=to(f"forward/f{n}")) for n in range(4)),
        *(thing(f"number/4610102221{n}", route={"external": number}) for n, number in enumerate(others)),
        forward(4, to("forward/f0")),
        thing("number/46101022204", route=to("forward/f4")),
    )

    async def led(number: str) -> list[str]:
        async with await here.call(number) as call:
            return heard_in(await call.ended(10))

    async def refused(number: str) -> int:
        async with await here.call(number) as call:
            return await call.refused(5)

    assert [*await asyncio.gather(*(led(f"+4610102220{n}") for n in range(5)))] == [["a"], ["a"], ["b"], ["b"], ["a"]]
    assert [await refused(f"+4610102221{n}") for n in range(4)] == [486, 486, 404, 503]


# --- menus


def menu(**spec: Any) -> Object:
    """A menu with a key beside extensions that begin with it."""
    options = {"1": say("a"), "2": say("b"), "*": say("c"), "#": say("d")}
    made = {"prompt": prompt(MENU), "options": options, "wait": 2, "tries": 2, "timeout": say("d")}
    return thing("menu/m", **(made | {"invalid": say("e"), "direct_dial": [to("1001"), to("1002")]} | spec))


async def test_a_menu(here: Exchange) -> None:
    phones: dict[str, Luck] = {"1001": "answered", "1002": "answered"}
    pressed = ("2", "*", "#", "1", "1002", "99", "9", "19", "10,", "", ",2", "1003", "91")
    met = await meet(here, *(plan(to("menu/m"), menu(), phones=phones, keys=keys) for keys in pressed))
    m = MENU.name
    assert heard(met) == [
        *([m, "b"], [m, "c"], [m, "d"], [m, "a"], [m], [m, m, "e"], [m, m, "d"]),
        *([m, m, "d"], [m, m, "d"], [m, m, "d"], [m, m, "b"], [m, m, "d"], [m, m, "a"]),
    ]
    assert met[4].ending == "talks 1002"


async def test_a_key_beside_extensions_that_begin_with_it_waits_for_more(here: Exchange) -> None:
    """For the digit timeout of five seconds; any other key takes effect at once."""
    number = thing("number/46101022300", route=to("menu/m"))
    await here.lay(*SAYS, telephone("1001"), telephone("1002"), menu(), number)

    async def waited(key: str) -> float:
        async with await here.call("+46101022300") as call:
            await call.hear(MENU)
            await call.press(key)
            pressed = call.seconds
            await call.ended(15)
            return call.heard[-1].start - pressed

    slow, quick = await asyncio.gather(waited("1"), waited("2"))
    assert slow > 3 > quick
