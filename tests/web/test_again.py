"""A form of a page that was opened before the last log-in: nothing is done, nothing is lost, and nothing is told on."""

from __future__ import annotations

import html
import re

import aiohttp

from tests.api import company
from tests.web.conftest import FROM_US, Visitor
from tests.web.forms import filled
from tests.web.test_object_pages import page_of, spec_of
from vaxelflode.domain.kind import kinds
from vaxelflode.web.object_forms.inputs import inputs_of

ANNOUNCEMENT, VOICEMAIL = page_of("announcement"), page_of("voicemail")
NASTY = '"><script>alert("å")</script>\r\nrad två &amp; tre'


async def out_of_date(visitor: Visitor, person: str = "granted") -> str:
    """A token that a page still has after another log-in."""
    old = visitor.csrf
    await visitor.log_in(person)
    assert visitor.csrf != old
    return old


async def test_what_was_typed_is_sent_again_when_somebody_says_so(granted: Visitor) -> None:
    page = await granted.get(ANNOUNCEMENT)
    typed = filled(page.html) | {"f.next": "end:busy"}
    before = await granted.house.state()
    held = await granted.post(ANNOUNCEMENT, typed | {"csrf": await out_of_date(granted)})
    assert held.status == 403
    assert "Skicka igen?" in held.html
    assert await granted.house.state() == before
    again = filled(held.html, "")
    assert again == typed | {"csrf": granted.csrf}
    shown = await granted.post(re.findall(r'<form class="[^"]*" method="post" action="([^"]*)"', held.html)[0], again)
    assert (shown.status, "?change=" in shown.path) == (200, True)
    assert (await spec_of(granted, "announcement/mine"))["next"] == {"end": "busy"}


async def test_several_texts_of_a_field_come_back_in_their_order_and_nothing_of_them_runs(granted: Visitor) -> None:
    texts = ["tre", NASTY, "ett"]
    held = await granted.post(f"{ANNOUNCEMENT}?key=4", {"f.x": texts, "csrf": "0" * 64})
    assert held.status == 403
    assert "<script>alert" not in held.html
    assert not re.search(r"<form[^>]*data-again[^>]* hx-", held.html), "it is a page of its own that sends it"
    found = [html.unescape(one) for one in re.findall(r'name="f.x" value="([^"]*)"', held.html)]
    assert [text.replace("\r\n", "\n") for text in found] == [text.replace("\r\n", "\n") for text in texts]
    assert f'action="{ANNOUNCEMENT}?key=4"' in held.html


async def test_what_is_secret_is_asked_for_anew_and_never_sent_back(granted: Visitor) -> None:
    secrets = [f"f.{name}" for name, one in inputs_of(kinds()["voicemail"]).items() if one.sort == "secret"]
    assert secrets
    for path, given in (
        (VOICEMAIL, dict.fromkeys(secrets, "483920") | {"version": "*"}),
        ("/me/password", {"password": "48392048392048", "old_password": company.PASSWORD}),
        ("/me", {"name": "Annan", "email": "annan@example.se", "old_password": company.PASSWORD}),
    ):
        held = await granted.post(path, given | {"csrf": "0" * 64})
        assert held.status == 403
        assert "483920" not in held.html
        assert company.PASSWORD not in held.html
        asked = re.findall(r'name="([^"]*)" type="password" value=""', held.html)
        assert set(asked) == {*given} & {*secrets, "password", "old_password"}
    empty = await granted.post(VOICEMAIL, dict.fromkeys(secrets, "") | {"csrf": "0" * 64})
    assert 'type="password"' not in empty.html, "nothing was typed"


async def test_a_file_is_said_to_be_gone(granted: Visitor) -> None:
    form = aiohttp.FormData({"csrf": "0" * 64, "name": "x"})
    form.add_field("file", b"RIFF of somebody", filename="greeting.wav", content_type="audio/wav")
    async with granted._session.post(granted.house.url + "/me", data=form, headers=FROM_US) as answer:
        assert answer.status == 403
        told = await answer.text()
    assert "Filen du valde behålls inte" in told
    assert "RIFF" not in told


