"""The nights in which the clock is changed: every real minute of them is judged by a real Asterisk.

A Local channel for each minute goes through the schedules of its zone and leaves a mark at each exit that it takes. The
dialplan beside ours leads it in, judged at that minute, and from each schedule to the next.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio

from tests.oracle.exchange import Exchange, exchange, thing
from vaxelflode.demo.choose import Maker
from vaxelflode.domain.company import Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.domain.passage import Caller

pytestmark = pytest.mark.pbx

#: Zone → the instants (UTC) at which its clock is changed: by an hour at one instant for all of Europe, by an hour at
#: the local 02:00, and by half an hour.
CHANGES = {
    "Europe/Stockholm": ("2027-03-28T01:00", "2027-10-31T01:00"),
    "America/New_York": ("2027-03-14T07:00", "2027-11-07T06:00"),
    "Australia/Lord_Howe": ("2027-04-03T15:00", "2027-10-02T15:30"),
}
#: Hours on both sides of the change.
AROUND = 4
#: Past midnight, within the hour that comes twice or never, over its beginning and over its end.
HOURS: dict[str, Any] = {
    "sat": [["12:00", "13:00"], ["20:00", "02:30"]],
    "sun": [["02:15", "02:45"], ["02:59", "03:00"], ["03:30", "23:00"]],
}
AT_ONCE = 16


def schedules(zone: str, name: str) -> Iterator[Object]:
    """Three of a zone: by the week, by temporary changes of those days, and of the very hour."""
    nights = [dt.datetime.fromisoformat(f"{at}+00:00").astimezone(ZoneInfo(zone)).date() for at in CHANGES[zone]]
    overrides = [
        {"id": f"{n:016x}", "from": str(day), "to": str(day), "hours": hours, "made_at": "2027-01-01T00:00:00Z"}
        for n, (day, hours) in enumerate(
            [
                *((night - dt.timedelta(1), [["23:30", "02:10"]]) for night in nights),
                *((night, [["02:20", "02:40"], ["03:00", "03:01"]]) for night in nights),
            ]
        )
    ]
    specs: list[dict[str, Any]] = [{"weekly": HOURS}, {"weekly": HOURS, "overrides": overrides}]
    for n, spec in enumerate([*specs, {"weekly": {"sun": [["02:00", "03:00"]]}}]):
        exits = {exit_: {"dialplan": f"vx-test-{exit_},{name}{n},1"} for exit_ in ("open", "closed")}
        yield thing(f"schedule/{name}{n}", time_zone=zone, **spec, **exits)


ZONES = {zone.rpartition("/")[2].replace("_", "").lower(): zone for zone in CHANGES}
EVERY = {name: [*schedules(zone, name)] for name, zone in ZONES.items()}


def dialplan() -> str:
    """In at ``stockholm<epoch seconds>``, through the zone's schedules one by one."""
    text = ["\n[vx-test-night]\n"]
    for name in EVERY:
        # a letter in a pattern is one of a class where it stands for one: n, x and z do
        pattern = re.sub("[nxz]", lambda found: f"[{found[0]}]", name)
        text.append(
            f"exten => _{pattern}X.,1,Set(VX_AT=${{FILTER(0-9,${{EXTEN}})}})\n"
            f" same => n,Set(__VX_SHIFT=$[${{VX_AT}} - ${{EPOCH}}])\n same => n,Goto(vx-schedule-{name}0,s,1)\n"
        )
    for exit_ in ("open", "closed"):
        text.append(f"[vx-test-{exit_}]\n")
        for name, made in EVERY.items():
            for n in range(len(made)):
                then = f"Goto(vx-schedule-{name}{n + 1},s,1)" if n + 1 < len(made) else "Hangup()"
                text.append(
                    f"exten => {name}{n},1,Set(DB(vx-test-night/${{VX_AT}}-{name}{n})={exit_})\n same => n,{then}\n"
                )
    return "".join(text)


