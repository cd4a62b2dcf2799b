"""Objects: kept whole, read whole, read again only where they changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import insert, select

from tests.domain.strategies import companies
from tests.rendering.making import thing
from tests.storage.conftest import NOW
from vaxelflode.domain.company import EMPTY, Company, Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.text import is_plain
from vaxelflode.storage import objects
from vaxelflode.storage import schema as t
from vaxelflode.storage.at_hand import CompanyAtHand
from vaxelflode.storage.database import Database, StorageError

MENU = thing("menu/a", "Meny; \"'<b>åäö", options={"1": {"object": "queue/b"}}, timeout={"extension": "201"})
QUEUE = thing("queue/b")
SCHEDULE = thing(
    "schedule/c",
    weekly={"fri": [["22:00", "06:00"]]},
    holidays={"calendar": "SE", "hours": [["10:00", "12:00"]]},
    overrides=[
        {"id": "00000000000000ab", "from": "2027-03-15", "to": "2027-03-17", "hours": [["10:00", "14:00"]]}
        | {"note": "Åskväder", "closed": {"object": "menu/a"}, "made_by": "Anna"}
        | {"made_at": "2027-01-01T00:00:00.123456Z"},
        {"id": "00000000000000cd", "from": "2027-03-16", "to": "2027-03-16", "made_at": "2026-01-01T00:00:00Z"},
    ],
)  # fmt: skip


async def save(database: Database, *some: Object) -> int:
    async with database.write() as db:
        revision = await objects.next_revision(db, NOW)
        for o in some:
            await objects.save(db, o, revision)
    return revision


async def load(database: Database, known: Company = EMPTY, now: dt.datetime = NOW) -> Company:
    async with database.read() as db:
        return await objects.refreshed(db, known, now)


async def retire(database: Database, o: Object, *, lingers: bool = True) -> None:
    async with database.write() as db:
        await objects.retire(db, o, await objects.next_revision(db, NOW), NOW, lingers=lingers)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(companies())
async def test_any_company_is_read_as_it_was_written(database: Database, everything: Company) -> None:
    """The database is the same for every example: keys that were there before are simply changed."""
    some = [
        replace(o, name="".join(filter(is_plain, o.name)), retired=False, versions={"route": 3})
        for o in everything.everything.values()
    ]
    some = [o for o in some if o.ref.kind != "schedule" or not o.spec.as_json()["overrides"]]
    await save(database, *some)
    read = await load(database)
    assert {o.ref: read.everything[o.ref] for o in some} == {o.ref: o for o in some}


async def test_a_schedule_is_read_with_its_overrides(database: Database) -> None:
    await save(database, MENU, SCHEDULE)
    assert (await load(database)).get(SCHEDULE.ref) == SCHEDULE
    less = replace(SCHEDULE, spec=thing("schedule/c", weekly={}).spec)
    await save(database, less)
    assert (await load(database)).get(SCHEDULE.ref) == less


async def test_only_what_changed_is_read_anew(database: Database) -> None:
    await save(database, MENU, QUEUE)
    first = await load(database)
    await save(database, replace(QUEUE, name="Ny"))
    second = await load(database, first)
    assert second.get(MENU.ref) is first.get(MENU.ref)
    assert second.everything[QUEUE.ref].name == "Ny"
    assert first.everything[QUEUE.ref].name == "Namn"


async def test_it_is_told_once_that_all_was_read(database: Database) -> None:
    at_hand, told = CompanyAtHand(), list[int]()
    at_hand.on_whole = lambda: told.append(1)
    for made in (None, MENU, replace(MENU, name="Ny"), QUEUE):
        if made is not None:
            await save(database, made)
        for _ in range(2):
            async with database.read() as db:
                await at_hand.at(db, NOW)
    assert len(told) == 1


async def test_nothing_new_is_the_same_company(database: Database) -> None:
    await save(database, MENU)
    first = await load(database)
    assert await load(database, first) is first


async def test_reading_step_by_step_is_reading_at_once(database: Database) -> None:
    known = EMPTY
    for o in (MENU, QUEUE, SCHEDULE, replace(MENU, name="B")):
        await save(database, o)
        known = await load(database, known)
    await retire(database, QUEUE)
    known = await load(database, known)
    at_once = await load(database)
    assert known.everything == at_once.everything
    assert known.revision == at_once.revision == 5


@pytest.mark.parametrize("known", [True, False], ids=["a long life", "a new start"])
@pytest.mark.parametrize(("hours", "stays"), [(0, True), (24, True), (24.1, False), (100, False)])
async def test_a_deleted_object_stays_for_a_day(database: Database, known: bool, hours: float, stays: bool) -> None:
    await save(database, MENU, QUEUE)
    await retire(database, QUEUE)
    before = await load(database) if known else EMPTY
    await save(database, replace(MENU, name="Annat"))
    read = await load(database, before, NOW + dt.timedelta(hours=hours))
    assert QUEUE.ref not in read
    assert (QUEUE.ref in read.everything) == stays


async def test_an_object_that_never_was_live_does_not_stay(database: Database) -> None:
    await save(database, QUEUE)
    before = await load(database)
    await retire(database, QUEUE, lingers=False)
    assert QUEUE.ref not in (await load(database, before)).everything
    assert QUEUE.ref not in (await load(database)).everything


async def test_a_deleted_object_comes_back_as_it_was(database: Database) -> None:
    await save(database, MENU, SCHEDULE)
    await retire(database, SCHEDULE)
    gone = await load(database)
    assert gone.everything[SCHEDULE.ref].retired
    await save(database, SCHEDULE)
    assert (await load(database, gone)).get(SCHEDULE.ref) == SCHEDULE


async def test_a_key_that_was_used_is_known_for_ever(database: Database) -> None:
    await save(database, QUEUE)
    await retire(database, QUEUE, lingers=False)
    async with database.read() as db:
        assert await objects.object_id(db, QUEUE.ref) is not None
        assert await objects.object_id(db, ObjectRef("queue", "never")) is None


@pytest.mark.parametrize("ref", ["number/46101022290", "queue/b"])
async def test_the_database_keeps_one_object_a_key(database: Database, ref: str) -> None:
    kind, key = ObjectRef.parse(ref)
    row = {"kind": kind, "key": key, "name": "A", "spec": {}, "spec_version": 1, "versions": {}, "revision": 1}
    async with database.write() as db:
        await db.execute(insert(t.objects).values(**row))
    with pytest.raises(StorageError):
        async with database.write() as db:
            await db.execute(insert(t.objects).values(**row))


async def test_references_are_kept_and_end_with_the_object(database: Database) -> None:
    await save(database, thing("extension/201", endpoint="201"), QUEUE, MENU)

    async def kept() -> set[str]:
        async with database.read() as db:
            return set((await db.execute(select(t.references.c.field))).scalars())

    assert await kept() == {"options.1", "timeout"}
    await save(database, thing("menu/a", invalid={"object": "menu/a"}))
    assert await kept() == {"invalid"}
    await retire(database, MENU)
    assert await kept() == set()


async def test_revisions_count_on_whatever_is_deleted(database: Database) -> None:
    for expected in (1, 2, 3):
        assert await save(database, MENU) == expected
    await retire(database, MENU)
    assert (await load(database)).revision == 4
