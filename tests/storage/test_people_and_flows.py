"""People, their tokens, their flows, and the agents of queues."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from tests.rendering.making import thing
from tests.storage.conftest import NOW
from vaxelflode.domain.agents import Agent
from vaxelflode.domain.flow import Flow, Grant, Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import Conflict
from vaxelflode.storage import agents, flows, nodes, objects, people, prompts
from vaxelflode.storage.database import Database, Transaction

ANNA = Person(0, "anna@example.org", "Anna-Lisa O'Brien d.ä.", frozenset({"flow_user"}), "sv", "201")
BO = Person(0, "bo@example.org", "Bo", frozenset({"flow_admin", "flow_user"}), "en")
HOUR = dt.timedelta(hours=1)


@pytest.fixture
async def db(database: Database) -> Any:
    async with database.write() as db:
        yield db


async def added(db: Transaction, person: Person) -> Person:
    return replace(person, id=await people.add(db, person, "hash", NOW))


async def test_a_person_is_read_as_they_were_written(db: Transaction) -> None:
    anna, bo = await added(db, ANNA), await added(db, BO)
    assert await people.by_id(db, anna.id) == anna
    assert await people.by_email(db, "anna@example.org") == (anna, "hash")
    assert await people.listed(db) == [anna, bo]
    assert await people.count(db) == 2
    changed = replace(anna, name="Anna", email="a@example.org", rights=frozenset(), disabled=True, extension=None)
    await people.change(db, changed)
    assert await people.by_email(db, "a@example.org") == (changed, "hash")
    await people.remove(db, anna.id)
    assert await people.by_id(db, anna.id) is None


async def test_an_address_is_the_same_in_any_case_of_letters(db: Transaction) -> None:
    anna = await added(db, replace(ANNA, email=" Anna@Example.ORG "))
    found = await people.by_email(db, "ANNA@example.org")
    assert found is not None
    assert found[0].id == anna.id
    assert await people.ids_of(db, frozenset({"anna@example.org", "nobody@example.org"})) == {
        "anna@example.org": anna.id
    }


async def test_an_address_is_one_persons(database: Database) -> None:
    async with database.write() as db:
        await added(db, ANNA)
        bo = await added(db, BO)
    for attempt in (replace(BO, email="anna@example.org"), replace(BO, email="ANNA@example.org")):
        with pytest.raises(Conflict):
            async with database.write() as db:
                await people.add(db, attempt, "hash", NOW)
        with pytest.raises(Conflict):
            async with database.write() as db:
                await people.change(db, replace(attempt, id=bo.id))


async def test_a_taken_address_ends_nothing_but_the_asking(db: Transaction) -> None:
    anna, bo = await added(db, ANNA), await added(db, BO)
    with pytest.raises(Conflict):
        await people.add(db, replace(BO, email="anna@example.org"), "hash", NOW)
    with pytest.raises(Conflict):
        await people.change(db, replace(bo, email="anna@example.org"))
    await people.change(db, replace(anna, name="Anna"))
    assert [(p.email, p.name) for p in await people.listed(db)] == [("anna@example.org", "Anna"), (bo.email, bo.name)]


@pytest.mark.parametrize(
    "text", ["", "\x00", "anna@example.org\x00", "' OR 1=1 --", "%", "_nna@example.org", "å" * 9999]
)
async def test_what_nobody_is_called_finds_nobody(db: Transaction, text: str) -> None:
    await added(db, ANNA)
    assert await people.by_email(db, text) is None
    assert await people.ids_of(db, frozenset({text})) == {}
    assert await flows.get(db, text) is None
    assert await people.by_token(db, text, NOW) is None


#: A language would have these in another order.
NAMES = ["B", "a-c", "a.c", "ab", "a b", "aa", "Å", "ä", "ö", "z", "v", "w"]


async def test_lists_are_in_the_order_in_which_python_has_them(db: Transaction) -> None:
    """Whoever pages through them compares in Python; a language's order would lose or repeat some."""
    for name in NAMES:
        await added(db, replace(BO, email=f"{name}@x.se"))
        await flows.save(db, Flow(name, name), NOW, new=True)
        await nodes.report(db, name, NOW, revision=None, reason=None)
    emails = [person.email for person in await people.listed(db)]
    assert emails == sorted(emails)
    assert [flow.name for flow in await flows.listed(db)] == sorted(NAMES)
    assert [node["name"] for node in await nodes.listed(db, applications=0)] == sorted(NAMES)
    everybody = Flow("all", "Alla", supervisors=tuple(reversed(emails)))
    await flows.save(db, everybody, NOW, new=True)
    found = await flows.get(db, "all")
    assert found is not None
    assert list(found.supervisors) == emails


async def test_a_token_is_its_owners_until_it_expires(db: Transaction) -> None:
    anna = await added(db, ANNA)
    await people.add_token(db, "d1", anna.id, "", NOW, NOW + HOUR)
    assert await people.by_token(db, "d1", NOW) == anna
    assert await people.by_token(db, "d1", NOW + HOUR) is None
    assert await people.by_token(db, "d2", NOW) is None


