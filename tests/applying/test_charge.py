"""Who is in charge of a PBX: the database whose configuration is live, and no other, unless somebody says so."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.applying.conftest import NOON, World
from vaxelflode.applying.agents import AgentActions
from vaxelflode.applying.charge import HeldBack, OlderDatabase, OtherInstallation, judge
from vaxelflode.applying.compare import Comparison, compare
from vaxelflode.applying.keeper import AgentKeeper
from vaxelflode.applying.proof import Prover
from vaxelflode.applying.store import Published
from vaxelflode.applying.switches import SwitchKeeper
from vaxelflode.errors import PbxUnavailable
from vaxelflode.storage import objects
from vaxelflode.storage import schema as t


@pytest.fixture
async def live(world: World) -> World:
    """What is desired is live."""
    await world.applier.once()
    return world


async def _is_another(world: World) -> None:
    """From now on the database is another installation's, of a later revision."""
    async with world.database.write() as db:
        await db.execute(update(t.installation).values(id="another"))
        for _ in range(9):
            await objects.next_revision(db, world.now)
    world.start()


async def _is_older(world: World) -> None:
    manifest = _manifest(world)
    said = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(said | {"revision": 99}))
    world.start()


async def _went_another_way(world: World) -> None:
    """It was put back to before what is live, and people have saved since: it has more revisions than are live."""
    number = json.loads(_manifest(world).read_text())["revision"]
    later = world.now + dt.timedelta(minutes=1)
    async with world.database.write() as db:
        await db.execute(update(t.revisions).where(t.revisions.c.number == number).values(at=later))
        for _ in range(3):
            await objects.next_revision(db, later)
    world.start()


def _manifest(world: World) -> Path:
    return world.node.store.directory / "current" / "manifest.json"


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize(
    ("become", "error"),
    [(_is_another, OtherInstallation), (_is_older, OlderDatabase), (_went_another_way, OlderDatabase)],
)
async def test_neither_another_nor_an_older_database_changes_anything(
    live: World, become: Callable[[World], Awaitable[None]], error: type[HeldBack], edited: bool
) -> None:
    before = live.node.on_disk()
    await become(live)
    if edited:  # what was written is no longer there to be compared, and it is said all the same whose it is
        (live.node.store.directory / "current" / "queues.conf").write_text("[by-hand]\n")
        before = live.node.on_disk()
    loaded, release = dict(live.node.pbx.loaded), live.node.store.current()
    for _ in range(2):
        with pytest.raises(error, match="run `vaxelflode apply`"):
            await live.applier.once()
        assert not live.applier.in_charge
    assert live.node.on_disk() == before
    assert live.node.store.current() == release
    assert (live.node.pbx.loaded == loaded) or edited
    kept = live.node.store.directory / "aside"
    assert len([*kept.iterdir()] if kept.exists() else []) == (1 if edited else 0)


async def test_what_somebody_says_is_done_and_the_files_are_its_own_from_then_on(live: World) -> None:
    await _is_another(live)
    live.applier.in_charge = live.applier._roll_back = True
    await live.applier.once()
    assert await live.is_whole()
    live.start()
    await live.applier.once()
    assert live.applier.in_charge
    async with live.database.write() as db:
        await db.execute(update(t.installation).values(id="the first"))
    live.start()
    with pytest.raises(OtherInstallation):
        await live.applier.once()


async def test_files_that_say_nothing_are_taken_for_ours_and_say_so_after_the_next_start(live: World) -> None:
    said = json.loads(_manifest(live).read_text())
    ours = said.pop("installation")
    _manifest(live).write_text(json.dumps(said))
    live.start()
    live.node.pbx.calls.clear()
    await live.applier.once()
    assert json.loads(_manifest(live).read_text())["installation"] == ours
    assert live.node.pbx.reloads == []


async def test_files_that_say_nothing_but_by_their_name_are_not_taken_for_ours(live: World) -> None:
    said = json.loads(_manifest(live).read_text())
    del said["installation"]
    _manifest(live).write_text(json.dumps(said))
    await _is_another(live)
    with pytest.raises(OtherInstallation):
        await live.applier.once()


@pytest.mark.parametrize("manifest", [None, "{", "[]"])
async def test_a_damaged_manifest_puts_nobody_else_in_charge(live: World, manifest: str | None) -> None:
    """The release's name tells its revision, and whose it is."""
    await live.edit("menu/huvud", timeout={"end": "congestion"})
    await live.applier.once()
    store = live.node.store
    number = _damage(live, manifest)
    async with live.database.write() as db:
        await db.execute(t.revisions.delete().where(t.revisions.c.number >= number))
    live.start()
    before = store.current()
    with pytest.raises(OlderDatabase):
        await live.applier.once()
    await _is_another(live)
    with pytest.raises(OtherInstallation):
        await live.applier.once()
    assert store.current() == before


