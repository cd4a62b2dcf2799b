"""A company taken in: one transaction, one revision, one change an object; and out again to the last byte."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import select

from tests.domain.wholes import wholes
from tests.services.companies import DIGEST, NOW, SOUNDS, company, keep_prompts, pieces, sound, take_in, written
from tests.services.conftest import NewDatabase
from vaxelflode.audio.telephone import digest
from vaxelflode.domain.change import Change
from vaxelflode.domain.history import creation, with_change, without_change
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.outside import ANYWHERE
from vaxelflode.domain.pieces import BadFiles, of_files
from vaxelflode.domain.portable import Whole, files
from vaxelflode.services.export_company import whole
from vaxelflode.services.import_company import import_company, planned, result
from vaxelflode.services.passwords import matches
from vaxelflode.storage import changes, flows, objects, people, prompts
from vaxelflode.storage import schema as t
from vaxelflode.storage.database import Database


async def history(database: Database) -> list[Change]:
    async with database.read() as db:
        return await changes.listed(db, objects=None, after=None, limit=100)


async def revision(database: Database) -> int:
    async with database.read() as db:
        return await objects.current_revision(db)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wholes())
async def test_any_company_goes_in_and_comes_out_to_the_last_byte(new_database: NewDatabase, there: Whole) -> None:
    database = await new_database()
    await keep_prompts(database, there)
    made = files(there)
    done = await import_company(database, of_files(made), {}, NOW, outside=ANYWHERE, prune=True)
    out = await written(database)
    out |= {path: content for path, content in made.items() if path.startswith("sounds/")}
    assert out == made
    assert done.revision == 1
    again = await import_company(database, of_files(made), {}, NOW, outside=ANYWHERE, prune=True)
    assert again.plan.rows() == []
    assert (again.revision, again.changes) == (1, ())


async def test_an_import_is_one_revision_and_one_change_an_object(database: Database) -> None:
    done = await take_in(database)
    found = await history(database)
    made = [c for c in found if c.action == "create"]
    assert {str(c.object) for c in made} == {
        "extension/201", "queue/kund", "menu/huvud", "announcement/info", "schedule/tider", "number/46101022290"
    }  # fmt: skip
    assert len(found) == len(made) + 1  # and the permanent agent
    assert {c.revision for c in found} == {1} == {await revision(database)}
    assert {(c.origin, c.actor, c.actor_name, c.via.flow, c.state) for c in found} == {
        ("cli", "command line", "command line", None, "pending")
    }
    assert set(done.changes) == {c.id for c in found}
    for change in made:
        assert change.edits == creation((await whole(database, NOW)).company.everything[change.object])
    assert (await take_in(database)).changes == ()
    assert await revision(database) == 1


async def test_what_an_import_changed_can_be_undone(database: Database) -> None:
    await take_in(database)
    before = (await whole(database, NOW)).company
    await take_in(database, company(kund={"length": 20}, tider={"overrides": [], "closed": {"end": "busy"}}))
    after = (await whole(database, NOW)).company
    made = [c for c in await history(database) if c.revision == 2]
    assert {str(c.object) for c in made} == {"queue/kund", "schedule/tider"}
    for change in made:
        back = without_change(after.get(change.object), change)
        was = before.get(change.object)
        assert back is not None
        assert was is not None
        assert back.spec == was.spec
        assert with_change(before, change) is not None
    kund = next(c for c in made if c.object.kind == "queue")
    assert kund.aspects == ("settings",)
    assert {a: n for a, n in after.everything[kund.object].versions.items() if a == "settings"} == {"settings": 2}


async def test_a_single_fault_leaves_everything_as_it_was(database: Database) -> None:
    await take_in(database)
    before = await written(database)
    said = company(kund={"length": 20}, huvud={"wait": 0})
    said["people/ny@example.org.json"] = {"name": "Ny"}
    with pytest.raises(BadFiles, match=r"spec\.wait"):
        await take_in(database, said, prune=True)
    assert await written(database) == before
    assert await revision(database) == 1


async def test_to_ask_what_would_change_changes_nothing(database: Database) -> None:
    before = await written(database)
    plan = await planned(database, pieces(), SOUNDS, NOW, outside=ANYWHERE, prune=False)
    assert plan.sounds == (DIGEST,)
    assert len(plan.rows()) == 11
    assert await written(database) == before


async def test_references_are_whole_also_where_callers_go_round(database: Database) -> None:
    """Menu and information lead to each other; whichever is written first leads to what is not there yet."""
    await take_in(database)
    async with database.read() as db:
        rows = {
            name: row
            for name in ("menu/huvud", "announcement/info", "queue/kund", "extension/201")
            for row in [await objects.object_id(db, ObjectRef.parse(name))]
        }
        kept = await db.execute(select(t.references.c.source_id, t.references.c.field, t.references.c.target_id))
        found = {(r.source_id, r.field): r.target_id for r in kept}
    menu, info, kund, phone = rows.values()
    assert found[menu, "options.1"] == found[menu, "timeout"] == kund
    assert found[menu, "options.9"] == info
    assert found[info, "next"] == menu
    assert found[kund, "full"] == phone


async def test_a_sound_is_taken_in_with_its_words(database: Database) -> None:
    await take_in(database)
    async with database.read() as db:
        assert await prompts.sound(db, DIGEST) == sound()
        assert await prompts.told(db) == {DIGEST: (0.5, "Hej")}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("ab" * 32, sound(), "is not named by its SHA-256"), (DIGEST, sound()[:-1], "is not named by its SHA-256")],
)
async def test_a_sound_is_what_its_name_says(database: Database, name: str, content: bytes, words: str) -> None:
    with pytest.raises(BadFiles, match=f"sounds/{name}.wav: {words}"):
        await import_company(database, pieces(), {**SOUNDS, name: lambda: content}, NOW, outside=ANYWHERE, prune=False)
    assert await revision(database) == 0


async def test_a_sound_that_asterisk_does_not_play_is_refused(database: Database) -> None:
    mp3 = b"ID3" + bytes(100)
    with pytest.raises(BadFiles, match=f"sounds/{digest(mp3)}.wav: is not a WAV file"):
        await import_company(
            database, pieces(), SOUNDS | {digest(mp3): lambda: mp3}, NOW, outside=ANYWHERE, prune=False
        )


async def test_somebody_new_cannot_log_in_until_a_password_is_set(database: Database) -> None:
    await take_in(database)
    async with database.read() as db:
        found = await people.by_email(db, "anna@example.org")
    assert found is not None
    person, kept = found
    assert (person.name, person.extension) == ("Anna", "201")
    for guess in ("", " ", "None", kept):
        assert not await matches(guess, kept)


async def test_an_import_leaves_passwords_alone(database: Database) -> None:
    await take_in(database)
    async with database.write() as db:
        anna, _ = (await people.by_email(db, "anna@example.org")) or (None, "")
        assert anna is not None
        await people.change(db, anna, "a hash")
    said = company()
    said["people/anna@example.org.json"]["name"] = "Anna-Lisa"
    await take_in(database, said)
    async with database.read() as db:
        found = await people.by_email(db, "anna@example.org")
    assert found is not None
    assert (found[0].name, found[1]) == ("Anna-Lisa", "a hash")


async def test_a_flow_is_changed_in_its_place_and_goes_with_prune(database: Database) -> None:
    await take_in(database)
    said = company()
    said["flows/kund.json"]["description"] = "Annat"
    await take_in(database, said)
    async with database.read() as db:
        (flow,) = await flows.listed(db)
    assert (flow.id, flow.description, flow.version) == ("00000000000000f1", "Annat", 2)
    await take_in(database, company(flows=None), prune=True)
    async with database.read() as db:
        assert await flows.listed(db) == []


async def test_what_was_deleted_comes_back_as_what_it_was(database: Database) -> None:
    """An older state of the files is a company like any other."""
    await take_in(database)
    gone = company(info=None, huvud={"options": {"1": {"object": "queue/kund"}}})
    await take_in(database, gone, prune=True)
    assert "objects/announcement/info.json" not in await written(database)
    await take_in(database, prune=True)
    assert (await written(database))["objects/announcement/info.json"]["spec"]["next"] == {"object": "menu/huvud"}
    info = (await whole(database, NOW)).company.everything[ObjectRef("announcement", "info")]
    assert info.versions == {"": 2, "audio": 2, "route": 2}
    made = [c.action for c in await history(database) if c.object == info.ref]
    assert made == ["create", "delete", "create"]


async def test_an_import_waits_until_somebody_decides(database: Database) -> None:
    done = await take_in(database)
    assert (await result(database, done, 0)).pending == len(done.changes)

    async def decide() -> None:
        await asyncio.sleep(0.05)
        async with database.write() as db:
            await changes.settle(db, done.changes[1:], "live", NOW)
            await changes.settle(db, done.changes[:1], "rejected", NOW, reason="no such application")

    async with asyncio.TaskGroup() as group:
        group.create_task(decide())
        waited = group.create_task(result(database, done, 10))
    assert (waited.result().pending, waited.result().refused) == (0, ("no such application",))


async def test_agents_alone_make_no_revision(database: Database) -> None:
    await take_in(database)
    said = company()
    said["objects/queue/kund.json"]["agents"][0]["penalty"] = 3
    done = await take_in(database, said)
    (change,) = (c for c in await history(database) if c.id in done.changes)
    assert (change.action, change.aspects, change.revision) == ("agents", ("agents",), 1)
    assert change.edits[0].after == {"permanent": True, "penalty": 3, "paused": False, "reason": ""}
    assert (await written(database))["objects/queue/kund.json"]["agents"][0]["penalty"] == 3
