"""The audit chain tells of whatever was altered behind our back, and names the first link that does not hold."""

from __future__ import annotations

import datetime as dt
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from tests.rendering.making import thing
from tests.storage.test_changes import change
from vaxelflode import request_id
from vaxelflode.services.audit_chain import Verified, verify
from vaxelflode.storage import audit, changes, objects
from vaxelflode.storage import schema as t
from vaxelflode.storage.database import Database

NOW = dt.datetime(2027, 3, 16, 12, tzinfo=dt.UTC)
#: Two links a change, and two people: of them the last.
LINKS = 12


def change_id(n: int) -> str:
    return f"{n:016x}"


@pytest.fixture
async def chain(database: Database) -> Database:
    """Five changes of every outcome and two other deeds, as they are written."""
    async with database.write() as db:
        revision = await objects.next_revision(db, NOW)
        for o in (thing("menu/a"), thing("queue/b")):
            await objects.save(db, o, revision)
        await audit.record(db, NOW, "person created", {"actor": "anna@example.org", "email": "åsa@example.org"})
        for n in range(1, 6):
            with request_id.about([f"request-{n}"]):
                await changes.add(db, change(n, request=f"request-{n}"), {"settings": 1})
            await changes.settle(db, [change_id(n)], "rejected" if n == 3 else "live", NOW, reason="words", live_ms=3)
        await audit.record(db, NOW, "person changed", {"actor": "anna@example.org"})
    return database


async def rows(database: Database) -> list[audit.Link]:
    async with database.read() as db:
        return [link async for link in audit.links(db)]


async def alter(database: Database, sequence: int, **values: object) -> None:
    async with database.write() as db:
        await db.execute(update(t.audit).where(t.audit.c.sequence == sequence).values(**values))


async def anew(database: Database, first: int, change: str = "") -> None:
    """What somebody does who knows how the chain is made: compute every hash from a link on."""
    found = await rows(database)
    last = next((link.hash for link in reversed(found) if link.sequence < first), "")
    for link in found:
        if link.sequence >= first:
            last = audit.hash_of(last, link.entry)
            await alter(database, link.sequence, hash=last)


def broken_at(found: Verified) -> int:
    assert found.broken is not None
    assert found.row is not None
    assert found.links == found.row - 1
    return found.row


async def test_what_was_written_holds_and_has_a_head(chain: Database) -> None:
    head = (await rows(chain))[-1].hash
    assert await verify(chain) == Verified(LINKS, head)
    assert await verify(chain, head) == Verified(LINKS, head, noted_at=LINKS)


async def test_an_empty_chain_holds(database: Database) -> None:
    assert await verify(database) == Verified(0, "")


async def test_changes_that_wait_and_many_at_once_hold_too(chain: Database) -> None:
    async with chain.write() as db:
        await changes.add_all(db, [(change(n), {}) for n in range(10, 20)])
        await changes.settle(db, [change_id(10)], "withdrawn", NOW)
        await changes.add(db, change(30, undoes=change_id(1)), {})
        await changes.settle(db, [change_id(30)], "live", NOW)
    found = await verify(chain)
    assert found.broken is None
    assert found.links == LINKS + 10 + 1 + 2


@pytest.mark.parametrize("n", [1, 2, 7, LINKS])
@pytest.mark.parametrize("field", ["entry", "hash"])
async def test_an_altered_link_is_named(chain: Database, n: int, field: str) -> None:
    link = (await rows(chain))[n - 1]
    text = link.entry.replace("2027", "2026") if field == "entry" else "0" * 64
    await alter(chain, n, **{field: text})
    assert broken_at(await verify(chain)) == n


@pytest.mark.parametrize("name", ["at", "what", "change", "actor", "flow", "object", "action", "edits", "revision"])
async def test_no_field_of_an_entry_can_be_altered(chain: Database, name: str) -> None:
    link = (await rows(chain))[1]
    entry = json.loads(link.entry)
    assert name in entry
    await alter(chain, 2, entry=json.dumps(entry | {name: "other"}, ensure_ascii=False, sort_keys=True))
    assert broken_at(await verify(chain)) == 2


@pytest.mark.parametrize("name", ["change", "actor", "flow", "object", "action", "edits", "revision", "request"])
async def test_nor_by_somebody_who_makes_the_chain_anew(chain: Database, name: str) -> None:
    """The history tells it otherwise."""
    link = (await rows(chain))[1]
    entry = json.loads(link.entry)
    await alter(chain, 2, entry=json.dumps(entry | {name: "other"}, ensure_ascii=False, sort_keys=True))
    await anew(chain, 2)
    assert broken_at(await verify(chain)) == 2


async def test_a_link_taken_from_the_middle_is_missed_at_the_next(chain: Database) -> None:
    async with chain.write() as db:
        await db.execute(delete(t.audit).where(t.audit.c.sequence == 5))
    found = await verify(chain)
    assert (found.row, found.links) == (6, 4)


