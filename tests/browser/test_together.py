"""Two people at one schedule, a PBX that goes away, work that is not saved: nothing is lost, and all is told."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import PHONE, Seen, visiting
from tests.browser.test_looks import flow_of
from tests.real_asterisk.running_demo import Running

pytestmark = [pytest.mark.pbx]

PATH = "/objects/schedule/kundtjanst"


async def at_the_hours(seen: Seen) -> None:
    """To the page of the flow's opening hours."""
    home = await seen.page.get_attribute(".fcard h2 a", "href")
    await seen.go(f"{home}/schedule/kundtjanst")


async def write_friday(seen: Seen, closes: str) -> None:
    """Type when Friday closes, and leave the field."""
    field = seen.page.locator("input[name='fri.closes']").first
    await field.fill(closes)
    await field.press("Tab")
    await expect(seen.page.locator(".receipt--dirty ins").first).to_contain_text(closes)


async def friday(demo: Running) -> object:
    """What stands in the company."""
    admin = await demo.log_in("admin")
    return (await admin("GET", PATH)).body["spec"]["weekly"]["fri"]


@asynccontextmanager
async def friday_kept(demo: Running) -> AsyncIterator[None]:
    """Friday as it was, afterwards."""
    admin = await demo.log_in("admin")
    before = await friday(demo)
    yield
    assert (await admin("PATCH", PATH, {"spec": {"weekly": {"fri": before}}}, if_match="*")).status in (200, 202)


async def test_two_people_at_one_schedule_lose_neither(browser: Browser, demo: Running) -> None:
    async with (
        friday_kept(demo),
        visiting(browser, demo, "supervisor") as karin,
        visiting(browser, demo, "admin") as johan,
    ):
        home = await karin.page.get_attribute(".fcard h2 a", "href")
        await at_the_hours(karin)
        await johan.go(f"{home}/schedule/kundtjanst")
        await write_friday(karin, "15:00")
        await write_friday(johan, "14:00")
        await johan.page.get_by_role("button", name="Spara", exact=True).first.click()
        await expect(johan.page.locator(".receipt--live").first).to_be_visible(timeout=15_000)

        await karin.page.get_by_role("button", name="Spara", exact=True).first.click()
        both = karin.page.locator("dialog")
        await expect(both).to_contain_text("14:00")
        await expect(both).to_contain_text("15:00")
        assert await friday(demo) == [["08:00", "14:00"]]
        await both.get_by_role("button", name="Spara mitt").click()
        await expect(karin.page.locator(".receipt--live").first).to_be_visible(timeout=15_000)
        assert await friday(demo) == [["08:00", "15:00"]]
        # The page that was refused says so in the console; that is what it is for.
        karin.faults = [fault for fault in karin.faults if "412" not in fault]


async def test_a_card_tells_what_a_colleague_did_after_its_dialog_was_closed(browser: Browser, demo: Running) -> None:
    karin, johan = await demo.log_in("supervisor"), await demo.log_in("admin")
    today = dt.datetime.now(ZoneInfo("Europe/Stockholm")).date().isoformat()
    always = {"from": today, "to": today, "hours": [["00:00", "24:00"]]}
    overrides = [(await karin("POST", f"{PATH}/overrides", always)).body["override"]]
    try:
        async with visiting(browser, demo, "supervisor") as seen:
            card = seen.page.locator(".fcard").first
            # One's own receipt has a form in it, and the focus comes back to the card.
            await expect(card.get_by_role("button", name="Ångra")).to_be_visible()
            opener = card.get_by_role("link", name="Ändra dagens tider")
            await opener.click()
            await expect(seen.page.locator("dialog")).to_be_visible()
            await seen.page.keyboard.press("Escape")
            await expect(opener).to_be_focused()
            overrides.append((await johan("POST", f"{PATH}/overrides", {**always, "hours": []})).body["override"])
            await expect(card).to_contain_text("Stängt idag", timeout=15_000)
            await expect(opener).to_be_focused()
    finally:
        for made in overrides:
            assert (await johan("DELETE", f"{PATH}/overrides/{made['id']}")).status in (200, 202)


async def test_work_that_is_not_saved_survives_a_new_log_in(browser: Browser, demo: Running) -> None:
    async with friday_kept(demo), visiting(browser, demo, "supervisor") as seen:
        await at_the_hours(seen)
        await write_friday(seen, "13:30")
        await seen.page.context.clear_cookies()
        await seen.page.get_by_role("button", name="Spara", exact=True).first.click()
        await expect(seen.page.locator("[data-ended]")).to_be_visible()
        await seen.page.get_by_role("link", name="Logga in igen").click()
        user = demo.told["users"]["supervisor"]
        await seen.page.fill("#u", user["email"])
        await seen.page.fill("#p", user["password"])
        await seen.page.click("button[type=submit]")
        await expect(seen.page.locator("input[name='fri.closes']").first).to_have_value("13:30")
        await expect(seen.page.locator(".receipt--dirty")).to_be_visible()
        seen.faults = [fault for fault in seen.faults if "401" not in fault and "403" not in fault]


