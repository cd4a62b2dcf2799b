"""What people come for, each in two clicks from the list of flows after logging in; and a caller who hears it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import PHONE, Seen, visiting
from tests.real_asterisk.running_demo import Running, hears, samples

pytestmark = [pytest.mark.pbx]

SCHEDULE = "/objects/schedule/kundtjanst"
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


class Clicks:
    """Clicks as people count them."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.made = 0

    async def on(self, name: str, role: Any = "button", within: str = "body") -> None:
        """Click what is called ``name``."""
        self.made += 1
        await self._page.locator(within).get_by_role(role, name=name).first.click()


@pytest_asyncio.fixture(loop_scope="session")
async def open_all_day(demo: Running) -> AsyncIterator[None]:
    """Whatever the clock says, the flow is open; and afterwards as it was."""
    admin = await demo.log_in("admin")
    before = (await admin("GET", SCHEDULE)).body["spec"]
    assert (await admin("PATCH", SCHEDULE, {"spec": {"weekly": ALWAYS, "holidays": None}}, if_match="*")).status == 200
    yield
    for override in (await admin("GET", SCHEDULE)).body["spec"]["overrides"]:
        assert (await admin("DELETE", f"{SCHEDULE}/overrides/{override['id']}")).status == 200
    again = {"spec": {"weekly": before["weekly"], "holidays": before["holidays"]}}
    assert (await admin("PATCH", SCHEDULE, again, if_match="*")).status == 200


async def live(seen: Seen) -> None:
    """The receipt says so, without the page being loaded again."""
    await expect(seen.page.locator(".receipt--live").first).to_be_visible(timeout=15_000)


async def night_message(demo: Running) -> Any:
    """What the night message sounds like."""
    admin = await demo.log_in("admin")
    return samples((await admin("GET", "/objects/announcement/nattmeddelande/audio/prompt")).body)


