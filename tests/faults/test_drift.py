"""What somebody does by hand in our place: edits, removals, other rights, with or without a reload after it."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.rows import MARKS, Rows, chance
from tests.faults.stand import EVERY, Stand
from vaxelflode.rendering.render import FILES

pytestmark = MARKS

#: Does its damage to the generated directory.
Damage = Callable[[Path, random.Random], None]


def _file(folder: Path, draw: random.Random) -> Path:
    return folder / "current" / draw.choice(FILES)


def _append(folder: Path, draw: random.Random) -> None:
    with _file(folder, draw).open("a") as file:
        file.write("\n[vx-by-hand]\nexten => s,1,NoOp()\n")


def _replace(folder: Path, draw: random.Random) -> None:
    path = folder / "current" / "extensions.conf"
    path.write_text(path.read_text().replace("Hangup(16)", "Hangup(17)"))


def _same_length_and_time(folder: Path, draw: random.Random) -> None:
    path = folder / "current" / "extensions.conf"
    times = path.stat()
    _replace(folder, draw)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _cut(folder: Path, draw: random.Random) -> None:
    path = _file(folder, draw)
    os.truncate(path, draw.randrange(path.stat().st_size))


def _delete(folder: Path, draw: random.Random) -> None:
    _file(folder, draw).unlink()


def _delete_release(folder: Path, draw: random.Random) -> None:
    shutil.rmtree((folder / "current").resolve())


def _delete_link(folder: Path, draw: random.Random) -> None:
    (folder / "current").unlink()


def _delete_everything(folder: Path, draw: random.Random) -> None:
    (folder / "current").unlink()
    shutil.rmtree(folder / "releases")


def _delete_manifest(folder: Path, draw: random.Random) -> None:
    (folder / "current" / "manifest.json").unlink()


def _lead_elsewhere(folder: Path, draw: random.Random) -> None:
    """To an older release, as whoever wants to go back by hand would."""
    others = sorted(p for p in (folder / "releases").iterdir() if p != (folder / "current").resolve())
    (folder / "current").unlink()
    (folder / "current").symlink_to(Path("releases") / (draw.choice(others).name if others else "nowhere"))


def _forbid_file(folder: Path, draw: random.Random) -> None:
    _file(folder, draw).chmod(0)


def _forbid_release(folder: Path, draw: random.Random) -> None:
    (folder / "current").resolve().chmod(0)


def _folder_in_its_place(folder: Path, draw: random.Random) -> None:
    path = _file(folder, draw)
    path.unlink()
    path.mkdir()


def _pipe_in_its_place(folder: Path, draw: random.Random) -> None:
    """Whoever opens it waits for ever."""
    path = _file(folder, draw)
    path.unlink()
    os.mkfifo(path)


DAMAGES: dict[str, tuple[Damage, ...]] = {
    "file edited by hand": (_append, _replace, _same_length_and_time, _cut),
    "file deleted by hand": (_delete, _delete_release, _delete_link, _delete_everything, _delete_manifest),
    "file replaced by hand": (_lead_elsewhere, _folder_in_its_place, _pipe_in_its_place),
    "file chmodded by hand": (_forbid_file, _forbid_release),
}
#: Those after which Asterisk must not be told to read: it would wait for ever, as whoever put it there wanted.
_UNREADABLE = (_pipe_in_its_place,)


@pytest.mark.parametrize("row", DAMAGES)
async def test_drift(rows: Rows, row: str) -> None:
    async def once(here: Stand, number: int) -> float:
        draw = chance(row, number)
        damage = DAMAGES[row][number % len(DAMAGES[row])]
        reloaded, saved = draw.random() < 0.5, draw.random() < 0.3
        await here.save("override")
        await here.agrees()
        await asyncio.sleep(draw.uniform(0, 5))
        damage(here.pbx.generated, draw)
        if reloaded and damage not in _UNREADABLE:
            await here.pbx.cli("module reload")
        saves = asyncio.create_task(here.save(*EVERY)) if saved else None
        took = await here.agrees()
        if saves is not None:
            await saves
        if reloaded and damage not in _UNREADABLE:
            await here.pbx.cli("module reload")  # what is on the disk is what is loaded, also now
            await here.agrees(5)
        return took

    await rows.run(row, once, least=1, side_by_side=6)
