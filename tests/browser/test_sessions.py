"""A session that ends under one's hands: what was typed is still there for oneself, and for nobody else."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Seen, log_in, visiting
from tests.browser.test_looks import flow_of, violations
from tests.real_asterisk.running_demo import Running

pytestmark = [pytest.mark.pbx]

FIELD, SAVE = '[name="f.longest_wait"]', "[data-dirty] button[type=submit]"
KEPT = "Object.keys(sessionStorage).filter((name) => name.startsWith('keep:')).length"


async def at_the_queue(seen: Seen) -> str:
    """To a form with something in it that is not saved; gives its address."""
    path = f"/flows/{await flow_of(seen)}/queue/kundservice/settings"
    await seen.go(path)
    await seen.page.fill(FIELD, "555")
    assert await seen.page.evaluate(KEPT) == 1
    return path


async def nothing_is_kept(page: Page) -> None:
    """Wait until it is so; the pages' policy lets nothing but ``evaluate`` ask."""
    await page.wait_for_load_state()
    async with asyncio.timeout(10):
        while await page.evaluate(KEPT):  # noqa: ASYNC110 -- nobody tells of it
            await asyncio.sleep(0.05)


def without(seen: Seen, *statuses: str) -> None:
    """The browser tells of answers that are none of its errors."""
    seen.faults = [fault for fault in seen.faults if not any(status in fault for status in statuses)]


async def out(seen: Seen) -> None:
    """As when the session is over: nothing of what was typed is taken away."""
    await seen.page.context.clear_cookies()


async def test_a_page_from_before_the_log_in_is_sent_again_by_hand(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        path = f"/flows/{await flow_of(seen)}/queue/kundservice/settings"
        await seen.go(path)
        before = await seen.page.input_value(FIELD)
        await seen.page.fill(FIELD, "555")
        other = Seen(await seen.page.context.new_page(), seen.url)
        await log_in(other, demo.told["users"]["supervisor"])
        await seen.page.click(SAVE)
        await seen.page.wait_for_selector("form[data-again]")
        assert await violations(seen) == []
        title, text = [await seen.page.locator(f".sendagain {part}").first.bounding_box() for part in ("h1", "form p")]
        assert title is not None
        assert text is not None
        assert title["y"] + title["height"] <= text["y"], "the heading stands above"
        await other.go(path)
        assert await other.page.input_value(FIELD) == before, "nothing is sent by itself"
        await seen.page.click("form[data-again] button")
        await seen.page.wait_for_selector("[data-change][data-state=live]")
        assert await seen.page.input_value(FIELD) == "555"
        await expect(seen.page.locator("[data-dirty]")).to_be_hidden()
        await seen.page.fill(FIELD, before)
        await seen.page.click(SAVE)
        await nothing_is_kept(seen.page)
        await expect(seen.page.locator("[data-dirty]")).to_be_hidden()
        without(seen, "403")


async def test_what_was_typed_waits_for_its_person_alone(browser: Browser, demo: Running) -> None:
    users = demo.told["users"]
    async with visiting(browser, demo, "supervisor") as seen:
        path = await at_the_queue(seen)
        await out(seen)
        await log_in(seen, users["supervisor"])
        await seen.go(path)
        assert await seen.page.input_value(FIELD) == "555"
        await expect(seen.page.locator("[data-dirty] .diff")).to_contain_text("555")
        await out(seen)
        await log_in(seen, users["admin"])
        assert await seen.page.evaluate(KEPT) == 0
        await seen.go(path)
        assert await seen.page.input_value(FIELD) != "555"
        without(seen, "401")


async def test_logging_out_clears_it_in_every_tab(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        await at_the_queue(seen)
        other: Page = await seen.page.context.new_page()
        await other.goto(f"{seen.url}/me")
        await other.click("form[action='/logout'] button")
        await other.wait_for_url("**/login")
        await nothing_is_kept(seen.page)
        without(seen, "401")


async def test_discarding_clears_it(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        await at_the_queue(seen)
        await seen.page.click("[data-discard]")
        await nothing_is_kept(seen.page)
        await expect(seen.page.locator("[data-dirty]")).to_be_hidden()
