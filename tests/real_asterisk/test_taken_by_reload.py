"""What of a queue and its music Asterisk takes with a reload, option by option: the ones that it shows nobody.

Each queue is read once with a value under which nothing would happen within the test, then again with another; the
calls come afterwards. What it shows is tried by `test_read_back`, and mailboxes there too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.oracle.by_hand import ENDPOINTS, OTHERS, SAYS, heard_in, say, to
from tests.oracle.exchange import Exchange, Habit, exchange, prompt, telephone, thing
from tests.real_asterisk.test_read_back import HIDDEN
from tests.sip import Call
from vaxelflode.demo.choose import Maker
from vaxelflode.domain.company import Object

pytestmark = [pytest.mark.pbx, pytest.mark.call]

OLD, NEW, PERIODIC, AGENT = OTHERS[:4]
STILL: dict[str, Any] = {"timeout": 5, "retry": 1, "longest_wait": 120, "music": prompt(NEW), "waited": say("b")}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, exchange(pbx, ENDPOINTS) as made:
        yield made


@dataclass(frozen=True)
class Case:
    """One queue: the options of Asterisk that change, its specs before and after, and how the new one shows."""

    options: frozenset[str]
    before: dict[str, Any]
    after: dict[str, Any]
    shows: Callable[[Exchange, Call, str, str], Awaitable[object]]
    #: Whether its one agent's telephone answers; ``None``: it has no agent.
    answers: bool | None = None


async def _rings_again(here: Exchange, _call: Call, _queue: str, phone: str) -> None:
    async with asyncio.timeout(15):
        while len(here.telephones.rung(phone)) < 2:  # noqa: ASYNC110 - the agent tells one waiter at most
            await asyncio.sleep(0.05)


async def _rings_for_the_next(here: Exchange, call: Call, queue: str, phone: str) -> None:
    await call.hear(AGENT)
    await call.hangup()
    async with await here.call(f"+461010227{queue[1:]}") as second:
        await second.hear(AGENT, 10)
    assert len(here.telephones.rung(phone)) == 2


async def _is_paused(here: Exchange, _call: Call, queue: str, _phone: str) -> None:
    async with asyncio.timeout(15):
        while True:
            (found,) = await here.queues.status(f"vx-{queue}")
            if found.members[0].paused:
                return
            await asyncio.sleep(0.1)


async def _leads_on(_here: Exchange, call: Call, _queue: str, _phone: str) -> None:
    assert heard_in(await call.ended(15)) == ["c"]


async def _leads_on_when_the_agent_goes(here: Exchange, call: Call, queue: str, phone: str) -> None:
    await here.telephones.call_at(phone)
    await here.no_agent(queue, phone)
    assert heard_in(await call.ended(15))[-1] == "c"


async def _is_told(_here: Exchange, call: Call, _queue: str, _phone: str) -> None:
    await call.hear(PERIODIC, 20)


async def _is_interrupted(_here: Exchange, call: Call, _queue: str, _phone: str) -> None:
    """Asterisk says the position in its own voice, and the music begins anew."""
    async with asyncio.timeout(25):
        while [h.name for h in call.heard].count(NEW.name) < 2:  # noqa: ASYNC110 - what is heard has no event
            await asyncio.sleep(0.05)


async def _hears_new_music(_here: Exchange, call: Call, _queue: str, _phone: str) -> None:
    await call.hear(NEW, 5)
    assert OLD.name not in heard_in(call)


async def _a_key_leads_out(_here: Exchange, call: Call, _queue: str, _phone: str) -> None:
    await call.hear(NEW, 5)
    await call.press("1")
    assert heard_in(await call.ended(8))[-1] == "a"


def _of(*options: str) -> frozenset[str]:
    return frozenset(options)


WAIT = {"no_agents": None}
PER = {"periodic": prompt(PERIODIC), "periodic_every": 10}
CASES = [
    Case(_of("timeout"), {"timeout": 120}, {}, _rings_again, answers=False),
    Case(_of("retry"), {"retry": 60}, {}, _rings_again, answers=False),
    Case(_of("wrapuptime"), {"wrapup": 600}, {"wrapup": 0}, _rings_for_the_next, answers=True),
    Case(_of("autopause"), {"autopause": "no"}, {"autopause": "yes"}, _is_paused, answers=False),
    Case(_of("joinempty"), {"when_empty": "wait"}, {"when_empty": "refuse", "no_agents": say("c")}, _leads_on),
    Case(
        _of("leavewhenempty"),
        {"when_empty": "refuse"},
        {"when_empty": "leave", "no_agents": say("c")},
        _leads_on_when_the_agent_goes,
        answers=False,
    ),
    Case(_of("periodic-announce"), WAIT, WAIT | PER, _is_told),
    Case(_of("periodic-announce"), WAIT | PER | {"periodic": prompt(OLD)}, WAIT | PER, _is_told),
    Case(_of("periodic-announce-frequency"), WAIT | PER | {"periodic_every": 3600}, WAIT | PER, _is_told),
    Case(
        _of("announce-position"),
        WAIT | {"announce_every": 10},
        WAIT | {"announce_every": 10, "announce_position": True},
        _is_interrupted,
    ),
    Case(
        _of("announce-frequency"),
        WAIT | {"announce_position": True},
        WAIT | {"announce_position": True, "announce_every": 10},
        _is_interrupted,
    ),
    Case(_of("musicclass"), WAIT | {"music": None}, WAIT, _hears_new_music),
    Case(_of(), WAIT | {"music": prompt(OLD)}, WAIT, _hears_new_music),  # the class itself, of the same name
    Case(_of("context"), WAIT, WAIT | {"keys": {"1": say("a")}}, _a_key_leads_out),
]
#: The same for every queue, but for the last, which needs waits of half a minute before it is said at all.
NOT_TRIED = {"ringinuse", "autofill", "announce-to-first-user", "announce-holdtime"}


def test_each_option_that_is_not_shown_is_tried() -> None:
    assert frozenset().union(*(case.options for case in CASES)) | NOT_TRIED == HIDDEN


def _laid(which: str) -> list[Object]:
    made = []
    for n, case in enumerate(CASES):
        key = f"q{n:02}"
        spec = STILL | {"no_agents": say("c")} | getattr(case, which)
        made += [thing(f"queue/{key}", **spec), thing(f"number/461010227{n:02}", route=to(f"queue/{key}"))]
        made.append(telephone(f"10{n:02}"))
    return [*SAYS, *made]


async def test_what_a_reload_brings_the_next_call_meets(here: Exchange) -> None:
    await here.lay(*_laid("before"))
    await here.lay(*_laid("after"))
    for n, case in enumerate(CASES):
        if case.answers:
            here.telephones.habits[f"10{n:02}"] = Habit(voice=AGENT)
        if case.answers is not None:
            await here.agent(f"q{n:02}", f"10{n:02}")

    async def tried(n: int, case: Case) -> object:
        try:
            async with await here.call(f"+461010227{n:02}") as call:
                return await case.shows(here, call, f"q{n:02}", f"10{n:02}")
        except (TimeoutError, AssertionError) as err:
            return f"{sorted(case.options)} {n}: {err!r}"

    found = await asyncio.gather(*(tried(n, case) for n, case in enumerate(CASES)))
    assert [one for one in found if one is not None] == []


ORDER = ("1005", "1002", "1007", "1000", "1006", "1001", "1004", "1003")


@pytest.mark.parametrize(
    ("before", "after", "ordered"),
    [
        ("rrmemory", "rrmemory", False),
        ("rrmemory", "linear", False),
        ("rrmemory", "rrordered", False),
        ("ringall", "rrordered", False),
        ("linear", "linear", True),
        ("rrordered", "linear", True),
        ("linear", "rrordered", True),
        ("linear", "rrmemory", True),
    ],
)
async def test_agents_are_kept_in_an_order_or_not_by_the_strategy_with_which_a_queue_was_first_read(
    here: Exchange, before: str, after: str, ordered: bool
) -> None:
    """The new strategy is shown all the same. Unordered, they stand by the first four signs of their endpoints."""
    key = f"{before}-{after}"
    for strategy in (before, after):
        await here.lay(*SAYS, thing(f"queue/{key}", strategy=strategy))
    for phone in ORDER:
        await here.queues.add(f"vx-{key}", f"PJSIP/{phone}", member_name=phone)
    (found,) = await here.queues.status(f"vx-{key}")
    assert found.strategy == after
    assert ([member.name for member in found.members] == [*ORDER]) is ordered
