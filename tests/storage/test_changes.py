"""Changes are appended, settled and found; the audit beside them cannot be altered unseen."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from tests.rendering.making import thing
from tests.storage.conftest import NOW
from vaxelflode.domain.change import Action, Change, State, Via
from vaxelflode.domain.edits import ABSENT, Edit
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.storage import changes, objects
from vaxelflode.storage import schema as t
from vaxelflode.storage.database import Database, Transaction

MENU, QUEUE = thing("menu/a"), thing("queue/b")
EDITS = (Edit(("wait",), 5, 9), Edit(("options", "1"), ABSENT, {"end": "busy"}), Edit(("prompt",), None, "ab" * 32))


def change(n: int, ref: ObjectRef = MENU.ref, action: Action = "edit", **more: Any) -> Change:
    made = Change(
        id=f"{n:016x}",
        at=NOW + dt.timedelta(seconds=n),
        actor="anna@example.org",
        actor_name="Anna-Lisa O'Brien",
        origin="api",
        via=Via("f1", "Kundtjänst"),
        object=ref,
        object_name="Namn",
        action=action,
        aspects=("settings", "options"),
        edits=EDITS,
        revision=n,
    )
    return replace(made, **more)


@pytest.fixture
async def db(database: Database) -> Any:
    async with database.write() as db:
        revision = await objects.next_revision(db, NOW)
        for o in (MENU, QUEUE):
            await objects.save(db, o, revision)
        yield db


async def add(db: Transaction, *made: Change) -> None:
    for one in made:
        await changes.add(db, one, {"settings": 1})


async def get(db: Transaction, n: int) -> Change:
    found = await changes.get(db, f"{n:016x}")
    assert found is not None
    return found


async def ids(found: list[Change]) -> list[int]:
    return [int(one.id, 16) for one in found]


async def test_a_change_is_read_as_it_was_written(db: Transaction) -> None:
    for made in (change(1), change(2, QUEUE.ref, "agents", via=Via(None), edits=(), aspects=("agents",))):
        await add(db, made)
        assert await changes.get(db, made.id) == made
    assert await changes.get(db, "f" * 16) is None


async def test_pending_are_those_that_travel_in_a_revision_oldest_first(db: Transaction) -> None:
    await add(db, change(3), change(1), change(2, action="agents"), change(4))
    await changes.settle(db, ["1".zfill(16)], "live", NOW)
    assert await ids(await changes.pending(db)) == [3, 4]


@pytest.mark.parametrize("state", ["live", "rejected"])
async def test_what_became_of_a_change_is_kept(db: Transaction, state: State) -> None:
    await add(db, change(1), change(2))
    await changes.settle(db, ["1".zfill(16)], state, NOW, reason="words", live_ms=12)
    settled = await get(db, 1)
    assert (settled.state, settled.reason, settled.live_ms) == (state, "words", 12)
    assert (await get(db, 2)).state == "pending"


async def test_a_change_may_wait_for_months(db: Transaction) -> None:
    await add(db, change(1))
    await changes.settle(db, ["1".zfill(16)], "live", NOW, live_ms=90 * 24 * 3600 * 1000)
    assert (await get(db, 1)).live_ms == 7_776_000_000


async def test_whatever_words_the_pbx_has_are_kept(db: Transaction) -> None:
    """PostgreSQL has no NUL in text; that one may be replaced."""
    await add(db, change(1))
    await changes.settle(db, ["1".zfill(16)], "rejected", NOW, reason="no\x00\x1b[1m\n'; -- \U0001f4de")
    kept = (await get(db, 1)).reason
    assert kept is not None
    assert kept.replace("\x00", "\ufffd") == "no\ufffd\x1b[1m\n'; -- \U0001f4de"
    assert await broken_at(db) is None
    assert await changes.get(db, "\x00") is None


async def test_an_undone_change_is_reverted_once_its_undo_is_live(db: Transaction) -> None:
    await add(db, change(1), change(2, undoes="1".zfill(16)))
    await changes.settle(db, ["1".zfill(16)], "live", NOW)
    undone = await get(db, 1)
    assert (undone.state, undone.undone_by) == ("live", "2".zfill(16))
    await changes.settle(db, ["2".zfill(16)], "live", NOW)
    assert ((await get(db, 1)).state, (await get(db, 2)).state) == ("reverted", "live")


async def test_a_rejected_undo_leaves_what_it_would_have_undone(db: Transaction) -> None:
    await add(db, change(1))
    await changes.settle(db, ["1".zfill(16)], "live", NOW)
    await add(db, change(2, undoes="1".zfill(16)))
    await changes.settle(db, ["2".zfill(16)], "rejected", NOW, reason="no")
    undone = await get(db, 1)
    assert (undone.state, undone.undone_by) == ("live", None)


async def test_history_is_newest_first_and_paged(db: Transaction) -> None:
    await add(db, change(1), change(2, QUEUE.ref), change(3), change(4, via=Via(None)))

    async def listed(**where: Any) -> list[int]:
        return await ids(await changes.listed(db, **{"objects": None, "after": None, "limit": 9} | where))

    assert await listed() == [4, 3, 2, 1]
    assert await listed(limit=2) == [4, 3]
    assert await listed(limit=2, after="3".zfill(16)) == [2, 1]
    assert await listed(objects=[MENU.ref]) == [4, 3, 1]
    assert await listed(objects=[QUEUE.ref, MENU.ref]) == [4, 3, 2, 1]
    assert await listed(objects=[]) == []
    assert await ids(await changes.latest(db, [MENU.ref], 2)) == [4, 3]
    assert await ids(await changes.latest(db, [QUEUE.ref, MENU.ref], 9)) == [4, 3, 2, 1]
    assert await changes.latest(db, [ObjectRef("queue", "unknown")], 9) == []


async def test_the_newest_change_of_each_object_is_found_at_once(db: Transaction) -> None:
    assert await changes.newest(db, [MENU.ref, QUEUE.ref]) == {}
    await add(db, change(1), change(2, QUEUE.ref), change(3), change(4, QUEUE.ref, "agents"), change(5))
    found = await changes.newest(db, [MENU.ref, QUEUE.ref, MENU.ref, ObjectRef("queue", "unknown")])
    assert found == {MENU.ref: await get(db, 5), QUEUE.ref: await get(db, 4)}
    assert [*await changes.newest(db, [QUEUE.ref])] == [QUEUE.ref]
    assert await changes.newest(db, []) == {}


async def test_history_of_however_many_objects_can_be_asked_for(db: Transaction) -> None:
    await add(db, change(1), change(2, QUEUE.ref))
    many = [ObjectRef("menu", f"m-{n}") for n in range(5_000)]
    found = await changes.listed(db, objects=[*many, MENU.ref], after=None, limit=9, agents_of=many)
    assert await ids(found) == [1]


async def broken_at(db: Transaction) -> int | None:
    """The first entry of the audit whose hash does not follow from the one before; ``None``: the chain is whole."""
    last = ""
    for row in await db.execute(select(t.audit).order_by(t.audit.c.sequence)):
        last = hashlib.sha256(f"{last}\n{row.entry}".encode()).hexdigest()
        if row.hash != last:
            return int(row.sequence)
    return None


async def test_the_audit_tells_who_did_what_and_what_became_of_it(db: Transaction) -> None:
    await add(db, change(1))
    await changes.settle(db, ["1".zfill(16)], "live", NOW)
    entries = [json.loads(text) for text in (await db.execute(select(t.audit.c.entry))).scalars()]
    assert [entry["what"] for entry in entries] == ["change", "result"]
    assert entries[0]["actor"] == "anna@example.org"
    assert entries[0]["flow"] == "f1"
    assert entries[0]["edits"] == [edit.as_json() for edit in EDITS]
    assert entries[1]["changes"] == ["1".zfill(16)]


async def test_the_chain_of_the_audit_is_whole(db: Transaction) -> None:
    assert await broken_at(db) is None
    await add(db, *(change(n) for n in range(1, 6)))
    assert await broken_at(db) is None


@pytest.mark.parametrize("sequence", [1, 3, 5])
async def test_an_altered_entry_breaks_the_chain(db: Transaction, sequence: int) -> None:
    await add(db, *(change(n) for n in range(1, 6)))
    entry = t.audit.c.sequence == sequence
    text = (await db.execute(select(t.audit.c.entry).where(entry))).scalar_one()
    await db.execute(update(t.audit).where(entry).values(entry=text.replace("anna@", "bosse@")))
    assert await broken_at(db) == sequence


async def test_a_removed_entry_breaks_the_chain(db: Transaction) -> None:
    await add(db, *(change(n) for n in range(1, 6)))
    await db.execute(delete(t.audit).where(t.audit.c.sequence == 2))
    assert await broken_at(db) == 3


async def test_an_altered_entry_with_a_hash_of_its_own_breaks_the_next(db: Transaction) -> None:
    await add(db, *(change(n) for n in range(1, 6)))
    first = (await db.execute(select(t.audit.c.hash).where(t.audit.c.sequence == 1))).scalar_one()
    forged = hashlib.sha256(f"{first}\n{{}}".encode()).hexdigest()
    await db.execute(update(t.audit).where(t.audit.c.sequence == 2).values(entry="{}", hash=forged))
    assert await broken_at(db) == 3
