"""The applier: what is desired goes live; what is refused goes back, and takes nothing else along."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.applying.conftest import BAD, POISON, World
from tests.rendering.making import company, thing
from vaxelflode.applying import applier, disk
from vaxelflode.applying.release import Broken
from vaxelflode.applying.store import Store, StoreError
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.outside import NO_LINE
from vaxelflode.domain.pieces import of_files
from vaxelflode.domain.portable import Whole, files
from vaxelflode.errors import PbxUnavailable
from vaxelflode.rendering.render import FILES, Bundle
from vaxelflode.services.import_company import import_company
from vaxelflode.storage import nodes, objects
from vaxelflode.storage.database import StorageError


async def spec_of(world: World, ref: str) -> dict[str, object]:
    return (await world.company()).everything[ObjectRef.parse(ref)].spec.as_json()


async def test_what_is_desired_goes_live_and_is_reported(world: World) -> None:
    await world.applier.once()
    assert await world.is_whole()
    assert world.applier.settled
    assert world.applier.live_revision == 1
    async with world.database.read() as db:
        (node,) = await nodes.listed(db, applications=9)
    assert (node["name"], node["live_revision"]) == ("here", 1)
    assert [one["outcome"] for one in node["applications"]] == ["live"]


async def test_a_change_is_live_once_it_is_proven(world: World) -> None:
    await world.applier.once()
    change = await world.edit("queue/kund", length=33)
    assert await world.states(change) == ["pending"]
    world.now += dt.timedelta(seconds=1.5)
    await world.applier.once()
    made = await world.change(change)
    assert (made.state, made.live_ms) == ("live", 1500)
    assert world.node.pbx.loaded["queues.conf"]["vx-kund"]["maxlen"] == "33"


async def test_who_watches_is_told(world: World) -> None:
    await world.applier.once()
    with world.applier.watching("none") as nothing:
        assert await nothing.outcome(0.01) is None
    change = await world.edit("queue/kund", length=33)
    with world.applier.watching(change) as watch:
        await world.applier.once()
        outcome = await watch.outcome(1)
    assert outcome is not None
    assert outcome.state == "live"


async def test_several_changes_ride_in_one_reload(world: World) -> None:
    await world.applier.once()
    made = [await world.edit("queue/kund", length=n) for n in range(20, 25)]
    world.node.pbx.calls.clear()
    await world.applier.once()
    assert await world.states(*made) == ["live"] * 5
    assert world.node.pbx.reloads == ["queues.conf"]


async def test_a_refused_change_is_rejected_taken_back_and_in_nobodys_way(world: World) -> None:
    await world.applier.once()
    world.node.pbx.poison = POISON
    bad = await world.edit("menu/huvud", timeout=BAD, wait=9)
    await world.applier.once()
    made = await world.change(bad)
    assert made.state == "rejected"
    assert made.reason is not None
    assert "extensions.conf" in made.reason
    assert (await spec_of(world, "menu/huvud"))["timeout"] == {"end": "hangup"}
    await world.applier.once()
    assert await world.is_whole()
    good = await world.edit("menu/huvud", wait=9)
    await world.applier.once()
    assert await world.states(good) == ["live"]
    assert await world.is_whole()


async def test_a_revision_that_takes_back_is_newer_than_what_it_takes_back(world: World) -> None:
    await world.applier.once()
    world.node.pbx.poison = POISON
    bad = await world.change(await world.edit("menu/huvud", timeout=BAD))
    await world.applier.once()
    assert (await world.company()).revision > bad.revision


async def test_one_bad_change_among_five_is_the_only_one_rejected(world: World) -> None:
    await world.applier.once()
    world.node.pbx.poison = POISON
    made = [
        await world.edit("queue/kund", length=20),
        await world.create(thing("queue/ny", length=5)),
        await world.edit("announcement/natt", next=BAD),
        await world.edit("menu/huvud", options={"2": {"object": "queue/ny"}}),
        await world.edit("queue/kund", length=30),
    ]
    await world.applier.once()
    assert await world.states(*made) == ["live", "live", "rejected", "live", "live"]
    await world.applier.once()
    assert await world.is_whole()
    assert (await spec_of(world, "queue/kund"))["length"] == 30
    assert (await spec_of(world, "announcement/natt"))["next"] == {"object": "voicemail/natt"}


async def test_what_was_saved_on_top_of_a_refused_value_is_refused_too(world: World) -> None:
    """Taken back in the order of saving, the second must not bring the first's value back."""
    await world.applier.once()
    world.node.pbx.poison = POISON
    bad = await world.edit("menu/huvud", timeout=BAD)
    upon = await world.edit("menu/huvud", timeout={"object": "voicemail/natt"}, invalid=BAD)
    beside = await world.edit("menu/huvud", wait=9)
    await world.applier.once()
    assert await world.states(bad, upon, beside) == ["rejected", "rejected", "live"]
    spec = await spec_of(world, "menu/huvud")
    assert (spec["timeout"], spec["invalid"], spec["wait"]) == ({"end": "hangup"}, {"end": "hangup"}, 9)
    await world.applier.once()
    assert await world.is_whole()


