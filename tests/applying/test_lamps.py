"""The lamps on phones: they follow what is live, and the end of a position; nothing waits for them."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from tests.rendering.making import company, thing
from vaxelflode.applying.lamps import Lamps
from vaxelflode.domain.company import EMPTY, Company
from vaxelflode.errors import PbxUnavailable
from vaxelflode.rendering.encode import Names

NOW = dt.datetime(2027, 3, 16, 9, 42, tzinfo=dt.UTC)
WAYS = {"normal": {"end": "hangup"}, "kris": {"end": "busy"}}


def switch(at: str | None = None, until: dt.datetime | None = None, **more: Any) -> Any:
    position = at and {"at": at, "until": until and until.isoformat()}
    return thing("switch/kris", positions=WAYS, default="normal", position=position, **{"code": "*21"} | more)


class Board:
    """The lamps of a company that changes, on a PBX that may be away."""

    def __init__(self) -> None:
        self.live: Company = EMPTY
        self.now = NOW
        self.away = False
        self.sets: list[Mapping[str, bool]] = []
        self.was_set = asyncio.Event()
        self.lamps = Lamps(lambda: self.live, self._set, Names("vx", "/sounds"), lambda: self.now)

    async def _set(self, states: Mapping[str, bool]) -> None:
        if self.away:
            raise PbxUnavailable("ARI does not answer")
        self.sets.append(states)
        self.was_set.set()

    async def shows(self, *objects: Any) -> list[Mapping[str, bool]]:
        """What is set once these objects are live."""
        self.sets.clear()
        self.live = company(self.live.revision + 1, *objects)
        await self.lamps.once()
        return self.sets


@pytest.fixture
def board() -> Board:
    return Board()


async def test_nothing_is_set_before_anything_is_live(board: Board) -> None:
    await board.lamps.once()
    assert board.sets == []


async def test_a_lamp_is_set_when_it_changes_and_only_then(board: Board) -> None:
    assert await board.shows(switch()) == [{"vx-code-21": False}]
    assert await board.shows(switch("kris")) == [{"vx-code-21": True}]
    assert await board.shows(switch("kris"), thing("queue/kund")) == []
    assert await board.shows(switch("normal")) == [{"vx-code-21": False}]
    assert await board.shows(switch("kris", code=None)) == []


async def test_a_code_no_longer_in_use_goes_dark(board: Board) -> None:
    await board.shows(switch("kris"))
    assert await board.shows(switch("kris", code="*22")) == [{"vx-code-21": False, "vx-code-22": True}]
    assert await board.shows() == [{"vx-code-22": False}]


async def test_a_new_connection_sets_everything_again(board: Board) -> None:
    await board.shows(switch("kris"))
    board.sets.clear()
    board.lamps.wake(doubtful=True)
    await board.lamps.once()
    assert board.sets == [{"vx-code-21": True}]


async def test_what_could_not_be_set_is_set_at_the_next_look(board: Board) -> None:
    board.away = True
    assert await board.shows(switch("kris")) == []
    board.away = False
    await board.lamps.once()
    assert board.sets == [{"vx-code-21": True}]


async def test_it_goes_dark_when_the_position_ends(board: Board) -> None:
    board.live = company(1, switch("kris", NOW + dt.timedelta(milliseconds=50)))
    task = asyncio.create_task(board.lamps.run())
    async with asyncio.timeout(5):  # the next look is later
        await board.was_set.wait()
        assert board.sets == [{"vx-code-21": True}]
        board.was_set.clear()
        board.now += dt.timedelta(seconds=1)
        await board.was_set.wait()
    assert board.sets[1] == {"vx-code-21": False}
    task.cancel()
    await asyncio.wait([task])
