"""What nobody foresaw is in the log, with its request, and in no answer."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from tests.api.house import House
from tests.web.conftest import Visitor
from vaxelflode import logs
from vaxelflode.errors import VaxelflodeError
from vaxelflode.services import overview, users
from vaxelflode.web import middleware

SECRET = "/var/lib/vaxelflode/secret-key"


class Unheard(VaxelflodeError):
    """An error of the product that has no status."""

    key = "unheard"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged, as it would be written."""
    handler, stream = logs.handler("json"), io.StringIO()
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    logging.getLogger("vaxelflode").addHandler(handler)
    yield stream
    logging.getLogger("vaxelflode").removeHandler(handler)


@pytest.mark.parametrize("error", [Unheard(f"cannot read {SECRET}", path=SECRET), RuntimeError(SECRET)])
async def test_an_error_without_a_status_is_logged_with_its_request_and_says_nothing(
    granted: Visitor, monkeypatch: pytest.MonkeyPatch, written: io.StringIO, error: Exception
) -> None:
    async def fails(*_args: object, **_more: object) -> None:
        raise error

    monkeypatch.setattr(overview, "cards", fails)
    monkeypatch.setattr(users, "change_me", fails)
    page = await granted.get("/flows", x_request_id="unforeseen-page-1")
    assert page.status == 500
    at: House = granted.house
    told = await at.ask("PATCH", "/api/v1/me", "granted", {"name": "x"}, x_request_id="unforeseen-api-1")
    assert (told.status, told.body["type"]) == (500, "urn:vaxelflode:internal")
    assert SECRET not in page.html + told.raw.decode()
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    failed = {line["request"]: line for line in lines if line["level"] == "error"}
    assert set(failed) == {"unforeseen-page-1", "unforeseen-api-1"}
    for line in failed.values():
        assert line["message"] in ("GET /flows failed", "PATCH /api/v1/me failed")
        assert SECRET in line["trace"]


@pytest.mark.parametrize("page", ["on_page", "ask_again"])
async def test_what_goes_wrong_while_it_is_said_what_went_wrong_is_said_too(
    granted: Visitor, monkeypatch: pytest.MonkeyPatch, written: io.StringIO, page: str
) -> None:
    async def fails(*_args: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(middleware, page, fails)
    if page == "on_page":
        answer = await granted.get("/flows/nowhere", x_request_id="unforeseen-twice")
    else:
        answer = await granted.post("/me", {"name": "x", "csrf": "0"}, x_request_id="unforeseen-twice")
    assert (answer.status, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert SECRET not in answer.html
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line["request"] for line in lines if line["level"] == "error"] == ["unforeseen-twice"]