def minutes(zone: str) -> Iterator[dt.datetime]:
    """Every minute of both nights."""
    for change in CHANGES[zone]:
        middle = dt.datetime.fromisoformat(f"{change}+00:00")
        yield from (middle + dt.timedelta(minutes=m) for m in range(-60 * AROUND, 60 * AROUND))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, exchange(pbx, dialplan=dialplan()) as made:
        await made.lay(*(o for every in EVERY.values() for o in every))
        yield made


async def judged(here: Exchange) -> dict[str, str]:
    """``<epoch seconds>-stockholm0`` → ``open`` or ``closed``, as Asterisk says."""
    entries = [f"{name}{int(at.timestamp())}" for name, zone in ZONES.items() for at in minutes(zone)]
    gate = asyncio.Semaphore(AT_ONCE)
    ari = here.pbx.ari
    headers = {"Authorization": aiohttp.encode_basic_auth(ari.username, ari.password)}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=30)) as session:

        async def send(entry: str) -> None:
            to = {"endpoint": f"Local/{entry}@vx-test-night/n", "context": "vx-test-aside", "extension": "s"}
            async with gate, session.post(f"{ari.url}/channels", params=to | {"priority": "1"}) as answer:
                assert answer.status == 200, await answer.text()

        await asyncio.gather(*map(send, entries))
    async with asyncio.timeout(30):
        while len(found := await _marks(here)) < 3 * len(entries):  # noqa: ASYNC110 -- no event tells it
            await asyncio.sleep(0.2)
    return found


async def _marks(here: Exchange) -> dict[str, str]:
    shown = await here.pbx.cli("database show vx-test-night")
    return dict(re.findall(r"^/vx-test-night/(\S+)\s*: (\w+)", shown, re.MULTILINE))


async def test_every_minute_of_both_nights_is_judged_as_the_simulation_judges_it(here: Exchange) -> None:
    found = await judged(here)
    wrong, counted = [], Counter[str]()
    for name, zone in ZONES.items():
        for o in EVERY[name]:
            for at in minutes(zone):
                said = o.spec.passage(o.ref, Caller(at)).exit
                really = found[f"{int(at.timestamp())}-{o.ref.key}"]
                counted[f"{o.ref.key} {really}"] += 1
                if said != really:
                    wrong.append(f"{o.ref} {at.astimezone(ZoneInfo(zone))}: simulated {said}, really {really}")
    assert wrong == []
    assert counted.total() == 3 * 3 * 2 * 2 * AROUND * 60
    # 02:00 to 03:00 alone. Stockholm: never in spring, twice in autumn. New York: never, and once (the hour before it
    # comes twice). Lord Howe: half of it never comes, and all of it once.
    assert [counted[f"{name}2 open"] for name in ZONES] == [120, 60, 90]


def test_an_hour_that_comes_twice_is_open_twice_and_one_that_never_comes_is_not() -> None:
    """The same told by hand: 02:15 to 02:45 in Stockholm."""
    spec = next(o for o in EVERY["stockholm"] if o.ref == ObjectRef("schedule", "stockholm0")).spec
    assert isinstance(spec, Schedule)

    def open_minutes(first: str, hours: int) -> int:
        begin = dt.datetime.fromisoformat(f"{first}+00:00")
        every = (begin + dt.timedelta(minutes=m) for m in range(60 * hours))
        return sum(spec.passage(ObjectRef("schedule", "x"), Caller(at)).exit == "open" for at in every)

    # spring: 02:00 does not come, 01:59 is followed by 03:00; the evening's tail is open until then
    assert open_minutes("2027-03-28T00:00", 1) == 60
    assert open_minutes("2027-03-28T01:00", 1) == 30
    # autumn: 02:00 to 03:00 twice, open to 02:45 and for the last minute
    assert open_minutes("2027-10-31T00:00", 1) == 46
    assert open_minutes("2027-10-31T01:00", 1) == 46
