"""Fifty editors at once: each reads an object, turns one knob of it, and writes down what was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import aiohttp

from tests.crowd.house import Editor, Json, Knob, knobs
from tests.real_asterisk.town import Answer, Api

#: One try in so many is at something that the editor has no right to.
_FORBIDDEN_IN = 20
#: Shares of the tries that go for the first few objects, so that many want the same at once.
_CROWDED, _OBJECTS_CROWDED = 0.5, 12


@dataclass(frozen=True, slots=True)
class Entry:
    """One try. ``held`` is the version of the aspect that the editor had read, ``read`` the value that stood there;
    ``version`` is what the answer says it is now. ``change`` is the change of the answer, if there is one.
    """

    who: str
    knob: Knob
    value: Any
    read: Any
    held: int
    status: int
    version: int | None
    change: Json | None
    words: str

    @property
    def revision(self) -> int | None:
        """Of the change that was made; ``None``: none was, perhaps because somebody had set the same before."""
        return None if self.change is None else self.change["revision"]


def version_of(etag: str, aspect: str) -> int:
    """An aspect's number in an ETag such as ``"hours.3-override.7"``; one that never changed is left out."""
    numbers = dict(part.split(".") for part in etag.strip('"').split("-") if "." in part)
    return int(numbers.get(aspect, 0))


async def crowd(address: str, editors: Sequence[Editor], seconds: float, seed: int) -> list[Entry]:
    """Let everybody edit for so long; returns all that they tried."""
    entries: list[Entry] = []
    until = asyncio.get_running_loop().time() + seconds
    async with (
        aiohttp.ClientSession(address, connector=aiohttp.TCPConnector(limit=0)) as session,
        asyncio.TaskGroup() as g,
    ):
        for number, editor in enumerate(editors):
            one = _AtWork(editor, Api(session, editor.token), Random(f"{seed}-{number}"), entries)
            g.create_task(one.until(until), name=editor.name)
    return entries


@dataclass
class _AtWork:
    editor: Editor
    api: Api
    random: Random
    entries: list[Entry]

    async def until(self, end: float) -> None:
        """Edit, think for a moment, and again; after a 412 mostly the same once more, as a person would."""
        knob = self._drawn()
        while asyncio.get_running_loop().time() < end:
            status = await self._turn(knob)
            if status != 412 or self.random.random() < 0.3:
                knob = self._drawn()
            await asyncio.sleep(self.random.uniform(0, 0.4))

    def _drawn(self) -> Knob:
        mine: list[Knob] = []
        others: list[Knob] = []
        for knob in knobs():
            (mine if self.editor.may is None or (knob.ref, knob.aspect) in self.editor.may else others).append(knob)
        if others and self.random.randrange(_FORBIDDEN_IN) == 0:
            return self.random.choice(others)
        if self.random.random() < _CROWDED:
            crowded = {knob.ref for knob in knobs()[:: len(knobs()) // _OBJECTS_CROWDED]}
            mine = [knob for knob in mine if knob.ref in crowded] or mine
        return self.random.choice(mine)

    async def _turn(self, knob: Knob) -> int:
        path = f"/objects/{knob.ref}"
        seen = await self.api("GET", path)
        if seen.status != 200:
            self._write(knob, None, None, 0, seen)
            return seen.status
        held, stood = version_of(seen.headers["ETag"], knob.aspect), knob.value(seen.body["spec"])
        value = knob.draw(self.random)
        while value == stood:
            value = knob.draw(self.random)
        said = await self.api("PATCH", path, knob.patch(value), if_match=seen.headers["ETag"])
        self._write(knob, value, stood, held, said)
        return said.status

    def _write(self, knob: Knob, value: Any, stood: Any, held: int, said: Answer) -> None:
        body = said.body if isinstance(said.body, dict) else {}
        etag = said.headers.get("ETag")
        version = None if etag is None or said.status not in (200, 202) else version_of(etag, knob.aspect)
        words = str(body.get("detail", ""))
        self.entries.append(
            Entry(self.editor.name, knob, value, stood, held, said.status, version, body.get("change"), words)
        )
