"""Whatever people have done in whatever order, every page can be read: a drawn week at the switchboard."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import Any

import pytest

from tests.api import company
from tests.web.conftest import Visitor

FLOW = f"/flows/{company.FLOWS['mine']}"
#: Acts of a week, and after how many of them the pages are read.
ACTS, READ_EVERY = 60, 6
DAYS = ("2027-05-31", "2027-06-01", "2027-06-02", "2027-06-03", "2027-06-10")
HOURS: tuple[list[list[str]], ...] = (
    [],
    [["09:00", "15:00"]],
    [["00:00", "24:00"]],
    [["08:00", "12:00"], ["13:00", "16:00"]],
    [["22:00", "06:00"]],
)
PLACES: tuple[dict[str, str], ...] = (
    *({"object": f"{ref}/mine"} for ref in ("queue", "announcement", "menu", "voicemail", "ring_group", "forward")),
    *({"end": end} for end in ("hangup", "busy", "congestion")),
    {"extension": "201"},
    {"external": "+46701740606"},
    {"object": "queue/other"},
)
#: Object and field → what may be put there.
FIELDS: Mapping[tuple[str, str], Callable[[Random], Any]] = {
    ("schedule/mine", "weekly"): lambda draw: {draw.choice(("mon", "sat", "sun")): draw.choice(HOURS)},
    ("schedule/mine", "holidays"): lambda draw: draw.choice(({"calendar": "SE"}, {"calendar": "SE", "hours": []})),
    ("schedule/mine", "closed"): lambda draw: draw.choice(PLACES),
    ("schedule/mine", "holiday"): lambda draw: draw.choice((None, *PLACES)),
    ("menu/mine", "options"): lambda draw: {draw.choice("123456"): draw.choice((None, *PLACES))},
    ("menu/mine", "wait"): lambda draw: draw.randint(1, 20),
    ("menu/mine", "prompt"): lambda draw: draw.choice((None, company.PROMPT)),
    ("queue/mine", "longest_wait"): lambda draw: draw.choice((60, 300, 900)),
    ("queue/mine", "full"): lambda draw: draw.choice(PLACES),
    ("queue/mine", "strategy"): lambda draw: draw.choice(("ringall", "leastrecent")),
    ("announcement/mine", "prompt"): lambda draw: draw.choice((None, company.PROMPT)),
    ("announcement/mine", "next"): lambda draw: draw.choice(PLACES),
    ("ring_group/mine", "members"): lambda draw: draw.sample(("201", "202", "203"), draw.randint(0, 3)),
    ("forward/mine", "target"): lambda draw: draw.choice(PLACES),
    ("switch/mine", "position"): lambda draw: draw.choice((None, {"at": "closed"}, {"at": "open"})),
    ("voicemail/mine", "greeting"): lambda draw: draw.choice((None, company.PROMPT)),
    ("voicemail/mine", "pin"): lambda draw: draw.choice(("4711", "1234", None)),
}


@dataclass
class Week:
    """What a supervisor and an administrator do, by turns as they are drawn."""

    at: Visitor
    draw: Random
    done: list[str] = field(default_factory=list)
    _news: int = 0

    async def act(self) -> None:
        """One act; it is done, or refused with a reason."""
        act = self.draw.choice((self._edit, self._edit, self._close, self._reopen, self._undo, self._undo, self._agent))
        await (self._make_and_delete if self.draw.random() < 0.1 else act)()

    async def _edit(self) -> None:
        (ref, name), value = self.draw.choice([*FIELDS.items()])
        await self._ask("PATCH", f"objects/{ref}", {"spec": {name: value(self.draw)}}, if_match="*")

    async def _close(self) -> None:
        first, last = sorted(self.draw.choices(DAYS, k=2))
        closed = {"closed": self.draw.choice(PLACES)} if self.draw.random() < 0.3 else {}
        body = {"from": first, "to": last, "hours": self.draw.choice(HOURS), "note": self.draw.choice(("", "Stämma"))}
        await self._ask("POST", "objects/schedule/mine/overrides", body | closed)

    async def _reopen(self) -> None:
        there = (await self.at.house.ask("GET", "/api/v1/objects/schedule/mine", "administrator")).body
        if found := there["spec"]["overrides"]:
            await self._ask("DELETE", f"objects/schedule/mine/overrides/{self.draw.choice(found)['id']}", None)

    async def _undo(self) -> None:
        told = (await self.at.house.ask("GET", "/api/v1/changes?limit=30", "granted")).body
        await self._ask("POST", f"changes/{self.draw.choice(told)['id']}/undo", {"force": self.draw.random() < 0.7})

    async def _agent(self) -> None:
        path = f"queues/mine/agents/{self.draw.choice(('201', '202', '203'))}"
        body = {"permanent": self.draw.random() < 0.5, "paused": self.draw.random() < 0.5}
        await self._ask(self.draw.choice(("PUT", "PATCH", "DELETE")), path, body)

    async def _make_and_delete(self) -> None:
        """Something is made, led to, led away from and deleted: history remembers it."""
        self._news += 1
        ref, ask = f"announcement/ny-{self._news}", self._ask
        kind, key = ref.split("/")
        await ask("POST", "objects", {"kind": kind, "key": key, "name": f"Ny {self._news}"}, "administrator")
        for place in ({"object": ref}, None):
            body = {"spec": {"options": {"7": place}}}
            await ask("PATCH", "objects/menu/mine", body, "administrator", if_match="*")
        await ask("DELETE", f"objects/{ref}", None, "administrator", if_match="*")

    async def _ask(self, method: str, path: str, body: Any, who: str = "", **headers: str) -> None:
        person = who or self.draw.choice(("granted", "administrator"))
        answer = await self.at.house.ask(method, f"/api/v1/{path}", person, body, **headers)
        self.done.append(f"{person} {method} {path} {body} {answer.status}")
        assert answer.status in (200, 403, 404, 409, 422), [*self.done, answer.raw]

    async def read(self) -> None:
        """Every page that tells of what was done, and the question before each undo."""
        told = (await self.at.house.ask("GET", "/api/v1/changes?limit=12", "granted")).body
        paths = ["/flows", "/history", "/history?as=csv", FLOW, f"{FLOW}?at=2027-06-10T10:00", f"{FLOW}/history"]
        paths += [f"{FLOW}/{ref}" for ref in dict.fromkeys(ref for ref, _ in FIELDS)]
        paths += [f"{FLOW}/schedule/mine/override?day={day}" for day in ("today", "other")]
        paths += [path for one in told for path in (f"/changes/{one['id']}", f"{FLOW}/history?change={one['id']}")]
        for path in paths:
            shown = await self.at.get(path)
            assert shown.status == 200, [*self.done, path, shown.status]
        for one in told[:3]:
            asked = await self.at.post(f"/changes/{one['id']}/undo", {"back": "/history"})
            assert asked.status in (200, 403, 409, 422), [*self.done, one["id"], asked.status]


@pytest.mark.parametrize("week", range(4))
async def test_every_page_can_be_read(granted: Visitor, week: int) -> None:
    seed = f"{week}" if os.environ.get("CI") else f"{SystemRandom().randrange(16**8):08x}"
    print(f"seed {seed}")
    there = Week(granted, Random(seed))
    for number in range(1, ACTS + 1):
        await there.act()
        if number % READ_EVERY == 0:
            await there.read()
    statuses = {line.rpartition(" ")[2] for line in there.done}
    assert {"200", "409"} <= statuses  # much was done, and some of it refused