@pytest.mark.parametrize("manifest", [None, "{", "[]"])
async def test_after_a_takeover_a_damaged_manifest_is_nobody_elses(live: World, manifest: str | None) -> None:
    """Its neighbours are those of the database before; they are not asked, and the damage is put right."""
    await _is_another(live)
    live.applier.in_charge = live.applier._roll_back = True
    await live.applier.once()
    _damage(live, manifest)
    live.start()
    await live.applier.once()
    assert live.applier.in_charge
    assert json.loads(_manifest(live).read_text())["installation"] == "another"
    assert await live.is_whole()


@pytest.mark.parametrize("manifest", [None, "{", "[]"])
async def test_a_damaged_manifest_without_neighbours_still_is_whose_it_was(live: World, manifest: str | None) -> None:
    _damage(live, manifest)
    await _is_another(live)
    with pytest.raises(OtherInstallation):
        await live.applier.once()


async def test_a_release_from_before_its_name_told_whose_it_is_has_its_neighbours_to_tell(live: World) -> None:
    await live.edit("menu/huvud", timeout={"end": "congestion"})
    await live.applier.once()
    store = live.node.store
    for release in [*(store.directory / "releases").iterdir()]:
        older = release.with_name(release.name.rpartition("-")[0])
        release.rename(older)
        if release.name == store.current():
            store.switch(older.name)
    _damage(live, "{")
    live.start()
    await live.applier.once()
    await _is_another(live)
    _damage(live, "{")
    with pytest.raises(OtherInstallation):
        await live.applier.once()


async def test_releases_that_somebody_removed_are_made_anew_after_the_next_start(live: World) -> None:
    shutil.rmtree(live.node.store.directory / "releases")
    live.start()
    await live.applier.once()
    assert await live.is_whole()


def _damage(world: World, manifest: str | None) -> int:
    """Returns the revision that it told."""
    number: int = json.loads(_manifest(world).read_text())["revision"]
    _manifest(world).unlink()
    if manifest is not None:
        _manifest(world).write_text(manifest)
    return number


async def test_a_restored_revision_stays_its_installations(live: World) -> None:
    """What is gone back to, since the PBX refused what another database wanted, is still the first one's."""
    whose = json.loads(_manifest(live).read_text())["installation"]
    await _is_another(live)
    live.applier._roll_back = True
    await live.edit("menu/huvud", timeout={"end": "congestion"})
    live.node.pbx.poison = "Hangup(34)"
    await live.applier.once()
    assert json.loads(_manifest(live).read_text())["installation"] == whose
    assert live.node.store.unfinished() is None


async def test_who_is_not_in_charge_moves_no_agent_and_records_no_position(live: World) -> None:
    actions = AgentActions(live.node.pbx, live.node.renderer.names, lambda: False)
    keeper = AgentKeeper(live.database, actions, lambda: live.now)
    live.node.pbx.calls.clear()
    with pytest.raises(PbxUnavailable, match="not known to be this database's"):
        await keeper.once()
    switches = SwitchKeeper(live.database, live.entries, lambda: live.now, lambda: None, in_charge=lambda: False)
    await switches.once()
    assert live.node.pbx.calls == []


@pytest.mark.parametrize(("become", "words"), [(_is_another, "another database"), (_is_older, "older than 99")])
async def test_whoever_compares_is_told(live: World, become: Callable[[World], Awaitable[None]], words: str) -> None:
    store, pbx, renderer = live.node.store, live.node.pbx, live.node.renderer
    prover = Prover(pbx, store, renderer.names, str(store.directory))

    async def compared() -> list[Comparison]:
        return await compare(live.database, store, renderer, prover, live.entries, live.now)

    assert all(found.agrees for found in await compared())
    await become(live)
    (found,) = await compared()
    assert not found.agrees
    assert words in found.words


async def test_it_is_known_without_the_account_that_applies(live: World) -> None:
    """Else no agent could be moved, which is another account's, while that one is refused."""
    live.node.pbx.connected = False
    live.start()
    with pytest.raises(PbxUnavailable, match="not connected"):
        await live.applier.once()
    assert live.applier.in_charge
    await _is_another(live)
    with pytest.raises(OtherInstallation):
        await live.applier.once()
    assert not live.applier.in_charge


async def test_those_who_waited_for_it_are_told(world: World) -> None:
    told: list[bool] = []
    world.applier.on_in_charge = lambda: told.append(world.applier.in_charge)
    for _ in range(2):
        await world.applier.once()
    assert told == [True]


THEN, LATER = NOON, NOON + dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("live", "revision", "made_at"),
    [
        (Published(4, None), 4, THEN),
        (Published(4, "ours"), 4, THEN),
        (Published(4, "ours"), 5, THEN),
        (Published(4, "ours", THEN), 5, THEN),
    ],
)
def test_what_is_coherent_is_let_in(live: Published, revision: int, made_at: dt.datetime) -> None:
    judge(live, "ours", revision, made_at)


@pytest.mark.parametrize("made_at", [LATER, None])
def test_as_many_revisions_are_not_the_same_ones(made_at: dt.datetime | None) -> None:
    with pytest.raises(OlderDatabase, match="gone another way"):
        judge(Published(4, "ours", THEN), "ours", 9, made_at)
