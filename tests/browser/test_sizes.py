"""The pages from 320 to 2560 px with long names: nothing is wider than the screen, and no text lies on another.

At 390 px, whatever is pressed is as large as a finger wants it; and whatever the system asks for in motion, contrast
and focus is kept.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser import test_looks as looks
from tests.browser.conftest import PHONE, Seen, visiting
from tests.browser.test_looks import flow_of
from tests.real_asterisk.running_demo import Running

#: 80 characters each: one word that is not to be broken anywhere in particular, and many words.
LONG = "Driftstörningsanmälningsmottagningsorganisationsförändringsberedningsgruppen i X"
WORDY = "Kundservice för avtal, elpriser, flytt, fakturor, nya anslutningar och solceller"
OBJECTS = {
    "queue/kundservice": LONG,
    "queue/faktura": WORDY,
    "menu/huvudmeny": LONG,
    "announcement/nattmeddelande": LONG,
}
PAGES = (
    *looks.PAGES,
    "/flows/{flow}?view=list&node=queue%2Fkundservice",
    "/flows/{flow}/close",
    "/flows/{flow}/schedule/kundtjanst/override",
)
#: Lines of text that lie on lines of another. What is fixed lies over the page on purpose, and a graph is scrolled.
OVERLAPS = """() => {
  const found = [], lines = [];
  const over = '.vh, .phone-vh, .qrow__w, svg, select, .receipt--bar, .panel--chosen, .canvas__scroll';
  const walk = document.createTreeWalker(document.querySelector('#main'), NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const el = node.parentElement, text = node.data.trim();
    if (!text || el.closest(over) || !el.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 1) lines.push({ node, box, text: text.slice(0, 40) });
  }
  for (let n = 0; n < lines.length; n++) for (let k = n + 1; k < lines.length; k++) {
    const [a, b] = [lines[n], lines[k]];
    const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
    const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
    if (a.node !== b.node && wide > 2 && high > 6) found.push(`${a.text} / ${b.text}`);
  }
  return found;
}"""
#: What can be pressed and is smaller than 44 px, or narrower than 40 where several stand in a row. A link in a sentence
#: is as high as its line.
SMALL = """() => {
  const found = [], text = '.vh, .skip, .canvas__scroll, p, del, ins';
  for (const el of document.querySelectorAll('a[href], button, input, select, summary, textarea')) {
    if (!el.checkVisibility({ visibilityProperty: true }) || el.closest(text)) continue;
    const box = (el.closest('label') || el).getBoundingClientRect(), size = [box.width, box.height].map(Math.round);
    if (box.width && (size[1] < 44 || size[0] < 40)) found.push(`${el.outerHTML.slice(0, 100)} ${size}`);
  }
  return found;
}"""
#: Buttons of a dialog's foot that reach into its edge.
OUTSIDE = """() => {
  const foot = document.querySelector('.dialog__foot'), edge = foot.getBoundingClientRect();
  return [...foot.querySelectorAll('.btn')].filter((el) => el.checkVisibility()).filter((el) => {
    const box = el.getBoundingClientRect();
    return box.left < edge.left + 8 || box.right > edge.right - 8;
  }).map((el) => el.textContent);
}"""
#: What has the focus, if no ring says so.
WITHOUT_A_RING = """() => {
  const el = document.activeElement, own = (one) => one && getComputedStyle(one).outlineStyle !== 'none';
  return own(el) || own(el.closest('label')) || el === document.body ? '' : el.outerHTML.slice(0, 120);
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def long_names(demo: Running) -> AsyncIterator[None]:
    """Objects, the flow and its supervisor are called by 80 characters, and as before afterwards."""
    admin = await demo.log_in("admin")
    flow = next(f for f in (await admin("GET", "/flows")).body if f["name"] == "Kundtjänst")
    me = await demo.log_in("supervisor")
    before = {ref: (await admin("GET", f"/objects/{ref}")).body["name"] for ref in OBJECTS}

    async def called(names: dict[str, str], of_flow: str, person: str) -> None:
        for ref, name in names.items():
            assert (await admin("PATCH", f"/objects/{ref}", {"name": name}, if_match="*")).status == 200
        now = (await admin("GET", f"/flows/{flow['id']}")).body
        changed = {**now, "name": of_flow}
        assert (await admin("PUT", f"/flows/{flow['id']}", changed, if_match=now["version"])).status == 200
        assert (await me("PATCH", "/me", {"name": person})).status == 200

    await called(OBJECTS, WORDY, LONG)
    yield
    await called(before, "Kundtjänst", "Karin Åström")


async def wrong_with(seen: Seen, pages: tuple[str, ...]) -> dict[str, list[str]]:
    """Page → what is too wide, and what lies on what."""
    flow, found = await flow_of(seen), {}
    for path in pages:
        await seen.go(path.format(flow=flow))
        wide = await seen.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        wrong = [f"{wide} px wider than the screen"] * (wide > 0) + await seen.page.evaluate(OVERLAPS)
        if wrong:
            found[path] = wrong
    seen.faults = [fault for fault in seen.faults if "404" not in fault]  # the page that is not there
    return found


@pytest.mark.usefixtures("long_names")
@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440, 2560])
async def test_long_names_wrap_at_every_width(browser: Browser, demo: Running, width: int) -> None:
    async with visiting(browser, demo, "supervisor", size=(width, 900)) as seen:
        found = await wrong_with(seen, PAGES)
        assert found == {}


