"""Every page in light and dark at two sizes: nothing that axe-core finds, nothing wider than the screen, no error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import DESKTOP, PHONE, SHOTS, Scheme, Seen, visiting
from tests.real_asterisk.running_demo import Running

AXE = Path(".cache/frontend/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
#: ``{flow}`` is the supervisor's own.
PAGES = (
    "/flows",
    "/flows/{flow}",
    "/flows/{flow}/schedule/kundtjanst",
    "/flows/{flow}/menu/huvudmeny",
    "/flows/{flow}/queue",
    "/flows/{flow}/queue/kundservice",
    "/flows/{flow}/queue/kundservice/settings",
    "/flows/{flow}/announcement/nattmeddelande",
    "/flows/{flow}/voicemail/kundtjanst",
    "/flows/{flow}/history",
    "/history",
    "/me",
    "/help",
    "/nowhere",
)


async def violations(seen: Seen) -> list[str]:
    """What axe-core finds on the page as it is."""
    await seen.page.evaluate(AXE)
    found = await seen.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]


async def flow_of(seen: Seen) -> str:
    """The flow on the first card."""
    link = await seen.page.get_attribute(".fcard h2 a", "href")
    assert link is not None
    return link.rpartition("/")[2]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1440", "390"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_are_for_everybody(browser: Browser, demo: Running, size: tuple[int, int], scheme: Scheme) -> None:
    async with visiting(browser, demo, "supervisor", size=size, scheme=scheme) as seen:
        flow = await flow_of(seen)
        found = {}
        for path in PAGES:
            await seen.go(path.format(flow=flow))
            name = re.sub(r"\W+", "-", path.format(flow="flow")).strip("-")
            await seen.page.screenshot(path=SHOTS / f"{name}-{size[0]}-{scheme}.png", full_page=True)
            if wrong := await violations(seen):
                found[path] = wrong
            wide = await seen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                found.setdefault(path, []).append(f"{wide} px wider than the screen")
        seen.faults = [fault for fault in seen.faults if "404" not in fault]  # the page that is not there
        assert found == {}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1440", "390"])
async def test_the_log_in_is_for_everybody(browser: Browser, demo: Running, size: tuple[int, int]) -> None:
    for scheme in ("light", "dark"):
        async with visiting(browser, demo, None, size=size, scheme="dark" if scheme == "dark" else "light") as seen:
            for path in ("/login", "/forgotten"):
                await seen.go(path)
                assert await violations(seen) == []
