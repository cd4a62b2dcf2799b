"""What is said while a save is on its way, and what becomes of it, without a load of the page."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.conftest import Seen, visiting
from tests.browser.test_looks import flow_of, violations
from tests.browser.test_together import _pbx_away, at_the_hours, friday, friday_kept, write_friday
from tests.real_asterisk.running_demo import Running

pytestmark = [pytest.mark.pbx]

NINE, TEN = [["09:00", "15:00"]], [["10:00", "15:00"]]
#: A form of an older log-in, sent without a script's help.
_SEND = """(to) => {
  const form = document.createElement('form');
  form.method = 'post'; form.action = to;
  form.append(Object.assign(document.createElement('input'), { name: 'csrf', value: 'outdated' }));
  document.body.append(form); HTMLFormElement.prototype.submit.call(form);
}"""

SAYING = ".receipt:has(.spin)"

#: Everything that it says from now on, whether or not somebody looks in time.
_LISTEN = f"""() => {{
  window.said = [];
  new MutationObserver(() => {{
    const text = document.querySelector('{SAYING}')?.innerText;
    if (text && window.said.at(-1) !== text) window.said.push(text);
  }}).observe(document.body, {{ subtree: true, childList: true, characterData: true, attributes: true }});
}}"""


async def mark(seen: Seen) -> None:
    """Leave something on the page that a load would take away."""
    await seen.page.evaluate("window.marked = true")


async def is_marked(seen: Seen) -> bool:
    return bool(await seen.page.evaluate("window.marked === true"))


@pytest.mark.timeout(300)
async def test_what_waits_for_the_pbx_says_so_then_waits_and_goes_live(browser: Browser, demo: Running) -> None:
    async with friday_kept(demo), visiting(browser, demo, "supervisor") as seen:
        await at_the_hours(seen)
        await mark(seen)
        await seen.page.evaluate(_LISTEN)
        async with _pbx_away(demo):
            await write_friday(seen, "15:15")
            await seen.page.get_by_role("button", name="Spara", exact=True).first.click()
            saying = seen.page.locator(SAYING)
            await expect(saying).to_contain_text("Sparat. Skickar till växeln")
            await expect(seen.page.locator(".receipt--dirty")).to_be_hidden()
            assert await violations(seen) == []
            await expect(seen.page.locator("#dirty .receipt--wait")).to_be_visible(timeout=15_000)
            await expect(saying).to_have_count(0)
            at_last = (await seen.page.evaluate("window.said"))[-1]
            assert "Det tar längre än vanligt" in at_last
            assert "Tills dess gäller det som var" in at_last
        await expect(seen.page.locator("#dirty .receipt--live, .receipt--live[data-change]").first).to_be_visible(
            timeout=40_000
        )
        assert await is_marked(seen)
        assert await friday(demo) == [["08:00", "15:15"]]


async def test_a_dialog_that_is_not_answered_yet_says_so_and_one_that_never_is_can_be_sent_again(
    browser: Browser, demo: Running
) -> None:
    held, gone = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        if route.request.method == "POST" and "do=save" in (route.request.post_data or ""):
            await held.wait()
            await (route.abort() if gone.is_set() else route.continue_())
        else:
            await route.continue_()

    async with visiting(browser, demo, "supervisor") as seen:
        await mark(seen)
        await seen.page.route("**/override", hold)
        await seen.page.locator("a[href$='/override']").first.click()
        button = seen.page.locator("dialog button[value=save]")
        await button.click()
        saying = seen.page.locator(f"dialog {SAYING}")
        await expect(saying).to_contain_text("Sparar")
        await expect(saying).to_contain_text("tar längre än vanligt")
        gone.set()
        held.set()
        await expect(saying).to_have_count(0)
        await expect(button).to_be_visible()
        await expect(seen.page.locator(".lost")).to_be_visible()
        gone.clear()
        await button.click()
        await seen.page.wait_for_selector("[data-change][data-state=live]")
        await expect(seen.page.locator(".lost")).to_be_hidden()
        assert await is_marked(seen)
        await seen.page.locator("[data-change][data-state=live] form button").first.click()
        await expect(seen.page.locator("[data-change][data-state=live] form button")).to_have_count(1)
        seen.faults = [fault for fault in seen.faults if "ERR_FAILED" not in fault and "htmx:" not in fault]


async def test_a_question_is_no_save(browser: Browser, demo: Running) -> None:
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        if route.request.method == "POST":
            await held.wait()
        await route.continue_()

    async with visiting(browser, demo, "supervisor") as seen:
        await seen.go(f"/flows/{await flow_of(seen)}/schedule/kundtjanst/override")
        await seen.page.route("**/override", hold)
        rows = await seen.page.locator("[name=opens]").count()
        await seen.page.locator("button[value=add]").click()
        await seen.page.evaluate("new Promise((done) => setTimeout(done, 600))")  # longer than a save is silent
        assert await seen.page.locator(SAYING).count() == 0
        held.set()
        await expect(seen.page.locator("[name=opens]")).to_have_count(rows + 1)


async def test_what_answers_a_form_is_not_asked_for_again_where_only_forms_are_taken(
    browser: Browser, demo: Running
) -> None:
    """Such an address knows no page: what happens meanwhile must not make the browser ask there."""
    admin = await demo.log_in("admin")
    async with friday_kept(demo), visiting(browser, demo, "supervisor") as seen:
        await at_the_hours(seen)
        done = await admin("PATCH", "/objects/schedule/kundtjanst", {"spec": {"weekly": {"fri": NINE}}}, if_match="*")
        assert done.status == 200, done.body
        undo = f"/changes/{done.body['change']['id']}/undo"
        async with seen.page.expect_navigation():
            await seen.page.evaluate(_SEND, undo)
        assert seen.page.url.endswith(undo)
        assert await seen.page.locator("#main[data-answers-form]").count() == 1
        done = await admin("PATCH", "/objects/schedule/kundtjanst", {"spec": {"weekly": {"fri": TEN}}}, if_match="*")
        assert done.status == 200, done.body
        await asyncio.sleep(1.5)  # an event comes within a second
        assert not [fault for fault in seen.faults if "405" in fault]
        seen.faults = [fault for fault in seen.faults if "40" not in fault]  # the answer to the form itself