async def test_the_undo_of_a_refused_change_that_waited_with_it_changes_nothing(world: World) -> None:
    await world.applier.once()
    world.node.pbx.poison = "Hangup(17)"
    bad = await world.edit("menu/huvud", timeout={"end": "busy"})
    good = await world.edit("menu/huvud", timeout={"end": "hangup"})
    worse = await world.edit("menu/huvud", invalid={"end": "busy"})
    await world.applier.once()
    assert await world.states(bad, good, worse) == ["rejected", "rejected", "rejected"]
    await world.applier.once()
    assert await world.is_whole()
    assert world.applier.settled


async def test_what_leads_to_a_refused_object_is_refused_too(world: World) -> None:
    await world.applier.once()
    world.node.pbx.poison = POISON
    bad = await world.create(thing("menu/ny", timeout=BAD))
    into = await world.edit("number/46101022290", route={"object": "menu/ny"})
    other = await world.edit("queue/kund", length=20)
    await world.applier.once()
    assert await world.states(bad, into, other) == ["rejected", "rejected", "live"]
    await world.applier.once()
    assert await world.is_whole()
    assert (await spec_of(world, "number/46101022290"))["route"] == {"object": "menu/huvud"}


@pytest.mark.parametrize("bad_in_the_circle", [False, True])
async def test_objects_that_lead_to_each_other_stand_or_fall_together(world: World, bad_in_the_circle: bool) -> None:
    """An import makes them at once: neither can be tried without the other, and neither is to blame for a third."""
    await world.applier.once()
    world.node.pbx.poison = POISON
    end = BAD if bad_in_the_circle else {"end": "hangup"}
    circle = [
        await world.create(thing("menu/ny", options={"1": {"object": "announcement/ny"}}, timeout=end)),
        await world.create(thing("announcement/ny", next={"object": "menu/ny"})),
    ]
    into = await world.edit("number/46101022290", route={"object": "announcement/ny"})
    bad = await world.edit("announcement/natt", next=BAD)
    other = await world.edit("queue/kund", length=20)
    await world.applier.once()
    became = "rejected" if bad_in_the_circle else "live"
    assert await world.states(*circle, into, bad, other) == [became, became, became, "rejected", "live"]
    await world.applier.once()
    assert await world.is_whole()
    assert world.applier.settled


async def test_a_large_import_is_settled_in_one_round(world: World) -> None:
    await world.applier.once()
    made = company(1, *(thing(f"announcement/n{n}") for n in range(1100)))
    pieces = of_files(files(Whole(made)))
    done = await import_company(world.database, pieces, {}, world.now, outside=NO_LINE, prune=False)
    world.node.pbx.calls.clear()
    await world.applier.once()
    assert set(await world.states(*done.changes)) == {"live"}
    assert len(done.changes) == 1100
    assert world.node.pbx.reloads == ["extensions.conf"]


async def test_a_deletion_of_what_a_refused_change_would_have_let_go_is_refused_too(world: World) -> None:
    await world.applier.once()
    world.node.pbx.poison = POISON
    let_go = await world.edit("menu/huvud", options={"1": BAD})
    gone = await world.delete("queue/kund")
    await world.applier.once()
    assert await world.states(let_go, gone) == ["rejected", "rejected"]
    await world.applier.once()
    assert await world.is_whole()
    assert "queue/kund" in {str(ref) for ref in (await world.company()).everything if ref in await world.company()}


async def test_a_refused_creation_does_not_stay_for_a_day(world: World) -> None:
    """A deleted object is rendered for 24 hours; one that never was live would be refused as long."""
    await world.applier.once()
    world.node.pbx.poison = POISON
    bad = await world.create(thing("menu/ny", timeout=BAD))
    await world.applier.once()
    await world.applier.once()
    assert await world.states(bad) == ["rejected"]
    assert await world.is_whole()
    assert world.applier.settled


