"""Save to proven live, beside the bare reload of the best-shaped file, at 100, 1,000 and 10,000 flows in one run.

Every figure is a median; what is compared is measured in turns. README.md says how to read it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.bench import shapes
from tests.bench.stage import Bare, Serving, bare_on, fill, serving
from tests.bench.table import QUICK, Row, at_most, median, ms, of_this_run, p95, show, timed
from tests.real_asterisk.town import settings_of
from vaxelflode.applying.store import Store
from vaxelflode.demo.choose import Maker, choose
from vaxelflode.demo.pbx import Pbx
from vaxelflode.domain.company import Company
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.schedule import Override, Schedule
from vaxelflode.rendering.render import Options, Renderer
from vaxelflode.resources import resource_dir

pytestmark = pytest.mark.pbx

#: Flows → saves, each beside a bare reload.
SIZES = of_this_run({100: 30, 1_000: 30, 10_000: 10}, quick={100: 3})
#: Flows at which Asterisk is started anew beside a running control plane, and how often.
BOOTS = {100: 1, 1_000: 5}
#: Mailboxes → saves, each beside a bare reload of as many.
MAILBOXES = of_this_run({100: 20, 1_000: 10}, quick={100: 3})
FIRST_DAY = dt.date(2028, 1, 10)
ROUND_TRIPS = 200
AGENTS = 3 if QUICK else 15
TOGETHER = 20
#: What no run leaves out, be it ever so quick.
NEEDED = (
    *("lines a flow", "save to proven live", "the same, p95", "of it reload", "of it prove", "GetConfig, bare"),
    *(f"agent {act}" for act in ("added", "paused", "removed")),
    *("saves at once", "memory of serve", "to ready", "FullyBooted to ready"),
    *("full render", "one object, rendered and on the disk", "mailboxes: save to proven live"),
)
#: Turns that are not counted: the first pay for what is made once.
WARM = 2


@dataclass
class Found:
    """The figures of one size, in milliseconds."""

    lines: float = 0
    bare: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    preflight: list[float] = field(default_factory=list)
    saves: list[float] = field(default_factory=list)
    steps: dict[str, float] = field(default_factory=dict)
    fsyncs: list[float] = field(default_factory=list)
    agents: dict[str, list[float]] = field(default_factory=dict)
    round_trips: list[float] = field(default_factory=list)
    reloads_of_many: int = 0
    memory: float = 0
    ready: float = 0
    booted: list[float] = field(default_factory=list)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def maker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Maker]:
    """How an Asterisk is run here."""
    yield await choose(tmp_path_factory.mktemp("asterisk"))


@pytest.mark.timeout(900)
async def test_save_to_live(maker: Maker, tmp_path: Path) -> None:
    found = {flows: await _measured(maker, tmp_path / str(flows), flows) for flows in SIZES}
    rows = [row for flows, figures in found.items() for row in _rows(flows, figures)]
    rows += [*_growth(found), *_rendering(max(SIZES), median(found[max(SIZES)].bare), tmp_path)]
    for boxes in MAILBOXES:
        rows += await _voicemail(maker, tmp_path / f"voicemail-{boxes}", boxes)
    title = "Save to proven live; B is the bare reload of the best-shaped file of as many flows"
    show(title, "save_to_live", rows, needed=NEEDED)


async def _measured(maker: Maker, folder: Path, flows: int) -> Found:
    """Two Asterisks side by side, one bare and one the product's: what is compared is measured in turns."""
    found = Found()
    async with maker(folder / "bare") as box, maker(folder / "pbx") as pbx, bare_on(box) as bare, bare_on(pbx) as own:
        settings = settings_of(pbx, folder / "data")
        tokens = await fill(settings, flows)
        async with serving(settings, tokens):
            pass  # the first start publishes and proves everything; the second finds it live
        async with serving(settings, tokens) as plane:
            found.ready = plane.seconds_to_ready
            await _measure_saves(plane, bare, flows, found)
            await _measure_agents(plane, own, found)
            found.reloads_of_many = await _saves_together(plane)
            found.memory = plane.memory()
            found.booted = [await _after_boot(pbx, plane) for _ in range(BOOTS.get(flows, 0))]
        await own.ami.wait_connected(30)  # its Asterisk was started anew
        await _measure_ours(own, bare, flows, found)
    return found


