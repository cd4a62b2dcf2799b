"""What the PBX itself refuses: told in words where it was asked for, nothing typed is lost, nothing is half done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import visiting
from tests.browser.test_looks import violations
from tests.browser.test_together import PATH, at_the_hours, friday, friday_kept, write_friday
from tests.real_asterisk.running_demo import Running

pytestmark = [pytest.mark.pbx]

#: Somebody's own lines in the box's own dialplan, in a step of ours: Asterisk puts both together, so that what it has
#: loaded of the schedule is not what was sent. Whatever else is changed is loaded as it should be.
_THEIRS = b"\n[vx-schedule-kundtjanst]\nexten => theirs,1,NoOp()\n"
_SAID = "Växeln tog inte emot det som det skickades."


@asynccontextmanager
async def refusing_hours(demo: Running) -> AsyncIterator[None]:
    """The PBX refuses every change of the schedule, until the block ends."""
    own = demo.folder / "asterisk" / "etc" / "local" / "extensions.conf"
    before = await asyncio.to_thread(own.read_bytes)
    await asyncio.to_thread(own.write_bytes, before + _THEIRS)
    try:
        yield
    finally:
        await asyncio.to_thread(own.write_bytes, before)


async def test_hours_that_the_pbx_refuses_stay_typed_and_can_be_saved_when_it_takes_them(
    browser: Browser, demo: Running
) -> None:
    admin = await demo.log_in("admin")
    async with friday_kept(demo), visiting(browser, demo, "supervisor") as seen:
        before = (await admin("GET", PATH)).body
        await at_the_hours(seen)
        save, again = (
            seen.page.get_by_role("button", name=name, exact=True).first for name in ("Spara", "Försök igen")
        )
        red = seen.page.locator("#main .receipt--failed")
        async with refusing_hours(demo):
            await write_friday(seen, "13:20")
            await save.click()
            await expect(red).to_be_visible(timeout=15_000)
            await expect(red).to_contain_text("Växeln sade nej")
            await expect(red).to_contain_text(_SAID)
            assert await violations(seen) == []
            await expect(seen.page.locator("input[name='fri.closes']").first).to_have_value("13:20")
            await expect(seen.page.locator(".receipt--live, .receipt--sending")).to_have_count(0)
            after = (await admin("GET", PATH)).body
            assert (after["spec"], after["name"]) == (before["spec"], before["name"])
            # What is not touched by it goes live beside it, and so the PBX has kept working.
            beside = await admin("PATCH", "/objects/queue/faktura", {"name": "Räkningar"}, if_match="*")
            assert beside.body["change"]["state"] == "live", beside.body
            undone = await admin("POST", f"/changes/{beside.body['change']['id']}/undo")
            assert undone.status == 200, undone.body
        await again.click()
        await expect(seen.page.locator("#dirty .receipt--live")).to_be_visible(timeout=15_000)
        await expect(red).to_have_count(0)
        assert await friday(demo) == [["08:00", "13:20"]]

        await seen.go(f"/flows/{await _flow(demo)}/history")
        entries = seen.page.locator(".entry").filter(has_text="13:20")
        await expect(entries.filter(has_text="Växeln sade nej")).to_have_count(1)
        await expect(entries.filter(has_text=_SAID)).to_have_count(1)
        seen.faults = [fault for fault in seen.faults if "502" not in fault]


async def test_to_close_is_refused_in_the_dialog_and_callers_are_served_as_before(
    browser: Browser, demo: Running
) -> None:
    admin = await demo.log_in("admin")
    async with visiting(browser, demo, "supervisor") as seen:
        before = (await admin("GET", PATH)).body["spec"]
        now = await seen.text(".fcard .now__what >> nth=0")
        async with refusing_hours(demo):
            await seen.page.get_by_role("link", name="Ändra dagens tider").first.click()
            dialog = seen.page.locator("dialog")
            await dialog.locator("[name=how][value=hours]").check()
            await dialog.locator("[name=opens]").first.fill("03:10")
            await dialog.locator("[name=closes]").first.fill("03:20")
            await dialog.locator("button[value=save]").click()
            red = dialog.get_by_role("alert")
            await expect(red).to_contain_text("Växeln sade nej, så inget är ändrat.", timeout=15_000)
            await expect(red).to_contain_text(_SAID)
            assert await violations(seen) == []
            await expect(dialog.locator("[name=opens]").first).to_have_value("03:10")
            await expect(dialog.locator("[name=closes]").first).to_have_value("03:20")
            assert (await admin("GET", PATH)).body["spec"] == before
        await dialog.locator("button[value=save]").click()
        await expect(seen.page.locator(".receipt--live").first).to_be_visible(timeout=15_000)
        await expect(dialog).to_have_count(0)
        await expect(seen.page.locator(".receipt--failed")).to_have_count(0)
        await seen.page.locator(".receipt--live").first.get_by_role("button", name="Ångra").click()
        await seen.go("/flows")
        await expect(seen.page.locator(".fcard .now__what").first).to_have_text(now)
        seen.faults = [fault for fault in seen.faults if "502" not in fault]
        assert (await admin("GET", PATH)).body["spec"]["overrides"] == before["overrides"]


async def _flow(demo: Running) -> str:
    karin = await demo.log_in("supervisor")
    return str((await karin("GET", "/flows")).body[0]["id"])
