"""The editors' minute from beginning to end, over a `vaxelflode serve` of its own and a real Asterisk."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tests.asterisk.proxy import Proxy
from tests.bench.stage import serving
from tests.crowd import ledger
from tests.crowd.editors import Entry, crowd
from tests.crowd.house import Json, build, refs
from tests.crowd.witness import Reloads, unlike
from tests.real_asterisk.town import Api, settings_of
from vaxelflode.demo.pbx import Pbx


@dataclass(frozen=True)
class Minute:
    """What came of it: ``faults`` in words, ``reloads`` by module as Asterisk saw them."""

    entries: list[Entry]
    faults: list[str]
    batches: int
    reloads: Counter[str]

    def told(self) -> str:
        """In one line."""
        answers = ", ".join(f"{status}: {n}" for status, n in sorted(Counter(e.status for e in self.entries).items()))
        modules = ", ".join(f"{name} {n}" for name, n in sorted(self.reloads.items()))
        return f"{len(self.entries)} tries ({answers}); {self.batches} batches; reloads: {modules}"


async def editors_minute(
    pbx: Pbx, folder: Path, *, seconds: float, administrators: int = 20, supervisors: int = 30, seed: int = 1
) -> Minute:
    """Let the crowd edit for so long, then hold its log against history, specs and Asterisk."""
    async with Proxy("127.0.0.1", pbx.ami.port) as door:
        settings = settings_of(pbx, folder, ami_port=door.port)
        editors = await build(settings, administrators, supervisors, Random(seed))
        async with serving(settings, {"admin": editors[0].token, "supervisor": editors[-1].token}) as plane:
            reloads = await Reloads.counted(pbx, door)
            before, initial = reloads.so_far(), await _specs(plane.admin)
            entries = await crowd(f"http://{settings.listen}", editors, seconds, seed)
            history = await _history(plane.admin)
            found = ledger.faults(entries, editors, history, initial, await _specs(plane.admin))
            found += await unlike(pbx, ledger.lasting(ledger.accepted(entries)))
            return Minute(entries, found, ledger.batches(history), reloads.so_far() - before)


async def _specs(admin: Api) -> dict[str, Json]:
    return {ref: (await admin("GET", f"/objects/{ref}")).body["spec"] for ref in refs()}


async def _history(admin: Api) -> list[Json]:
    """All of it, oldest first."""
    found: list[Any] = []
    while True:
        after = f"&after={found[-1]['id']}" if found else ""
        page = (await admin("GET", f"/changes?limit=100{after}")).body
        if not page:
            return found[::-1]
        found += page
