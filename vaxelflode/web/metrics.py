"""``/metrics``: the process in figures, for Prometheus. Open as liveness is, so no label names a person, a flow or a
number, and each has a bounded set of values.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from vaxelflode.services.context import Context
from vaxelflode.services.system import Standing, standing
from vaxelflode.storage.database import StorageError
from vaxelflode.web.http import context
from vaxelflode.web.marks import public

#: Seconds that what was read is told again: however often somebody asks, the database is asked once.
FRESH = 1.0
#: Seconds that the database may take; without it the rest is told.
_DATABASE_WITHIN = 2.0
#: Bounds of the seconds of a request, and of a step of an application.
_REQUEST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_STEP = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
_STATES = ("connected", "booting", "lost", "refused")


@dataclass(frozen=True, slots=True)
class Account:
    """How one of our accounts stands at the PBX. ``events`` are those that were wanted, by name."""

    name: str
    state: str
    events: Mapping[str, int] = field(default_factory=dict)
    dropped: int = 0


Accounts = Callable[[], Sequence[Account]]


class Metrics:
    """What is counted in this process, and what is read when somebody asks. ``accounts`` tells how the PBX is."""

    def __init__(self, accounts: Accounts = lambda: ()) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "vaxelflode_http_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "vaxelflode_http_request_seconds",
            "Seconds from a request to its answer",
            ("method", "route"),
            buckets=_REQUEST,
            registry=self.registry,
        )
        self._decisions = Counter(
            "vaxelflode_decisions", "What was asked for, allowed or refused", ("outcome",), registry=self.registry
        )
        self._applications = Counter(
            "vaxelflode_applications", "Applications to the PBX by result", ("outcome",), registry=self.registry
        )
        self._steps = Histogram(
            "vaxelflode_apply_step_seconds",
            "Seconds of each step of an application that went live",
            ("step",),
            buckets=_STEP,
            registry=self.registry,
        )
        for outcome in ("allowed", "refused"):
            self._decisions.labels(outcome)
        for outcome in ("live", "rejected"):
            self._applications.labels(outcome)
        self._state = _State(accounts)
        self.registry.register(self._state)
        self._turn = asyncio.Lock()
        self._told, self._told_at = b"", 0.0

    def listen(self, context: Context) -> None:
        """Hear of what the policy decides and what the applier does."""
        context.decided = self.decided
        context.applier.on_applied = self.applied

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; ``route`` is a template of a path."""
        self._requests.labels(method, route, f"{status // 100}xx").inc()
        self._seconds.labels(method, route).observe(seconds)

    def decided(self, allowed: bool) -> None:
        """The policy was asked about what somebody wants."""
        self._decisions.labels("allowed" if allowed else "refused").inc()

    def applied(self, outcome: str, steps: Mapping[str, float]) -> None:
        """An application ended as ``live`` or ``rejected``; ``steps`` are in milliseconds."""
        self._applications.labels(outcome).inc()
        for step, ms in steps.items():
            self._steps.labels(step).observe(ms / 1000)

    async def text(self, context: Context) -> bytes:
        """All of it in Prometheus's words, at most :data:`FRESH` old."""
        async with self._turn:
            if not self._told or time.monotonic() - self._told_at >= FRESH:
                await self._state.look(context)
                # A thread, since a long text would keep everybody else waiting.
                self._told = await asyncio.to_thread(generate_latest, self.registry)
                self._told_at = time.monotonic()
            return self._told


class _State(Collector):
    """What stands somewhere else, and is told as it is."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._seen: Sequence[Account] = ()
        self._standing: Standing | None = None
        self._live = 0

    async def look(self, context: Context) -> None:
        """See how things stand; what is told of them may be told in another thread."""
        self._live = context.applier.live_revision
        self._standing = await _read(context)
        self._seen = [replace(account, events=dict(account.events)) for account in self._accounts()]

    def collect(self) -> Iterator[Metric]:
        """The families."""
        yield _gauge("database_up", "Whether the database answered", 0 if self._standing is None else 1)
        yield _gauge("live_revision", "The revision that this node has proven, 0 while nothing is", self._live)
        if (found := self._standing) is not None:
            yield _gauge("desired_revision", "The newest revision of the database", found.desired)
            yield _gauge("pending_changes", "Changes that wait for the PBX", found.pending)
            yield _gauge("oldest_pending_seconds", "Seconds that the oldest of them has waited", found.oldest_s)
        state = GaugeMetricFamily(
            "vaxelflode_ami_state", "1 for the state of each account", labels=("account", "state")
        )
        events = CounterMetricFamily("vaxelflode_ami_events", "Events that were wanted", labels=("account", "event"))
        dropped = CounterMetricFamily("vaxelflode_ami_events_dropped", "Events thrown away", labels=("account",))
        for account in self._seen:
            for name in _STATES:
                state.add_metric((account.name, name), float(name == account.state))
            for name, count in account.events.items():
                events.add_metric((account.name, name), count)
            dropped.add_metric((account.name,), account.dropped)
        yield from (state, events, dropped)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"vaxelflode_{name}", words, value)


async def _read(context: Context) -> Standing | None:
    try:
        async with asyncio.timeout(_DATABASE_WITHIN):
            return await standing(context)
    except (StorageError, TimeoutError):
        return None


METRICS = web.AppKey("metrics", Metrics)


@public
async def show(request: web.Request) -> web.Response:
    """The process in figures, for Prometheus: requests, decisions, applications, what waits, and the PBX's accounts."""
    told = await request.app[METRICS].text(context(request))
    return web.Response(body=told, headers={"Content-Type": CONTENT_TYPE_LATEST})