async def test_the_next_person_is_told_who_they_are_and_may_no_more_than_they_may(granted: Visitor) -> None:
    typed = {"f.next": "end:busy", "version": "*"}
    before = await granted.house.state()
    held = await granted.post(ANNOUNCEMENT, typed | {"csrf": await out_of_date(granted, "stranger")})
    assert "Du är inloggad som Stranger" in held.html
    assert (await granted.post(ANNOUNCEMENT, filled(held.html, ""))).status == 404
    assert await granted.house.state() == before


async def test_what_comes_from_another_site_or_is_no_form_is_not_held(granted: Visitor) -> None:
    foreign = await granted.post(ANNOUNCEMENT, {"f.next": "end:busy", "csrf": "0"}, origin="https://evil.example")
    assert (foreign.status, "end:busy" in foreign.html) == (403, False)
    async with granted._session.post(
        granted.house.url + ANNOUNCEMENT, data=b"{}", headers={"Content-Type": "application/json"}
    ) as answer:
        assert (answer.status, "Skicka igen?" in await answer.text()) == (403, False)
    async with granted._session.patch(granted.house.url + "/api/v1/me", json={"name": "x"}) as answer:
        assert (answer.status, answer.content_type) == (403, "application/problem+json")


async def test_what_no_browser_says_is_ours_is_refused_and_not_held(granted: Visitor) -> None:
    """As over plain HTTP from another port of the same name, which has our cookies: it would be sent by a press."""
    forged = {"f.next": "end:busy", "csrf": "0" * 64}
    for headers in ({}, {"Origin": "null"}, {"Origin": "null", "Sec-Fetch-Site": "none"}):
        sent = granted._session.post(granted.house.url + ANNOUNCEMENT, data=forged, headers=headers)
        async with sent as answer:
            told = await answer.text()
        assert (answer.status, "end:busy" in told, "data-again" in told) == (403, False, False), headers
    ours = await granted.post(ANNOUNCEMENT, forged, origin=granted.house.url)
    assert (ours.status, "data-again" in ours.html) == (403, True)


async def test_the_way_out_is_the_page_or_home(granted: Visitor) -> None:
    for path, out in ((ANNOUNCEMENT, ANNOUNCEMENT), ("/logout", "/flows")):
        held = await granted.post(path, {"csrf": "0" * 64})
        assert re.search(rf'<a class="btn btn--quiet" href="{out}">', held.html)


