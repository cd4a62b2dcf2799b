"""What happens is told as it happens, to those who may know, and what was missed to whoever comes back."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import aiohttp
import pytest

from tests.api import company
from tests.api.house import House
from tests.web.conftest import Visitor
from vaxelflode.domain.flow import Person
from vaxelflode.services.news import LOOK_EVERY, MOST_OF_ONE, Item, News
from vaxelflode.web.api import events as stream
from vaxelflode.web.api.events import NEWS
from vaxelflode.web.page import render
from vaxelflode.web.pages import profile

PATCH = {"spec": {"weekly": {"tue": [["09:00", "15:00"]]}}}


async def told(at: House, person: str, seconds: int = 0, last: int | None = None) -> list[tuple[int, str, Any]]:
    """The events of a stream that ends by itself: link, name, data."""
    headers = {} if last is None else {"last_event_id": str(last)}
    answer = await at.ask("GET", f"/api/v1/events?for={seconds}", person, **headers)
    assert answer.status == 200
    return events(answer.raw.decode())


def events(text: str) -> list[tuple[int, str, Any]]:
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in lines:
            found.append((int(lines.get("id", 0)), lines["event"], json.loads(lines["data"])))
    return found


async def begun(at: House, listeners: int = 1) -> None:
    """Return when so many listen: on a busy machine that takes its time."""
    async with asyncio.timeout(10):
        while at.app[NEWS].watchers != listeners:  # noqa: ASYNC110 -- nobody tells of it
            await asyncio.sleep(0.02)


async def edited(at: House, part: str = "mine", person: str = "administrator") -> str:
    answer = await at.ask("PATCH", f"/api/v1/objects/schedule/{part}", person, PATCH, if_match="*")
    assert answer.status == 200
    change_id: str = answer.body["change"]["id"]
    return change_id


async def test_a_change_is_told_while_one_listens(here: House) -> None:
    listening = asyncio.create_task(told(here, "granted", 3))
    await begun(here)
    change = await edited(here)
    found = await listening
    assert [data["state"] for _, name, data in found if name == "change" and data["id"] == change][-1] == "live"


async def test_what_was_missed_is_told_to_whoever_comes_back_and_once(here: House) -> None:
    first = await edited(here)
    missed = [e for e in await told(here, "granted", last=0) if e[1] == "change"]
    assert first in {data["id"] for _, _, data in missed}
    assert [e for e in await told(here, "granted", last=missed[-1][0]) if e[1] == "change"] == []


async def test_nobody_is_told_of_what_they_may_not_read(here: House) -> None:
    changes = {part: await edited(here, part) for part in ("mine", "seen", "other")}
    known = {
        person: {data["id"] for _, name, data in await told(here, person, last=0) if name == "change"}
        for person in ("administrator", "granted", "stranger", "onlooker")
    }
    assert set(changes.values()) <= known["administrator"]
    assert known["granted"] & set(changes.values()) == {changes["mine"]}
    assert known["stranger"] & set(changes.values()) == {changes["other"]}
    assert not known["onlooker"] & set(changes.values())


async def test_how_the_pbx_is_stands_first(here: House) -> None:
    assert (await told(here, "granted"))[0][1] == "pbx"


async def test_an_ended_session_ends_its_stream(granted: Visitor) -> None:
    async with granted._session.get(granted.house.url + "/api/v1/events") as answer:
        assert answer.status == 200
        body = {"password": "tolv andra tecken", "old_password": company.PASSWORD}
        assert (await granted.house.ask("PATCH", "/api/v1/me", "granted", body)).status == 200
        async with asyncio.timeout(5):
            await answer.read()


@pytest.mark.parametrize(
    "after", [{"password": "tolv andra tecken", "old_password": company.PASSWORD}, {"name": "Somebody else"}]
)
async def test_an_ended_session_ends_what_it_is_still_told_of_before(
    granted: Visitor, monkeypatch: pytest.MonkeyPatch, after: dict[str, str]
) -> None:
    """What was missed may be much, and who takes it slowly is not to be asked only when all of it is told."""
    here, missed = granted.house, News.missed
    for _ in range(3):
        await edited(here)

    async def slowly(news: News, who: Person, link: int | None) -> AsyncIterator[Item]:
        told_of = 0
        async for item in missed(news, who, link):
            yield item
            told_of += 1
            if told_of == 2:
                assert (await here.ask("PATCH", "/api/v1/me", "granted", after)).status == 200

    everything = events((await here.ask("GET", "/api/v1/events?for=0", "granted", last_event_id="0")).raw.decode())
    assert len(everything) > 3
    monkeypatch.setattr(News, "missed", slowly)
    monkeypatch.setattr(stream, "_ASK_EVERY", 0.0)
    async with granted._session.get(here.url + "/api/v1/events", headers={"Last-Event-ID": "0"}) as answer:
        assert len(events(await answer.text())) == 2


async def test_streams_end_when_the_process_does(here: House) -> None:
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {company.token('granted')}"}
        async with session.get(here.url + "/api/v1/events", headers=headers) as answer:
            await answer.content.readuntil(b"\n\n")
            async with asyncio.timeout(5):
                await here.app.shutdown()
                await answer.read()


async def test_without_logging_in_nothing_is_told(here: House) -> None:
    assert (await here.ask("GET", "/api/v1/events?for=0")).status == 401
    assert (await here.ask("GET", "/api/v1/events?for=-1", "granted")).status == 422


async def test_whoever_has_heard_more_than_there_is_is_told_what_comes(here: House) -> None:
    """Their browser has listened before the database was put back to an older state."""
    listening = asyncio.create_task(told(here, "granted", 3, last=10**9))
    await begun(here)
    change = await edited(here)
    assert change in {data["id"] for _, name, data in await listening if name == "change"}


async def test_nobody_takes_every_place(here: House) -> None:
    headers = {"Authorization": f"Bearer {company.token('granted')}"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session, AsyncExitStack() as held:
        for n in range(MOST_OF_ONE + 1):
            answer = await held.enter_async_context(session.get(here.url + "/api/v1/events", headers=headers))
            assert answer.status == (200 if n < MOST_OF_ONE else 503)
        assert (await here.ask("GET", "/api/v1/events?for=0", "stranger")).status == 200
    statuses = [503]
    while statuses[-1] != 200 and len(statuses) < 20:  # whoever has gone is missed at the next look
        await asyncio.sleep(0.5)
        statuses.append((await here.ask("GET", "/api/v1/events?for=0", "granted")).status)
    assert statuses[-1] == 200


async def test_whoever_reads_nothing_is_let_go_and_nobody_else(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "RECEIVED_WITHIN", 1.5)
    for n in range(20):  # much is told of each
        days = [{"date": f"20{30 + d // 28}-01-{d % 28 + 1:02d}", "name": f"{n} {'å' * 190}"} for d in range(100)]
        body = {"spec": {"holidays": {"own": days}}}
        answer = await here.ask("PATCH", "/api/v1/objects/schedule/mine", "administrator", body, if_match="*")
        assert answer.status == 200
    everything = (await here.ask("GET", "/api/v1/events?for=0", "granted", last_event_id="0")).raw
    loop, host, port = asyncio.get_running_loop(), *here.url.removeprefix("http://").split(":")
    listening = asyncio.create_task(told(here, "stranger", 6))
    await begun(here)
    with socket.socket() as mute:
        mute.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        mute.setblocking(False)
        await loop.sock_connect(mute, (host, int(port)))
        asked = f"GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {company.token('granted')}\r\n"
        await loop.sock_sendall(mute, f"{asked}Last-Event-ID: 0\r\n\r\n".encode())
        await begun(here, 2)
        await begun(here, 1)
        taken = 0
        with suppress(ConnectionResetError):
            async with asyncio.timeout(10):
                while chunk := await loop.sock_recv(mute, 65536):
                    taken += len(chunk)
        assert taken < len(everything) / 2, "the rest was dropped"
        change = await edited(here, "other")
        assert change in {data["id"] for _, name, data in await listening if name == "change"}


async def test_whoever_gets_other_rights_is_told_and_nobody_else(here: House) -> None:
    flow = f"/api/v1/flows/{company.FLOWS['mine']}"
    listening = [asyncio.create_task(told(here, who, 4)) for who in ("granted", "stranger")]
    await begun(here, 2)
    was = (await here.ask("GET", flow, "administrator")).body
    grants = [grant for grant in was["grants"] if grant["object"] != "schedule/mine"]
    assert len(grants) < len(was["grants"])
    await edited(here)  # which is nobody's right
    put = await here.ask("PUT", flow, "administrator", was | {"grants": grants}, if_match=was["version"])
    assert put.status == 200
    granted, stranger = [[data["mark"] for _, name, data in await one if name == "rights"] for one in listening]
    assert len(granted) == 2
    assert granted[0] != granted[1]
    assert len(stranger) == 1
    assert (await told(here, "granted"))[-1] == (0, "rights", {"mark": granted[1]})


async def test_rights_that_change_while_a_stream_begins_are_told_as_soon_as_any_others(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the reading of them and the first look at what is new."""
    news, asked = here.app[NEWS], 0

    async def rights(_person: Person) -> Item:
        nonlocal asked
        asked += 1
        if asked == 1:
            await asyncio.sleep(5 * LOOK_EVERY)  # until what the asking itself has written down is noticed
            news.written += 1
            return Item(0, rights="before")
        return Item(0, rights="after")

    monkeypatch.setattr(news, "rights", rights)
    seconds = round(stream._ASK_EVERY) * 2 + 1
    assert seconds < stream._ALIVE_EVERY
    found = [data["mark"] for _, name, data in await told(here, "granted", seconds) if name == "rights"]
    assert found == ["before", "after"]


