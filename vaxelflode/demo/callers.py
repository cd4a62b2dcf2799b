"""Synthetic callers: they ring the company's numbers, choose in its menus and wait in its queues, until cancelled.

Its synthetic agents answer them (``asterisk_conf/demo``); there are more callers than free agents now and then.

They come in by the same context as calls from the line outside, judged by the real clock, with caller numbers of
the ranges that PTS keeps for fiction. They leave no message in a mailbox, and none of them is left at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from vaxelflode.asterisk.ari import AriAccount, AriConnection, Leg, connected
from vaxelflode.asterisk.backoff import Backoff
from vaxelflode.demo.access import Ari
from vaxelflode.errors import PbxRefused, PbxUnavailable

log = logging.getLogger(__name__)

#: Callers at once, at most: a few more than there are agents.
AT_ONCE = 12
#: What the ids of their channels begin with.
PREFIX = "vx-caller-"
_APP = "vx-callers"
_NAMES = (
    *("Anna Lind", "Bengt Holm", "Camilla Björk", "Dragan Petrović", "Eva Norén", "Gunilla Ström", "Hassan Ali"),
    *("Inger Åberg", "Jonas Wik", "Kerstin Fors", "Leila Amini", "Maja Nordin", "Nils-Erik Sjö", "Olga Ek"),
)
#: PTS's numbers for fiction: mobile, Stockholm, Göteborg, Malmö, and of 0980 those that the company does not use.
_NUMBERS = (
    *range(46701740605, 46701740700),
    *range(46846500400, 46846500500),
    *range(46313900600, 46313900700),
    *range(46406280400, 46406280500),
    *range(46980319250, 46980319290),
)
#: How often each of the company's numbers is rung, in their order: the main number most, then the last, for faults.
_WEIGHTS = (6, 1, 1, 3)
_KEYS = "1112233"
#: How often a caller looks where the call is, and how long one listens at most before a queue is reached.
_LOOK_EVERY = 0.5
_LISTENS_FOR = 120.0
_ANSWERED_WITHIN = 10.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How callers behave, in seconds: the mean time between two, how long they stay in a queue, whether answered or
    not, and their thought at a menu.
    """

    between: float = 6.0
    patience: tuple[float, float] = (20.0, 150.0)
    thought: tuple[float, float] = (2.0, 7.0)


async def keep_calling(
    ari: Ari, numbers: Sequence[str], *, pace: Pace | None = None, chance: Random | None = None
) -> None:
    """Call until cancelled; goes on by itself when Asterisk has been away. No channel of ours is left at the end."""
    account = AriAccount(ari.url, ari.username, ari.password)
    backoff = Backoff(0.5, 10.0)
    while True:
        try:
            async with connected(account, _APP) as line:
                backoff.reset()
                await _shift(line, numbers, pace or Pace(), chance or Random())  # noqa: S311 -- only a mood
        except (PbxUnavailable, PbxRefused) as err:
            log.info("no synthetic callers now: %s", err.message)
        await asyncio.sleep(backoff.delay())


async def _shift(line: AriConnection, numbers: Sequence[str], pace: Pace, chance: Random) -> None:
    """Callers as long as the connection lasts; those of an earlier life, if any are left, are sent home first."""
    await line.clear(PREFIX)
    room = asyncio.Semaphore(AT_ONCE)
    try:
        async with asyncio.TaskGroup() as group:
            while not line.lost:
                await room.acquire()
                caller = _caller(numbers, pace, chance)
                group.create_task(_in_room(room, line, caller), name=f"caller {caller.identity}")
                await line.lasts(chance.expovariate(1 / pace.between))
    finally:
        with contextlib.suppress(PbxUnavailable, PbxRefused):
            await line.clear(PREFIX)


@dataclass(frozen=True, slots=True)
class _Caller:
    identity: str
    number: str
    key: str
    thought: float
    patience: float


def _caller(numbers: Sequence[str], pace: Pace, chance: Random) -> _Caller:
    weights = [*_WEIGHTS, *(1 for _ in numbers)][: len(numbers)]
    name, own = chance.choice(("", *_NAMES)), f"<+{chance.choice(_NUMBERS)}>"
    return _Caller(
        identity=f"{name} {own}".strip(),
        number=chance.choices(numbers, weights)[0].removeprefix("+"),
        key=chance.choice(_KEYS),
        thought=chance.uniform(*pace.thought),
        patience=chance.uniform(*pace.patience),
    )


async def _in_room(room: asyncio.Semaphore, line: AriConnection, caller: _Caller) -> None:
    try:
        channel = f"{PREFIX}{secrets.token_hex(6)}"
        async with line.call(
            f"Local/{caller.number}@vx-incoming/n", channel, caller=caller.identity, variables={"__VX_SHIFT": "0"}
        ) as leg:
            if await leg.answered(_ANSWERED_WITHIN):
                await _conduct(line, leg, caller)
    except (PbxUnavailable, PbxRefused) as err:
        log.info("a synthetic call ended: %s", err.message)
    finally:
        room.release()


async def _conduct(line: AriConnection, leg: Leg, caller: _Caller) -> None:
    """Choose at the first menu, wait in the queue as long as patience lasts, hang up before a mailbox records."""
    clock = asyncio.get_running_loop().time
    until = clock() + _LISTENS_FOR
    chosen = waiting = False
    while clock() < until and (place := await line.place(leg.far)) is not None:
        if place.context.startswith("vx-voicemail-"):
            return
        if place.application == "Queue" and not waiting:
            waiting, until = True, clock() + caller.patience
        if place.context.startswith("vx-menu-") and not chosen:
            chosen = True
            if await leg.over(caller.thought):
                return
            await line.press(leg, caller.key)
        if await leg.over(min(_LOOK_EVERY, max(0.0, until - clock()))):
            return
