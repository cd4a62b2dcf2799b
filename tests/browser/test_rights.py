"""Pages that are open follow what their reader may do, from the moment that they were made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.conftest import Seen, visiting
from tests.browser.test_together import at_the_hours
from tests.real_asterisk.running_demo import Running
from tests.real_asterisk.town import Api

pytestmark = [pytest.mark.pbx]

HOURS = "schedule/kundtjanst"
EVENTS, MARK = "**/api/v1/events", "document.querySelector('#main').dataset.mark"


class Grants:
    """The supervisor's flow, with the right to its hours or without it."""

    def __init__(self, admin: Api, path: str, flow: dict[str, object], grants: list[dict[str, object]]) -> None:
        self._admin, self._path, self._flow, self._grants = admin, path, flow, grants

    async def take(self) -> None:
        await self._put([grant for grant in self._grants if grant["object"] != HOURS])

    async def give(self) -> None:
        await self._put(self._grants)

    async def _put(self, grants: list[dict[str, object]]) -> None:
        assert (await self._admin("PUT", self._path, self._flow | {"grants": grants}, if_match="*")).status == 200


@asynccontextmanager
async def hours_granted(demo: Running) -> AsyncIterator[Grants]:
    """Afterwards it is as it was."""
    admin, karin = await demo.log_in("admin"), await demo.log_in("supervisor")
    path = f"/flows/{(await karin('GET', '/flows')).body[0]['id']}"
    flow = (await admin("GET", path)).body
    grants = Grants(admin, path, flow, flow["grants"])
    try:
        yield grants
    finally:
        await grants.give()


async def _shown_anew(seen: Seen) -> None:
    await expect(seen.page.locator("[data-rights=shown]")).to_be_visible(timeout=15_000)
    await expect(seen.page.locator("#main .btn--edit")).to_have_count(0)
    seen.faults = [fault for fault in seen.faults if "403" not in fault]  # the page that one may no longer read


async def test_rights_that_change_before_the_stream_of_a_page_begins_are_noticed(
    browser: Browser, demo: Running
) -> None:
    begin = asyncio.Event()

    async def hold(route: Route) -> None:
        await begin.wait()
        await route.continue_()

    async with hours_granted(demo) as grants, visiting(browser, demo, "supervisor") as seen:
        await seen.page.route(EVENTS, hold)
        await at_the_hours(seen)
        await expect(seen.page.locator("#main .btn--edit").first).to_be_visible()
        await grants.take()
        begin.set()
        await _shown_anew(seen)


async def test_rights_that_change_while_the_stream_is_away_are_noticed_when_it_is_back(
    browser: Browser, demo: Running
) -> None:
    away = False

    async def lose(route: Route) -> None:
        await (route.abort() if away else route.fulfill(body="retry: 200\n\n", content_type="text/event-stream"))

    async with hours_granted(demo) as grants, visiting(browser, demo, "supervisor") as seen:
        await seen.page.route(EVENTS, lose)
        await at_the_hours(seen)
        away = True
        await grants.take()
        await seen.page.unroute(EVENTS)
        await _shown_anew(seen)
        seen.faults = [fault for fault in seen.faults if "ERR_FAILED" not in fault]


async def test_a_page_that_is_older_than_what_was_told_meanwhile_is_shown_anew(browser: Browser, demo: Running) -> None:
    """The page is asked for without the right, and comes only when the right has been given again."""
    asked, come = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        if "hx-request" not in route.request.headers or asked.is_set():
            await route.continue_()
            return
        answer = await route.fetch()
        asked.set()
        await come.wait()
        await route.fulfill(response=answer)

    async with hours_granted(demo) as grants, visiting(browser, demo, "supervisor") as seen:
        await at_the_hours(seen)
        mark = await seen.page.evaluate(MARK)
        await seen.page.route(f"**/{HOURS}", hold)
        await grants.take()
        await asyncio.wait_for(asked.wait(), 15)
        async with seen.page.expect_event("console", lambda said: said.text == mark, timeout=15_000):
            await seen.page.evaluate(
                "new EventSource('/api/v1/events')"
                ".addEventListener('rights', (event) => console.log(JSON.parse(event.data).mark))"
            )
            await grants.give()
        await asyncio.sleep(2.5)  # the page's own stream is told as often as the one that listens beside it
        come.set()
        await expect(seen.page.locator("#main .btn--edit").first).to_be_visible(timeout=15_000)
        assert await seen.page.evaluate(MARK) == mark
        seen.faults = [fault for fault in seen.faults if "403" not in fault]