@pytest.mark.usefixtures("open_all_day")
async def test_close_now_and_the_next_caller_hears_it_then_undo(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        await expect(seen.page.locator(".now__what").first).to_have_text("Öppet dygnet runt")
        clicks = Clicks(seen.page)
        await clicks.on("Stäng nu", "link")
        await clicks.on("Stäng", within="dialog .dialog__foot")
        await live(seen)
        assert clicks.made == 2
        await expect(seen.page.locator(".now__what").first).to_have_text("Stängt idag")
        assert await hears(demo, None, await night_message(demo)) > 0.5

        clicks = Clicks(seen.page)
        await clicks.on("Ångra")
        await expect(seen.page.locator(".now__what").first).to_have_text("Öppet dygnet runt")
        assert clicks.made == 1
        assert await hears(demo, None, await night_message(demo)) < 0.3


@pytest.mark.usefixtures("open_all_day")
async def test_reopen(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        await Clicks(seen.page).on("Stäng nu", "link")
        await Clicks(seen.page).on("Stäng", within="dialog .dialog__foot")
        await live(seen)
        clicks = Clicks(seen.page)
        await clicks.on("Öppna nu", "link")
        await clicks.on("Öppna", within="dialog .dialog__foot")
        await expect(seen.page.locator(".now__what").first).to_contain_text("Öppet")
        assert clicks.made == 2


@pytest.mark.usefixtures("open_all_day")
async def test_change_todays_hours(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor", size=PHONE) as seen:
        clicks = Clicks(seen.page)
        await clicks.on("Ändra tider", "link")
        times = seen.page.locator("dialog .times input[data-clock], dialog .times .input--time")
        await seen.page.locator("dialog input[name=how][value=hours]").check()
        await times.nth(0).fill("0000")
        await times.nth(1).fill("2359")
        await clicks.on("Spara", within="dialog .dialog__foot")
        await live(seen)
        assert clicks.made == 2
        await expect(seen.page.locator(".now__what").first).to_have_text("Öppet till 23:59")


async def test_a_day_next_week_is_one_date_to_type_and_what_holds_afterwards_can_be_read(
    browser: Browser, demo: Running
) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        await Clicks(seen.page).on("Ändra dagens tider", "link")
        dialog = seen.page.locator("dialog")
        await dialog.locator("[name=day][value=other]").check(force=True)
        await dialog.locator("[name=from]").fill("2027-12-01")
        await expect(dialog.locator("[name=to]")).to_have_value("2027-12-01")
        await dialog.get_by_role("button", name="Lunch").click()
        await expect(dialog.locator("[name=opens]")).to_have_count(2)
        await expect(dialog.locator(".dialog__foot .btn--primary")).to_contain_text(", 1")
        box = await dialog.locator("#ov-after").bounding_box()
        assert box is not None
        assert box["width"] > 150, "not a word a line"


async def test_the_whole_page_speaks_the_language_that_one_chose(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        await seen.go("/me")
        try:
            await seen.page.select_option("#language", "en")
            await seen.page.get_by_role("button", name="Spara").click()
            await expect(seen.page.locator(".mainnav")).to_contain_text("History")
            await expect(seen.page.locator("html")).to_have_attribute("lang", "en")
        finally:
            await seen.go("/me")
            await seen.page.select_option("#language", "sv")
            await seen.page.locator("form[action='/me'] button").click()
            await expect(seen.page.locator(".mainnav")).to_contain_text("Historik")


async def test_see_the_graph(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        clicks = Clicks(seen.page)
        await clicks.on("Samtalsflöde", "link", within=".fcard")
        await expect(seen.page.locator(".node--edit").first).to_be_visible()
        await expect(seen.page.locator(".gedge--hit").first).to_be_attached()
        assert clicks.made == 1


async def test_hear_the_night_message(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        clicks = Clicks(seen.page)
        async with seen.page.expect_response("**/audio/prompt") as response:
            await clicks.on("Lyssna på Nattmeddelande")
        assert (await response.value).headers["content-type"] == "audio/wav"
        await seen.page.wait_for_function("[...document.querySelectorAll('audio')].some(a => !a.paused)")
        assert clicks.made <= 2


@pytest.mark.usefixtures("open_all_day")
async def test_by_keyboard_alone(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, None) as seen:
        user = demo.told["users"]["supervisor"]
        await seen.go("/login")
        await seen.page.keyboard.type(user["email"])
        await seen.page.keyboard.press("Tab")
        await seen.page.keyboard.type(user["password"])
        await seen.page.keyboard.press("Enter")
        await seen.page.wait_for_url("**/flows")
        await _tab_to(seen.page, "Stäng nu")
        await seen.page.keyboard.press("Enter")
        await expect(seen.page.locator("dialog")).to_be_visible()
        await _tab_to(seen.page, "Stäng hela dagen")
        await seen.page.keyboard.press("Enter")
        await live(seen)
        await _tab_to(seen.page, "Ångra")
        await seen.page.keyboard.press("Enter")
        await expect(seen.page.locator(".now__what").first).to_have_text("Öppet dygnet runt")


async def _tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        await page.keyboard.press("Tab")
        text: str = await page.evaluate("(document.activeElement?.innerText || '').trim()")
        if text.startswith(name):
            return
    raise AssertionError(f"no way to {name} by the keyboard")


@pytest.mark.usefixtures("open_all_day")
async def test_without_script_everything_is_a_form(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor", script=False) as seen:
        await Clicks(seen.page).on("Stäng nu", "link")
        await Clicks(seen.page).on("Stäng", within="dialog .dialog__foot")
        await expect(seen.page.locator(".receipt--live").first).to_be_visible()
        await Clicks(seen.page).on("Ångra")
        await seen.go("/flows")
        await expect(seen.page.locator(".now__what").first).to_have_text("Öppet dygnet runt")


@pytest.mark.usefixtures("open_all_day")
async def test_a_change_is_on_every_open_page_within_a_second(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as one, visiting(browser, demo, "supervisor") as other:
        await other.page.wait_for_timeout(500)
        await Clicks(one.page).on("Stäng nu", "link")
        await Clicks(one.page).on("Stäng", within="dialog .dialog__foot")
        await live(one)
        # One second is what people are promised; a busy machine is given a few.
        await expect(other.page.locator(".now__what").first).to_have_text("Stängt idag", timeout=5_000)


@pytest.mark.usefixtures("open_all_day")
async def test_a_session_that_ends_leads_back_to_where_one_was(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        await seen.go("/me")
        await seen.page.context.clear_cookies()
        await seen.go("/history")
        assert "/login?next=" in seen.page.url
        user = demo.told["users"]["supervisor"]
        await seen.page.fill("#u", user["email"])
        await seen.page.fill("#p", user["password"])
        await seen.page.click("button[type=submit]")
        await seen.page.wait_for_url("**/history")
        # What the page asked for by itself in between was refused; that is what ending a session is for.
        seen.faults = [fault for fault in seen.faults if "401" not in fault]