@pytest.mark.parametrize(("with_value", "state"), [({"end": "busy"}, "live"), ({"extension": "299"}, "rejected")])
async def test_a_change_saved_while_another_is_refused_stands_or_falls_by_itself(
    world: World, with_value: dict[str, str], state: str
) -> None:
    """Falling, it gives way to what the PBX has, not to the refused value that it was made upon."""
    await world.applier.once()
    world.node.pbx.poison = POISON
    bad = await world.edit("menu/huvud", timeout=BAD)
    later: list[str] = []

    async def save() -> None:
        later.append(await world.edit("menu/huvud", timeout=with_value))

    world.node.pbx.meanwhile = save
    await world.applier.once()
    assert await world.states(bad, *later) == ["rejected", "pending"]
    await world.applier.once()
    assert await world.states(*later) == [state]
    await world.applier.once()
    assert await world.is_whole()
    assert (await spec_of(world, "menu/huvud"))["timeout"] == (with_value if state == "live" else {"end": "hangup"})


async def test_a_connection_lost_in_mid_apply_leaves_it_pending_and_live_when_it_is_back(world: World) -> None:
    await world.applier.once()
    change = await world.edit("queue/kund", length=20)

    def cut() -> None:
        world.node.pbx.connected = False

    world.node.pbx.hooks["reload"] = cut
    with pytest.raises(PbxUnavailable):
        await world.applier.once()
    assert await world.states(change) == ["pending"]
    assert world.applier.live_revision == 0
    assert not world.applier.settled
    world.node.pbx.hooks.clear()
    world.node.pbx.connected = True
    await world.applier.once()
    assert await world.states(change) == ["live"]
    assert await world.is_whole()


async def test_a_connection_lost_while_a_bad_change_is_applied_ends_in_the_revision_before(world: World) -> None:
    await world.applier.once()
    world.node.pbx.poison = POISON
    bad = await world.edit("menu/huvud", timeout=BAD)

    def cut() -> None:
        world.node.pbx.connected = False

    world.node.pbx.hooks["reload"] = cut
    with pytest.raises(PbxUnavailable):
        await world.applier.once()
    world.node.pbx.hooks.clear()
    world.node.pbx.connected = True
    await world.applier.once()
    assert await world.states(bad) == ["rejected"]
    await world.applier.once()
    assert await world.is_whole()


@pytest.mark.parametrize("moment", ["reload", "dialplan", "has_line"])
async def test_a_new_start_after_a_crash_ends_what_was_begun(world: World, moment: str) -> None:
    await world.applier.once()
    change = await world.edit("menu/huvud", wait=9)

    def crash() -> None:
        raise asyncio.CancelledError

    world.node.pbx.hooks[moment] = crash
    with pytest.raises(asyncio.CancelledError):
        await world.applier.once()
    world.node.pbx.hooks.clear()
    world.start()
    await world.applier.once()
    assert await world.states(change) == ["live"]
    assert await world.is_whole()


async def test_unchanged_content_is_not_reloaded_by_a_new_start(world: World) -> None:
    await world.applier.once()
    world.start()
    world.node.pbx.calls.clear()
    await world.applier.once()
    assert world.node.pbx.reloads == []
    assert world.applier.live_revision == 1


async def test_a_new_name_is_live_without_a_reload(world: World) -> None:
    await world.applier.once()
    async with world.database.write() as db:
        revision = await objects.next_revision(db, world.now)
        await objects.save(db, thing("queue/kund", "Nytt namn", length=10), revision)
    world.node.pbx.calls.clear()
    await world.applier.once()
    assert world.node.pbx.reloads == []
    assert world.applier.live_revision == 2


@pytest.mark.parametrize("anew", [False, True], ids=["the same process", "a new start"])
async def test_a_hand_edit_is_put_right_at_the_next_look(world: World, anew: bool) -> None:
    await world.applier.once()
    path = world.node.store.directory / "current" / "extensions.conf"
    path.write_text(path.read_text().replace("WaitExten(5)", "WaitExten(6)"))
    world.node.pbx.boot()
    if anew:
        world.start()
    else:
        world.applier.wake(doubtful=True)
    await world.applier.once()
    assert await world.is_whole()
    assert "WaitExten(6)" not in str(world.node.pbx.loaded)


async def test_a_deleted_file_is_put_right_at_the_next_look(world: World) -> None:
    await world.applier.once()
    (world.node.store.directory / "current" / "queues.conf").unlink()
    world.applier.wake(doubtful=True)
    await world.applier.once()
    assert await world.is_whole()


async def test_a_pbx_that_started_without_our_files_gets_them(world: World) -> None:
    await world.applier.once()
    world.node.pbx.loaded = {name: {} for name in FILES}
    world.applier.wake(doubtful=True)
    await world.applier.once()
    assert await world.is_whole()