async def test_one_token_ends_or_all_of_a_persons(db: Transaction) -> None:
    anna, bo = await added(db, ANNA), await added(db, BO)
    for digest, owner in (("a1", anna), ("a2", anna), ("a3", anna), ("b1", bo)):
        await people.add_token(db, digest, owner.id, "", NOW, NOW + HOUR)

    async def valid() -> set[str]:
        return {d for d in ("a1", "a2", "a3", "b1") if await people.by_token(db, d, NOW) is not None}

    await people.end_tokens(db, bo.id, "a1")
    assert await valid() == {"a1", "a2", "a3", "b1"}
    await people.end_tokens(db, anna.id, "a1")
    assert await valid() == {"a2", "a3", "b1"}
    await people.end_tokens(db, anna.id)
    assert await valid() == {"b1"}


@pytest.mark.parametrize("how", ["a new password", "being disabled", "being removed"])
async def test_tokens_end_with(db: Transaction, how: str) -> None:
    anna = await added(db, ANNA)
    await people.add_token(db, "d1", anna.id, "", NOW, NOW + HOUR)
    await people.change(db, replace(anna, name="Anna"))
    assert await people.by_token(db, "d1", NOW) is not None
    match how:
        case "a new password":
            await people.change(db, anna, "new hash")
        case "being disabled":
            await people.change(db, replace(anna, disabled=True))
            await people.change(db, anna)
        case _:
            await people.remove(db, anna.id)
    assert await people.by_token(db, "d1", NOW) is None


QUEUE, NUMBER = thing("queue/a"), thing("number/46101022290", route={"object": "queue/a"})
FLOW = Flow(
    "f1",
    "Kundtjänst",
    "Åäö",
    number="+46101022290",
    grants=(
        Grant(QUEUE.ref, frozenset({"watch", "settings"}), {"timeout": {"max": 60}}, NOW + HOUR),
        Grant(NUMBER.ref, frozenset({"route"})),
    ),
    supervisors=("anna@example.org", "bo@example.org"),
)


@pytest.fixture
async def town(db: Transaction) -> Transaction:
    revision = await objects.next_revision(db, NOW)
    for o in (QUEUE, NUMBER):
        await objects.save(db, o, revision)
    for person in (ANNA, BO):
        await added(db, person)
    return db


async def test_a_flow_is_read_as_it_was_written(town: Transaction) -> None:
    await flows.save(town, FLOW, NOW, new=True)
    assert await flows.get(town, "f1") == FLOW
    changed = replace(FLOW, number=None, grants=FLOW.grants[1:], supervisors=("bo@example.org",), version=2)
    await flows.save(town, changed, NOW, new=False)
    assert await flows.listed(town) == [changed]
    await flows.remove(town, "f1")
    assert await flows.get(town, "f1") is None


async def test_a_persons_flows_are_those_that_they_supervise(town: Transaction) -> None:
    await flows.save(town, FLOW, NOW, new=True)
    await flows.save(town, replace(FLOW, id="f2", name="Annan", supervisors=("bo@example.org",)), NOW, new=True)
    by_email = {person.email: person.id for person in await people.listed(town)}
    assert [f.id for f in await flows.of_person(town, by_email["anna@example.org"])] == ["f1"]
    assert [f.id for f in await flows.of_person(town, by_email["bo@example.org"])] == ["f2", "f1"]
    await people.remove(town, by_email["anna@example.org"])
    left = await flows.get(town, "f1")
    assert left is not None
    assert left.supervisors == ("bo@example.org",)


async def test_flows_are_found_by_what_they_are_about(town: Transaction) -> None:
    """Whole or by name, in the order of their names, and each once."""
    there = [
        FLOW,
        replace(FLOW, id="f2", name="B", number=None, grants=FLOW.grants[1:]),
        replace(FLOW, id="f3", name="Z", grants=(), description=""),
        replace(FLOW, id="f4", name="A", number=None, grants=(), supervisors=()),
    ]
    for flow in there:
        await flows.save(town, flow, NOW, new=True)
    assert [flow.id for flow in await flows.some(town, ["f3", "f1", "f4", "f0"])] == ["f4", "f1", "f3"]
    assert await flows.some(town, ["f1"]) == [FLOW]
    assert await flows.some(town, []) == []
    assert await flows.granting(town, [NUMBER.ref, QUEUE.ref]) == [there[1], FLOW]
    assert [flow.id for flow in await flows.granting(town, [QUEUE.ref])] == ["f1"]
    assert await flows.granting(town, [ObjectRef("queue", "unknown")]) == []
    names = await flows.names(town)
    assert [(f.id, f.name, f.description, f.number) for f in names] == [
        (f.id, f.name, f.description, f.number) for f in await flows.listed(town)
    ]
    assert [flow.id for flow in await flows.names_of_numbers(town, [QUEUE.ref, NUMBER.ref])] == ["f1", "f3"]
    assert {flow.number_ref for flow in await flows.names_of_numbers(town, [NUMBER.ref])} == {NUMBER.ref}
    assert await flows.names_of_numbers(town, [QUEUE.ref]) == []
    assert [flow.id for flow in await flows.names_granting(town, QUEUE.ref)] == ["f1"]
    assert await flows.names_granting(town, ObjectRef("queue", "unknown")) == []
    assert await flows.count(town) == 4
    assert await flows.page(town, 0, 4) == await flows.listed(town)
    assert [flow.id for flow in await flows.page(town, 1, 2)] == ["f2", "f1"]
    assert await flows.page(town, 4, 2) == []


