"""The pages over the application of ``tests/api/house.py``: what browsers send, and what they are shown."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest_asyncio

from tests.api import company
from tests.api.conftest import founded, paper, plot, street, whole_street
from tests.api.house import House, house

__all__ = ["founded", "paper", "plot", "street", "whole_street"]


#: What browsers say of a form of a page that tells no referrer.
FROM_US = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as it came: its address after every redirect, and its text."""

    status: int
    path: str
    html: str
    headers: Mapping[str, str]
    body: bytes


class Visitor:
    """A browser without a window: keeps cookies, follows redirects, sends forms with the token of the page."""

    def __init__(self, at: House, session: aiohttp.ClientSession) -> None:
        self.house = at
        self._session = session
        self.csrf = ""

    async def get(self, path: str, **headers: str) -> Shown:
        """A page."""
        async with self._session.get(self.house.url + path, headers=_sent(headers)) as answer:
            return await self._shown(answer)

    async def post(self, path: str, given: Mapping[str, object] | None = None, **headers: str) -> Shown:
        """A form; ``csrf`` is that of the last page unless it is given."""
        data = aiohttp.FormData()
        for name, value in ({"csrf": self.csrf} | dict(given or {})).items():
            for one in value if isinstance(value, list) else [value]:
                data.add_field(name, str(one))
        async with self._session.post(self.house.url + path, data=data, headers=FROM_US | _sent(headers)) as answer:
            return await self._shown(answer)

    async def log_in(self, person: str) -> Shown:
        """Begin a session; the list of flows is shown."""
        await self.get("/login")
        return await self.post("/login", {"email": company.address(person), "password": company.PASSWORD})

    def forget(self) -> None:
        """Keep no cookie any longer."""
        self._session.cookie_jar.clear()

    async def _shown(self, answer: aiohttp.ClientResponse) -> Shown:
        html = await answer.text(errors="replace")
        if (found := re.search(r'<meta name="csrf" content="([0-9a-f]+)"', html)) is not None:
            self.csrf = found[1]
        return Shown(answer.status, answer.url.path_qs, html, answer.headers, await answer.read())


def _sent(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-").title(): value for name, value in headers.items()}


@pytest_asyncio.fixture(loop_scope="session")
async def here(tmp_path: Path, founded: Path) -> AsyncIterator[House]:
    """A house of the test's own."""
    async with house(tmp_path / "house", founded) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(here: House) -> AsyncIterator[Visitor]:
    """Somebody who is not logged in."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Visitor(here, session)


@pytest_asyncio.fixture(loop_scope="session")
async def granted(visitor: Visitor) -> Visitor:
    """The supervisor of *Kundtjänst*, to whom every aspect of ``mine`` is granted."""
    assert (await visitor.log_in("granted")).status == 200
    return visitor
