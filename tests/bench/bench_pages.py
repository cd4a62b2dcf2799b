"""Pages at 1,000 flows: the time until one has come, from another process here, and what the first one weighs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest_asyncio

from tests.bench import shapes, stage
from tests.bench.stage import Serving
from tests.bench.table import Row, median, ms, of_this_run, p95, show, timed
from tests.real_asterisk.town import Api, settings_of
from vaxelflode.demo.choose import Maker, choose
from vaxelflode.domain.kind import kinds

FLOWS = of_this_run(1_000, quick=20)
TIMES = of_this_run(60, quick=3)

#: What is led to in the flow of the supervisor, to be granted whole.
KEY = shapes.key_of(0)
MENU = {"1": {"object": "queue/queue-0"}, "2": {"object": f"announcement/{KEY}"}}
GRANTED = f"schedule/{KEY}", "menu/front", "queue/queue-0", f"announcement/{KEY}"
#: Flows that are closed together.
SEVERAL = 5


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def maker(tmp_path_factory: object) -> AsyncIterator[Maker]:
    yield await choose(tmp_path_factory.mktemp("asterisk"))  # type: ignore[attr-defined]


async def test_pages(maker: Maker, tmp_path: Path) -> None:
    async with maker(tmp_path / "pbx") as pbx:
        settings = settings_of(pbx, tmp_path / "data")
        tokens = await stage.fill(settings, FLOWS)
        async with stage.serving(settings, tokens) as plane:
            flow = await _furnished(plane)
            several = urlencode(
                [("flow", f["id"]) for f in (await plane.admin("GET", "/flows?limit=200")).body[-SEVERAL:]]
            )
            mine = {what: f"/flows{path}" for what, path in _pages(f"/{flow}").items()}
            every = {what: f"/flows{path}" for what, path in _pages_of_administrators(f"/{flow}", several).items()}
            rows = [await _time(plane, plane.supervisor, what, path) for what, path in mine.items()]
            rows += [await _time(plane, plane.admin, what, path) for what, path in every.items()]
            key = f"/flows/{flow}/schedule/{KEY}"
            rows.append(await _time(plane, plane.admin, SEARCH, f"{key}/override", {"do": "look", "find.closed": "77"}))
            rows.append(await _heaviest(plane, plane.supervisor, "a supervisor's", mine))
            rows.append(await _heaviest(plane, plane.admin, "an administrator's", every))
    needed = [
        *(f"{what}, p95" for what in [*mine, *every, SEARCH]),
        "supervisor's heaviest",
        "administrator's heaviest",
    ]
    show(f"Pages at {FLOWS} flows", "pages", rows, needed=needed)


SEARCH = "a place looked for among all"


def _pages(flow: str) -> dict[str, str]:
    """What supervisors visit most."""
    return {
        "the list of flows": "",
        "a flow with its graph": flow,
        "the graph on an evening, with a key": f"{flow}?at=2027-12-23T20:00&digits=2",
        "a step of the graph": f"{flow}?node=menu/front",
        "opening hours": f"{flow}/schedule/{KEY}",
        "a temporary change of them": f"{flow}/schedule/{KEY}/override",
        "closing a flow": f"{flow}/close",
        "a queue": f"{flow}/queue/queue-0",
        "a menu": f"{flow}/menu/front",
        "a message": f"{flow}/announcement/{KEY}",
        "history": f"{flow}/history",
    }


def _pages_of_administrators(flow: str, several: str) -> dict[str, str]:
    """Pages on which there is more for whoever has every flow."""
    return {
        "the list of an administrator's flows": "",
        "a search among them": "?q=flow+77",
        "an administrator's graph": flow,
        "an administrator's opening hours": f"{flow}/schedule/{KEY}",
        "an administrator's temporary change": f"{flow}/schedule/{KEY}/override",
        f"an administrator closing {SEVERAL} flows": f"/close?{several}",
        "an administrator's queue": f"{flow}/queue/queue-0",
        "an administrator's settings of a queue": f"{flow}/queue/queue-0/settings",
        "an administrator's menu": f"{flow}/menu/front",
        "an administrator's message": f"{flow}/announcement/{KEY}",
        "an administrator's list of a flow's queues": f"{flow}/queue",
        "an administrator's history of a flow": f"{flow}/history",
    }


async def _furnished(plane: Serving) -> str:
    """A menu in the supervisor's flow, and all of the flow granted: a page with nothing on it costs nothing."""
    menu = {"kind": "menu", "key": "front", "name": "Front", "spec": {"options": MENU}}
    assert (await plane.admin("POST", "/objects", menu)).status in (200, 201, 202)
    opened = {"spec": {"open": {"object": "menu/front"}}}
    assert (await plane.admin("PATCH", f"/objects/schedule/{KEY}", opened, if_match="*")).status in (200, 202)
    flow = (await plane.supervisor("GET", "/flows")).body[0]
    grants = [{"object": ref, "aspects": [*kinds()[ref.partition("/")[0]].aspects]} for ref in GRANTED]
    assert (await plane.admin("PUT", f"/flows/{flow['id']}", flow | {"grants": grants}, if_match="*")).status == 200
    return str(flow["id"])


async def _get(
    session: aiohttp.ClientSession, api: Api, path: str, form: dict[str, str] | None = None
) -> tuple[int, bytes]:
    headers = api._headers | {"Accept-Encoding": "gzip, deflate"}
    async with session.request("POST" if form else "GET", path, data=form, headers=headers) as answer:
        assert answer.status == 200, path
        return int(answer.headers.get("Content-Length", 0)), await answer.read()


async def _time(plane: Serving, api: Api, what: str, path: str, form: dict[str, str] | None = None) -> Row:
    """By the clock, and by the processor that the server had meanwhile, which others on the machine take less of."""
    times, worked = [], []
    for _ in range(TIMES + 3):
        begun = plane.processor()
        times.append(await timed(lambda: _get(plane.session, api, path, form)))
        worked.append(plane.processor() - begun)
    times, worked = times[3:], worked[3:]
    processor = f"of the processor {ms(median(worked))}, p95 {ms(p95(worked))}"
    figure = f"{ms(p95(times))} (median {ms(median(times))}, {processor})"
    return Row(f"{what}, p95", "<= 30 ms", figure, "", p95(times) <= 30)


async def _heaviest(plane: Serving, api: Api, whose: str, pages: dict[str, str]) -> Row:
    """Of some pages, each with all that it loads as it is sent, the one that weighs most as the first that is seen."""
    weights = {what: await _weight(plane.session, api, path) for what, path in pages.items()}
    what, (total, files, unpacked) = max(weights.items(), key=lambda item: item[1])
    figure = f"{total / 1000:.0f} kB in {files} files ({what}; its HTML is {unpacked / 1000:.0f} kB unpacked)"
    return Row(f"a first view over the wire, {whose} heaviest", "<= 150 kB", figure, "", total <= 150_000)


async def _weight(session: aiohttp.ClientSession, api: Api, path: str) -> tuple[int, int, int]:
    """Bytes of a page and all that it loads as it is sent, in how many files, and bytes of the page as it is."""
    total, page = await _get(session, api, path)
    loaded = {*re.findall(r'(?:src|href)="(/static/[^"]+)"', page.decode())}
    for one in loaded:
        total += (await _get(session, api, one))[0]
    return total, len(loaded) + 1, len(page)
