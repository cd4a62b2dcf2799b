"""The id of a request leads through the logs from the click to the proof; and no secret is ever in them."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text

from tests.api import company
from tests.api.house import House, house
from tests.applying.conftest import POISON
from vaxelflode import logs
from vaxelflode.web.metrics import METRICS, Metrics
from vaxelflode.web.requests import following, identified
from vaxelflode.web.server import runner_of

SECRETS = ("ett alldeles hemligt lösenord", "ett annat hemligt lösenord", "73519284", "60482715")


@pytest_asyncio.fixture(loop_scope="session")
async def here(tmp_path: Path, founded: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "house", founded) as made:
        yield made


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """All that is logged, down to the last detail, as JSON."""
    stream = io.StringIO()
    handler = logs.handler("json")
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def story(told: io.StringIO, request: str) -> list[str]:
    """What `grep` finds, in words."""
    lines = [json.loads(line) for line in told.getvalue().splitlines() if request in line]
    assert all(request in line["request"].split(",") for line in lines)
    return [line["message"] for line in lines]


def in_order(words: list[str], said: list[str]) -> bool:
    """Whether the words come one after the other."""
    lines = iter(said)
    return all(any(word in line for line in lines) for word in words)


async def changed(here: House, request: str, spec: dict[str, Any]) -> Any:
    return await here.ask(
        "PATCH", "/api/v1/objects/schedule/mine", "granted", {"spec": spec}, if_match="*", x_request_id=request
    )


async def test_a_saved_change_is_followed_from_the_click_to_the_proof(here: House, told: io.StringIO) -> None:
    answer = await changed(here, "click-0001", {"closed": {"end": "hangup"}})
    assert answer.headers["X-Request-Id"] == "click-0001"
    change = answer.body["change"]
    assert change["request"] == "click-0001"
    said = story(told, "click-0001")
    told_of = f"change {change['id']} of schedule/mine"
    steps = [
        "PATCH /api/v1/objects/schedule/mine",
        f"{told_of} is saved as revision {change['revision']}",
        f"revision {change['revision']} is published as",
        f"revision {change['revision']} is proven",
        f"{told_of} is live and proven after",
        "PATCH /api/v1/objects/schedule/mine: 200 in ",
    ]
    assert in_order(steps, said), said
    fields = next(json.loads(line) for line in told.getvalue().splitlines() if "is live and proven" in line)
    assert (fields["change"], fields["object"], fields["ms"]) == (change["id"], "schedule/mine", change["live_ms"])
    listed = await here.ask("GET", "/api/v1/changes?object=schedule/mine&limit=1", "granted")
    assert listed.body[0]["request"] == "click-0001"


async def test_a_refused_change_is_followed_to_its_refusal(here: House, told: io.StringIO) -> None:
    here.pbx.poison = POISON
    answer = await changed(here, "click-0002", {"closed": {"end": "congestion"}})
    assert answer.status == 502
    said = story(told, "click-0002")
    assert in_order(["is saved as", "is published as", "refused, restoring", "is refused", "502 in"], said), said


async def test_an_agents_change_is_followed_too(here: House, told: io.StringIO) -> None:
    path = "/api/v1/queues/mine/agents/202"
    answer = await here.ask("PUT", path, "granted", {"paused": True}, x_request_id="click-0003")
    assert answer.body["change"]["request"] == "click-0003"
    assert in_order(["PUT", "is saved", "is live and proven", "200 in"], story(told, "click-0003"))


async def test_the_audit_chain_tells_the_request_of_what_is_no_change(here: House) -> None:
    body = {"email": "ny@example.se", "name": "Ny", "password": SECRETS[0]}
    await here.ask("POST", "/api/v1/users", "administrator", body, x_request_id="click-0004")
    async with here.database.read() as db:
        found = (await db.execute(text("SELECT entry FROM audit ORDER BY sequence DESC LIMIT 1"))).scalar()
    assert json.loads(str(found))["request"] == "click-0004"


@pytest.mark.parametrize("sent", ["kort", "x" * 65, "two words here", "åäö-åäö-åäö"])
async def test_an_id_that_is_none_is_replaced_by_ours(here: House, told: io.StringIO, sent: str) -> None:
    answer = await here.ask("GET", "/api/v1/me", "granted", x_request_id=sent)
    given = answer.headers["X-Request-Id"]
    assert given != sent
    assert len(story(told, given)) == 2
    assert sent not in told.getvalue() or sent == "kort"


async def test_every_answer_has_an_id_of_its_own(here: House) -> None:
    asked = [("GET", "/healthz"), ("GET", "/nowhere"), ("POST", "/api/v1/me"), ("GET", "/api/v1/flows")]
    seen = {(await here.ask(method, path, None)).headers["X-Request-Id"] for method, path in asked}
    assert len(seen) == len(asked)


async def test_no_secret_and_no_name_is_logged_down_to_the_last_detail(here: House, told: io.StringIO) -> None:
    first, second, pin, other_pin = SECRETS
    ask = here.ask
    person = {"email": "hemlig@example.se", "name": "Hemliga Namnet", "password": first, "rights": ["flow_user"]}
    assert (await ask("POST", "/api/v1/users", "administrator", person)).status == 201
    login = {"email": person["email"], "password": first}
    token = (await ask("POST", "/api/v1/tokens", None, login)).body["token"]
    assert (await ask("POST", "/api/v1/tokens", None, login | {"password": second})).status == 401
    headers = {"Authorization": f"Bearer {token}"}
    new = {"old_password": first, "password": second}
    async with here.session.patch(f"{here.url}/api/v1/me", json=new, headers=headers) as answer:
        assert answer.status == 200
    async with here.session.get(f"{here.url}/api/v1/me?token={token}", headers=headers) as answer:
        assert answer.status == 401
    for spec in ({"pin": pin}, {"pin": other_pin}):
        for kind in ("voicemail", "switch"):
            path = f"/api/v1/objects/{kind}/mine"
            saved = await ask("PATCH", path, "administrator", {"spec": spec}, if_match="*")
            assert saved.status == 200, saved.body
    await ask("PATCH", "/api/v1/objects/voicemail/mine", "administrator", {"spec": {"pin": "12ab"}}, if_match="*")
    here.pbx.poison = POISON
    await changed(here, "click-0005", {"closed": {"end": "congestion"}})
    async with here.database.read() as db:
        hashes = [str(row[0]) for row in await db.execute(text("SELECT password FROM users"))]
    said = told.getvalue()
    assert len(said.splitlines()) > 20
    for secret in (*SECRETS, token, *map(company.token, company.PEOPLE), *hashes, person["email"], person["name"]):
        assert secret not in said


async def test_what_is_sent_bit_by_bit_is_answered_when_it_begins(told: io.StringIO) -> None:
    """And has its id before its first bit; how long it lasts says nothing of how long one waited."""
    begun, end = asyncio.Event(), asyncio.Event()

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        begun.set()
        await end.wait()
        raise ConnectionResetError("whoever listened is gone")

    app = web.Application(middlewares=[following])
    app[METRICS] = metrics = Metrics()
    app.on_response_prepare.append(identified)
    app.router.add_get("/stream", stream)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/stream", headers={"X-Request-ID": "a-stream-of-bits"})
        assert answer.headers["X-Request-Id"] == "a-stream-of-bits"
        await begun.wait()
        await asyncio.sleep(0.3)
        end.set()
        with contextlib.suppress(aiohttp.ClientError):
            await answer.read()
    (line,) = [one for one in story(told, "a-stream-of-bits") if "200 in" in one]
    assert float(line.split(" in ")[1].partition(" ")[0]) < 300
    labels = {"method": "GET", "route": "/stream", "status": "2xx"}
    assert metrics.registry.get_sample_value("vaxelflode_http_requests_total", labels) == 1


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a-token-of-somebody\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a-token-of-somebody\x01\r\n\r\n",
        b"a-token-of-somebody GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: a-token-of-somebody\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\na-token-of-somebody\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01a-token-of-somebody",
    ],
)
async def test_what_is_no_request_is_told_in_a_line_and_without_what_was_sent(
    told: io.StringIO, request_: bytes
) -> None:
    runner = runner_of(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
        writer.write(request_)
        writer.write_eof()
        async with asyncio.timeout(10):
            await reader.read()
        writer.close()
    finally:
        await runner.cleanup()
    assert "somebody" not in told.getvalue()
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    for line in [line for line in lines if line["logger"] == "vaxelflode.web.server"]:
        assert line["level"] == "info"
        assert "trace" not in line


async def test_what_nobody_foresaw_is_still_told_whole(told: io.StringIO) -> None:
    async def fails(_request: web.Request) -> web.Response:
        raise RuntimeError("nobody foresaw this")

    app = web.Application()
    app.router.add_get("/", fails)
    runner = runner_of(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        async with aiohttp.ClientSession() as session, session.get(f"http://{host}:{port}/") as answer:
            assert answer.status == 500
    finally:
        await runner.cleanup()
    assert "nobody foresaw this" in told.getvalue()
