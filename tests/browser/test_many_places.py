"""Places looked for among many, as people do it: while one types, by keyboard alone, and without a script."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.conftest import DESKTOP, PHONE, Scheme, Seen, visiting
from tests.browser.test_looks import violations
from tests.real_asterisk.running_demo import Running
from vaxelflode.services.choosing import FEW

FAR = "object:announcement/plats-7"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def many(demo: Running) -> AsyncIterator[Running]:
    """The demo with more messages than are listed, until the tests are over."""
    admin = await demo.log_in("admin")
    refs = [f"announcement/plats-{n}" for n in range(FEW)]
    for n, ref in enumerate(refs):
        made = {"kind": "announcement", "key": ref.partition("/")[2], "name": f"Åskväder {n:02}", "spec": {}}
        assert (await admin("POST", "/objects", made)).status in (200, 201, 202)
    yield demo
    for ref in refs:
        assert (await admin("DELETE", f"/objects/{ref}", if_match="*")).status in (200, 202)


async def flow_of(seen: Seen) -> str:
    """The address of *Kundtjänst*."""
    href = await seen.page.get_by_role("link", name="Kundtjänst", exact=True).get_attribute("href")
    assert href is not None
    return href


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
async def test_a_place_is_found_by_keyboard_while_one_types(
    browser: Browser, many: Running, size: tuple[int, int], scheme: Scheme
) -> None:
    async with visiting(browser, many, "admin", size=size, scheme=scheme) as seen:
        await seen.go(f"{await flow_of(seen)}/schedule/kundtjanst/override")
        search, places = seen.page.get_by_role("searchbox"), seen.page.locator("[name=closed]")
        await expect(places).not_to_have_attribute("size", "8")
        await seen.page.fill("[name=note]", "Åskan går")
        await search.focus()
        await seen.page.keyboard.type("åsk 07")
        await expect(seen.page.get_by_role("status").filter(has_text="1 träff, i listan.")).to_be_visible()
        await expect(search).to_be_focused()
        await expect(places).to_have_value("")
        assert await violations(seen) == []
        await seen.page.keyboard.press("ArrowDown")
        await expect(places).to_be_focused()
        await seen.page.keyboard.press("ArrowDown")
        await expect(places).to_have_value(FAR)
        await search.fill("")
        await expect(places).not_to_have_attribute("size", "3")
        await expect(places).to_have_value(FAR)
        assert await seen.page.input_value("[name=note]") == "Åskan går"
        await search.fill("finns inte alls")
        await expect(seen.page.get_by_role("status").filter(has_text="Inget passar")).to_be_visible()
        await expect(places).to_have_value(FAR)
        await search.press("Enter")
        assert seen.page.url.endswith("/override"), "nothing is saved by looking"


async def test_without_a_script_the_form_comes_back_with_what_fits(browser: Browser, many: Running) -> None:
    async with visiting(browser, many, "admin", script=False) as seen:
        path = f"{await flow_of(seen)}/menu/huvudmeny"
        await seen.go(f"{path}?key=7")
        await seen.page.fill("[name='f.wait']", "9")
        await seen.page.fill("[name='find.f.options.7']", "ÅSKVÄDER 07")
        await seen.page.press("[name='find.f.options.7']", "Enter")
        await seen.page.wait_for_load_state()
        assert await seen.page.input_value("[name='f.wait']") == "9"
        assert await seen.page.is_visible('[data-panel="7"]')
        await seen.page.select_option("[name='f.options.7']", FAR)
        await seen.page.click("form#object [type=submit]:not([name])")
        await seen.page.wait_for_url("**?change=*")
        assert "Åskväder 07" in await seen.text()
        await seen.page.click("main form[action$='/undo'] button")
        await seen.page.wait_for_load_state()


async def test_what_was_found_and_not_saved_is_still_there(browser: Browser, many: Running) -> None:
    async with visiting(browser, many, "admin") as seen:
        await seen.go(f"{await flow_of(seen)}/menu/huvudmeny?key=7")
        chosen = seen.page.locator("[name='f.options.7']")
        await seen.page.fill("[name='find.f.options.7']", "åskväder 07")
        await expect(chosen.locator(f"option[value='{FAR}']")).to_have_count(1)
        await chosen.select_option(FAR)
        await expect(seen.page.locator("[data-dirty]")).to_contain_text("Åskväder 07")
        await seen.page.reload()
        await expect(chosen).to_have_value(FAR)
        await expect(seen.page.locator("[data-dirty]")).to_contain_text("Åskväder 07")
        await seen.page.click("[data-discard]")


async def test_who_looks_in_two_fields_one_after_the_other_is_answered_in_both(browser: Browser, many: Running) -> None:
    async with visiting(browser, many, "admin") as seen:
        await seen.go(f"{await flow_of(seen)}/queue/kundservice/settings")
        for field, words in (("full", "åskväder 07"), ("waited", "åskväder 08")):
            await seen.page.fill(f"[name='find.f.{field}']", words)
        for field, place in (("full", FAR), ("waited", FAR.replace("7", "8"))):
            await expect(seen.page.locator(f"[name='f.{field}'] option[value='{place}']")).to_have_count(1)
