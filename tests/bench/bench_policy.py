"""Policy, graph and simulation in memory, in a company of 1,000 flows; and a save's whole authorisation."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.bench import shapes
from tests.bench.table import Row, median, ms, p95, show, timed
from vaxelflode.domain.company import Company
from vaxelflode.domain.destination import ToObject
from vaxelflode.domain.edits import ABSENT, Edit
from vaxelflode.domain.flow import Flow, Grant, Person
from vaxelflode.domain.graph import graph_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.menu import Menu
from vaxelflode.domain.passage import Caller
from vaxelflode.domain.simulate import next_turn, simulate
from vaxelflode.policy.authority import Authority
from vaxelflode.storage import flows, objects, people
from vaxelflode.storage.at_hand import CompanyAtHand
from vaxelflode.storage.database import Database
from vaxelflode.storage.migrate import migrate

FLOWS = 1_000
NOW = dt.datetime(2028, 1, 10, 9, tzinfo=dt.UTC)
PERSON = Person(1, "supervisor@example.se", "Anna", frozenset({"flow_user"}))
ROUNDS = 7


def _rate(times: int, act: Callable[[], object]) -> float:
    """Times a second of processor time; the median of some rounds."""
    rates = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(times):
            act()
        rates.append(times / (time.process_time() - started))
    return median(rates)


def _flow(n: int) -> Flow:
    key = shapes.key_of(n)
    grants = (
        Grant(ObjectRef("schedule", key), frozenset({"override", "hours"}), {"override_days": 7}),
        Grant(ObjectRef("announcement", key), frozenset({"audio"})),
    )
    return Flow(f"{n:016x}", f"Flow {n}", number=f"+{shapes.number_of(n)}", grants=grants, supervisors=(PERSON.email,))


def _company() -> Company:
    """The flows, and before the first one a menu that leads to twelve others: a graph of some size."""
    company = shapes.company(FLOWS)
    ways = {key: ToObject(object=ObjectRef("schedule", shapes.key_of(n + 1))) for n, key in enumerate("0123456789*#")}
    number = company.everything[ObjectRef("number", shapes.number_of(0))]
    menu = replace(number, ref=ObjectRef("menu", "stor"), spec=Menu.model_validate({"options": ways}))
    route = number.spec.model_copy(update={"route": ToObject(object=menu.ref)})
    return company.with_objects(company.revision + 1, [menu, replace(number, spec=route)])


def test_policy_graph_and_simulation() -> None:
    company, mine = _company(), [_flow(n) for n in range(5)]
    authority = Authority(PERSON, mine, company, NOW)
    schedule, number = ObjectRef("schedule", shapes.key_of(1)), ObjectRef("number", shapes.number_of(0))
    allowed = _rate(100_000, lambda: authority.may(schedule, "override"))
    refused = _rate(100_000, lambda: authority.may(schedule, "holidays"))
    day: dict[str, object] = {"from": "2028-01-10", "to": "2028-01-10", "hours": [], "closed": None}
    edit = Edit(("overrides", "0" * 16), ABSENT, day)
    edits = _rate(5_000, lambda: authority.may_edit(schedule, [edit], NOW.date()))
    anew = _rate(500, lambda: Authority(PERSON, mine, company, NOW).may_edit(schedule, [edit], NOW.date()))
    caller = Caller(NOW, keys="1")
    rows = [
        Row("decisions in memory, allowed", "≥ 200,000/s", f"{allowed:,.0f}/s", "", allowed >= 200_000),
        Row("decisions in memory, refused with the reason", "≥ 200,000/s", f"{refused:,.0f}/s", "", refused >= 200_000),
        Row("an edit judged with its limits", "", f"{edits:,.0f}/s"),
        Row("the same, with the graphs of five flows walked anew", "≤ 5 ms", ms(1000 / anew), "", 1000 / anew <= 5),
        _page("graph of a number, 30 nodes", lambda: graph_of(company, number)),
        _page("simulation of a call through a menu", lambda: simulate(company, number, caller)),
        _page("what changes next", lambda: next_turn(company, number, caller)),
    ]
    show(f"Policy, graph and simulation in memory, {FLOWS:,} flows; goals a page: p95 ≤ 30 ms whole", "policy", rows)


def _page(what: str, act: Callable[[], object]) -> Row:
    took = []
    for _ in range(200):
        started = time.process_time()
        act()
        took.append((time.process_time() - started) * 1000)
    return Row(what, "≤ 30 ms, p95", f"{ms(median(took))}, p95 {ms(p95(took))}", "", p95(took) <= 30)


async def test_the_authorisation_of_a_save(tmp_path: Path) -> None:
    """What a save asks before it writes: the person, their flows and grants, the company at hand, the decision."""
    database, hand, company = Database.open(f"sqlite:///{tmp_path}/bench.sqlite3"), CompanyAtHand(), _company()
    schedule = ObjectRef("schedule", shapes.key_of(0))
    edit = Edit(("overrides", "0" * 16), ABSENT, {"from": "2028-01-10", "to": "2028-01-10", "closed": None})
    try:
        await migrate(database)
        async with database.write() as db:
            await objects.next_revision(db, NOW)
            revision = await objects.next_revision(db, NOW)
            for o in company.everything.values():
                await objects.save(db, o, revision)
            person_id = await people.add(db, PERSON, "no password", NOW)
            for n in range(5):
                await flows.save(db, _flow(n), NOW, new=True)

        async def authorised() -> None:
            async with database.read() as db:
                person = await people.by_id(db, person_id)
                assert person is not None
                here = await hand.at(db, NOW)
                mine = await flows.of_person(db, person_id)
                assert Authority(person, mine, here, NOW).may_edit(schedule, [edit], NOW.date()).allowed

        took = [await timed(authorised) for _ in range(60)][5:]
        async with database.write() as db:
            await flows.save(db, replace(_flow(0), grants=(), version=2), NOW, new=False)
        async with database.read() as db:
            left = Authority(PERSON, await flows.of_person(db, person_id), company, NOW)
        revoked = left.may_edit(schedule, [edit], NOW.date())
    finally:
        await database.close()
    assert not revoked.allowed
    rows = [
        Row("a save's whole authorisation", "≤ 5 ms", ms(median(took)), "", median(took) <= 5),
        Row("the same, p95", "", ms(p95(took))),
        Row("a revoked grant binds", "the next decision", "the next decision", "", not revoked.allowed),
    ]
    show(f"Authorisation, from the database, {FLOWS:,} flows", "authorisation", rows)
