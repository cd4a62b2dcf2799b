"""Objects in a browser: what will change is shown before it is saved, and both sides of a conflict."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import DESKTOP, PHONE, visiting
from tests.browser.test_looks import flow_of, violations
from tests.real_asterisk.running_demo import Running

BAR = "[data-dirty]"
SAVE = f"{BAR} button[type=submit]"
RECEIPT = "[data-change][data-state=live]"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1440", "390"])
async def test_a_key_is_pressed_led_elsewhere_saved_and_taken_back(
    browser: Browser, demo: Running, size: tuple[int, int]
) -> None:
    async with visiting(browser, demo, "supervisor", size=size) as seen:
        path = f"/flows/{await flow_of(seen)}/menu/huvudmeny"
        await seen.go(path)
        assert not await seen.page.is_visible(BAR), "nothing has changed yet"
        await seen.page.click('[data-key="7"]')
        assert await seen.page.get_attribute('[data-key="7"]', "aria-current") == "true"
        assert await seen.page.is_visible('[data-panel="7"]')
        assert not await seen.page.is_visible('[data-panel="1"]')
        await seen.page.select_option('[data-panel="7"] select', label="Nattmeddelande")
        assert (await seen.text(f"{BAR} .diff")).split() == ["Knapp", "7", "ledig", "Nattmeddelande"]
        assert "Nattmeddelande" in await seen.text('[data-key="7"]')
        assert await seen.page.is_visible('[data-panel="7"] [data-beside]'), "what is heard there can be heard here"
        assert await violations(seen) == []
        if size == PHONE:
            await seen.page.click('[data-panel="7"] [data-close] >> text=Klar')
            assert await seen.page.evaluate("document.activeElement.dataset.key") == "7"
        await seen.page.click(SAVE)
        await seen.page.wait_for_selector(RECEIPT)
        await expect(seen.page.locator(RECEIPT)).to_be_in_viewport(ratio=1)
        assert not await seen.page.is_visible(BAR)
        await seen.page.click(f"{RECEIPT} button")
        await seen.page.wait_for_selector('[data-key="7"].key--free')
        await seen.page.click('[data-key="1"]')
        await seen.page.select_option('[data-panel="1"] select', label="Faktura")
        await seen.page.select_option('[data-panel="1"] select', label="Kundservice")
        assert not await seen.page.is_visible('[data-panel="1"] [data-beside]'), "a queue is no message"
        assert not await seen.page.is_visible(BAR), "it is as it was"


async def test_what_is_wrong_and_what_somebody_else_did_are_shown_and_nothing_is_lost(
    browser: Browser, demo: Running
) -> None:
    async with (
        visiting(browser, demo, "supervisor") as mine,
        visiting(browser, demo, "supervisor", script=False) as theirs,
    ):
        path = f"/flows/{await flow_of(mine)}/queue/kundservice/settings"
        await mine.go(path)
        before = await mine.page.input_value('[name="f.longest_wait"]')
        await mine.page.fill('[name="f.timeout"]', "500")
        await mine.page.fill('[name="f.longest_wait"]', "600")
        await mine.page.click(SAVE)
        await mine.page.wait_for_selector("#f-timeout-error")
        assert await mine.page.input_value('[name="f.timeout"]') == "500"
        assert "600 sekunder" in await mine.text(BAR), "what was typed is still to be saved"
        assert await violations(mine) == []
        # Without script the same form is saved by its button.
        await theirs.go(path)
        await theirs.page.fill('[name="f.longest_wait"]', "450")
        await theirs.page.click(SAVE)
        await theirs.page.wait_for_selector(RECEIPT)
        await mine.page.fill('[name="f.timeout"]', "20")
        await mine.page.click(SAVE)
        await mine.page.wait_for_selector("dialog:modal")
        told = await mine.text("dialog")
        assert "450 sekunder" in told
        assert "600 sekunder" in told
        assert await violations(mine) == []
        await mine.page.click("dialog button[type=submit]")
        await mine.page.wait_for_selector(RECEIPT)
        assert await mine.page.input_value('[name="f.longest_wait"]') == "600"
        first = await mine.page.get_attribute(RECEIPT, "data-change")
        await mine.page.fill('[name="f.longest_wait"]', before)
        await mine.page.click(SAVE)
        await mine.page.wait_for_selector(f"{RECEIPT}:not([data-change='{first}'])")
        # The browser tells of answers that are none of its errors.
        mine.faults = [fault for fault in mine.faults if "422" not in fault and "412" not in fault]


async def test_an_agent_is_added_paused_and_removed(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor", size=PHONE) as seen:
        await seen.go(f"/flows/{await flow_of(seen)}/queue/kundservice")
        await seen.page.select_option("#add", index=1)
        await seen.page.click(".addrow button[type=submit]")
        await seen.page.wait_for_selector(".inrow")
        assert await violations(seen) == []
        row = seen.page.locator("tr:has(+ .inrow)")
        await row.locator(".pausing summary").click()
        await row.locator("[name=reason]").fill("lunch")
        await row.locator(".pausing button").click()
        await seen.page.wait_for_selector("tr:has(+ .inrow):has-text('Paus, lunch')")
        assert await violations(seen) == []
        wide = await seen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        await row.locator("button[title]").click()
        await seen.page.wait_for_selector(f".receipt:not(.inrow *){RECEIPT}")


async def test_a_recording_is_played_in_its_place(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        path = f"/flows/{await flow_of(seen)}/announcement/nattmeddelande"
        await seen.go(path)
        async with seen.page.expect_response("**/prompts/*") as played:
            await seen.page.click("[data-play] >> nth=0")
        answer = await played.value
        assert (answer.status, answer.headers["content-type"]) == (206, "audio/wav")  # players ask for a part
        assert seen.page.url.endswith(path)
        length = "document.querySelector('audio').duration"
        await seen.page.evaluate("document.querySelector('audio').load(), document.querySelector('audio').play()")
        assert float(await seen.page.evaluate(length)) > 1


async def test_on_the_phone_a_key_opens_a_sheet_that_is_part_of_the_form(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor", size=PHONE) as seen:
        await seen.go(f"/flows/{await flow_of(seen)}/menu/huvudmeny")
        await seen.page.click('[data-key="8"]')
        sheet = seen.page.locator("dialog:modal")
        box = await sheet.bounding_box()
        assert box is not None
        assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, PHONE[0], PHONE[1]), "at the bottom"
        assert await seen.page.evaluate("document.activeElement.textContent") == "Knapp 8"
        assert await violations(seen) == []
        assert await sheet.locator("select:visible").evaluate("(it) => it.form.id") == "object"
        await seen.page.keyboard.press("Escape")
        await expect(sheet).to_have_count(0)
        assert await seen.page.evaluate("document.activeElement.dataset.key") == "8"
        assert await seen.page.is_visible('[data-panel="8"]'), "it is where it was, below the keys"
    async with visiting(browser, demo, "supervisor", size=PHONE, script=False) as seen:
        await seen.go(f"/flows/{await flow_of(seen)}/menu/huvudmeny")
        await seen.page.click('[data-key="8"]')
        assert seen.page.url.endswith("?key=8#key")
        assert await seen.page.is_visible('[data-panel="8"]')


@pytest.mark.parametrize("width", [320, 390])
async def test_no_word_on_a_key_is_cut_in_two(browser: Browser, demo: Running, width: int) -> None:
    async with visiting(browser, demo, "supervisor", size=(width, 844)) as seen:
        await seen.go(f"/flows/{await flow_of(seen)}/menu/huvudmeny")
        told = await seen.page.eval_on_selector_all(
            ".key__to",
            "(all) => all.map((one) => [one.textContent, one.scrollWidth <= one.clientWidth, one.clientHeight])",
        )
        assert {text for text, _, _ in told} >= {"Kundservice", "Faktura", "Felanmälan"}
        heights = {text: height for text, _, height in told}
        for text, fits, height in told:
            assert fits, text
            assert height <= heights["Faktura"], f"{text} is on one line, as a shorter word is"