@pytest.mark.parametrize("language", ["sv", "en"])
async def test_nothing_lies_on_anything_at_320(browser: Browser, demo: Running, language: str) -> None:
    api = await demo.log_in("supervisor")
    assert (await api("PATCH", "/me", {"language": language})).status == 200
    try:
        async with visiting(browser, demo, "supervisor", size=(320, 640)) as seen:
            found = await wrong_with(seen, PAGES)
        assert found == {}
    finally:
        assert (await api("PATCH", "/me", {"language": "sv"})).status == 200


async def test_a_button_stays_in_its_dialog_however_much_it_says(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor", size=PHONE) as seen:
        await seen.go(f"/flows/{await flow_of(seen)}/schedule/kundtjanst/override?day=2027-12-01")
        await seen.page.get_by_role("button", name="Lunch").click()
        await seen.page.locator("input[name=opens]").nth(1).wait_for()
        outside = await seen.page.evaluate(OUTSIDE)
        assert outside == []


async def test_a_receipt_does_not_touch_what_is_below_it(browser: Browser, demo: Running) -> None:
    api = await demo.log_in("supervisor")
    saved = await api("PATCH", "/objects/menu/huvudmeny", {"spec": {"options": {"9": {"end": "hangup"}}}}, if_match="*")
    change = saved.body["change"]["id"]
    try:
        async with visiting(browser, demo, "supervisor") as seen:
            await seen.go(f"/flows/{await flow_of(seen)}/menu/huvudmeny?change={change}")
            receipt = await seen.page.locator(".receipt").first.bounding_box()
            below = await seen.page.locator(".receipt ~ form .card").first.bounding_box()
        assert receipt is not None
        assert below is not None
        assert below["y"] - receipt["y"] - receipt["height"] >= 12
    finally:
        assert (await api("POST", f"/changes/{change}/undo")).status == 200


async def test_a_finger_hits_what_it_is_meant_to(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor", size=PHONE) as seen:
        flow, found = await flow_of(seen), {}
        for path in PAGES:
            await seen.go(path.format(flow=flow))
            if small := await seen.page.evaluate(SMALL):
                found[path] = small
        seen.faults = [fault for fault in seen.faults if "404" not in fault]
        assert found == {}


async def test_motion_contrast_and_focus_are_as_the_system_asks(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        await seen.page.emulate_media(reduced_motion="reduce", forced_colors="active")
        flow = await flow_of(seen)
        for path in ("/flows", f"/flows/{flow}", f"/flows/{flow}/schedule/kundtjanst", "/me"):
            await seen.go(path)
            moving = await seen.page.evaluate(
                "document.getAnimations().filter((a) => a.effect.getComputedTiming().duration > 10).length"
            )
            assert moving == 0, path
            unseen = []
            for _ in range(40):
                await seen.page.keyboard.press("Tab")
                ring = await seen.page.evaluate(WITHOUT_A_RING)
                unseen += [ring] * bool(ring)
            assert unseen == [], path
