"""Whoever leads callers somewhere can hear what they hear there, as far as they may listen to it."""

from __future__ import annotations

import re

import pytest

from tests.api import company
from tests.web.conftest import Shown, Visitor
from tests.web.test_hours_page import inputs
from vaxelflode.domain.flow import Flow, Grant
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.storage import flows

FLOW = company.FLOWS["mine"]
OVERRIDE = f"/flows/{FLOW}/schedule/mine/override"
CLOSE = f"/flows/{FLOW}/close"
SEVERAL = f"/flows/close?flow={FLOW}"


def heard(page: Shown) -> list[str]:
    """The sounds that the page lets one listen to beside a choice."""
    return re.findall(r'<span id="[^"]*-hear" data-fresh><a class="listen" href="([^"]*)"', page.html)


@pytest.mark.parametrize(("at", "form"), [(CLOSE, "close"), (SEVERAL, "close"), (OVERRIDE, "override")])
async def test_the_message_that_is_chosen_can_be_heard(granted: Visitor, at: str, form: str) -> None:
    asked = await granted.get(at)
    assert heard(asked) == [], "nothing is chosen yet"
    looked = {**inputs(asked, form), "closed": "object:announcement/mine", "do": "look"}
    (sound,) = heard(await granted.post(at, looked))
    async with granted._session.get(granted.house.url + sound) as answer:
        assert (answer.status, answer.content_type) == (200, "audio/wav")
        assert await answer.read() == company.SOUND
    assert heard(await granted.post(at, looked | {"closed": "end:busy"})) == []


async def test_where_calls_go_ordinarily_can_be_heard(granted: Visitor) -> None:
    path = "/api/v1/objects/schedule/mine"
    patch = {"spec": {"closed": {"object": "announcement/mine"}, "open": {"end": "busy"}}}
    assert (await granted.house.ask("PATCH", path, "administrator", patch, if_match="*")).status == 200
    shown = await granted.get(f"/flows/{FLOW}/schedule/mine")
    assert "/api/v1/objects/announcement/mine/audio/prompt" in heard(shown)
    assert "/api/v1/objects/schedule/mine" not in " ".join(heard(shown))


async def test_what_one_may_lead_to_and_not_listen_to_has_no_button(granted: Visitor) -> None:
    """The places are named by the grant: that they may be chosen gives no right to read them."""
    named = {"destinations": ["announcement/seen", "announcement/mine"]}
    grant = Grant(ObjectRef.parse("schedule/mine"), frozenset({"override"}), named)
    only = Flow("9" * 16, "Ensam", "", None, (grant,), (company.address("onlooker"),))
    async with granted.house.database.write() as db:
        await flows.save(db, only, company.NOW, new=True)
    found = (await granted.house.ask("GET", "/api/v1/objects/schedule/mine/choices/overrides", "onlooker")).body
    places = {one["key"]: one.get("sound") for one in found if one["kind"] == "announcement"}
    assert places
    for key, sound in places.items():
        status = (await granted.house.ask("GET", f"/api/v1/objects/announcement/{key}/audio/prompt", "onlooker")).status
        assert (status == 200) == (sound == "prompt"), key
    assert None in places.values()
    await granted.log_in("onlooker")
    page = await granted.get(f"/flows/{only.id}/close")
    refused = next(key for key, sound in places.items() if sound is None)
    chosen = {**inputs(page, "close"), "closed": f"object:announcement/{refused}", "do": "look"}
    looked = await granted.post(f"/flows/{only.id}/close", chosen)
    assert f'value="object:announcement/{refused}" selected' in looked.html
    assert heard(looked) == []


def beside(page: Shown) -> list[str]:
    """The sounds beside choices on an object's page that can be heard as the page stands."""
    return re.findall(r'<a class="listen" href="([^"]+)"[^>]*data-listen data-beside[^>]*?(?<!hidden)>', page.html)


async def test_where_an_object_leads_can_be_heard_on_its_page(granted: Visitor) -> None:
    """The queue leads to a message when it is full, and ends the call else."""
    page = await granted.get(f"/flows/{FLOW}/queue/mine/settings")
    (sound,) = set(beside(page))
    assert sound == "/api/v1/objects/announcement/mine/audio/prompt"
    async with granted._session.get(granted.house.url + sound) as answer:
        assert await answer.read() == company.SOUND
    # A script hears of every other choice what is heard there.
    assert (
        f'value="object:announcement/mine" data-kind="Meddelande" data-icon="speaker" data-hear="{sound}"' in page.html
    )


async def test_where_it_leads_is_heard_by_those_who_cannot_change_it_too(visitor: Visitor) -> None:
    grants = (
        Grant(ObjectRef.parse("queue/mine"), frozenset({"watch"})),
        Grant(ObjectRef.parse("announcement/mine"), frozenset({"audio"})),
    )
    await only(visitor, *grants)
    page = await visitor.get(f"/flows/{'9' * 16}/queue/mine/settings")
    assert '<a class="listen" href="/api/v1/objects/announcement/mine/audio/prompt"' in page.html
    await only(visitor, grants[0], new=False)
    assert 'class="listen"' not in (await visitor.get(f"/flows/{'9' * 16}/queue/mine/settings")).html


async def only(visitor: Visitor, *grants: Grant, new: bool = True) -> None:
    """The onlooker has one more flow, with these grants."""
    flow = Flow("9" * 16, "Ensam", "", company.NUMBERS["mine"], grants, (company.address("onlooker"),))
    async with visitor.house.database.write() as db:
        await flows.save(db, flow, company.NOW, new=new)
    if new:
        await visitor.log_in("onlooker")


async def test_a_queue_that_one_may_only_watch_has_a_lock_where_one_chooses(visitor: Visitor) -> None:
    await only(
        visitor,
        Grant(ObjectRef.parse("queue/mine"), frozenset({"watch"})),
        Grant(ObjectRef.parse("queue/other"), frozenset({"watch", "settings"})),
    )
    chosen = (await visitor.get(f"/flows/{'9' * 16}/queue/mine")).html
    nav = chosen[chosen.index('aria-label="Köer"') : chosen.index('aria-label="Visa"')]
    choices = dict(re.findall(r'<a class="segl[^"]*" href="/flows/9+/queue/(mine|other)"[^>]*>(.*?)</a>', nav))
    assert "#i-lock" in choices["mine"]
    assert "får inte ändra" in choices["mine"]
    assert "#i-lock" not in choices["other"]
