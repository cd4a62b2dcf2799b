"""Whether Chromium would put the pages on a phone's home screen, asked of itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from playwright.async_api import async_playwright

from tests.browser.conftest import PHONE
from tests.real_asterisk.running_demo import Running


async def test_it_can_be_installed(demo: Running, tmp_path: Path) -> None:
    found = shutil.which("chromium")
    assert found is not None
    # With a profile of its own: what has none is a private window, which installs nothing.
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch_persistent_context(
            tmp_path,
            executable_path=found,
            args=["--no-sandbox"],
            viewport={"width": PHONE[0], "height": PHONE[1]},
            locale="sv-SE",
        ) as context,
    ):
        page = context.pages[0]
        await page.goto(demo.told["url"] + "/login")
        session = await context.new_cdp_session(page)
        manifest = await session.send("Page.getAppManifest")
        assert manifest["url"] == demo.told["url"] + "/manifest.webmanifest"
        assert manifest["errors"] == []
        assert json.loads(manifest["data"])["name"] == "Växelflöde Norrvik Energi"
        assert (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"] == []