def told(held: str) -> dict[str, str]:
    """What the page says that would be sent."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", held)
    return {html.unescape(what): html.unescape(text) for what, text in found}


async def test_what_would_be_sent_is_said_in_words(granted: Visitor) -> None:
    page = await granted.get(ANNOUNCEMENT)
    held = await granted.post(ANNOUNCEMENT, filled(page.html) | {"f.next": "end:busy", "csrf": "0" * 64})
    assert told(held.html) == {"Sedan": "Upptaget"}
    same = await granted.post(ANNOUNCEMENT, filled(page.html) | {"csrf": "0" * 64})
    assert told(same.html) == {}
    assert "Allt i det är redan som det ska bli" in same.html
    unread = await granted.post(page_of("queue"), {"f.timeout": "tjugo", "csrf": "0" * 64})
    assert list(told(unread.html).values()) == ["tjugo"]


async def test_what_would_be_sent_is_said_of_every_form(granted: Visitor) -> None:
    flow = f"/flows/{company.FLOWS['mine']}"
    schedule, queue = f"{flow}/schedule/mine", f"{flow}/queue/mine"
    week = filled((await granted.get(schedule)).html, "part-hours")
    for path, given, said in (
        (schedule, week | {"mon.opens": "09:00", "mon.closes": "15:00", "do": "save"}, ["09:00–15:00"]),
        (f"{schedule}/ordinary", {}, ["Återgå till ordinarie tider"]),
        (
            f"{schedule}/override",
            {"day": "other", "from": "2027-05-03", "to": "2027-05-04", "how": "rest", "note": "Inventering"},
            ["måndag 3 maj – tisdag 4 maj: Stängt", "Inventering"],
        ),
        (f"{schedule}/override/{company.override_of('mine')}/remove", {}, ["Ta bort en tillfällig ändring"]),
        (f"{schedule}/override", {"how": "rest", "closed": "end:busy"}, ["kommer de som ringer till: Upptaget"]),
        (f"{schedule}/override", {"how": "rest", "closed": "nowhere"}, ["kommer de som ringer till: nowhere"]),
        (f"{flow}/close", {"until": "time", "time": "15:00", "note": "Sjuk"}, ["Stäng till 15:00", "Sjuk"]),
        (f"{flow}/close", {"closed": "object:menu/mine"}, ["Stäng hela dagen", "kommer de som ringer till: Namn"]),
        (f"{flow}/close", {"closed": "object:menu/other"}, ["kommer de som ringer till: menu/other"]),
        (f"{flow}/close", {"closed": "nowhere"}, ["kommer de som ringer till: nowhere"]),
        (f"{flow}/open", {"until": "regular"}, ["Återgå till ordinarie tider"]),
        (f"{queue}/agents", {"extension": "201", "reach": "today"}, ["Lägg till, Idag"]),
        (f"{queue}/agents", {"extension": "203", "reach": "permanent"}, ["Namn: Lägg till, Tills"]),
        (f"{queue}/agents/201", {"do": "pause", "reason": "lunch"}, ["Pausa, lunch"]),
        ("/me", {"name": "Någon Annan", "language": "en"}, ["Någon Annan", "English"]),
        ("/logout", {}, ["Logga ut"]),
    ):
        held = await granted.post(path, given | {"csrf": "0" * 64})
        assert held.status == 403, path
        every = [f"{what}: {text}" for what, text in told(held.html).items()]
        assert every, path
        assert all(any(one in line for line in every) for one in said), (path, every)


async def test_which_temporary_change_would_be_replaced_is_said(granted: Visitor) -> None:
    schedule = f"/flows/{company.FLOWS['mine']}/schedule/mine"
    path, monday = "/api/v1/objects/schedule/mine/overrides", "2027-06-07"

    async def replaced(**given: str) -> str:
        asked = {"day": "other", "from": monday, "to": monday, "how": "rest", "csrf": "0" * 64} | given
        held = await granted.post(f"{schedule}/override", asked)
        assert held.status == 403
        return told(held.html)["Gäller nu, och ersätts"]

    assert await replaced() == "08:00–17:00"
    ids = []
    for last, note in (("2027-06-08", "Flytt"), (monday, "Brandlarm")):
        body = {"from": monday, "to": last, "hours": [["09:00", "10:00"]], "note": note}
        made = await granted.house.ask("POST", path, "administrator", body)
        ids.append(made.body["override"]["id"])
    assert await replaced() == "09:00–10:00, Brandlarm, av Administrator 12:00"
    assert "; ".join(
        [
            "måndag 7 juni – tisdag 8 juni, 09:00–10:00, Flytt, av Administrator 12:00",
            "måndag 7 juni, 09:00–10:00, Brandlarm, av Administrator 12:00",
        ]
    ) == await replaced(to="2027-06-09")
    moved = await replaced(**{"from": "2027-06-14", "to": "2027-06-14", "edit": ids[1]})
    assert moved == "måndag 7 juni, 09:00–10:00, Brandlarm, av Administrator 12:00"


async def test_which_change_would_be_taken_back_is_said(granted: Visitor) -> None:
    saved = await granted.post(ANNOUNCEMENT, filled((await granted.get(ANNOUNCEMENT)).html) | {"f.next": "end:busy"})
    change = saved.path.rpartition("=")[2]
    held = await granted.post(f"/changes/{change}/undo", {"csrf": "0" * 64})
    assert told(held.html)["Ångra"].startswith("ändrade vart samtalen går")
    forced = await granted.post(f"/changes/{change}/undo", {"force": "1", "csrf": "0" * 64})
    assert list(told(forced.html)) == ["Ångra ändå"]


async def test_what_is_secret_or_not_the_readers_is_not_said(granted: Visitor) -> None:
    secrets = [f"f.{name}" for name, one in inputs_of(kinds()["voicemail"]).items() if one.sort == "secret"]
    held = await granted.post(VOICEMAIL, dict.fromkeys(secrets, "483920") | {"csrf": "0" * 64})
    assert told(held.html) == {}
    typed = {"f.next": "end:busy", "version": "*"}
    await granted.log_in("stranger")
    theirs = await granted.post(ANNOUNCEMENT, typed | {"csrf": "0" * 64})
    assert (theirs.status, told(theirs.html)) == (403, {})
    assert "Allt i det" not in theirs.html