async def _measure_saves(plane: Serving, bare: Bare, flows: int, found: Found) -> None:
    for n in range(-WARM, SIZES[flows]):
        base = await bare.reload(lambda turn: shapes.bare(flows, turn))
        save = await timed(lambda n=n: _save(plane, n))  # type: ignore[misc]
        if n >= 0:
            found.bare.append(base)
            found.saves.append(save)
            found.fsyncs.append(bare.fsync())
    applied = (await plane.applications())[: min(SIZES[flows], 20)]
    for step in applied[0]["steps_ms"]:
        found.steps[step] = median([a["steps_ms"][step] for a in applied])


async def _measure_ours(own: Bare, bare: Bare, flows: int, found: Found) -> None:
    content = own.published("extensions.conf")
    found.lines = sum(1 for line in content.split(b"\n") if line and not line.startswith(b";")) / flows
    for n in range(-WARM, SIZES[flows]):
        base = await bare.reload(lambda turn: shapes.bare(flows, turn))
        ours = await own.reload(lambda turn: content + b"; %d\n" % turn)
        if n >= 0:
            found.bare.append(base)
            found.ours.append(ours)
    found.preflight += await own.preflights(own.publish(content), "vx-revision", SIZES[flows])


async def _save(plane: Serving, n: int) -> None:
    day = (FIRST_DAY + dt.timedelta(n)).isoformat()
    body = {"from": day, "to": day, "hours": [["09:00", "12:00"]]}
    answer = await plane.supervisor("POST", f"/objects/schedule/{shapes.key_of(0)}/overrides", body)
    assert (answer.status, answer.body["change"]["state"]) == (200, "live"), answer.body


async def _measure_agents(plane: Serving, own: Bare, found: Found) -> None:
    await own.round_trips(20)
    found.round_trips += await own.round_trips(ROUND_TRIPS)
    acts = {"added": ("PUT", {}), "paused": ("PATCH", {"paused": True}), "removed": ("DELETE", None)}
    for _ in range(AGENTS):
        for what, (method, body) in acts.items():
            took = await timed(lambda method=method, body=body: _agent(plane, method, body))  # type: ignore[misc]
            found.agents.setdefault(what, []).append(took)


async def _agent(plane: Serving, method: str, body: dict[str, Any] | None) -> None:
    answer = await plane.supervisor(method, "/queues/queue-0/agents/201", body)
    assert (answer.status, answer.body["change"]["state"]) == (200, "live"), answer.body


async def _saves_together(plane: Serving) -> int:
    """How many reloads 20 saves took that were asked for at once."""
    before = {a["at"] for a in await plane.applications()}
    await asyncio.gather(*(_save(plane, 1000 + n) for n in range(TOGETHER)))
    return sum(a["at"] not in before for a in await plane.applications())


async def _after_boot(pbx: Pbx, plane: Serving) -> float:
    """Milliseconds from Asterisk's FullyBooted to our being ready, everything proven anew."""
    await pbx.kill()
    await plane.until(ready=False)
    await pbx.start()
    return await timed(lambda: plane.until(ready=True))


async def _voicemail(maker: Maker, folder: Path, boxes: int) -> list[Row]:
    """A mailbox's e-mail address is changed: of all files voicemail.conf alone is another."""
    bare_took, saves = [], []
    async with maker(folder / "bare") as box, maker(folder / "pbx") as pbx, bare_on(box) as bare, bare_on(pbx) as own:
        settings = settings_of(pbx, folder / "data")
        tokens = await fill(settings, 10, boxes)
        async with serving(settings, tokens) as plane:
            content = own.published("voicemail.conf")
            for n in range(-WARM, MAILBOXES[boxes]):
                base = await bare.reload_mailboxes(lambda turn: content + b"; %d\n" % turn)
                save = await timed(lambda n=n: _email(plane, n))  # type: ignore[misc]
                if n >= 0:
                    bare_took.append(base)
                    saves.append(save)
    base, size = median(bare_took), f"{boxes:,} mailboxes: "
    first = Row(f"{size}bare reload", "", ms(base))
    return [first, at_most(f"{size}save to proven live", "≤ 1.2 of it", median(saves), base, 1.2)]


async def _email(plane: Serving, n: int) -> None:
    body = {"spec": {"email": f"box-{n + WARM}@example.se"}}
    answer = await plane.admin("PATCH", f"/objects/voicemail/{shapes.box_of(0)}", body, **{"If-Match": "*"})
    assert (answer.status, answer.body["change"]["state"]) == (200, "live"), answer.body