async def test_a_look_at_what_is_well_reloads_nothing(world: World) -> None:
    await world.applier.once()
    world.applier.wake(doubtful=True)
    world.node.pbx.calls.clear()
    await world.applier.once()
    assert world.node.pbx.reloads == []


async def test_nothing_is_tried_while_the_pbx_is_away(world: World) -> None:
    world.node.pbx.connected = False
    with pytest.raises(PbxUnavailable):
        await world.applier.once()
    assert world.node.pbx.calls == []


async def test_a_directory_that_cannot_be_written_leaves_what_is_live(world: World) -> None:
    await world.applier.once()
    change = await world.edit("queue/kund", length=20)
    releases = world.node.store.directory / "releases"
    away = releases.rename(releases.with_name("away"))
    releases.touch()
    with pytest.raises(StoreError):
        await world.applier.once()
    assert world.node.pbx.loaded["queues.conf"]["vx-kund"]["maxlen"] == "10"
    releases.unlink()
    away.rename(releases)
    await world.applier.once()
    assert await world.states(change) == ["live"]


async def test_a_disk_that_fails_beside_the_parser_refuses_nobodys_change(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be synced is taken away, so that the parser finds nothing: that is the disk's doing."""
    await world.applier.once()
    change = await world.edit("queue/kund", length=20)
    gone, differing, sync = threading.Event(), Store.differing, disk.sync

    def late(here: Store, *what: Any) -> list[str]:
        assert gone.wait(5)
        return differing(here, *what)

    def full(here: Store, release: str) -> None:
        try:
            synced(here, release)
        finally:
            gone.set()

    def fails(path: Path) -> None:
        if path.name == "queues.conf":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(path)

    synced = Store.sync
    with monkeypatch.context() as patch:
        patch.setattr(Store, "differing", late)
        patch.setattr(Store, "sync", full)
        patch.setattr(disk, "sync", fails)
        with pytest.raises(StoreError, match="No space left"):
            await world.applier.once()
    assert await world.states(change) == ["pending"]
    assert world.node.store.unfinished() is None
    await world.applier.once()
    assert await world.states(change) == ["live"]


async def test_a_missing_prompt_stops_before_the_dialplan_that_plays_it(world: World) -> None:
    await world.applier.once()
    await world.edit("menu/huvud", prompt="ab" * 32)
    world.node.pbx.calls.clear()
    with pytest.raises(StoreError, match="not in the database"):
        await world.applier.once()
    assert world.node.pbx.reloads == []


async def test_what_is_refused_without_a_change_to_blame_is_trouble(world: World) -> None:
    world.node.pbx.poison = "vx-number-46101022290"
    with pytest.raises(Broken):
        await world.applier.once()


async def test_a_deleted_object_leaves_the_pbx_after_a_day(world: World) -> None:
    await world.applier.once()
    made = [await world.edit("menu/huvud", options={}), await world.delete("queue/kund")]
    await world.applier.once()
    assert await world.states(*made) == ["live", "live"]
    assert "vx-queue-kund" in world.node.pbx.loaded["extensions.conf"]
    world.now += dt.timedelta(hours=25)
    await world.edit("menu/huvud", wait=9)
    await world.applier.once()
    assert "vx-queue-kund" not in world.node.pbx.loaded["extensions.conf"]
    assert "vx-kund" not in world.node.pbx.loaded["queues.conf"]
    assert await world.is_whole()


KEPT = thing(
    "schedule/tider",
    weekly={"sun": [["20:00", "04:00"]]},
    holidays={"calendar": "SE", "also": {"christmas-eve": []}},
)


def years_ahead(world: World) -> set[int]:
    """The years whose Christmas the PBX knows, in what is shared and in the schedule's own dates alike."""
    loaded = world.node.pbx.loaded["extensions.conf"]
    eves = {int(date[:4]) for date in loaded["vx-holidays-se-christmas-eve"]}
    days = {int(date[:4]) for date in loaded["vx-holidays-se"] if date.endswith("-12-25")}
    assert eves == days
    sundays = {year for year in days if dt.date(year, 12, 26).weekday() == 6}
    assert sundays <= {int(date[:4]) for date in loaded["vx-schedule-tider"] if date.endswith("-12-27")}
    return days


async def test_what_is_rendered_ahead_is_renewed_when_the_year_turns_without_a_revision(world: World) -> None:
    await world.create(KEPT)
    await world.applier.once()
    revision = world.applier.live_revision
    assert years_ahead(world) == {*range(2026, 2038)}
    for year in (2028, 2031, 2060):
        world.now = world.now.replace(year=year, month=1, day=1)
        world.node.pbx.calls.clear()
        await world.applier.once()
        assert years_ahead(world) == {*range(year - 1, year + 11)}
        assert world.node.pbx.reloads == ["extensions.conf"]
        assert world.applier.live_revision == revision == (await world.company()).revision
        assert world.applier.settled
        assert await world.is_whole()
    async with world.database.read() as db:
        (node,) = await nodes.listed(db, applications=9)
    assert [(one["revision"], one["outcome"]) for one in node["applications"]] == [(revision, "live")] * 4


async def test_within_the_year_there_is_nothing_to_renew(world: World) -> None:
    await world.create(KEPT)
    await world.applier.once()
    world.node.pbx.calls.clear()
    world.now = world.now.replace(month=12, day=31)
    await world.applier.once()
    assert world.node.pbx.calls == []


async def test_a_box_whose_control_plane_was_down_for_years_renews_at_its_start(world: World) -> None:
    await world.create(KEPT)
    await world.applier.once()
    world.now = world.now.replace(year=2036)
    world.start()
    await world.applier.once()
    assert years_ahead(world) == {*range(2035, 2047)}
    assert await world.is_whole()


async def test_a_renewal_that_was_cut_short_is_made_when_the_pbx_is_back(world: World) -> None:
    await world.create(KEPT)
    await world.applier.once()
    world.now = world.now.replace(year=2030)

    def cut() -> None:
        world.node.pbx.connected = False

    world.node.pbx.hooks["reload"] = cut
    with pytest.raises(PbxUnavailable):
        await world.applier.once()
    world.node.pbx.hooks.clear()
    world.node.pbx.connected = True
    await world.applier.once()
    assert years_ahead(world) == {*range(2029, 2041)}
    assert await world.is_whole()


async def test_a_renewal_that_the_pbx_refuses_leaves_what_is_live_and_is_tried_again(world: World) -> None:
    await world.create(KEPT)
    await world.applier.once()
    world.now = world.now.replace(year=2030)
    world.node.pbx.poison = "exten => 2040-12-25"
    with pytest.raises(Broken):
        await world.applier.once()
    assert years_ahead(world) == {*range(2026, 2038)}
    world.node.pbx.poison = None
    await world.applier.once()
    assert years_ahead(world) == {*range(2029, 2041)}
    assert await world.is_whole()


async def test_a_change_and_a_renewal_ride_in_one_reload(world: World) -> None:
    await world.create(KEPT)
    await world.applier.once()
    world.now = world.now.replace(year=2030)
    change = await world.edit("menu/huvud", wait=9)
    world.node.pbx.calls.clear()
    await world.applier.once()
    assert await world.states(change) == ["live"]
    assert world.node.pbx.reloads == ["extensions.conf"]
    assert years_ahead(world) == {*range(2029, 2041)}


async def test_run_goes_on_after_trouble_and_tells_it(world: World) -> None:
    world.node.pbx.connected = False
    running = asyncio.create_task(world.applier.run())
    try:
        async with asyncio.timeout(5):
            while world.applier.trouble is None:  # noqa: ASYNC110 - as whoever watches it does
                await asyncio.sleep(0.005)
        assert world.applier.trouble == "the PBX is not connected"
        world.node.pbx.connected = True
        world.applier.wake(doubtful=True)
        await asyncio.wait_for(world.applier.until_settled(), 5)
        assert world.applier.trouble is None
        assert await world.is_whole()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_trouble_of_the_database_is_over_at_the_next_look_though_nobody_saves(world: World) -> None:
    """Else a control plane that is not ready, and is asked nothing for that, would never be ready again."""
    await world.applier.once()
    with pytest.raises(StorageError):
        async with world.database.read() as db:
            await db.execute(text("SELECT 1 FROM nowhere"))
    assert world.database.trouble is not None
    await world.applier.once()
    assert world.database.trouble is None


async def test_a_disk_that_was_full_for_long_is_tried_again_soon(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applier, "RETRY_AFTER", 0.001)
    monkeypatch.setattr(applier, "RETRY_MOST", 0.004)
    tries = 0

    def full(_store: Store, _bundle: Bundle) -> str:
        nonlocal tries
        tries += 1
        raise StoreError("No space left on device")

    running = asyncio.create_task(world.applier.run())
    try:
        with monkeypatch.context() as patch:
            patch.setattr(Store, "write", full)
            async with asyncio.timeout(10):
                while tries < 16:  # noqa: ASYNC110 - the last pause, had it doubled each time, would be over half a minute
                    await asyncio.sleep(0.005)
            assert "No space left" in (world.applier.trouble or "")
        await asyncio.wait_for(world.applier.until_settled(), 5)
        assert await world.is_whole()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
