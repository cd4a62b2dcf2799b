"""Oneself, and the way back for whoever forgot their password."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from email import message_from_string
from email.policy import default

import pytest

from tests.api import company
from tests.web.conftest import Visitor
from vaxelflode.errors import Unauthenticated
from vaxelflode.services import forgotten, login
from vaxelflode.services.tries import TooMany
from vaxelflode.storage.audit import links
from vaxelflode.web.http import CONTEXT, SETTINGS
from vaxelflode.web.pages.forgotten import MAILER

ADDRESS = company.address("granted")
NEW = "tolv andra tecken"


async def test_the_language_is_ones_own(granted: Visitor) -> None:
    shown = await granted.post("/me", {"name": "Karin", "email": ADDRESS, "language": "en"})
    assert (shown.status, shown.path) == (200, "/me?saved=1")
    assert '<html lang="en">' in shown.html
    assert "My account" in shown.html


async def test_another_address_wants_the_password(granted: Visitor) -> None:
    wanted = {"name": "Karin", "email": "karin@example.se", "language": "sv"}
    refused = await granted.post("/me", wanted)
    assert refused.status == 422
    assert 'value="karin@example.se"' in refused.html
    assert (await granted.post("/me", wanted | {"old_password": company.PASSWORD})).status == 200


async def test_a_new_password_logs_one_out_and_lets_one_in(granted: Visitor) -> None:
    wrong = await granted.post("/me/password", {"old_password": "wrong wrong", "password": NEW})
    short = await granted.post("/me/password", {"old_password": company.PASSWORD, "password": "kort"})
    assert (wrong.status, short.status) == (422, 422)
    assert "kort" not in re.sub(r"<p class=\"error.*?</p>", "", short.html)
    gone = await granted.post("/me/password", {"old_password": company.PASSWORD, "password": NEW})
    assert gone.path == "/login?changed=1"
    assert (await granted.get("/flows")).path.startswith("/login")
    assert (await granted.post("/login", {"email": ADDRESS, "password": NEW})).path == "/flows"


async def test_who_tries_many_passwords_at_once_has_tried_too_many(granted: Visitor) -> None:
    async def tried(password: str) -> int:
        body = {"password": NEW, "old_password": password}
        return (await granted.house.ask("PATCH", "/api/v1/me", "granted", body)).status

    statuses = await asyncio.gather(*(tried(f"wrong wrong {n}") for n in range(12)))
    assert (statuses.count(422), statuses.count(429)) == (5, 7)
    assert await tried(company.PASSWORD) == 429


async def test_the_right_password_has_been_no_try(granted: Visitor) -> None:
    for n in range(7):
        wanted = {"email": f"karin{n}@example.se", "old_password": company.PASSWORD}
        assert (await granted.house.ask("PATCH", "/api/v1/me", "granted", wanted)).status == 200


async def test_without_a_mail_server_one_asks_an_administrator(visitor: Visitor) -> None:
    shown = await visitor.get("/forgotten")
    assert "administratör" in shown.html
    assert "<form" not in shown.html


async def test_a_link_lets_one_choose_a_password_once(visitor: Visitor) -> None:
    context = visitor.house.app[CONTEXT]
    made = await forgotten.make_link(context.database, ADDRESS, context.clock(), forgotten.BY_HAND)
    assert made is not None
    link = f"/reset/{made[1]}"
    assert (await visitor.get(link)).status == 200
    assert (await visitor.post(link, {"password": "kort"})).status == 422
    assert (await visitor.post(link, {"password": NEW})).path == "/login?changed=1"
    for ended in (
        await visitor.get(link),
        await visitor.post(link, {"password": NEW + "!"}),
        await visitor.post(link, {"password": "kort"}),
    ):
        assert ended.status == 404
        assert "Länken är redan använd, eller för gammal." in ended.html
        assert "Fråga en administratör" in ended.html
    assert (await visitor.post("/login", {"email": ADDRESS, "password": NEW})).path == "/flows"


async def test_no_log_tells_a_link_however_it_is_asked_for(
    visitor: Visitor, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("DEBUG", "vaxelflode")
    link = "/reset/a-link-that-lets-one-in"
    for behind in ("", ".", "/", "/more", "%20"):
        assert (await visitor.get(link + behind)).status == 404
    monkeypatch.setattr(forgotten, "whose", None)  # a defect of ours
    assert (await visitor.get(link)).status == 500
    assert "/reset/{token}" in caplog.text
    assert "lets-one-in" not in caplog.text


def with_mail(at: Visitor, **more: object) -> None:
    """Let the house have a mail server, and an address of its own."""
    own = {"smtp_host": "127.0.0.1", "smtp_from": "vx@example.se", "public_url": "http://vx.example"} | more
    settings = at.house.app[SETTINGS].model_copy(update=own)
    at.house.app._state[SETTINGS] = settings
    at.house.app[MAILER]._settings = settings


async def test_a_link_leads_to_us_wherever_the_request_says_that_we_are(visitor: Visitor) -> None:
    sent: list[str] = []
    visitor.house.app[MAILER].send = lambda to, subject, text: sent.append(text)  # type: ignore[method-assign]
    with_mail(visitor)
    await visitor.post("/forgotten", {"email": ADDRESS}, host="evil.example")
    assert "http://vx.example/reset/" in sent[0]
    assert "evil" not in sent[0]
    with_mail(visitor, public_url="")  # nobody has said where we are: no request is asked for it
    await visitor.post("/forgotten", {"email": ADDRESS}, host="evil.example")
    assert len(sent) == 1


async def test_a_link_goes_by_mail_and_the_answer_tells_nobody_whose_address_it_is(visitor: Visitor) -> None:
    sent: list[tuple[str, str]] = []
    mailer = visitor.house.app[MAILER]
    with_mail(visitor)
    mailer.send = lambda to, subject, text: sent.append((to, text))  # type: ignore[method-assign]
    known = await visitor.post("/forgotten", {"email": ADDRESS})
    unknown = await visitor.post("/forgotten", {"email": "nobody@example.se"})
    assert known.html == unknown.html
    assert [to for to, _ in sent] == [ADDRESS]
    link = re.search(r"/reset/\S+", sent[0][1])
    assert link is not None
    assert (await visitor.get(link[0])).status == 200


async def test_mail_is_sent_by_a_real_server(visitor: Visitor) -> None:
    """Also behind mail to addresses that are none, which people may give themselves."""
    got = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        lines: list[str] = []
        in_data = False
        while line := (await reader.readline()).decode().rstrip("\r\n") or "end":
            if in_data:
                lines.append(line)
                if line == ".":
                    in_data = False
                    got.set_result("\n".join(lines))
                    writer.write(b"250 taken\r\n")
                continue
            verb = line[:4].upper()
            in_data = verb == "DATA"
            writer.write({"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n"))
            if verb in ("QUIT", "END"):
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with_mail(visitor, smtp_port=port, smtp_security="none")
    for odd in ("(@x", "a:;@x", "x@[", "[);=@,", "\ud800@x"):
        visitor.house.app[MAILER].send(odd, "", "")
    await visitor.post("/forgotten", {"email": ADDRESS})
    async with asyncio.timeout(10):
        message = message_from_string(await got, policy=default)
    server.close()
    await server.wait_closed()
    assert message["To"] == ADDRESS
    assert "/reset/" in message.get_content()


async def noted(at: Visitor) -> list[str | None]:
    """Whose links the audit tells of."""
    async with at.house.database.read() as db:
        entries = [json.loads(one.entry) async for one in links(db)]
    return [one["person"] for one in entries if one["what"] == "reset link"]


async def test_nobody_fills_the_audit_by_asking_for_addresses(visitor: Visitor) -> None:
    context, now = visitor.house.app[CONTEXT], company.NOW
    for n in range(40):  # from as many places as there are
        assert await forgotten.ask(context, f"192.0.2.{n}", f"nobody{n}@example.se") is None
    assert await noted(visitor) == [None] * 5
    asked = []
    for n in range(20):
        try:
            asked.append(await forgotten.ask(context, f"198.51.100.{n}", ADDRESS))
        except TooMany:
            asked.append(None)
    assert [found is not None for found in asked] == [True] * 5 + [False] * 15
    assert await noted(visitor) == [None] * 5 + [ADDRESS] * 5
    context.clock = lambda: now + dt.timedelta(minutes=16)
    assert await forgotten.ask(context, "192.0.2.1", "nobody@example.se") is None
    assert (await noted(visitor))[10:] == [None], "it is told of once more"


@pytest.mark.parametrize("trying", ["of nobody", "nobody", ""])
async def test_no_address_is_told_of_by_the_end_of_the_tries_for_those_that_are_nobodys(
    visitor: Visitor, trying: str
) -> None:
    """Else whoever looks how many are left, before and after, would know whose address it is."""
    context = visitor.house.app[CONTEXT]
    for n in range(5):
        await forgotten.ask(context, f"192.0.2.{n}", f"nobody{n}@example.se")
    assert await forgotten.ask(context, "198.51.100.1", trying) is None
    body = {"email": f"forgotten {trying}", "password": "no matter which"}
    with pytest.raises(Unauthenticated):  # and not TooMany
        await login.proven(context, "198.51.100.1", body)


async def test_what_is_not_written_down_takes_a_write_as_well(visitor: Visitor) -> None:
    """Else it would be seen by its speed whose address it is."""
    context = visitor.house.app[CONTEXT]
    before = await visitor.house.state()
    async with visitor.house.database.noticing() as look:
        for n in range(8):
            seen = await look()
            await forgotten.ask(context, f"192.0.2.{n}", f"nobody{n}@example.se")
            assert await look() != seen, n
    assert await visitor.house.state() == before