async def test_a_page_carries_the_mark_of_what_its_reader_might_when_it_was_made(granted: Visitor) -> None:
    here, flow = granted.house, f"/api/v1/flows/{company.FLOWS['mine']}"
    was = (await here.ask("GET", flow, "administrator")).body
    marks = []
    for grants in (was["grants"], [grant for grant in was["grants"] if grant["object"] != "schedule/mine"]):
        assert (await here.ask("PUT", flow, "administrator", was | {"grants": grants}, if_match="*")).status == 200
        told_now = {data["mark"] for _, name, data in await told(here, "granted") if name == "rights"}
        pages = [
            await granted.get(path) for path in ("/flows", "/me", f"/flows/{company.FLOWS['mine']}", "/flows/none")
        ]
        assert {mark_of(page.html) for page in pages} == told_now
        marks.append(told_now)
    assert marks[0] != marks[1]


async def test_a_mark_is_no_younger_than_the_page_that_carries_it(
    granted: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what changed while the page was read would be on neither, and nobody would notice."""
    here, flow = granted.house, f"/api/v1/flows/{company.FLOWS['mine']}"
    was = (await here.ask("GET", flow, "administrator")).body

    async def taken(*of: Any, **values: Any) -> Any:
        changed = await here.ask("PUT", flow, "administrator", was | {"grants": []}, if_match="*")
        assert changed.status == 200
        return await render(*of, **values)

    monkeypatch.setattr(profile, "render", taken)
    before = [data["mark"] for _, name, data in await told(here, "granted") if name == "rights"]
    page = await granted.get("/me")
    after = [data["mark"] for _, name, data in await told(here, "granted") if name == "rights"]
    assert [mark_of(page.html)] == before != after


def mark_of(html: str) -> str:
    found = re.search(r'<main id="main"[^>]* data-mark="([0-9a-f]+)"', html)
    assert found is not None
    return found[1]
