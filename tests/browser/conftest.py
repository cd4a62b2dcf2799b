"""Debian's Chromium on the demo: real pages, a real Asterisk behind them, real clicks."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.real_asterisk.running_demo import Running, running_demo

#: Where pictures of the pages are put.
SHOTS = Path(".cache/screenshots")
DESKTOP, PHONE = (1440, 900), (390, 844)
Scheme = Literal["light", "dark"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The demo, for all tests in a browser; leave it as you found it."""
    async with running_demo(tmp_path_factory.mktemp("demo")) as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all of them; each visitor has a profile of their own."""
    found = shutil.which("chromium")
    assert found is not None, "no chromium: `make test` installs it"
    async with async_playwright() as playwright:
        # Without its sandbox: the pages are our own, and root may not have one.
        made = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield made
        await made.close()


@dataclass
class Seen:
    """A page in a browser, and what went wrong in it: errors of scripts, refused loads, failed requests."""

    page: Page
    url: str
    faults: list[str] = field(default_factory=list)

    async def go(self, path: str) -> None:
        """Type an address."""
        await self.page.goto(self.url + path)

    async def text(self, selector: str = "#main") -> str:
        """What stands in a part of the page."""
        return await self.page.inner_text(selector)


@asynccontextmanager
async def visiting(
    browser: Browser,
    demo: Running,
    role: str | None,
    *,
    size: tuple[int, int] = DESKTOP,
    scheme: Scheme = "light",
    script: bool = True,
    language: Literal["sv", "en"] = "sv",
) -> AsyncIterator[Seen]:
    """Somebody at the demo's pages, logged in as one of its users; nothing may have gone wrong when they leave."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        locale={"sv": "sv-SE", "en": "en-GB"}[language],
        java_script_enabled=script,
    )
    context.set_default_timeout(10_000)
    page = await context.new_page()
    seen = Seen(page, demo.told["url"])
    page.on("console", lambda message: seen.faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.faults.append(str(error)))
    try:
        if role is not None:
            await log_in(seen, demo.told["users"][role])
        yield seen
        assert seen.faults == []
    finally:
        await context.close()


async def log_in(seen: Seen, user: dict[str, Any]) -> None:
    """Through the form, as people do."""
    await seen.go("/login")
    await seen.page.fill("#u", user["email"])
    await seen.page.fill("#p", user["password"])
    await seen.page.click("button[type=submit]")
    await seen.page.wait_for_url("**/flows")
