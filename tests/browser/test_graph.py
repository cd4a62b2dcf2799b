"""The graph in a browser: drawn so that nothing lies on anything, moved in by keyboard, and the same as a list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from itertools import product
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.conftest import PHONE, Seen, visiting
from tests.browser.test_looks import violations
from tests.real_asterisk.running_demo import Running

#: A Tuesday on which the sample company is open.
OPEN = "at=2027-03-16T10:42"
PATH = ["number/46101022290", "schedule/kundtjanst", "menu/huvudmeny", "queue/kundservice"]

_FOCUS = "document.activeElement.dataset.node || document.activeElement.id || document.activeElement.className"
_LIES = """(() => {
  const boxes = [...document.querySelectorAll('.gnode, .gword:not(:empty)')]
    .map((el) => [el.dataset.id ?? `${el.dataset.from} > ${el.dataset.to}`, el.getBoundingClientRect()]);
  const apart = (a, b) => Math.max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom);
  return boxes.flatMap(([a, one], n) =>
    boxes.slice(n + 1).filter(([, other]) => apart(one, other) < -1).map(([b]) => [a, b]));
})()"""
_CUT = """[...document.querySelectorAll('.gnode .node')]
  .filter((el) => el.scrollWidth > el.clientWidth + 1 || el.scrollHeight > el.clientHeight + 1)
  .map((el) => el.dataset.node)"""

_LEAST = """(() => {
  const graph = document.querySelector('.graph'), scale = new DOMMatrix(getComputedStyle(graph).transform).a;
  const said = [...graph.querySelectorAll('.gnode *, .gword, .gword *')]
    .filter((el) => [...el.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  return Math.min(...said.map((el) => parseFloat(getComputedStyle(el).fontSize) * scale));
})()"""
_WHOLE = "() => { const r = document.querySelector('.canvas__scroll'); return r.scrollWidth <= r.clientWidth; }"


async def focus(seen: Seen) -> str:
    return str(await seen.page.evaluate(_FOCUS))


async def drawn(seen: Seen) -> None:
    await seen.page.wait_for_selector(".graph[data-drawn]")


def to(ref: str) -> dict[str, str]:
    return {"object": ref}


#: Objects of a company that goes round: a menu that leads to itself and one that leads back, names that nobody foresaw.
ROUND: Mapping[str, tuple[str, dict[str, Any]]] = {
    "announcement/hej": ("Hej och välkommen till den som ringer om och om igen", {"next": {"end": "hangup"}}),
    "menu/om-igen": ("Huvudmeny", {"options": {"1": to("announcement/hej")}}),
    "menu/under": (
        "Undermeny_med_ett_namn_i_ett_enda_mycket_långt_ord_som_ingen_räknat_med",
        {"options": {"1": to("queue/kundservice"), "0": to("menu/om-igen")}, "timeout": to("menu/om-igen")},
    ),
    "number/46101022299": ("010-102 22 99", {"route": to("menu/om-igen")}),
}
BACK = {
    "options": {"1": to("announcement/hej"), "2": to("menu/under"), "9": to("menu/om-igen")},
    "timeout": to("menu/om-igen"),
    "invalid": to("menu/om-igen"),
}


def big() -> Mapping[str, tuple[str, dict[str, Any]]]:
    """Sixty nodes whose ways cross: menus, their queues, where those lead when they are full, and back."""
    made: dict[str, tuple[str, dict[str, Any]]] = {}
    for n in range(8):
        made[f"announcement/ut-{n}"] = (f"Meddelande {n} om driftstörningar", {"next": {"end": "hangup"}})
    for n in range(6):
        made[f"voicemail/b-{n}"] = (f"Brevlåda {n}", {})
        made[f"ring_group/r-{n}"] = (f"Ringgrupp {n}", {"members": ["201"], "no_answer": to(f"voicemail/b-{n}")})
    for n in range(24):
        exits = {"full": to(f"announcement/ut-{n % 8}"), "waited": to(f"ring_group/r-{n % 6}")}
        made[f"queue/k-{n}"] = (f"Kö {n} för avdelning {n}", exits)
    for n in range(8):
        keys = {str(k + 1): to(f"queue/k-{n * 3 + k}") for k in range(3)}
        made[f"menu/m-{n}"] = (f"Menyval för område {n}", {"options": keys, "timeout": to(f"announcement/ut-{n}")})
    keys = {str(n + 1): to(f"menu/m-{n}") for n in range(8)}
    made["menu/m-hem"] = ("Huvudmeny för alla områden", {"options": keys, "timeout": to("queue/k-0")})
    week = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    made["schedule/stor"] = ("Tider", {"weekly": week, "open": to("menu/m-hem"), "closed": to("announcement/ut-7")})
    positions = {"normal": to("schedule/stor"), "kris": to("announcement/ut-2")}
    labels = {"normal": "Normalt", "kris": "Stor kris i hela landet"}
    made["switch/stor"] = ("Krisläge", {"positions": positions, "labels": labels, "default": "normal"})
    made["number/46101022298"] = ("010-102 22 98", {"route": to("switch/stor")})
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def flows(demo: Running) -> AsyncIterator[Mapping[str, str]]:
    """More flows of the supervisor's: ``round``, ``big``, and one of a single node; gone when the tests are done."""
    admin = await demo.log_in("admin")
    made: dict[str, str] = {}
    objects = [*ROUND.items(), *big().items(), ("number/46101022297", ("010-102 22 97", {"route": {"end": "hangup"}}))]
    for ref, (name, spec) in objects:
        kind, _, key = ref.partition("/")
        answer = await admin("POST", "/objects", {"kind": kind, "key": key, "name": name, "spec": spec})
        assert answer.status in (200, 202), answer.body
    assert (await admin("PATCH", "/objects/menu/om-igen", {"spec": BACK}, if_match="*")).status in (200, 202)
    for name, number, granted in (("round", 99, "menu/om-igen"), ("big", 98, "menu/m-hem"), ("single", 97, None)):
        grants = [{"object": granted, "aspects": ["audio"]}] if granted else []
        those = [demo.told["users"]["supervisor"]["email"]]
        body = {"name": name, "number": f"+461010222{number}", "grants": grants, "supervisors": those}
        answer = await admin("POST", "/flows", body | {"description": ""})
        assert answer.status == 201, answer.body
        made[name] = answer.body["id"]
    yield made
    for id_ in made.values():
        assert (await admin("DELETE", f"/flows/{id_}", if_match="*")).status == 204
    alone = {"options": None, "timeout": {"end": "hangup"}, "invalid": {"end": "hangup"}}
    assert (await admin("PATCH", "/objects/menu/om-igen", {"spec": alone}, if_match="*")).status in (200, 202)
    for ref, _ in reversed(objects):
        assert (await admin("DELETE", f"/objects/{ref}", if_match="*")).status in (200, 202), ref


async def test_nothing_lies_on_anything_and_nothing_is_cut(
    browser: Browser, demo: Running, flows: Mapping[str, str]
) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        for path in (f"/flows/{await kundtjanst(seen)}", *(f"/flows/{id_}" for id_ in flows.values())):
            await seen.go(path)
            await drawn(seen)
            assert await seen.page.evaluate(_LIES) == [], path
            assert await seen.page.evaluate(_CUT) == [], path
            for width in (320, 1000, 2560, 1440):
                await seen.page.set_viewport_size({"width": width, "height": 900})
                assert await seen.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (path, width)
            assert await violations(seen) == [], path
        nodes = await seen.page.locator(".gnode").count()
        assert nodes == 2  # the number, and the end of the call


async def test_the_whole_call_is_seen_at_once_on_a_desk(browser: Browser, demo: Running) -> None:
    """Every flow of the sample company, on the screens that people have, without scrolling sideways."""
    admin = await demo.log_in("admin")
    flows = [flow["id"] for flow in (await admin("GET", "/flows")).body if flow["number"] in demo.told["numbers"]]
    assert len(flows) > 3
    async with visiting(browser, demo, "admin") as seen:
        for id_, at in product(flows, ("", f"?{OPEN}")):
            await seen.go(f"/flows/{id_}{at}")
            for width, height in ((1920, 1080), (1440, 900), (1366, 768), (1280, 800), (1180, 800)):
                await seen.page.set_viewport_size({"width": width, "height": height})
                await drawn(seen)
                await seen.page.wait_for_function(_WHOLE, timeout=5000)
                assert await seen.page.evaluate(_LIES) == [], (id_, width)
                assert await seen.page.evaluate(_CUT) == [], (id_, width)
                assert await seen.page.evaluate(_LEAST) >= 10.5, (id_, width)


async def test_a_panel_that_lies_beneath_the_graph_comes_into_sight_with_what_is_chosen(
    browser: Browser, demo: Running
) -> None:
    async with visiting(browser, demo, "supervisor", size=(1280, 800)) as seen:
        page = seen.page
        await seen.go(f"/flows/{await kundtjanst(seen)}?{OPEN}")
        await drawn(seen)
        await page.wait_for_selector("#flowview[data-beneath]")
        graph, panel = page.locator(".graph"), page.locator("#panel")
        below, above = await panel.bounding_box(), await graph.bounding_box()
        assert below is not None
        assert above is not None
        assert below["y"] >= above["y"] + above["height"]
        for name in ("menu/huvudmeny", "queue/faktura"):
            await page.click(f'.graph [data-node="{name}"]')
            await page.wait_for_selector(f'#panel[data-node="{name}"] #p-h:focus')
            box = await panel.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 800
            assert await page.evaluate(_WHOLE)
            await expect(page.locator(f'.graph [data-node="{name}"]')).to_be_in_viewport()
        assert await violations(seen) == []
        for width, height in ((1920, 1080), (1280, 800), (1440, 900)):
            await page.set_viewport_size({"width": width, "height": height})
            beneath = "[data-beneath]" if width < 1440 else ":not([data-beneath])"
            await page.wait_for_selector(f"#flowview{beneath}")


async def test_a_graph_that_is_wide_scrolls_within_its_own_region(
    browser: Browser, demo: Running, flows: Mapping[str, str]
) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        await seen.go(f"/flows/{flows['big']}")
        await drawn(seen)
        await seen.page.focus(".canvas__scroll")
        left = "document.querySelector('.canvas__scroll').scrollLeft"
        async with asyncio.timeout(10):
            while await seen.page.evaluate(left) == 0:
                await seen.page.keyboard.press("ArrowRight")
        assert await seen.page.evaluate("scrollX") == 0


async def test_the_call_is_followed_by_keyboard(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        page, keys = seen.page, seen.page.keyboard
        await seen.go(f"/flows/{await kundtjanst(seen)}?{OPEN}")
        await drawn(seen)
        await page.focus(".canvas__scroll")
        passed = []
        for _ in PATH:
            await keys.press("Tab")
            passed.append(await focus(seen))
        assert passed == PATH
        await page.focus(".gnode .node")
        passed = []
        for key in ("Right", "Right", "Right", "Down", "Up", "Left"):
            await keys.press(f"Arrow{key}")
            passed.append(await focus(seen))
        assert passed == [*PATH[1:], "queue/faktura", "queue/kundservice", "menu/huvudmeny"]
        await keys.press("Enter")
        await page.wait_for_selector("#p-h:focus")
        assert await seen.text("#p-h") == "Huvudmeny"
        assert page.url.endswith("node=menu/huvudmeny")
        await keys.press("Escape")
        await page.wait_for_selector('[data-node="menu/huvudmeny"]:focus')
        assert "node=" not in page.url


async def test_another_time_and_key_are_asked_at_once(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        page = seen.page
        await seen.go(f"/flows/{await kundtjanst(seen)}?{OPEN}")
        await drawn(seen)
        await page.click("#w-keys label:has-text('2')")
        await page.wait_for_url("**&digits=2")
        await page.wait_for_selector('#w-answer strong:text-is("kön Faktura")')
        assert (await focus(seen)).startswith("w-digits-2")
        await page.wait_for_selector('.graph .node--hit[data-node="queue/faktura"]')
        await drawn(seen)
        await page.fill("#w-t", "1830")
        await page.press("#w-t", "Tab")
        await page.wait_for_url("**T18:30**")
        await page.wait_for_selector('#w-answer:has-text("Nattmeddelande")')
        assert await page.evaluate("document.querySelector('#w-keys fieldset').disabled")
        await page.go_back()
        await page.wait_for_url("**T10:42&digits=2")
        await drawn(seen)
        await page.click("#w-views [data-for=list]")
        await page.wait_for_url("**view=list**")
        assert await page.is_visible(".outline")
        assert not await page.is_visible(".graph")


async def test_what_somebody_saves_is_drawn_by_itself(browser: Browser, demo: Running) -> None:
    admin = await demo.log_in("admin")
    async with visiting(browser, demo, "supervisor") as seen:
        await seen.go(f"/flows/{await kundtjanst(seen)}?{OPEN}")
        await drawn(seen)
        await seen.page.focus('.gnode [data-node="queue/faktura"]')
        changed = await admin("PATCH", "/objects/queue/faktura", {"name": "Räkningar"}, if_match="*")
        assert changed.status in (200, 202)
        await seen.page.wait_for_selector('.graph:has-text("Räkningar")')
        await drawn(seen)
        await seen.page.wait_for_selector('[data-node="queue/faktura"]:focus')
        undone = await admin("POST", f"/changes/{changed.body['change']['id']}/undo")
        assert undone.status in (200, 202)
        await seen.page.wait_for_selector('.graph:has-text("Faktura")')


async def test_on_the_phone_the_list_comes_first_and_the_panel_is_a_sheet(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor", size=PHONE) as seen:
        page = seen.page
        await seen.go(f"/flows/{await kundtjanst(seen)}?{OPEN}")
        assert await page.is_visible(".outline")
        assert not await page.is_visible(".graph")
        assert not await page.is_visible("#panel")
        await page.click('.outline [data-node="queue/kundservice"]')
        await page.wait_for_selector("#p-h:focus")
        assert await violations(seen) == []
        await page.click(".panel__close")
        await page.wait_for_selector('[data-node="queue/kundservice"]:focus')
        assert not await page.is_visible("#panel")
        await page.click("#w-views [data-for=graph]")
        await drawn(seen)


async def test_without_script_the_outline_stands_for_the_graph(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor", script=False) as seen:
        page = seen.page
        await seen.go(f"/flows/{await kundtjanst(seen)}")
        assert await page.is_visible(".outline")
        assert not await page.is_visible(".graph")
        await page.check("#w-at", force=True)
        await page.fill("#w-d", "2027-03-26")
        await page.fill("#w-t", "11")
        await page.click(".whatif button")
        assert page.url.endswith("?at=2027-03-26T11:00")
        assert "Helgmeddelande" in await seen.text("#w-answer")
        await page.click('.outline [data-node="queue/faktura"]')
        assert await seen.text("#p-h") == "Faktura"


async def kundtjanst(seen: Seen) -> str:
    """The supervisor's flow of the sample company."""
    link = await seen.page.get_attribute(".fcard:has-text('010-102 22 90') h2 a", "href")
    assert link is not None
    return link.rpartition("/")[2]
