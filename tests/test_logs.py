"""One record is one line, whoever chose what stands in it; and each line tells its requests."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import string
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxelflode import logs, request_id
from vaxelflode.errors import VaxelflodeError
from vaxelflode.storage.database import Database

FORGED = "anna\n12:00:00.000 WARNING vaxelflode.web [abcdefgh]: all is well\r\x1b[2K\u2028\x85\x00\ud800\U000e0001"


@contextmanager
def written(form: str) -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger of the test's own, and what it writes."""
    handler = logs.handler(form)
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    handler.setStream(stream)
    log = logging.getLogger(f"test of {form}")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
    yield log, stream


@pytest.mark.parametrize("form", ["text", "json"])
@given(words=st.one_of(st.just(FORGED), st.text(st.characters(exclude_categories=()))))
def test_nothing_that_is_logged_makes_another_line(form: str, words: str) -> None:
    with written(form) as (log, stream):
        log.warning("%s was here", words)
    said = stream.getvalue()
    assert said.endswith(" was here\n") or form == "json"
    assert said[:-1].isprintable()
    said.encode()
    if form == "json":
        assert json.loads(said)["message"] == f"{words} was here" or "\ud800" <= max(words, default="") <= "\udfff"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_trace_is_told_and_forges_nothing(form: str) -> None:
    with written(form) as (log, stream):
        try:
            int(FORGED)
        except ValueError as err:
            err.add_note(FORGED)
            log.exception("it went wrong")
    said = stream.getvalue()
    assert "Traceback" in said
    first, *rest = said.rstrip("\n").split("\n")
    assert "it went wrong" in first
    assert all(line.startswith("    | ") for line in rest)
    assert bool(rest) is (form == "text")


def test_every_line_tells_the_requests_that_it_belongs_to() -> None:
    with written("text") as (log, stream), written("json") as (other, objects):
        with request_id.about(["first-of-two", None, "second-of-two", "first-of-two"]):
            log.info("both")
            other.info("both")
            with request_id.about(["first-of-two"]):
                log.info("one")
        log.info("none")
    both, one, none = stream.getvalue().splitlines()
    assert "[first-of-two,second-of-two]" in both
    assert "[first-of-two]" in one
    assert "[" not in none
    assert json.loads(objects.getvalue())["request"] == "first-of-two,second-of-two"


async def test_tasks_and_threads_belong_to_the_request_that_started_them() -> None:
    with request_id.about(["a-request"]):
        task = asyncio.create_task(asyncio.to_thread(request_id.current))
    assert await task == "a-request"
    assert request_id.current() is None


@pytest.mark.parametrize(
    "sent",
    [[], [""], ["short"], ["x" * 65], ["two words"], ["forged\nline"], ["åäöåäöåä"], ["long-enough", "long-enough"]],
)
def test_an_id_that_is_not_of_the_form_is_replaced(sent: list[str]) -> None:
    made = request_id.accepted(sent)
    assert made not in sent
    assert request_id.accepted([made]) == made


@given(st.text(string.ascii_letters + string.digits + "._-", min_size=8, max_size=64))
def test_an_id_of_the_form_is_kept(sent: str) -> None:
    assert request_id.accepted([sent]) == sent


async def test_the_databases_password_is_in_no_line_and_no_error() -> None:
    stream, root, level = io.StringIO(), logging.getLogger(), logging.getLogger().level
    told = logging.StreamHandler(stream)
    root.addHandler(told)
    root.setLevel(logging.DEBUG)
    try:
        for url in (
            "postgresql+psycopg://anna:hemligt-databaslösen@127.0.0.1:1/company",
            "postgresql+psycopg://anna:hemligt-databaslösen@127.0.0.1:many/company",
            "postgresql+psycopg://anna@127.0.0.1:1/company?password=hemligt-databaslösen&nosuch=1",
        ):
            with pytest.raises(VaxelflodeError) as caught:
                await _read(url)
            assert "hemligt" not in str(caught.value)
            logging.getLogger("test").error("it failed", exc_info=caught.value)
    finally:
        root.removeHandler(told)
        root.setLevel(level)
    assert "it failed" in stream.getvalue()
    assert "hemligt" not in stream.getvalue()


async def _read(url: str) -> None:
    database = Database.open(url, lock_wait=1.0)
    try:
        async with database.read():
            pass
    finally:
        await database.close()


def test_libraries_tell_no_statements_even_where_everything_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.set_up("DEBUG", "text")
        assert logging.getLogger("vaxelflode.web").isEnabledFor(logging.DEBUG)
        for name in ("sqlalchemy.engine", "panoramisk.manager", "psycopg", "alembic.runtime"):
            assert not logging.getLogger(name).isEnabledFor(logging.INFO), name
    finally:
        root.handlers[:], root.level = handlers, level