async def test_two_links_in_each_others_place_are_noticed(chain: Database) -> None:
    found = await rows(chain)
    await alter(chain, 4, entry=found[4].entry, hash=found[4].hash)
    await alter(chain, 5, entry=found[3].entry, hash=found[3].hash)
    assert broken_at(await verify(chain)) == 4


async def test_a_link_put_in_between_is_noticed(chain: Database) -> None:
    found = await rows(chain)
    async with chain.write() as db:
        await db.execute(delete(t.audit).where(t.audit.c.sequence > 5))
        forged = audit.link(found[4].hash, NOW, "person created", {"actor": "nobody"})
        links = [{"sequence": 6, **forged}]
        links += [{"sequence": link.sequence + 1, "entry": link.entry, "hash": link.hash} for link in found[5:]]
        await db.execute(insert(t.audit), links)
    assert broken_at(await verify(chain)) == 7


@pytest.mark.parametrize("left", range(11))
async def test_an_end_that_is_cut_off_is_missed_by_the_history(chain: Database, left: int) -> None:
    async with chain.write() as db:
        await db.execute(delete(t.audit).where(t.audit.c.sequence > left))
    found = await verify(chain)
    assert found.broken is not None
    assert "cut off" in found.broken
    assert found.links == left


async def test_an_end_that_the_history_does_not_tell_of_is_missed_by_a_noted_head(chain: Database) -> None:
    head = (await verify(chain)).head
    async with chain.write() as db:
        await db.execute(delete(t.audit).where(t.audit.c.sequence == LINKS))
    assert (await verify(chain)).broken is None
    found = await verify(chain, head)
    assert found.broken is not None
    assert head in found.broken


async def test_a_chain_made_anew_is_missed_by_a_noted_head(chain: Database) -> None:
    head = (await verify(chain)).head
    link = (await rows(chain))[0]
    await alter(chain, 1, entry=link.entry.replace("åsa", "eva"))
    await anew(chain, 1)
    assert (await verify(chain)).broken is None
    assert (await verify(chain, head)).broken is not None


async def test_a_noted_head_holds_when_the_chain_has_grown(chain: Database) -> None:
    head = (await verify(chain)).head
    async with chain.write() as db:
        await audit.record(db, NOW, "person changed", {"actor": "anna@example.org"})
    found = await verify(chain, head)
    assert (found.broken, found.noted_at, found.links) == (None, LINKS, LINKS + 1)


@pytest.mark.parametrize("column", ["actor", "edits", "revision", "undoes", "action"])
async def test_a_history_that_was_altered_is_noticed(chain: Database, column: str) -> None:
    value = {"edits": [], "revision": 99}.get(column, "other")
    async with chain.write() as db:
        await db.execute(update(t.changes).where(t.changes.c.id == change_id(4)).values(**{column: value}))
    found = await verify(chain)
    assert found.broken is not None
    assert change_id(4) in found.broken


async def test_a_change_that_was_made_behind_the_chain_is_noticed(chain: Database) -> None:
    async with chain.write() as db:
        row = (await db.execute(select(t.changes).where(t.changes.c.id == change_id(4)))).one()._asdict()
        await db.execute(insert(t.changes).values(row | {"id": "f" * 16, "sequence": 99}))
    found = await verify(chain)
    assert found.broken is not None
    assert "f" * 16 in found.broken


async def test_entries_from_before_requests_were_noted_hold(database: Database) -> None:
    async with database.write() as db:
        await objects.save(db, thing("menu/a"), await objects.next_revision(db, NOW))
        await changes.add(db, change(1), {})
    link = (await rows(database))[0]
    entry = json.loads(link.entry)
    del entry["request"]
    await alter(database, 1, entry=json.dumps(entry, ensure_ascii=False, sort_keys=True))
    await anew(database, 1)
    assert (await verify(database)).broken is None


async def test_a_long_chain_is_read_in_little_memory(tmp_path: Path, chain: Database) -> None:
    async def grow(to: int) -> None:
        async with chain.write() as db:
            last, links = await audit.last_hash(db), []
            for n in range(to):
                links.append(audit.link(last, NOW, "person changed", {"actor": "anna@example.org", "n": f"{n:0200}"}))
                last = links[-1]["hash"]
            await db.execute(insert(t.audit), links)

    async def peak() -> int:
        tracemalloc.start()
        try:
            assert (await verify(chain)).broken is None
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    await grow(2 * audit.PAGE)
    short = await peak()
    await grow(20 * audit.PAGE)
    assert await peak() < 2 * short


async def test_a_link_that_is_no_entry_is_named(chain: Database) -> None:
    for text in ("not JSON", "[]"):
        await alter(chain, 3, entry=text)
        await anew(chain, 3)
        found = await verify(chain)
        assert found.broken is not None
        assert found.row == 3


def test_the_fields_of_a_change_are_all_told() -> None:
    assert {*changes.as_entry(replace(change(1)))} >= {"change", "actor", "object", "edits", "revision", "request"}
