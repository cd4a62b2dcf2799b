"""Pages at 1,000 flows: the time until one has come, from another process here, and what the first one weighs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
import pytest_asyncio

from tests.bench import stage
from tests.bench.table import Row, median, ms, of_this_run, p95, show, timed
from tests.real_asterisk.town import Api, settings_of
from vaxelflode.demo.choose import Maker, choose

FLOWS = of_this_run(1_000, quick=20)
TIMES = of_this_run(60, quick=3)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def maker(tmp_path_factory: object) -> AsyncIterator[Maker]:
    yield await choose(tmp_path_factory.mktemp("asterisk"))  # type: ignore[attr-defined]


async def test_pages(maker: Maker, tmp_path: Path) -> None:
    async with maker(tmp_path / "pbx") as pbx:
        settings = settings_of(pbx, tmp_path / "data")
        tokens = await stage.fill(settings, FLOWS)
        async with stage.serving(settings, tokens) as plane:
            flow = (await plane.supervisor("GET", "/flows")).body[0]["id"]
            schedule = next(iter((await plane.supervisor("GET", "/objects?kind=schedule")).body))["key"]
            pages = {
                "the list of flows": "/flows",
                "a flow with its graph": f"/flows/{flow}",
                "opening hours": f"/flows/{flow}/schedule/{schedule}",
                "history": f"/flows/{flow}/history",
            }
            rows = [await _time(plane.session, plane.supervisor, what, path) for what, path in pages.items()]
            rows.append(await _time(plane.session, plane.admin, "the list of an administrator's flows", "/flows"))
            rows.append(await _weight(plane.session, plane.supervisor, f"/flows/{flow}"))
    needed = [*pages, "over the wire"]
    show(f"Pages at {FLOWS} flows", "pages", rows, needed=[f"{what}, p95" for what in pages] + needed[-1:])


async def _get(session: aiohttp.ClientSession, api: Api, path: str) -> tuple[int, bytes]:
    headers = api._headers | {"Accept-Encoding": "gzip, deflate"}
    async with session.get(path, headers=headers) as answer:
        assert answer.status == 200, path
        return int(answer.headers.get("Content-Length", 0)), await answer.read()


async def _time(session: aiohttp.ClientSession, api: Api, what: str, path: str) -> Row:
    times = [await timed(partial(_get, session, api, path)) for _ in range(TIMES + 3)][3:]
    figure = f"{ms(p95(times))} (median {ms(median(times))})"
    return Row(f"{what}, p95", "<= 30 ms", figure, "", p95(times) <= 30)


async def _weight(session: aiohttp.ClientSession, api: Api, path: str) -> Row:
    """The page and all that it loads, as it is sent."""
    total, page = await _get(session, api, path)
    loaded = {*re.findall(r'(?:src|href)="(/static/[^"]+)"', page.decode())}
    for one in loaded:
        total += (await _get(session, api, one))[0]
    figure = f"{total / 1000:.0f} kB in {len(loaded) + 1} files"
    return Row("a first view over the wire", "<= 150 kB", figure, "", total <= 150_000)
