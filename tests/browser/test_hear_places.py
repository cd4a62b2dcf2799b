"""The message that callers are led to is heard in the dialog that leads them there."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import DESKTOP, PHONE, visiting
from tests.browser.test_looks import violations
from tests.real_asterisk.running_demo import Running


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1440", "390"])
async def test_what_is_chosen_is_played_there_and_stops_with_the_dialog(
    browser: Browser, demo: Running, size: tuple[int, int]
) -> None:
    async with visiting(browser, demo, "supervisor", size=size) as seen:
        await seen.page.locator("a[href$='/override']").first.click()
        await seen.page.select_option("dialog [name=closed]", label="Nattmeddelande")
        button = seen.page.locator("dialog [data-listen]")
        await expect(button).to_have_count(1)
        assert await violations(seen) == []
        async with seen.page.expect_response("**/audio/prompt") as played:
            await button.click()
        answer = await played.value
        assert (answer.status, answer.headers["content-type"]) == (206, "audio/wav")  # players ask for a part
        await expect(button).to_have_attribute("aria-pressed", "true")
        assert await seen.page.locator("audio").count() == 1
        assert await seen.page.locator("dialog:modal").count() == 1, "one is still where one was"
        await seen.page.keyboard.press("Escape")
        await expect(seen.page.locator("audio")).to_have_count(0)
        assert seen.page.url.endswith("/flows")