async def test_however_many_flows_are_asked_for_they_are_found(town: Transaction) -> None:
    every = [Flow(f"{n:04}", f"Flöde {n:04}") for n in range(1_203)]
    for flow in every:
        await flows.save(town, flow, NOW, new=True)
    assert await flows.some(town, [flow.id for flow in reversed(every)]) == every


async def test_a_grant_ends_with_its_object(town: Transaction) -> None:
    await flows.save(town, FLOW, NOW, new=True)
    await objects.retire(town, QUEUE, await objects.next_revision(town, NOW), NOW)
    left = await flows.get(town, "f1")
    assert left is not None
    assert [grant.object for grant in left.grants] == [NUMBER.ref]


async def test_agents_are_kept_by_queue(town: Transaction) -> None:
    anna = Agent("201", permanent=True, penalty=3, paused=True, reason="Lunch; |", added_by="Bo", added_at=NOW)
    await agents.put(town, QUEUE.ref, "201", anna)
    await agents.put(town, QUEUE.ref, "202", replace(anna, extension="202"))
    await agents.put(town, QUEUE.ref, "202", replace(anna, extension="202", paused=False, reason=""))
    found = await agents.of_queue(town, QUEUE.ref)
    assert found == {"201": anna, "202": replace(anna, extension="202", paused=False, reason="")}
    assert await agents.of_all(town) == {QUEUE.ref: found}
    await agents.put(town, QUEUE.ref, "201", None)
    assert list(await agents.of_queue(town, QUEUE.ref)) == ["202"]
    await objects.retire(town, QUEUE, await objects.next_revision(town, NOW), NOW)
    assert await agents.of_all(town) == {}


async def test_a_prompt_is_kept_once(db: Transaction) -> None:
    await prompts.add(db, "a" * 64, b"RIFF", 3, "Hej", NOW)
    await prompts.add(db, "a" * 64, b"other", 3, "Hej", NOW)
    assert await prompts.sound(db, "a" * 64) == b"RIFF"
    assert await prompts.sound(db, "b" * 64) is None
    assert await prompts.exists(db, "a" * 64)
    assert not await prompts.exists(db, "b" * 64)


async def test_a_node_reports_and_its_last_applications_are_kept(db: Transaction) -> None:
    await nodes.report(db, "here", NOW, revision=None, reason="no answer")
    (node,) = await nodes.listed(db, applications=2)
    assert (node["live_revision"], node["reason"], node["applications"]) == (0, "no answer", [])
    assert (node["connection"], node["accounts"]) == ("lost", [])
    await nodes.report_connection(db, "here", NOW, "booting", [{"account": "vx-live"}])
    await nodes.report(db, "here", NOW, revision=7, reason=None)
    await nodes.report(db, "here", NOW + HOUR, revision=None, reason=None)
    for n in range(nodes.KEPT + 5):
        await nodes.applied(db, "here", NOW, n, "live", None, {"reload": 1.5})
    (node,) = await nodes.listed(db, applications=9999)
    assert (node["live_revision"], node["reported_at"]) == (7, NOW + HOUR)
    assert (node["connection"], node["accounts"]) == ("booting", [{"account": "vx-live"}])
    await nodes.report_connection(db, "there", NOW, "refused", [])
    assert [one["connection"] for one in await nodes.listed(db, applications=1)] == ["booting", "refused"]
    assert [one["revision"] for one in node["applications"]] == list(range(nodes.KEPT + 4, 4, -1))


async def test_one_nodes_applications_never_push_out_anothers(db: Transaction) -> None:
    for name in ("here", "there"):
        await nodes.report(db, name, NOW, revision=None, reason=None)
    await nodes.applied(db, "there", NOW, 1, "live", None, {})
    for n in range(nodes.KEPT + 1):
        await nodes.applied(db, "here", NOW, n, "live", None, {})
    here, there = await nodes.listed(db, applications=9999)
    assert (len(here["applications"]), len(there["applications"])) == (nodes.KEPT, 1)


async def test_times_without_a_zone_are_refused(database: Database) -> None:
    with pytest.raises(Exception, match="without a zone"):
        async with database.write() as db:
            await prompts.add(db, "a" * 64, b"", 0, "", dt.datetime(2027, 1, 1))  # noqa: DTZ001 -- the very thing


@pytest.mark.parametrize("somebody", [False, True])
async def test_a_link_that_is_nobodys_is_left_nowhere_also_where_there_is_nobody(
    db: Transaction, somebody: bool
) -> None:
    if somebody:
        await added(db, ANNA)
    await people.add_no_reset(db, "digest", NOW)
    assert await people.by_reset(db, "digest", NOW - HOUR) is None
