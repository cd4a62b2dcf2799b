"""Every page in English and in Swedish: none holds a text of the other language's, nor a word that only it has.

Judged by the catalogue and the words of the kinds: each text of the other language, cut where values stand in it, is
looked for. What the sample company calls its things is Swedish, and is not looked at.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from babel.messages.pofile import read_po
from playwright.async_api import Browser

from tests.browser.conftest import Seen, visiting
from tests.browser.test_looks import flow_of
from tests.real_asterisk.running_demo import Running
from vaxelflode.i18n.catalogue import LOCALES
from vaxelflode.i18n.words import FOLDERS
from vaxelflode.web.pages.table import PAGES

Language = Literal["sv", "en"]
SAMPLE = Path("vaxelflode/demo/norrvik.toml")
OVERRIDES = "/objects/schedule/kundtjanst/overrides"
#: Addresses that nobody reads: sounds, pictures, styles.
UNREAD = ("/static/{digest}/{name}", "/manifest.webmanifest", "/flows/{id}/{kind}/{key}/prompts/{digest}", "/")
#: Texts that are shorter mean too much by chance.
LEAST = 4
#: Little words of one language that the other does not have.
LITTLE = {
    "sv": ("och", "att", "inte", "är", "som", "för", "till", "du", "det", "eller", "från", "hos", "utan", "får"),
    "en": ("the", "of", "is", "not", "and", "you", "your", "must", "there", "this", "that", "with", "by", "may"),
}
#: What people read or hear of a page, hidden or not; what stands in the page's code is no text.
TEXTS = """() => {
  const found = [document.title], seen = new Set();
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT);
  for (let el = walk.currentNode; el; el = walk.nextNode()) {
    for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'label', 'data-field', 'data-was', 'data-one',
      'data-many', 'data-new', 'data-gone', 'data-yes', 'data-no', 'data-nothing', 'data-kind'])
      if (el.hasAttribute(name) && el !== document.documentElement) found.push(el.getAttribute(name));
    const own = [...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const inside = el.closest('script, style, [lang]:not(html)') || [...seen].some((one) => one.contains(el));
    if (own && !inside) { seen.add(el); found.push(el.textContent.replace(/\\s+/g, ' ').trim()); }
  }
  return found.filter((text) => text.trim());
}"""


# ---- the words


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


@cache
def pairs() -> tuple[tuple[str, str], ...]:
    """Every text in English and in Swedish."""
    with (LOCALES / "sv.po").open("rb") as file:
        catalogue = read_po(file, locale="sv")
    found: list[tuple[str, str]] = []
    for message in catalogue:
        found += zip(_forms(message.id), _forms(message.string), strict=True)
    for path in (path for folder in FOLDERS for path in folder.glob("*.toml")):
        found += _terms(tomllib.loads(path.read_text(encoding="utf-8")))
    return tuple(found)


def _forms(text: Any) -> tuple[str, ...]:
    """Of one thing and of many, where a text has both."""
    return (text,) if isinstance(text, str) else tuple(text)


def _terms(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and {"sv", "en"} <= value.keys():
        yield value["en"], value["sv"]
    elif isinstance(value, dict):
        for one in value.values():
            yield from _terms(one)


def _pieces(text: str) -> Iterator[str]:
    """A text between its values."""
    for piece in re.split(r"%\(\w+\)s|\{\w+\}|\s{2,}", text):
        if len(re.sub(r"\W", "", piece)) >= LEAST:
            yield piece.strip(" .,:;()–“”")


def _words(pieces: Iterable[str]) -> re.Pattern[str]:
    """Any of them, as words of their own; the longest first."""
    every = sorted(pieces, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, every))})(?!\w)")


@cache
def of_the_other(language: Language) -> re.Pattern[str]:
    """What stands on no page of the language: texts of the other that this one does not have anywhere."""
    mine, theirs = (0, 1) if language == "en" else (1, 0)
    other = {piece.casefold() for pair in pairs() for piece in _pieces(pair[theirs])}
    other |= {*LITTLE["sv" if language == "en" else "en"]}
    own = "\n".join(pair[mine] for pair in pairs()).casefold()
    return _words(piece for piece in other if not re.search(rf"(?<!\w){re.escape(piece)}(?!\w)", own))


@cache
def company_words(data: tuple[str, ...]) -> re.Pattern[str]:
    """What the sample company calls its things, says in its messages and writes in its notes."""
    found = {*data, *_strings(tomllib.loads(SAMPLE.read_text(encoding="utf-8")))}
    return _words(text.casefold() for text in found if len(text) > 2)


def foreign(language: Language, texts: Iterable[str], data: Iterable[str] = ()) -> set[str]:
    """What does not belong into texts of a page in this language."""
    found = set()
    for text in texts:
        ours = company_words(tuple(data)).sub("·", text.casefold())
        found |= {f"{piece!r} in {text!r}" for piece in of_the_other(language).findall(ours)}
    return found


# ---- the walk


@asynccontextmanager
async def speaking(demo: Running, language: Language) -> Any:
    """The supervisor reads this language; there is a temporary change of theirs, and both are as before afterwards."""
    api = await demo.log_in("supervisor")
    before = (await api("GET", "/me")).body["language"]
    assert (await api("PATCH", "/me", {"language": language})).status == 200
    made = await api("POST", OVERRIDES, {"from": "2031-05-06", "to": "2031-05-07", "hours": [], "note": "Stämma"})
    assert made.status == 200
    try:
        yield made.body["change"]["id"]
    finally:
        assert (await api("DELETE", f"{OVERRIDES}/{made.body['override']['id']}")).status == 200
        assert (await api("PATCH", "/me", {"language": before})).status == 200


async def names_of_old(demo: Running) -> list[str]:
    """What objects were called that have been changed: other tests rename them, and history remembers it."""
    listed = (await (await demo.log_in("admin"))("GET", "/changes?limit=1000")).body
    renamed = [edit for change in listed for edit in change["edits"] if edit["path"] == ["name"]]
    return [change["name"] for change in listed] + [
        edit[end] for edit in renamed for end in ("before", "after") if end in edit
    ]


async def links(seen: Seen) -> set[str]:
    """Where the page leads to, within the application."""
    found = await seen.page.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))")
    inside = {href.partition("#")[0] for href in found if href.startswith("/")}
    return {href for href in inside if not re.match(r"/(api|static)/|.*/prompts/", href)}


def pattern(path: str) -> str:
    """The row of the table that answers a path; as the application does, the first that fits."""
    for page in PAGES:
        shape = re.sub(r"\{\w+:\.\+\}", ".+", page.path)
        if page.method == "GET" and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", shape), path):
            return page.path
    return ""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", ["en", "sv"])
async def test_every_page_is_in_one_language(browser: Browser, demo: Running, language: Language) -> None:
    async with speaking(demo, language) as made, visiting(browser, demo, "supervisor", language=language) as seen:
        data = [user["email"] for user in demo.told["users"].values()] + await names_of_old(demo)
        flow = await flow_of(seen)
        schedule = f"/flows/{flow}/schedule/kundtjanst"
        waiting = [
            "/flows",
            f"/flows/{flow}/open",
            f"/flows/{flow}/close",
            f"/flows/open?flow={flow}",
            f"/flows/close?flow={flow}",
            f"/flows?done=close&changed={flow}",
            f"/flows?done=open&refused={flow}&not={flow}&same={flow}",
            "/flows?none=1",
            f"/flows/{flow}?view=list",
            f"/flows/{flow}?when=at&date=2027-03-16&time=10:42",
            f"/flows/{flow}?when=at&date=2027-03-26&time=1:61",
            f"{schedule}?change={made}",
            f"{schedule}/override?day=2027-03-16",
            f"/changes/{made}",
            "/login?ended=1",
            "/login?changed=1",
            "/forgotten",
            "/reset/nothing",
            "/nowhere",
        ]
        walked: set[str] = set()
        found: dict[str, set[str]] = {}
        while waiting:
            path = waiting.pop(0)
            if path in walked:
                continue
            walked.add(path)
            await seen.go(path)
            texts = await seen.page.evaluate(TEXTS)
            if wrong := foreign(language, texts, data):
                found[path] = wrong
            assert foreign("sv" if language == "en" else "en", texts, data), f"nothing could be found on {path}"
            # Of what a graph asks, one node of each kind says all; the rest is asked above.
            waiting += sorted(href for href in await links(seen) if "?" not in href or "node=" in href)
        seen.faults = [fault for fault in seen.faults if "status of 4" not in fault]
        readable = {page.path for page in PAGES if page.method == "GET"} - {re.sub(r":\.\+", "", p) for p in UNREAD}
        readable = {path for path in readable if not path.startswith("/static/")}
        assert readable - {pattern(path.partition("?")[0]) for path in walked} == set()
        assert found == {}


@pytest.mark.parametrize("language", ["en", "sv"])
async def test_what_is_wrong_is_said_in_the_same_language(browser: Browser, demo: Running, language: Language) -> None:
    async with speaking(demo, language), visiting(browser, demo, "supervisor", language=language) as seen:
        flow, page = await flow_of(seen), seen.page
        found: dict[str, set[str]] = {}

        async def judged(what: str, wait: str) -> None:
            await page.wait_for_selector(wait)
            if wrong := foreign(language, await page.evaluate(TEXTS)):
                found[what] = wrong

        await seen.go(f"/flows/{flow}/queue/kundservice/settings")
        await page.fill('[name="f.timeout"]', "500")
        await page.fill('[name="f.longest_wait"]', "x")
        await page.click("[data-dirty] button[type=submit]")
        await judged("a queue's settings", "#f-timeout-error")
        await seen.go(f"/flows/{flow}/schedule/kundtjanst/override")
        await page.check('[name="day"][value="other"]', force=True)
        await page.fill('[name="from"]', "2027-03-16")
        await page.fill('[name="to"]', "2027-03-01")
        await page.click('button[name="do"][value="save"]')
        await judged("a temporary change", "#ov-l-error")
        await seen.go("/me")
        await page.fill("#old2", "not this one")
        await page.fill("#new", "long enough to be one")
        await page.click("form[action='/me/password'] button[type=submit]")
        await judged("a password", "#old2-error")
        # A permission that does not reach that far, and what is not there.
        for path, form in (
            (f"/flows/{flow}/queue/felanmalan/agents", {"extension": "201"}),
            ("/changes/0000000000000000/undo", {}),
        ):
            token = await page.get_attribute("meta[name=csrf]", "content")
            answer = await page.request.post(seen.url + path, form={"csrf": token or "", **form})
            assert answer.status in (403, 404)
            await page.set_content(await answer.text(), wait_until="commit")
            await judged(path, "h1")
            await seen.go("/me")
        seen.faults = [fault for fault in seen.faults if re.search("status of 4|Content Security", fault) is None]
        assert found == {}
