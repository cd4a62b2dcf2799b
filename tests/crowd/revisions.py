"""One revision after the other through the API, each live before the next, and what stood where at which moment."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.crowd.house import Json, to
from tests.crowd.stages import Stages, groups
from tests.real_asterisk.town import Api


@dataclass(frozen=True, slots=True)
class Made:
    """A value that was set: it may have stood from ``sent`` on, and stood at ``answered`` (the loop's seconds)."""

    value: Any
    sent: float
    answered: float


@dataclass
class Revisions:
    """Makes them, and remembers."""

    stages: Stages
    api: Api
    random: Random
    made: int = 0
    _stood: dict[tuple[str, str], list[Made]] = field(default_factory=dict)
    _initial: dict[str, Json] = field(default_factory=dict)
    _turns: dict[tuple[str, str], int] = field(default_factory=dict)
    _extra: int = 0

    def __post_init__(self) -> None:
        """What stands at first."""
        self._initial = self.stages.specs()

    def possible(self, ref: str, path: str, first: float, last: float) -> Iterator[Any]:
        """Whatever may have stood at a path at some moment between the two."""
        stood = [
            Made(_value(self._initial[ref], path), float("-inf"), float("-inf")),
            *self._stood.get((ref, path), []),
        ]
        for made, after in zip(stood, [*stood[1:], None], strict=True):
            if made.sent <= last and (after is None or after.answered >= first):
                yield made.value

    async def set(self, ref: str, path: str, value: Any) -> None:
        """One revision: one value, proven live."""
        patch = value
        for name in reversed(path.split(".")):
            patch = {name: patch}
        sent = asyncio.get_running_loop().time()
        await self._live("PATCH", f"/objects/{ref}", {"spec": patch})
        self._stood.setdefault((ref, path), []).append(Made(value, sent, asyncio.get_running_loop().time()))

    async def many(self, count: int, seconds: float) -> None:
        """So many, spread over so many seconds as far as the machine can; those that delete are among them."""
        steps = [self._turn] * count
        doomed = [group for group in groups() if group.doomed]
        deleting = [step for group in doomed for step in (self._rerouted(group.number), self._deleted(group.ref))]
        places = sorted(self.random.sample(range(count // 4, count), len(deleting)))
        for place, step in zip(places, deleting, strict=True):
            steps[place] = step
        await self._spread(steps, seconds)

    async def more(self, count: int, seconds: float) -> None:
        """Others, that delete nothing."""
        await self._spread([self._turn] * count, seconds)

    async def _spread(self, steps: list[Any], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for number, step in enumerate(steps):
            await asyncio.sleep(max(0.0, start + number * seconds / len(steps) - loop.time()))
            await step()

    async def _turn(self) -> None:
        if self.random.randrange(12) == 0:
            self._extra += 1
            body = {"kind": "announcement", "key": f"ny-{self._extra}", "name": "Ny", "spec": {}}
            await self._live("POST", "/objects", body)
            return
        ref, path, values = self.random.choice([*self.stages.dials()])
        turn = self._turns[ref, path] = self._turns.get((ref, path), -1) + 1
        await self.set(ref, path, values[turn % len(values)])

    def _rerouted(self, number: str) -> Any:
        return lambda: self._live("PATCH", f"/objects/number/{number}", {"spec": {"route": to("announcement/vilse")}})

    def _deleted(self, ref: str) -> Any:
        return lambda: self._live("DELETE", f"/objects/{ref}", None)

    async def _live(self, method: str, path: str, body: Any) -> None:
        said = await self.api(method, path, body, if_match="*")
        assert said.status == 200, f"{method} {path} {body}: {said.status} {said.body}"
        assert said.body["change"]["state"] == "live", said.body
        assert said.body["change"]["revision"], f"{method} {path} {body}: nothing to change"
        self.made += 1


def _value(spec: Json, path: str) -> Any:
    found: Any = spec
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found
