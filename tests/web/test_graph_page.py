"""The flow's page: the graph with one's own parts in green, and nothing of what is inside the others."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest

from tests.api import company
from tests.web.conftest import Shown, Visitor

HOME = f"/flows/{company.FLOWS['mine']}"
#: A Monday on which both schedules are open.
OPEN = "2027-06-07T10:00"


def graph(shown: Shown) -> str:
    """The drawn part of the page, without the outline."""
    return shown.html.partition('<div class="graph">')[2].partition('<div class="outline"')[0]


def nodes(html: str) -> dict[str, set[str]]:
    """Node → what is said of it by classes: ``edit``, ``locked``, ``hit``."""
    found = re.findall(r'<a class="node([^"]*)" href="[^"]*" data-node="([^"]+)"', html)
    said: dict[str, set[str]] = {}
    for classes, id_ in found:
        said.setdefault(id_, set()).update(re.findall(r"node--(\w+)", classes))
    return said


def lines(html: str) -> Iterator[tuple[str, str, bool]]:
    for hit, source, target in re.findall(
        r'<span class="gword( gword--hit)?" data-from="([^"]+)" data-to="([^"]+)"', html
    ):
        yield source, target, bool(hit)


def panel(shown: Shown) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown.html.partition("<aside")[2].partition("</aside>")[0]))


def told(shown: Shown) -> str:
    found = re.search(r'id="w-answer">(.*?)</p>', shown.html, re.DOTALL)
    assert found is not None
    return re.sub(r"<[^>]+>", "", found[1]).strip()


async def test_what_is_granted_is_green_and_the_rest_is_locked(granted: Visitor) -> None:
    shown = await granted.get(HOME)
    assert shown.status == 200
    found = nodes(graph(shown))
    assert "edit" in found["menu/mine"] & found["queue/mine"] & found["schedule/mine"]
    assert "locked" in found["menu/seen"] & found["queue/seen"] & found["extension/201"]
    assert not any(id_.endswith(("/other", "/lone")) for id_ in found)
    listed = nodes(shown.html.partition('<div class="outline"')[2])
    assert found.keys() == listed.keys()


async def test_the_path_is_that_of_a_call_at_the_instant(granted: Visitor) -> None:
    shown = await granted.get(f"{HOME}?at={OPEN}&digits=1")
    found = nodes(graph(shown))
    path = ["number/46101022290", "schedule/mine", "menu/mine", "queue/mine"]
    assert [id_ for id_, said in found.items() if "hit" in said] == path
    assert list(found)[:4] == path
    assert {(a, b) for a, b, hit in lines(graph(shown)) if hit} == set(itertools.pairwise(path))
    assert told(shown) == "Måndag 7 juni 10:00, med val 1: kön Namn."


async def test_now_is_shown_unless_something_is_asked(granted: Visitor) -> None:
    shown = await granted.get(HOME)
    assert told(shown) == "Nu: upptagetton."
    assert {id_ for id_, said in nodes(graph(shown)).items() if "hit" in said} == {
        "number/46101022290",
        "schedule/mine",
        "end/busy",
    }
    assert re.search(r"<fieldset disabled>", shown.html)


async def test_the_first_key_is_pressed_where_nothing_is_said_of_keys(granted: Visitor) -> None:
    assert told(await granted.get(f"{HOME}?at={OPEN}")) == "Måndag 7 juni 10:00, med val 1: kön Namn."
    assert ", utan val: " in told(await granted.get(f"{HOME}?at={OPEN}&digits="))
    further = await granted.get(f"{HOME}?at={OPEN}&digits=81")
    assert told(further) == "Måndag 7 juni 10:00, med val 8 och sedan 1: kön Namn."
    assert 'name="digits2" value="1" id="w-digits2-1" checked' in further.html


async def test_the_form_leads_to_an_address_that_one_may_share(granted: Visitor) -> None:
    sent = await granted.get(f"{HOME}?when=at&date=2027-06-07&time=10.00&digits=8&digits2=1&view=list")
    assert sent.path == f"{HOME}?at={OPEN}:00&digits=81&view=list".replace(":00&", "&")
    assert 'data-view="list"' in sent.html
    assert (await granted.get(f"{HOME}?when=now&date=2027-06-07&time=10:00")).path == HOME


@pytest.mark.parametrize(
    "query", ["at=yesterday", "when=at&date=2027-06-07&time=later", "when=at&date=x&time=8", "at=1"]
)
async def test_what_is_no_time_is_told_and_now_is_shown(granted: Visitor, query: str) -> None:
    shown = await granted.get(f"{HOME}?{query}")
    if query == "at=1":  # epoch seconds
        assert (shown.status, told(shown).startswith("Torsdag 1 januari 1970 01:00")) == (200, True)
        return
    assert (shown.status, "08:30" in told(shown)) == (422, True)
    assert 'aria-invalid="true"' in shown.html
    assert "hit" in nodes(graph(shown))["end/busy"]


async def test_keys_that_are_none_are_told(granted: Visitor) -> None:
    shown = await granted.get(f"{HOME}?at={OPEN}&digits=abc")
    assert (shown.status, "0 till 9" in told(shown)) == (422, True)


async def test_the_panel_is_of_the_node_that_is_asked_for(granted: Visitor) -> None:
    mine = await granted.get(f"{HOME}?at={OPEN}&digits=1&node=queue/mine")
    assert f'href="{HOME}/queue/mine"' in mine.html
    assert "Kö Namn Öppna Namn" in panel(mine)
    assert "Vad som händer här Måndag 7 juni 10:00, med val 1: Väntar på en agent." in panel(mine)
    assert "Granted" in panel(mine)
    assert company.address("granted") not in panel(mine)
    menu = await granted.get(f"{HOME}?at={OPEN}&digits=1&node=menu/mine")
    assert "samtalet går vidare till kön Namn" in panel(menu)
    assert 'aria-current="true"' in next(part for part in menu.html.split("<a ") if 'data-node="menu/mine"' in part)


async def test_what_changes_next_is_told_of_whom_it_concerns(granted: Visitor) -> None:
    schedule = await granted.get(f"{HOME}?at={OPEN}&digits=1&node=schedule/mine")
    assert "17:00 går samtalet vidare till upptagetton" in panel(schedule)
    queue = await granted.get(f"{HOME}?at={OPEN}&digits=1&node=queue/mine")
    assert "17:00 kommer samtalet inte längre hit" in panel(queue)


async def test_a_queue_shows_its_agents_to_whoever_may_watch(granted: Visitor) -> None:
    shown = await granted.get(HOME)
    badges = re.findall(r'data-waiting="([^"]+)"', graph(shown))
    assert badges == ["mine"]
    assert re.search(r"<b>1</b>\s*agent<", graph(shown))


@pytest.mark.parametrize(("language", "name"), [("sv", "Långfredagen"), ("en", "Good Friday")])
async def test_a_holiday_is_told_in_the_readers_language(granted: Visitor, language: str, name: str) -> None:
    asked = {"name": "Karin", "email": company.address("granted"), "language": language}
    assert (await granted.post("/me", asked)).status == 200
    shown = await granted.get(f"{HOME}?at=2027-03-26T11:00&node=schedule/mine")
    assert name in panel(shown)
    other = {"Långfredagen", "Good Friday"} - {name}
    assert not any(one in shown.html for one in other)
    path = f"/api/v1/flows/{company.FLOWS['mine']}/graph?at=2027-03-26T11:00"
    steps = (await granted.house.ask("GET", path, "granted")).body["simulation"]["steps"]
    assert name in [step["note"] for step in steps]


async def test_a_locked_node_says_why_and_who_can_give_it(granted: Visitor) -> None:
    shown = await granted.get(f"{HOME}?node=menu/seen")
    assert "Inget av dina flöden låter dig öppna eller ändra det här. Be om det: Administrator." in panel(shown)
    assert f"{HOME}/menu/seen" not in shown.html
    phone = await granted.get(f"{HOME}?node=extension/201")
    assert "Det här kan bara en administratör ändra. Fråga Administrator." in panel(phone)
    end = await granted.get(f"{HOME}?node=end/busy")
    assert "Här är samtalet slut." in panel(end)


async def test_nothing_of_what_is_inside_a_locked_node_is_shown(granted: Visitor) -> None:
    made = await granted.house.ask(
        "POST",
        "/api/v1/objects/schedule/seen/overrides",
        "administrator",
        {"from": "2027-06-08", "to": "2027-06-08", "hours": [["00:00", "24:00"]], "note": "Hemligt möte"},
    )
    assert made.status == 200
    closed = {"from": "2027-06-09", "to": "2027-06-09", "hours": [], "note": "Hemlig stängning"}
    path = "/api/v1/objects/schedule/seen/overrides"
    assert (await granted.house.ask("POST", path, "administrator", closed)).status == 200
    open_always = {"spec": {"weekly": {key: [["00:00", "24:00"]] for key in ("tue", "wed")}}}
    path = "/api/v1/objects/schedule/mine"
    override = company.override_of("mine")
    assert (await granted.house.ask("DELETE", f"{path}/overrides/{override}", "administrator")).status == 200
    assert (await granted.house.ask("PATCH", path, "administrator", open_always, if_match="*")).status == 200
    for at in ("2027-06-08T12:00", "2027-06-09T12:00"):
        for node in ("schedule/seen", "queue/seen", "voicemail/seen", "switch/seen"):
            shown = await granted.get(f"{HOME}?at={at}&digits=8&node={node}")
            assert "hit" in nodes(graph(shown))["schedule/seen"]
            for secret in ("Hemlig", company.PROMPT, "*11", "4711", "stranger"):
                assert secret not in shown.html
    await granted.log_in("administrator")
    seen = await granted.get(f"{HOME}?at=2027-06-09T12:00&digits=8&node=schedule/seen")
    assert "Hemlig stängning" in seen.html


async def test_whoever_may_only_look_sees_all_locked(visitor: Visitor) -> None:
    await visitor.log_in("onlooker")
    shown = await visitor.get(f"/flows/{company.FLOWS['onlookers']}")
    found = nodes(shown.html)
    assert shown.status == 200
    assert found
    assert not any("edit" in said for said in found.values())
    assert "data-waiting" not in shown.html


async def test_an_administrator_may_change_everything_that_can_be(visitor: Visitor) -> None:
    await visitor.log_in("administrator")
    found = nodes(graph(await visitor.get(HOME)))
    assert {id_ for id_, said in found.items() if "locked" in said} == {
        *(id_ for id_ in found if id_.split("/")[0] in ("extension", "end", "external"))
    }


@pytest.mark.parametrize("query", ["", "?at=x", "?node=menu/mine", "?when=at&time=8", "?digits=1"])
async def test_a_stranger_finds_nothing(visitor: Visitor, query: str) -> None:
    await visitor.log_in("stranger")
    shown = await visitor.get(HOME + query)
    assert shown.status == 404
    assert "mine" not in shown.html.partition("<main")[2]


async def test_a_node_of_others_is_not_shown(granted: Visitor) -> None:
    shown = await granted.get(f"{HOME}?node=queue/other")
    assert shown.status == 200
    assert "panel--chosen" not in shown.html
    assert 'data-node="queue/other"' not in shown.html


async def test_a_flow_without_a_number_has_no_graph_and_says_so(visitor: Visitor) -> None:
    await visitor.log_in("administrator")
    shown = await visitor.get(f"/flows/{company.FLOWS['numberless']}?at=x")
    assert shown.status == 200
    assert "Det här flödet har inget nummer" in shown.html
    assert not nodes(shown.html)


async def test_a_menu_that_leads_back_to_itself_is_drawn_and_told(granted: Visitor) -> None:
    spec = {"options": {"9": {"object": "menu/mine"}}, "timeout": {"object": "menu/mine"}}
    path = "/api/v1/objects/menu/mine"
    assert (await granted.house.ask("PATCH", path, "administrator", {"spec": spec}, if_match="*")).status == 200
    shown = await granted.get(f"{HOME}?at={OPEN}&digits=")
    assert ("menu/mine", "menu/mine", True) in set(lines(graph(shown)))
    assert "om och om igen" in told(shown)
    assert "tillbaka till Namn" in shown.html


async def test_names_are_text(granted: Visitor) -> None:
    name = '<img src=x onerror="alert(1)">'
    path = "/api/v1/objects/queue/mine"
    assert (await granted.house.ask("PATCH", path, "administrator", {"name": name}, if_match="*")).status == 200
    shown = await granted.get(f"{HOME}?node=queue/mine")
    assert "<img" not in shown.html
    assert "&lt;img src=x" in shown.html


async def test_the_page_keeps_to_its_policy(granted: Visitor) -> None:
    shown = await granted.get(f"{HOME}?node=queue/mine")
    assert " style=" not in shown.html
    assert "<script>" not in shown.html
    assert not re.search(r"\son\w+=", shown.html)
    for script in re.findall(r'<script src="([^"]+)"', shown.html):
        assert (await granted.get(script)).status == 200