async def test_to_undo_what_was_changed_again_is_asked_over_the_page(browser: Browser, demo: Running) -> None:
    johan = await demo.log_in("admin")
    async with friday_kept(demo), visiting(browser, demo, "supervisor") as seen:
        before = await friday(demo)
        await at_the_hours(seen)
        await write_friday(seen, "15:00")
        await seen.page.get_by_role("button", name="Spara", exact=True).first.click()
        receipt = seen.page.locator("#dirty .receipt--live")
        await expect(receipt).to_be_visible(timeout=15_000)
        later = await johan("PATCH", PATH, {"spec": {"weekly": {"fri": [["08:00", "14:00"]]}}}, if_match="*")
        assert later.status == 200
        there = seen.page.url
        undo, asked = receipt.get_by_role("button"), seen.page.locator("dialog:modal")
        await undo.click()
        await expect(asked).to_contain_text("14:00")
        await asked.get_by_role("link", name="Behåll det som gäller").click()
        await expect(asked).to_have_count(0)
        assert seen.page.url == there
        assert await friday(demo) == [["08:00", "14:00"]]
        await undo.click()
        await asked.get_by_role("button", name="Ångra ändå").click()
        await expect(asked).to_have_count(0)
        await expect(receipt.locator("del")).to_have_text("14:00", timeout=15_000)
        assert await friday(demo) == before
        seen.faults = [fault for fault in seen.faults if "409" not in fault]


async def test_rights_that_are_taken_are_gone_from_pages_that_are_open(browser: Browser, demo: Running) -> None:
    admin = await demo.log_in("admin")
    async with (
        visiting(browser, demo, "supervisor") as idle,
        visiting(browser, demo, "supervisor", size=PHONE) as busy,
    ):
        path = f"/flows/{await flow_of(idle)}"
        await at_the_hours(idle)
        await at_the_hours(busy)
        await write_friday(busy, "13:00")
        was = (await admin("GET", path)).body
        less = [grant for grant in was["grants"] if grant["object"] != "schedule/kundtjanst"]
        assert (await admin("PUT", path, was | {"grants": less}, if_match="*")).status == 200
        try:
            await expect(idle.page.locator("[data-rights=shown]")).to_be_visible(timeout=15_000)
            await expect(idle.page.locator("#main .btn--edit")).to_have_count(0)
            await expect(busy.page.locator("[data-rights=busy]")).to_be_visible(timeout=15_000)
            await expect(busy.page.locator("input[name='fri.closes']")).to_have_value("13:00")
            await expect(busy.page.locator("[data-rights=shown]")).to_be_hidden()
        finally:
            assert (await admin("PUT", path, was, if_match="*")).status == 200
        await expect(idle.page.locator("#main .btn--edit").first).to_be_visible(timeout=15_000)
        await busy.page.get_by_role("link", name="Släng").first.click()
        for seen in (idle, busy):  # a page that one may no longer read says so in the console, too
            seen.faults = [fault for fault in seen.faults if "403" not in fault]


@pytest.mark.timeout(300)
async def test_a_pbx_that_goes_away_is_told_and_what_waits_goes_live(browser: Browser, demo: Running) -> None:
    async with friday_kept(demo), visiting(browser, demo, "supervisor") as seen:
        await at_the_hours(seen)
        async with _pbx_away(demo):
            await expect(seen.page.locator("#pbx")).to_have_text("Växeln svarar inte", timeout=70_000)
            await write_friday(seen, "15:30")
            await seen.page.get_by_role("button", name="Spara", exact=True).first.click()
            await expect(seen.page.locator(".receipt--wait, .receipt--live").first).to_be_visible(timeout=15_000)
        await expect(seen.page.locator("#pbx")).to_have_text("Växeln svarar", timeout=40_000)
        await expect(seen.page.locator(".receipt--live").first).to_be_visible(timeout=40_000)
        assert await friday(demo) == [["08:00", "15:30"]]


@asynccontextmanager
async def _pbx_away(demo: Running) -> AsyncIterator[None]:
    """Asterisk stands still; in an engine, where its process is not ours to stop, it is started anew instead."""
    pid = demo.folder / "asterisk" / "pid"
    if not await asyncio.to_thread(pid.exists):
        stopped = await asyncio.create_subprocess_exec(*demo.told["asterisk_cli"], "core stop now")
        await stopped.wait()
        yield
        return
    starter = (await asyncio.to_thread(pid.read_text)).strip()
    children = Path(f"/proc/{starter}/task/{starter}/children")
    process = int((await asyncio.to_thread(children.read_text)).split()[0])
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)
