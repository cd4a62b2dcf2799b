"""Plans that a test makes by hand, and their calls: the test says what is met, and so must the simulation."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from tests.oracle.drawing import CALLERS
from tests.oracle.exchange import FIRST_FREE, Exchange, prompt, telephone, thing
from tests.oracle.meeting import Meeting
from tests.oracle.placing import place
from tests.oracle.plan import Plan
from tests.sip import Call, Pair, pair
from vaxelflode.domain.company import Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.passage import Luck

NOON = dt.datetime(2027, 3, 16, 11, 0, tzinfo=dt.UTC)
PHONES = tuple(str(number) for number in range(1000, 1030))
#: The endpoints of those telephones, registered and not.
ENDPOINTS = tuple(f"{sort}-{phone}" for phone in PHONES for sort in ("vxt", "vxu"))
#: Announcements that say where a call has come, each in a voice of its own; ``a`` to ``e``.
_SAYING: Mapping[str, Pair] = {name: pair(FIRST_FREE + n) for n, name in enumerate("abcde")}
SAYS = tuple(thing(f"announcement/{name}", prompt=prompt(voice)) for name, voice in _SAYING.items())
_NAMES = {voice.name: name for name, voice in _SAYING.items()}
#: Voices for prompts of other objects.
OTHERS = tuple(pair(n) for n in range(FIRST_FREE + 5, FIRST_FREE + 20))
_numbers = itertools.count(46101022100)


def to(where: str) -> dict[str, str]:
    """A destination: an object, or a telephone by its extension."""
    return {"object": where} if "/" in where else {"extension": where}


def say(name: str) -> dict[str, str]:
    """On to one of :data:`SAYS`."""
    return to(f"announcement/{name}")


def plan(
    route: Mapping[str, str],
    *objects: Object,
    phones: Mapping[str, Luck] | None = None,
    luck: Mapping[str, Luck] | None = None,
    dialled: str = "+{}",
    **call: Any,
) -> Plan:
    """A call to a number of its own that leads to ``route``.

    ``phones`` are the telephones with their luck, ``luck`` is that of other objects and of numbers outside.
    """
    number, phones = str(next(_numbers)), phones or {}
    lucky = {ObjectRef("extension", phone): how for phone, how in phones.items()}
    lucky |= {ObjectRef(*ref.split("/")): how for ref, how in (luck or {}).items()}
    telephones = (telephone(phone, registered=how != "unreachable", ring=5) for phone, how in phones.items())
    return Plan(
        number=number,
        objects=(*SAYS, *telephones, *objects, thing(f"number/{number}", route=route)),
        at=NOON,
        dialled=dialled.format(number, number[2:]),
        luck=lucky,
        voices={phone: pair(40 + int(phone) % 100) for phone in phones},
        **({"caller": CALLERS[int(number) % len(CALLERS)]} | call),
    )


async def meet(here: Exchange, *plans: Plan) -> list[Meeting]:
    """Lay the companies of the plans as one, place their calls at once, and hold each against the simulation."""
    await here.lay(*{o.ref: o for plan in plans for o in plan.objects}.values())
    found = await asyncio.gather(*(place(here, plan) for plan in plans))
    for made, (wanted, met, story) in zip(plans, found, strict=True):
        assert [*wanted.disagreements(met)] == [], f"{made.simulation.path}\n  {story}"
    return [met for _, met, _ in found]


def endings(meetings: Sequence[Meeting]) -> list[str]:
    """How the calls ended."""
    return [met.ending for met in meetings]


def heard(meetings: Sequence[Meeting]) -> list[list[str]]:
    """What was heard in the calls, by the names of :data:`SAYS` where it is one of those."""
    return [_named(met.heard) for met in meetings]


def heard_in(call: Call) -> list[str]:
    """The same of one call, so far."""
    return _named([h.name for h in call.heard])


def _named(voices: Sequence[str]) -> list[str]:
    return [_NAMES.get(voice, voice) for voice in voices]
