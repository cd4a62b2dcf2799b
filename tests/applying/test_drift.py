"""A hand edit of our files is kept aside, told with its difference, and put right; nobody's work is lost."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.applying.conftest import COMPANY, World
from vaxelflode.errors import PbxRefused
from vaxelflode.rendering.render import FILES, File
from vaxelflode.storage import nodes

HAND = b"\n[by-hand]\nexten => 1,1,NoOp()\n"


async def live(world: World) -> None:
    for o in [*COMPANY.everything.values()][::-1]:
        await world.create(o)
    await world.applier.once()


def current(world: World, file: str) -> Path:
    return world.node.store.directory / "current" / file


def kept(world: World) -> dict[str, bytes]:
    folder = world.node.store.directory / "aside"
    return {path.name.split("-", 1)[1]: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


async def told(world: World) -> dict[str, str]:
    async with world.database.read() as db:
        return {e["file"]: e["difference"] for e in await nodes.hand_edits(db, "here", 20)}


async def look(world: World) -> None:
    world.now += dt.timedelta(seconds=30)
    world.applier.wake(doubtful=True)
    await world.applier.once()


async def test_an_edit_is_kept_aside_told_and_put_right(world: World) -> None:
    await live(world)
    ours = current(world, "extensions.conf").read_bytes()
    with current(world, "extensions.conf").open("ab") as file:
        file.write(HAND)
    await look(world)
    assert kept(world) == {"extensions.conf": ours + HAND}
    assert "+[by-hand]" in (await told(world))["extensions.conf"]
    assert current(world, "extensions.conf").read_bytes() == ours
    await look(world)
    assert len(await told(world)) == 1


async def test_an_edit_made_while_we_were_down_is_found_at_the_next_start(world: World) -> None:
    await live(world)
    current(world, "queues.conf").write_bytes(b"")
    world.start()
    await world.applier.once()
    assert kept(world) == {"queues.conf": b""}
    assert "-[vx-kund]" in (await told(world))["queues.conf"]
    assert b"[vx-kund]" in current(world, "queues.conf").read_bytes()


async def test_a_file_that_was_removed_is_told_and_comes_back(world: World) -> None:
    await live(world)
    current(world, "voicemail.conf").unlink()
    await look(world)
    assert (await told(world)).keys() == {"voicemail.conf"}
    assert all(current(world, name).is_file() for name in FILES)
    assert kept(world) == {}


async def test_only_the_newest_copies_are_kept(world: World) -> None:
    await live(world)
    for n in range(25):
        current(world, "extensions.conf").write_bytes(b"; %d\n" % n)
        await look(world)
    folder = world.node.store.directory / "aside"
    assert len([*folder.iterdir()]) == 20
    assert max(folder.iterdir()).read_bytes() == b"; 24\n"


async def test_nothing_is_kept_where_nobody_edited(world: World) -> None:
    await live(world)
    world.node.pbx.loaded["extensions.conf"].clear()  # the PBX lost it, the disk did not
    await look(world)
    assert kept(world) == {}
    assert await told(world) == {}


async def test_what_stands_in_a_files_place_is_neither_followed_nor_waited_for(world: World, tmp_path: Path) -> None:
    await live(world)
    secret = tmp_path / "secret"
    secret.write_text("hemligt")
    current(world, "extensions.conf").unlink()
    current(world, "extensions.conf").symlink_to(secret)
    await look(world)
    assert kept(world) == {}
    assert (await told(world)).keys() == {"extensions.conf"}
    assert "hemligt" not in str(await told(world))
    current(world, "queues.conf").unlink()
    os.mkfifo(current(world, "queues.conf"))
    store = world.node.store
    assert store.edited(str(store.current())) == {"queues.conf": None}
    assert store.differing(str(store.current()), {"queues.conf": File("", "", (b"",))}) == ["queues.conf"]


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
@pytest.mark.parametrize("name", ["extensions.conf", "manifest.json"])
@pytest.mark.parametrize("started_anew", [False, True])
async def test_what_is_no_file_in_a_files_place_is_put_right(
    world: World, name: str, make: Callable[[Path], None], started_anew: bool
) -> None:
    await live(world)
    current(world, name).unlink()
    make(current(world, name))
    if started_anew:
        world.start()
    async with asyncio.timeout(10):
        await look(world)
    assert current(world, name).is_file()
    assert await world.is_whole()


async def test_files_that_asterisk_may_read_no_longer_are_written_anew(world: World) -> None:
    """Every byte is there, what is loaded is right, and Asterisk's next start would be one without a dialplan."""
    await live(world)
    before = world.node.store.current()

    def refuse() -> None:
        world.node.pbx.hooks.clear()
        raise PbxRefused("Config file not found")

    world.node.pbx.hooks["has_line"] = refuse
    await look(world)
    assert world.node.store.current() != before
    assert await world.is_whole()
    assert kept(world) == {}


async def test_a_place_that_cannot_be_kept_in_keeps_nobody_from_putting_right(world: World) -> None:
    await live(world)
    (world.node.store.directory / "aside").write_text("in the way")
    current(world, "extensions.conf").write_bytes(HAND)
    await look(world)
    assert HAND not in current(world, "extensions.conf").read_bytes()
