"""Coming and going: sessions, their cookie, and what is refused."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http.cookies import SimpleCookie

import aiohttp
import pytest
from yarl import URL

from tests.api import company
from tests.web.conftest import Visitor
from tests.web.forms import filled
from vaxelflode.storage.database import StorageError
from vaxelflode.web.http import CONTEXT, SETTINGS

ADDRESS = company.address("granted")
FORM = "application/x-www-form-urlencoded"


async def test_whoever_is_not_logged_in_is_led_to_the_log_in_and_back(visitor: Visitor) -> None:
    asked = await visitor.get(f"/flows/{company.FLOWS['mine']}")
    assert asked.path == f"/login?next=/flows/{company.FLOWS['mine']}"
    back = {"email": ADDRESS, "password": company.PASSWORD, "next": f"/flows/{company.FLOWS['mine']}"}
    assert (await visitor.post("/login", back)).path == f"/flows/{company.FLOWS['mine']}"


async def test_the_cookie_is_for_this_site_and_not_for_scripts(visitor: Visitor) -> None:
    async with visitor._session.post(
        visitor.house.url + "/login",
        data={"email": ADDRESS, "password": company.PASSWORD},
        allow_redirects=False,
    ) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert answer.status == 303
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


async def test_a_wrong_password_is_told_as_an_unknown_address_is(visitor: Visitor) -> None:
    wrong = await visitor.post("/login", {"email": ADDRESS, "password": "wrong wrong wrong"})
    unknown = await visitor.post("/login", {"email": "nobody@example.se", "password": "wrong wrong wrong"})
    assert (wrong.status, unknown.status) == (401, 401)
    assert wrong.html.replace(ADDRESS, "") == unknown.html.replace("nobody@example.se", "")
    assert (await visitor.get("/flows")).path.startswith("/login")


async def test_too_many_tries_are_told(visitor: Visitor) -> None:
    for _ in range(5):
        await visitor.post("/login", {"email": ADDRESS, "password": "wrong wrong wrong"})
    refused = await visitor.post("/login", {"email": ADDRESS, "password": company.PASSWORD})
    assert refused.status == 429
    assert "15" in refused.html


async def test_going_on_stays_with_us(visitor: Visitor) -> None:
    for place in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\n//x"):
        said = {"email": ADDRESS, "password": company.PASSWORD, "next": place}
        assert (await visitor.post("/login", said)).path == "/flows"


async def test_logging_out_ends_the_session(granted: Visitor) -> None:
    assert (await granted.post("/logout")).path == "/login"
    assert (await granted.get("/flows")).path.startswith("/login")


async def test_a_form_without_the_token_changes_nothing(granted: Visitor) -> None:
    assert (await granted.post("/logout", {"csrf": "0" * 64})).status == 403
    assert (await granted.post("/logout", {"csrf": ""})).status == 403
    assert (await granted.get("/flows")).path == "/flows"


async def test_a_form_of_another_site_changes_nothing(granted: Visitor) -> None:
    login = {"email": ADDRESS, "password": company.PASSWORD}
    for path, said in (("/logout", None), ("/login", login)):
        assert (await granted.post(path, said, origin="https://evil.example")).status == 403
        assert (await granted.post(path, said, sec_fetch_site="cross-site")).status == 403
    assert (await granted.get("/flows")).path == "/flows"


async def test_nobody_is_logged_in_by_a_form_that_is_not_the_pages_own(visitor: Visitor) -> None:
    """As over plain HTTP, where browsers say no more than that they tell nothing of a page without a referrer."""
    given = {"email": ADDRESS, "password": company.PASSWORD}

    async def sent(page: str, more: dict[str, str], status: int) -> None:
        url, silent = visitor.house.url + page, {"Origin": "null"}
        async with visitor._session.post(url, data=given | more, headers=silent, allow_redirects=False) as answer:
            assert answer.status == status, more
            assert ("vaxelflode=" in answer.headers.get("Set-Cookie", "")) is (status == 303)

    await sent("/login", {}, 403)
    visitor.forget()
    await sent("/login", {"csrf": "0" * 64}, 403)
    visitor.forget()
    own = _token((await visitor.get("/login")).html)
    for page in ("/login", "/forgotten", "/reset/nobodys"):
        for forged in ({}, {"csrf": ""}, {"csrf": "0" * 64}):
            await sent(page, forged, 403)
    others = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=others) as elsewhere:
        theirs = _token(await (await elsewhere.get(visitor.house.url + "/login")).text())
    assert theirs != own
    await sent("/login", {"csrf": theirs}, 403)
    assert _token((await visitor.get("/login")).html) == own, "pages that are open side by side hold alike"
    await sent("/login", {"csrf": own}, 303)


async def test_log_in_pages_that_are_first_opened_together_all_hold(visitor: Visitor) -> None:
    """Tabs that a browser opens again at once: none of them has a cookie yet, and each answer brings one."""
    url, silent = visitor.house.url + "/login", {"Origin": "null"}

    async def first() -> tuple[str, SimpleCookie]:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as tab, tab.get(url) as answer:
            return _token(await answer.text()), answer.cookies

    tabs = await asyncio.gather(first(), first(), first())
    for _token_of_tab, cookies in tabs:
        visitor._session.cookie_jar.update_cookies(cookies, URL(url))
    later = await visitor.get("/login")
    assert "Set-Cookie" not in later.headers, "a page that is opened later is of those that are there"
    for own in (_token(later.html), *(token for token, _cookies in tabs)):
        given = {"email": ADDRESS, "password": "wrong wrong wrong", "csrf": own}
        async with visitor._session.post(url, data=given, headers=silent) as answer:
            assert answer.status == 401, "no longer 403: it is read, and only the password is wrong"
    async with visitor._session.post(url, data={"csrf": "0" * 64}, headers=silent) as answer:
        assert answer.status == 403


def _token(page: str) -> str:
    return str(filled(page, "")["csrf"])


async def test_what_marks_a_browser_is_for_this_site_and_not_for_scripts(visitor: Visitor) -> None:
    cookie = (await visitor.get("/login")).headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/"))
    assert "Domain" not in cookie
    assert _token((await visitor.get("/login")).html) not in cookie
    assert "Set-Cookie" not in (await visitor.get("/login")).headers


async def test_a_cookie_that_no_page_of_ours_gave_is_none_of_ours_and_breaks_nothing(visitor: Visitor) -> None:
    """Over plain HTTP anybody at another port of the same name may give browsers cookies of any bytes."""
    for kept in (b"\xff\xfe", b"\xc3", b"a" * 4000, b'"\\303"'):
        for cookie in (b"vaxelflode", b"vaxelflode-visit", b"vaxelflode-visit-0"):
            assert await _status(visitor, b"GET", cookie + b"=" + kept) == 200, (cookie, kept)
            assert await _status(visitor, b"POST", cookie + b"=" + kept) == 403, (cookie, kept)


async def _status(visitor: Visitor, method: bytes, cookie: bytes) -> int:
    """Of a request for the log-in as no library would send it."""
    url, body = URL(visitor.house.url), b"csrf=x"
    read, write = await asyncio.open_connection(url.host, url.port)
    said = [b"Host: x", b"Origin: null", b"Connection: close", b"Cookie: " + cookie, b"Content-Length: 6"]
    said.append(b"Content-Type: " + FORM.encode())
    write.write(method + b" /login HTTP/1.1\r\n" + b"\r\n".join(said) + b"\r\n\r\n" + body)
    answer = await read.read()
    write.close()
    return int(answer.split()[1])


@pytest.mark.parametrize(
    ("host", "public_url", "warned"),
    [
        ("127.0.0.1:8080", "", False),
        ("localhost:8080", "", False),
        ("[::1]", "", False),
        ("vaxel.localhost", "", False),
        ("10.1.2.3:8080", "", True),
        ("pbx.example.se", "", True),
        ("localhost.example.se", "", True),
        ("127.0.0.1.example.se:8080", "", True),
        ("[", "", True),
        ("127.0.0.1:8080", "http://pbx.example.se", True),  # behind a proxy that puts its own name in the place
    ],
)
async def test_that_a_connection_is_not_encrypted_is_told_where_anybody_could_listen(
    granted: Visitor, host: str, public_url: str, *, warned: bool
) -> None:
    app = granted.house.app
    app._state[SETTINGS] = app[SETTINGS].model_copy(update={"public_url": public_url})
    shown = await granted.get("/flows", host=host)
    assert (shown.status, "Anslutningen är inte krypterad" in shown.html) == (200, warned)


async def test_a_new_password_ends_every_session_at_once(granted: Visitor) -> None:
    body = {"password": "tolv andra tecken", "old_password": company.PASSWORD}
    assert (await granted.house.ask("PATCH", "/api/v1/me", "granted", body)).status == 200
    assert (await granted.get("/flows")).path.startswith("/login")


async def test_the_api_takes_a_session_with_its_header(granted: Visitor) -> None:
    assert (await granted.get("/api/v1/me")).status == 200
    url = granted.house.url + "/api/v1/me"
    async with granted._session.patch(url, json={"name": "Karin"}) as answer:
        assert answer.status == 403
    async with granted._session.patch(url, json={"name": "Karin"}, headers={"X-CSRF-Token": granted.csrf}) as answer:
        assert answer.status == 200


async def test_a_session_ends_when_it_is_idle_and_when_it_is_old(granted: Visitor) -> None:
    context = granted.house.app[next(key for key in granted.house.app if "context" in str(key))]
    for step in range(1, 36):
        context.clock = lambda step=step: company.NOW + dt.timedelta(minutes=20 * step)
        assert (await granted.get("/flows")).path == "/flows"
    context.clock = lambda: company.NOW + dt.timedelta(hours=12, minutes=1)
    assert (await granted.get("/flows")).path.startswith("/login")
    await granted.log_in("granted")
    context.clock = lambda: company.NOW + dt.timedelta(hours=12, minutes=32)
    assert (await granted.get("/flows")).path.startswith("/login")


async def test_pages_are_shown_also_where_nothing_can_be_written(
    granted: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def full(**_: bool) -> AsyncIterator[None]:
        raise StorageError("the database did not answer: database or disk is full")
        yield

    context = granted.house.app[CONTEXT]
    monkeypatch.setattr(context.database, "write", full)
    context.clock = partial(company.NOW.__add__, dt.timedelta(minutes=5))
    assert (await granted.get("/flows")).status == 200
    assert (await granted.post("/logout")).status == 503


async def test_a_page_that_renews_itself_uses_no_session(granted: Visitor) -> None:
    context = granted.house.app[CONTEXT]
    for minutes in (10, 20, 29):
        context.clock = partial(company.NOW.__add__, dt.timedelta(minutes=minutes))
        assert (await granted.get("/flows", x_live="1")).path == "/flows"
        assert (await granted.get("/api/v1/events?for=0", accept="text/event-stream")).status == 200
    context.clock = lambda: company.NOW + dt.timedelta(minutes=31)
    assert (await granted.get("/flows", x_live="1")).path.startswith("/login")


async def test_every_page_says_what_it_may_load(granted: Visitor) -> None:
    shown = await granted.get("/flows")
    policy = shown.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert " style=" not in shown.html
    assert "<script>" not in shown.html


async def test_what_is_not_there_is_a_page_to_people_and_a_problem_to_programs(granted: Visitor) -> None:
    page = await granted.get("/nowhere", accept="text/html")
    assert page.status == 404
    assert "<h1" in page.html
    assert 'href="/me"' in page.html
    granted.forget()
    assert 'href="/me"' not in (await granted.get("/nowhere", accept="text/html")).html
    assert "problem+json" in (await granted.get("/api/v1/nowhere")).headers["Content-Type"]


async def test_what_no_browser_sends_is_refused_and_no_fault_of_ours(granted: Visitor) -> None:
    assert (await granted.post("/logout", origin="http://[")).status == 403
    assert (await granted.get(f"/flows/{company.FLOWS['mine']}/close", hx_current_url="http://[")).status == 200
    for kind in ("multipart/form-data", "multipart/form-data; boundary=b", f"{FORM}; charset=nonsense"):
        said, url = {"Content-Type": kind}, granted.house.url + "/logout"
        async with granted._session.post(url, data=b"csrf=x", headers=said) as answer:
            assert answer.status == 400
