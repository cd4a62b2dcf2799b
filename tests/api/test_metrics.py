"""What is counted and told to Prometheus, read by its own parser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from tests.api import company
from tests.api.house import House, house
from tests.applying.conftest import POISON
from vaxelflode.errors import PbxUnavailable
from vaxelflode.storage.database import StorageError
from vaxelflode.web import metrics
from vaxelflode.web.http import CONTEXT
from vaxelflode.web.metrics import Account, Metrics
from vaxelflode.web.routes import ROUTES

Figures = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@pytest_asyncio.fixture(loop_scope="session")
async def here(tmp_path: Path, founded: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr(metrics, "FRESH", 0.0)
    async with house(tmp_path / "house", founded) as made:
        yield made


def parsed(text: str) -> Figures:
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    assert samples
    return {(s.name, frozenset(s.labels.items())): s.value for s in samples}


async def figures(here: House) -> Figures:
    answer = await here.ask("GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return parsed(answer.raw.decode())


def value(found: Figures, name: str, **labels: str) -> float:
    return found.get((f"vaxelflode_{name}", frozenset(labels.items())), 0.0)


async def save(here: House, spec: dict[str, Any], person: str = "granted") -> Any:
    path = "/api/v1/objects/schedule/mine"
    return await here.ask("PATCH", path, person, {"spec": spec}, if_match="*")


async def test_a_save_moves_the_figures_that_it_is_about(here: House) -> None:
    before = await figures(here)
    assert (await save(here, {"closed": {"end": "hangup"}})).status == 200
    after = await figures(here)

    def grew(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert grew("desired_revision") == grew("live_revision") == 1
    assert grew("applications_total", outcome="live") == 1
    assert grew("applications_total", outcome="rejected") == 0
    assert grew("decisions_total", outcome="allowed") >= 1
    for step in ("check", "write", "preflight", "switch", "reload", "prove", "confirm"):
        assert grew("apply_step_seconds_count", step=step) == 1
        assert grew("apply_step_seconds_sum", step=step) >= 0
    patched = {"method": "PATCH", "route": "/api/v1/objects/{kind}/{key}", "status": "2xx"}
    assert grew("http_requests_total", **patched) == 1
    del patched["status"]
    assert grew("http_request_seconds_count", **patched) == 1
    assert value(after, "pending_changes") == 0
    assert value(after, "database_up") == 1


async def test_what_is_refused_is_counted_as_such(here: House) -> None:
    before = await figures(here)
    assert (await save(here, {"closed": {"end": "hangup"}}, "onlooker")).status == 403
    assert (await save(here, {"closed": {"end": "hangup"}}, "stranger")).status == 404
    assert (await here.ask("GET", "/api/v1/users", "granted")).status == 403
    here.pbx.poison = POISON
    assert (await save(here, {"closed": {"end": "congestion"}})).status == 502
    after = await figures(here)
    refused = value(after, "decisions_total", outcome="refused") - value(before, "decisions_total", outcome="refused")
    assert refused == 3
    assert value(after, "applications_total", outcome="rejected") == 1


async def test_what_waits_is_told_as_long_as_it_waits(here: House) -> None:
    here.context.answer_within = 0.1

    def gone() -> None:
        raise PbxUnavailable("the connection is gone")

    here.pbx.hooks["reload"] = gone
    assert (await save(here, {"closed": {"end": "hangup"}})).status == 202
    found = await figures(here)
    assert value(found, "pending_changes") == 1
    assert value(found, "oldest_pending_seconds") >= 0
    assert value(found, "live_revision") < value(found, "desired_revision")
    here.pbx.hooks.clear()
    here.applier.wake()
    for _ in range(600):
        if not value(found := await figures(here), "pending_changes"):
            break
        await asyncio.sleep(0.05)
    assert value(found, "pending_changes") == value(found, "oldest_pending_seconds") == 0


async def test_labels_are_bounded_whatever_is_asked(here: House) -> None:
    for n in range(20):
        await here.ask("GET", f"/nowhere/{n}")
        await here.ask("GET", f"/api/v1/objects/queue/nosuch-{n}", "administrator")
        await here.ask(f"BREW{chr(65 + n)}", "/healthz")
    found = await figures(here)
    labels = [dict(labels) for name, labels in found if name == "vaxelflode_http_requests_total"]
    assert {one["route"] for one in labels} <= {route.path for route in ROUTES} | {"none"}
    assert {one["method"] for one in labels} <= {"GET", "HEAD", "PATCH", "POST", "PUT", "DELETE", "OPTIONS", "other"}
    assert {one["status"] for one in labels} <= {"2xx", "4xx", "5xx"}
    assert value(found, "http_requests_total", method="GET", route="none", status="4xx") == 20


async def test_it_names_no_person_flow_number_or_object(here: House) -> None:
    await here.ask("GET", "/api/v1/objects/queue/mine?x=hemligt", "granted")
    await save(here, {"closed": {"end": "hangup"}})
    text = (await here.ask("GET", "/metrics")).raw.decode()
    personal = [*company.NUMBERS.values(), *company.FLOWS.values(), *map(company.address, company.PEOPLE)]
    for words in (*personal, "granted", "queue/mine", "schedule/mine", "hemligt", "46101022290", "kundtj"):
        assert words not in text


async def test_the_process_is_told_even_when_the_database_does_not_answer(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise StorageError("the database did not answer")

    monkeypatch.setattr(here.database, "read", gone)
    found = await figures(here)
    assert value(found, "database_up") == 0
    assert ("vaxelflode_pending_changes", frozenset()) not in found
    assert found["process_resident_memory_bytes", frozenset()] > 0


async def test_the_database_is_asked_once_however_many_ask(
    tmp_path: Path, founded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "FRESH", 3600.0)
    async with house(tmp_path / "house", founded) as here:
        read, times = here.database.read, []

        def counted() -> Any:
            times.append(1)
            return read()

        monkeypatch.setattr(here.database, "read", counted)
        answers = await asyncio.gather(*(here.ask("GET", "/metrics") for _ in range(10)))
    assert {a.status for a in answers} == {200}
    assert len({a.raw for a in answers}) == 1
    assert len(times) == 1


async def test_the_accounts_at_the_pbx_are_told(here: House) -> None:
    made = Metrics(
        lambda: [Account("live", "connected", {"QueueMemberPause": 3}, 2), Account("apply", "refused")],
    )
    found = parsed((await made.text(here.app[CONTEXT])).decode())
    assert value(found, "ami_state", account="live", state="connected") == 1
    assert value(found, "ami_state", account="live", state="refused") == 0
    assert value(found, "ami_state", account="apply", state="refused") == 1
    assert value(found, "ami_events_total", account="live", event="QueueMemberPause") == 3
    assert value(found, "ami_events_dropped_total", account="live") == 2