def _rows(flows: int, f: Found) -> list[Row]:
    base, save, size = median(f.bare), median(f.saves), f"{flows:,} flows: "
    rows = [Row(f"{size}B, {shapes.BARE_LINES} lines a flow", "", ms(base))]
    rows.append(at_most(f"{size}B', ours, {f.lines:.0f} lines a flow", "≤ 1.1 B", median(f.ours), base, 1.1))
    if flows == min(SIZES):
        worst = p95(f.saves)
        over = f"B + {save - base:.0f} ms", f"B + {worst - base:.0f} ms"
        rows.append(Row(f"{size}save to proven live", "≤ B + 15 ms", ms(save), over[0], save <= base + 15))
        rows.append(Row(f"{size}the same, p95", "≤ B + 40 ms", ms(worst), over[1], worst <= base + 40))
    else:
        limit = 1.4 if flows == 1_000 else 1.2
        rows.append(at_most(f"{size}save to proven live", f"≤ {limit} B", save, base, limit))
        rows.append(Row(f"{size}the same, p95", "", ms(p95(f.saves)), f"{p95(f.saves) / base:.2f}"))
    least, above = min(f.saves), min(f.saves) - min(f.bare)
    quickest = f"B + {above:.0f} ms" if flows == min(SIZES) else f"{least / min(f.bare):.2f}"
    rows.append(Row(f"{size}the quickest save, beside the quickest B", "", ms(least), quickest))
    rows.append(Row(f"{size}an fsync of 4 kB on this disk", "", ms(median(f.fsyncs)), f"p95 {ms(p95(f.fsyncs))}"))
    rows += [Row(f"{size}  of it {step}", "", ms(figure), f"{figure / base:.2f}") for step, figure in f.steps.items()]
    rows.append(Row(f"{size}GetConfig, bare", "", ms(median(f.preflight)), f"{median(f.preflight) / base:.2f}"))
    trip = median(f.round_trips)
    rows.append(Row(f"{size}a round trip", "", ms(trip)))
    for what, took in f.agents.items():
        rows.append(at_most(f"{size}agent {what}", "≤ 10 round trips", median(took), trip, 10))
    many = f.reloads_of_many
    rows.append(Row(f"{size}{TOGETHER} saves at once", "≤ 2 reloads", f"{many} reloads", "", many <= 2))
    memory, ready = f"{f.memory:.0f} MB", f"{f.ready:.1f} s"
    small = f.memory <= 150 if flows == max(SIZES) else None
    rows.append(Row(f"{size}memory of serve", "≤ 150 MB" if small is not None else "", memory, "", small))
    rows.append(Row(f"{size}start of the process to ready", "", ready))
    if f.booted:
        booted, goal = median(f.booted), "≤ 500 ms" if flows == 1_000 else ""
        rows.append(Row(f"{size}FullyBooted to ready", goal, ms(booted), "", booted <= 500 if goal else None))
    return rows


def _growth(found: dict[int, Found]) -> list[Row]:
    if not {1_000, 10_000} <= found.keys():
        return []
    ratio = median(found[10_000].ours) / median(found[1_000].ours)
    return [Row("B'(10,000) / B'(1,000)", "≤ 13", f"{ratio:.1f}", f"{ratio:.1f}", ratio <= 13)]


def _rendering(flows: int, base: float, folder: Path) -> list[Row]:
    """Without a process: the renderer and the store alone."""
    company = shapes.company(flows)
    fresh = [_renderer() for _ in range(3)]
    full = []
    for renderer in fresh:
        started = time.perf_counter()
        bundle = renderer.render(company)
        full.append((time.perf_counter() - started) * 1000)
    store = Store(folder / "store")
    store.prepare()
    one, renderer = [], fresh[-1]
    for n in range(10):
        company = _overridden(company, n)
        started = time.perf_counter()
        bundle = renderer.render(company, bundle)
        store.sync(store.write(bundle))
        one.append((time.perf_counter() - started) * 1000)
    size = f"{flows:,} flows: "
    return [
        at_most(f"{size}full render", "≤ 0.7 B", median(full), base, 0.7),
        at_most(f"{size}one object, rendered and on the disk", "≤ 20 ms", median(one), 1, 20),
    ]


def _renderer() -> Renderer:
    return Renderer(resource_dir("dialplan_templates"), Options(), today=FIRST_DAY)


def _overridden(company: Company, n: int) -> Company:
    before = company.everything[ObjectRef("schedule", shapes.key_of(0))]
    assert isinstance(before.spec, Schedule)
    day = FIRST_DAY + dt.timedelta(n)
    override = Override.model_validate({"id": f"{n:016x}", "from": day, "to": day})
    spec = before.spec.model_copy(update={"overrides": (*before.spec.overrides, override)})
    return company.with_objects(company.revision + 1, [replace(before, spec=spec)])
