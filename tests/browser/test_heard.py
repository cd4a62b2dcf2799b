"""What a screen reader says of the pages, by Chromium's own tree of them, and what live regions say by themselves."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import DESKTOP, PHONE, Seen, visiting
from tests.browser.test_looks import flow_of
from tests.browser.test_together import PATH, at_the_hours, friday_kept, write_friday
from tests.real_asterisk.running_demo import Running

pytestmark = [pytest.mark.pbx]

#: ``{flow}`` is the supervisor's own.
PAGES = (
    "/flows",
    "/flows/{flow}?view=graph",
    "/flows/{flow}?view=list",
    "/flows/{flow}?node=queue/kundservice",
    "/flows/{flow}/schedule/kundtjanst",
    "/flows/{flow}/queue",
    "/flows/{flow}/queue/kundservice",
    "/flows/{flow}/queue/kundservice/settings",
    "/flows/{flow}/menu/huvudmeny",
    "/flows/{flow}/announcement",
    "/flows/{flow}/announcement/nattmeddelande",
    "/flows/{flow}/voicemail/kundtjanst",
    "/flows/{flow}/history",
    "/history",
    "/me",
    "/help",
)
#: What does something, and what is filled in.
DOES = frozenset({"button", "link", "menuitem", "tab", "DisclosureTriangle"})
FIELDS = frozenset({"textbox", "combobox", "listbox", "checkbox", "radio", "searchbox", "spinbutton", "switch", "Date"})
#: Roles whose name is said before what is in them.
AROUND = frozenset({"group", "radiogroup", "form", "dialog", "article", "region", "table", "row", "Date"})
#: What pressing something does: where a link leads, what a form sends, or which element it is where a script acts.
_EFFECT = """function () {
  if (this.hasAttribute('pseudo')) return 'what the browser adds to a field';
  if (this.matches('a[href]')) return `to ${new URL(this.href).pathname}${new URL(this.href).search}`;
  const form = this.form, entry = this.closest('.entry');
  // Of what was done within one minute, the values beside it say which is which.
  if (entry) return `in ${entry.querySelector('time').dateTime.slice(0, 16)} ${this.tagName}`;
  if (this.matches('button[type=submit], button:not([type])') && form) {
    const sent = [...new FormData(form, this)].filter(([name]) => !['csrf', 'version', 'back', 'was'].includes(name));
    const hidden = new Set([...form.querySelectorAll('[type=hidden]')].map((field) => field.name).concat(this.name));
    const fixed = JSON.stringify(sent.filter(([name]) => hidden.has(name)));
    return `${form.method} ${this.getAttribute('formaction') ?? form.action} ${fixed}`;
  }
  window.numbered ??= new Map();
  if (!window.numbered.has(this)) window.numbered.set(this, window.numbered.size);
  return `element ${window.numbered.get(this)}: ${this.outerHTML.slice(0, 120)}`;
}"""


@dataclass
class Said:
    """One thing that a screen reader says, and what it is within."""

    role: str
    name: str
    level: int = 0
    element: int = 0
    within: Sequence[tuple[str, str]] = field(default=())

    @property
    def context(self) -> str:
        """The names that are said before."""
        return " / ".join(name for role, name in self.within if role in AROUND and name)


async def heard(seen: Seen) -> list[Said]:
    """Everything that is said, in its order."""
    session = await seen.page.context.new_cdp_session(seen.page)
    tree = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    await session.detach()
    return [*_walk({node["nodeId"]: node for node in tree}, tree[0], ())]


def _walk(tree: dict[str, Any], node: dict[str, Any], within: tuple[tuple[str, str], ...]) -> Iterator[Said]:
    role, name = (str(node.get(what, {}).get("value", "")) for what in ("role", "name"))
    if not node.get("ignored"):
        level = next((p["value"]["value"] for p in node.get("properties", ()) if p["name"] == "level"), 0)
        yield Said(role, name.strip(), level, node.get("backendDOMNodeId", 0), within)
        within = (*within, (role, name.strip()))
    for child in node.get("childIds", ()):
        if child in tree:
            yield from _walk(tree, tree[child], within)


async def effects(seen: Seen, said: Sequence[Said]) -> list[str]:
    """What each of them does."""
    session = await seen.page.context.new_cdp_session(seen.page)
    found = []
    for one in said:
        node = await session.send("DOM.resolveNode", {"backendNodeId": one.element})
        asked = {"objectId": node["object"]["objectId"], "functionDeclaration": _EFFECT, "returnByValue": True}
        found.append(str((await session.send("Runtime.callFunctionOn", asked))["result"]["value"]))
    await session.detach()
    return found


async def wrong(seen: Seen) -> list[str]:
    """What somebody who only hears the page would not understand."""
    said = await heard(seen)
    return [*_structure(said), *_nameless(said), *await _alike(seen, said)]


def _structure(said: Sequence[Said]) -> Iterator[str]:
    headings = [one for one in said if one.role == "heading"]
    if (count := sum(one.level == 1 for one in headings)) != 1:
        yield f"{count} headings of the first level"
    for before, after in pairwise(headings):
        if after.level > before.level + 1:
            yield f"{after.name!r} is a heading of level {after.level} after one of level {before.level}"
    for landmark in ("banner", "navigation", "main"):
        if not any(one.role == landmark for one in said):
            yield f"no {landmark}"
    for role in ("banner", "main", "navigation", "complementary", "region", "form", "search"):
        names = [one.name for one in said if one.role == role and (one.name or role not in ("form", "region"))]
        if len(names) != len(set(names)):
            yield f"several {role} of one name: {names}"


def _nameless(said: Sequence[Said]) -> Iterator[str]:
    for one in said:
        if one.role in DOES | FIELDS | {"dialog", "image", "img", "heading"} and not re.search(r"\w", one.name):
            yield f"{one.role} {one.name!r} has no name in words, in {one.context!r}"


async def _alike(seen: Seen, said: Sequence[Said]) -> list[str]:
    """Names that stand for more than one thing; of fields, within what is said before them."""
    pressed, filled = [one for one in said if one.role in DOES], [one for one in said if one.role in FIELDS]
    does: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one, effect in zip(pressed, await effects(seen, pressed), strict=True):
        does[one.role, one.name].add(effect)
    found = [f"{role} {name!r} does {sorted(what)}" for (role, name), what in does.items() if len(what) > 1]
    fields: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in filled:
        fields[one.role, one.context, one.name] += 1
    return found + [
        f"{count} times {role} {name!r} in {where!r}" for (role, where, name), count in fields.items() if count > 1
    ]


@asynccontextmanager
async def worked_with(demo: Running) -> AsyncIterator[None]:
    """Pages with something on them: temporary changes, receipts, and a history of what is alike."""
    karin, overrides = await demo.log_in("supervisor"), []
    async with friday_kept(demo):
        try:
            for day in ("2027-12-01", "2027-12-02"):
                made = await karin("POST", f"{PATH}/overrides", {"from": day, "to": day, "hours": []})
                overrides.append(made.body["override"]["id"])
            for closes in ("13:00", "13:10"):
                changed = {"spec": {"weekly": {"fri": [["08:00", closes]]}}}
                assert (await karin("PATCH", PATH, changed, if_match="*")).status == 200
            yield
        finally:
            for id_ in overrides:
                assert (await karin("DELETE", f"{PATH}/overrides/{id_}")).status == 200


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1440", "390"])
async def test_every_page_makes_sense_to_whoever_only_hears_it(
    browser: Browser, demo: Running, size: tuple[int, int]
) -> None:
    async with worked_with(demo), visiting(browser, demo, "supervisor", size=size) as seen:
        flow = await flow_of(seen)
        found = {}
        for path in PAGES:
            await seen.go(path.format(flow=flow))
            if "view=graph" in path:
                await seen.page.wait_for_selector(".graph[data-drawn]")
            if faults := await wrong(seen):
                found[path] = faults
        assert found == {}


_OPENERS = "#main a[data-dialog-from]"
_FOCUSED = "[document.activeElement.tagName, document.activeElement.textContent.trim()]"


async def test_a_dialog_begins_at_its_heading_and_ends_where_it_was_opened(browser: Browser, demo: Running) -> None:
    async with visiting(browser, demo, "supervisor") as seen:
        flow, opened = await flow_of(seen), 0
        for path in PAGES:
            await seen.go(path.format(flow=flow))
            for n in range(await seen.page.locator(_OPENERS).count()):
                opener = seen.page.locator(_OPENERS).nth(n)
                if not await opener.is_visible():
                    continue
                await opener.focus()
                await seen.page.keyboard.press("Enter")
                dialog = seen.page.locator("dialog:modal")
                await expect(dialog).to_be_visible()
                tag, title = await seen.page.evaluate(_FOCUSED)
                said = await heard(seen)
                where = (path, await opener.text_content())
                assert tag == "H2", where
                assert [one.name for one in said if one.role == "dialog"] == [title], where
                assert [*_nameless(said), *await _alike(seen, said)] == [], where
                await seen.page.keyboard.press("Escape")
                await expect(dialog).to_have_count(0)
                await expect(opener).to_be_focused()
                opened += 1
        assert opened > len(PAGES)


#: What is put into a live region, or made visible in one, from now on: its class, and what it says.
_LISTEN = """() => {
  const live = '[role=status], [role=alert], [role=log], output, [aria-live]:not([aria-live=off])';
  window.announced = [];
  new MutationObserver((seen) => {
    const regions = new Set();
    for (const one of seen) {
      const at = one.target.nodeType === 1 ? one.target : one.target.parentElement;
      if (at?.closest(live)) regions.add(at.closest(live));
      for (const node of one.addedNodes) if (node.nodeType === 1)
        [node, ...node.querySelectorAll('*')].filter((el) => el.matches(live)).forEach((el) => regions.add(el));
    }
    for (const region of regions)
      if (region.isConnected && region.checkVisibility() && region.innerText.trim())
        window.announced.push([region.className, region.innerText.trim()]);
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributeFilter: ['hidden'] });
}"""


async def announced(seen: Seen) -> list[tuple[str, str]]:
    """What was said by itself since one listens."""
    return [(what, text) for what, text in await seen.page.evaluate("window.announced")]


async def test_only_the_receipt_of_what_one_did_oneself_is_said_by_itself(browser: Browser, demo: Running) -> None:
    async with (
        friday_kept(demo),
        visiting(browser, demo, "supervisor") as karin,
        visiting(browser, demo, "supervisor") as graph,
        visiting(browser, demo, "admin") as johan,
    ):
        await graph.go(f"/flows/{await flow_of(karin)}")
        await graph.page.wait_for_selector(".graph[data-drawn]")
        await at_the_hours(karin)
        for seen in (karin, graph, johan):
            await seen.page.evaluate(_LISTEN)
        await write_friday(karin, "13:40")
        await karin.page.get_by_role("button", name="Spara", exact=True).first.click()
        await expect(karin.page.locator("#dirty .receipt--live")).to_be_visible(timeout=15_000)
        said = await announced(karin)
        assert {kind.split()[0] for kind, _ in said} == {"receipt"}
        assert "Aktivt i växeln" in said[-1][1]

        # What a colleague did comes to the pages, and how many there are now, and is not said.
        card = johan.page.locator(".fcard").filter(has_text="010-102 22 90")
        await expect(card.locator(".receipt--live")).to_contain_text("Karin Åström", timeout=15_000)
        admin, here = await demo.log_in("admin"), "/queues/kundservice/agents/204"
        node = graph.page.locator('.gnode:has([data-node="queue/kundservice"])')
        before = await node.inner_text()
        assert (await admin("PUT", here, {})).status == 200
        try:
            await expect(node).not_to_have_text(before, use_inner_text=True, timeout=15_000)
        finally:
            assert (await admin("DELETE", here)).status == 200
        await expect(node).to_have_text(before, use_inner_text=True, timeout=15_000)
        assert await announced(graph) == []
        assert await announced(johan) == []
