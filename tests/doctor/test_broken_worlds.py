"""In a healthy world the doctor finds nothing; in each broken one it says what is broken, and how it is mended."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from tests.api.company import PROMPT
from tests.doctor.conftest import NODE, NOW, Box
from tests.rendering.making import new_renderer
from tests.storage.test_changes import change
from vaxelflode.asterisk import ConnectionState
from vaxelflode.doctor.checks import CHECKS, directories, disk
from vaxelflode.doctor.checks.settings import file_findings
from vaxelflode.doctor.examine import examine
from vaxelflode.doctor.finding import Finding, Level
from vaxelflode.doctor.world import World
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import PbxLoginRefused, PbxUnavailable
from vaxelflode.settings import load
from vaxelflode.storage import changes, nodes, objects
from vaxelflode.storage import schema as t
from vaxelflode.storage.database import Database, StorageError

QUEUE = ObjectRef("queue", "kund")


async def found(world: World) -> list[Finding]:
    """What is not all right; whatever is said has a remedy."""
    said = [f for f in await examine(world) if f.level is not Level.OK]
    assert all(f.remedy and f.seen and "\n" not in f.seen + f.remedy for f in said)
    return said


async def only(world: World, check: str, level: Level, *words: str) -> Finding:
    """The one thing that is not all right; ``words`` are in what was seen or in the remedy."""
    said = await found(world)
    assert [(f.check, f.level) for f in said] == [(check, level)], said
    for word in words:
        assert word in f"{said[0].seen} → {said[0].remedy}", said[0]
    return said[0]


async def test_in_a_healthy_world_every_check_looks_and_finds_nothing(box: Box) -> None:
    said = await examine(box.world)
    assert {f.check for f in said} == set(CHECKS)
    assert [f for f in said if f.level is not Level.OK] == []
    assert not any(f.remedy for f in said)


# ---- settings


async def test_one_account_for_two_trades(box: Box) -> None:
    settings = load(data_dir=box.world.settings.data_dir, ami_live_user="vx-apply", **_places(box))
    await only(replace(box.world, settings=settings), "settings", Level.WARN, "two accounts")


@pytest.mark.parametrize(("listen", "open_"), [("0.0.0.0:8080", True), ("pbx.example.se:80", True), ("[::1]:1", False)])
async def test_an_open_door(box: Box, listen: str, open_: bool) -> None:
    world = replace(box.world, settings=load(data_dir=box.world.settings.data_dir, listen=listen, **_places(box)))
    if open_:
        await only(world, "settings", Level.WARN, "TLS", listen)
    else:
        assert await found(world) == []


async def test_a_key_that_locks_nothing(box: Box) -> None:
    key = box.world.settings.data_dir / "key"
    settings = load(data_dir=box.world.settings.data_dir, secret_key_file=key, **_places(box))
    await only(replace(box.world, settings=settings), "settings", Level.WARN, "nothing uses one", "SECRET_KEY_FILE")


def _places(box: Box) -> dict[str, Any]:
    s = box.world.settings
    return {"asterisk_config_dir": s.asterisk_config_dir, "asterisk_sounds_dir": s.asterisk_sounds_dir}


def test_a_settings_file_that_everybody_may_read(box: Box) -> None:
    file = box.world.settings.data_dir / "vaxelflode.toml"
    file.write_text('ami_live_secret = "x"\n')
    file.chmod(0o640)
    assert file_findings(file) == file_findings(None) == file_findings(file.with_name("nosuch")) == []
    file.chmod(0o644)
    (said,) = file_findings(file)
    assert said.level is Level.WARN
    assert f"chmod o= {file}" in said.remedy


# ---- database


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("there is no database at /x", "VAXELFLODE_DATA_DIR"),
        ("the database is of another version of Växelflöde; …", "vaxelflode migrate"),
        ("the database was made by a newer version of Växelflöde", "restore from a backup"),
        ("the database did not answer: file is not a database", "restore the last backup"),
        ("the database did not answer: connection refused", "VAXELFLODE_DATABASE_URL"),
        ("the database did not answer: password authentication failed for user", "password"),
    ],
)
async def test_a_database_that_cannot_be_read(box: Box, words: str, remedy: str) -> None:
    world = replace(box.world, database=None, company=None, compare=None, no_database=words)
    await only(world, "database", Level.FAIL, words, remedy)


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("the database did not answer: database is locked", "keeps it locked"),
        ("the database did not answer: others are writing", "keeps it locked"),
        ("the database did not answer: attempt to write a readonly database", "the right to write"),
        ("the database did not answer: database or disk is full", "make room"),
    ],
)
async def test_a_database_that_cannot_be_written_to(
    box: Box, monkeypatch: pytest.MonkeyPatch, words: str, remedy: str
) -> None:
    def refused() -> None:
        raise StorageError(words)

    monkeypatch.setattr(box.database, "write", refused)
    await only(box.world, "database", Level.FAIL, words, remedy)


async def test_a_database_that_somebody_else_keeps_locked(box: Box, url: str) -> None:
    """Not by words of ours but by the lock itself."""
    hasty = Database.open(url, lock_wait=0.1)
    try:
        async with box.database.write():
            said = await examine(replace(box.world, database=hasty), {"database": CHECKS["database"]})
    finally:
        await hasty.close()
    assert said[0].level is Level.FAIL
    assert said[0].remedy


# ---- directories and disks


async def test_directories_that_are_not_there(box: Box) -> None:
    where = box.world.settings.data_dir / "nowhere"
    places = _places(box) | {"asterisk_sounds_dir": where}
    world = replace(box.world, settings=load(data_dir=box.world.settings.data_dir, **places))
    said = [f for f in await found(world) if f.check == "directories"]
    assert [f.level for f in said] == [Level.FAIL]
    assert "VAXELFLODE_ASTERISK_SOUNDS_DIR" in said[0].remedy
    where.write_text("a file")
    said = [f for f in await found(world) if f.check == "directories"]
    assert "no directory" in said[0].seen


async def test_a_directory_without_the_right_to_write(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may be root, who may everything."""
    sounds = box.world.settings.asterisk_sounds_dir
    monkeypatch.setattr(directories.os, "access", lambda path, _mode: path != sounds)  # type: ignore[attr-defined]
    await only(box.world, "directories", Level.FAIL, str(sounds), "give it to the user")


async def test_a_release_that_was_damaged(box: Box) -> None:
    world = replace(box.world, disk=None, no_disk="extensions.conf: has been changed since it was written")
    await only(world, "directories", Level.FAIL, "has been changed", "vaxelflode apply")


@pytest.mark.parametrize(("free", "level"), [(1 << 20, Level.FAIL), (300 << 20, Level.WARN)])
async def test_a_disk_that_is_full(box: Box, monkeypatch: pytest.MonkeyPatch, free: int, level: Level) -> None:
    real = os.statvfs

    def told(path: Path) -> os.statvfs_result:
        values = list(real(path))
        values[1], values[4] = 4096, free // 4096
        return os.statvfs_result(values)

    monkeypatch.setattr(disk.os, "statvfs", told)  # type: ignore[attr-defined]
    said = await found(box.world)
    assert {(f.check, f.level) for f in said} == {("disk space", level)}
    assert "make room" in said[0].remedy


# ---- Asterisk


@pytest.mark.parametrize(
    ("state", "reason", "remedy"),
    [
        (ConnectionState.REFUSED, "the PBX refuses account vx-apply", "VAXELFLODE_AMI_APPLY_SECRET"),
        (ConnectionState.BOOTING, "waiting for FullyBooted", "read=system"),
        (ConnectionState.LOST, "no connection to 127.0.0.1:5038", "Asterisk runs"),
        (ConnectionState.LOST, "the PBX is silent", "Asterisk runs"),
    ],
)
async def test_an_account_that_is_not_connected(box: Box, state: ConnectionState, reason: str, remedy: str) -> None:
    box.apply.state, box.apply.reason = state, reason
    await only(box.world, "AMI", Level.FAIL, reason, remedy)


async def test_an_account_that_may_too_little_or_too_much(box: Box) -> None:
    box.live.write = {"reporting"}
    await only(box.world, "privileges", Level.FAIL, "vx-live lacks write=agent", "write=agent,reporting")
    box.live.write = {"agent", "reporting", "originate", "command"}
    await only(box.world, "privileges", Level.WARN, "write=originate,command")


@pytest.mark.parametrize(
    ("error", "remedy"),
    [(PbxLoginRefused("ARI does not accept"), "ARI_SECRET"), (PbxUnavailable("ARI does not answer"), "http.conf")],
)
async def test_ari_that_does_not_answer(box: Box, error: Exception, remedy: str) -> None:
    async def ari() -> None:
        raise error

    await only(replace(box.world, ari=ari), "ARI", Level.FAIL, remedy)
    assert await found(replace(box.world, ari=None)) == []


@pytest.mark.parametrize(("version", "level"), [("20.1.0", Level.FAIL), ("GIT-23-abc", Level.WARN), ("", Level.WARN)])
async def test_another_version_of_asterisk(box: Box, version: str, level: Level) -> None:
    box.apply.version = version
    await only(box.world, "Asterisk", level, "use Asterisk 22")


@pytest.mark.parametrize(("module", "level"), [("app_queue", Level.FAIL), ("res_pjsip_exten_state", Level.WARN)])
async def test_a_module_that_is_not_loaded(box: Box, module: str, level: Level) -> None:
    box.apply.modules.remove(module)
    await only(box.world, "Asterisk", level, f"load = {module}.so")


async def test_a_module_that_takes_anothers_place(box: Box) -> None:
    box.apply.modules.add("app_voicemail_odbc")
    await only(box.world, "Asterisk", Level.FAIL, "noload = app_voicemail_odbc.so")


@pytest.mark.parametrize(
    ("file", "line"), [("queues.conf", "persistentmembers=yes"), ("voicemail.conf", "passwordlocation=spooldir")]
)
async def test_an_option_that_we_rely_on(box: Box, file: str, line: str) -> None:
    box.apply.files[file]["general"] = []
    await only(box.world, "Asterisk", Level.WARN, f"write {line} in the [general] of {file}")
    box.apply.files[file]["general"] = [line, f"{line.partition('=')[0]} = other"]
    await only(box.world, "Asterisk", Level.WARN, f"write {line}")
    box.apply.files[file]["general"] = [line.replace("yes", "true")]
    assert await found(box.world) == []


@pytest.mark.parametrize("file", ["extensions.conf", "queues.conf", "voicemail.conf", "musiconhold.conf"])
async def test_a_file_of_ours_that_is_not_taken_in(box: Box, file: str) -> None:
    path = f"{box.world.settings.config_path}/current/{file}"
    box.apply.files[file] = {"general": ["persistentmembers=yes", "passwordlocation=spooldir"]}
    await only(box.world, "includes", Level.FAIL, f'#tryinclude "{path}"')
    del box.apply.files[path]
    await only(box.world, "includes", Level.FAIL, "Asterisk cannot read", "VAXELFLODE_ASTERISK_CONFIG_PATH")
    box.apply.files[path] = {}
    await only(box.world, "includes", Level.FAIL, "without its last section", "vaxelflode apply")


async def test_an_extension_without_a_phone(box: Box) -> None:
    box.apply.endpoints = []
    await only(box.world, "phones", Level.WARN, "201 (extension 201)", "pjsip.conf")


# ---- time


@pytest.mark.parametrize(("seconds", "level"), [(20, Level.WARN), (-20, Level.WARN), (600, Level.FAIL)])
async def test_a_pbx_whose_clock_differs(box: Box, seconds: int, level: Level) -> None:
    box.apply.clock = NOW + dt.timedelta(seconds=seconds)
    await only(box.world, "clock", level, f"{abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}", "chrony")


async def test_the_time_that_looking_takes_is_no_difference(box: Box) -> None:
    box.apply.clock = NOW + dt.timedelta(minutes=5)
    assert await found(replace(box.world, clock=lambda: NOW + dt.timedelta(minutes=5))) == []


async def test_a_clock_that_was_set_back(box: Box) -> None:
    async with box.database.write() as db:
        await db.execute(update(t.revisions).values(at=NOW + dt.timedelta(days=1)))
    await only(box.world, "clock", Level.FAIL, "yet to come")


async def test_an_asterisk_without_time_zones(box: Box) -> None:
    box.apply.zones_known = False
    await only(box.world, "time zones", Level.FAIL, "Europe/Stockholm", "UTC+00:00", "UTC+01:00", "tzdata")


# ---- the control plane


async def test_no_control_plane(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    async def none() -> None:
        return None

    world = replace(box.world, ready=none)
    await only(world, "serve", Level.FAIL, "does not answer", "its log")
    monkeypatch.setattr(box.store, "is_locked", lambda: False)
    await only(world, "serve", Level.FAIL, "no control plane runs here", "vaxelflode serve")
    await only(box.world, "serve", Level.WARN, "applies to another directory")


@pytest.mark.parametrize(
    ("part", "words", "remedy"),
    [
        ("ami_live", "lost since …", "of AMI above"),
        ("database", "the database did not answer", "of the database above"),
        ("applier", "/x/releases: No space left on device", "make room"),
        ("applier", "/x/releases: Read-only file system", "mount the disk"),
        ("applier", "/x/releases: Permission denied", "give the directory"),
        ("applier", "A reload is in progress", "core restart now"),
        ("applier", "…; run `vaxelflode apply` to make the older one live all the same", "restore the newer database"),
        ("applier", "revision 7 was refused: …", "vaxelflode check"),
        ("applier", "the revision before could not be restored: …", "vaxelflode apply"),
        ("applier", "something that nobody foresaw", "its log"),
    ],
)
async def test_a_control_plane_that_is_not_ready(box: Box, part: str, words: str, remedy: str) -> None:
    async def ready() -> dict[str, str]:
        return {part: words}

    await only(replace(box.world, ready=ready), "serve", Level.FAIL, words, remedy)


async def _waiting(box: Box, seconds: float) -> None:
    made = replace(change(1), object=QUEUE, at=NOW - dt.timedelta(seconds=seconds))
    async with box.database.write() as db:
        await changes.add(db, made, {})


async def test_changes_that_wait(box: Box) -> None:
    await _waiting(box, 5)
    assert await found(box.world) == []
    async with box.database.write() as db:
        await db.execute(update(t.changes).values(at=NOW - dt.timedelta(minutes=5)))
    said = [f for f in await found(box.world) if f.check == "changes"]
    assert [f.level for f in said] == [Level.FAIL]
    assert "1 saved and not live, the oldest for 300 s" in said[0].seen


async def test_an_applier_that_cannot(box: Box) -> None:
    async with box.database.write() as db:
        await nodes.report(db, NODE, NOW, revision=None, reason="the disk is full")
    await only(box.world, "changes", Level.FAIL, "the disk is full")


async def test_a_last_application_that_was_refused(box: Box) -> None:
    async with box.database.write() as db:
        await nodes.applied(db, NODE, NOW, 7, "rejected", "extensions.conf: no", {})
    await only(box.world, "changes", Level.WARN, "revision 7", "extensions.conf: no")


async def test_an_application_that_was_cut_short(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    (box.store.directory / "journal.json").write_text("{}")
    assert await found(box.world) == []
    monkeypatch.setattr(box.store, "is_locked", lambda: False)
    said = [f for f in await found(box.world) if f.check == "directories"]
    assert "cut short" in said[0].seen


# ---- what is live


async def test_a_file_that_was_changed_by_hand_and_not_put_right(box: Box) -> None:
    file = box.store.directory / "current" / "extensions.conf"
    file.write_text(file.read_text().replace("Hangup(1)", "Hangup(2)"))
    await only(box.world, "agreement", Level.FAIL, "within 30 s", "vaxelflode apply")


async def test_a_pbx_that_has_loaded_something_else(box: Box) -> None:
    box.pbx.loaded["queues.conf"].pop("vx-kund")
    await only(box.world, "agreement", Level.FAIL, "queue/kund")


async def test_a_database_that_is_older_than_what_is_live(box: Box) -> None:
    assert box.world.disk is not None
    world = replace(box.world, disk=replace(box.world.disk, revision=99))
    await only(world, "agreement", Level.FAIL, "revision 99 is live", "restore the newer one")


async def test_nothing_published_yet(box: Box) -> None:
    await only(replace(box.world, disk=None), "agreement", Level.FAIL, "nothing has been published")


async def test_hand_edits_of_the_last_week(box: Box) -> None:
    async with box.database.write() as db:
        await nodes.edited_by_hand(db, NODE, NOW - dt.timedelta(days=2), "queues.conf", "- a\n+ b\n")
    await only(box.world, "hand edits", Level.WARN, "queues.conf", "aside")
    assert await found(replace(box.world, node="elsewhere")) == []
    async with box.database.write() as db:
        await db.execute(update(t.hand_edits).values(at=NOW - dt.timedelta(days=20)))
    assert await found(box.world) == []


async def test_a_prompt_that_is_missing_altered_or_hidden(box: Box) -> None:
    path = box.world.settings.asterisk_sounds_dir / f"{PROMPT}.wav"
    sound = path.read_bytes()
    path.chmod(0o600)
    await only(box.world, "prompts", Level.FAIL, "cannot be read by others")
    path.write_bytes(sound[:-2])
    await only(box.world, "prompts", Level.FAIL, "is not what was recorded", "from the database")
    path.unlink()
    await only(box.world, "prompts", Level.FAIL, "No such file", "silence")


@pytest.mark.parametrize(("year", "level"), [(2016, Level.WARN), (2015, Level.FAIL)])
async def test_holidays_that_end(box: Box, year: int, level: Level) -> None:
    """Rendered in that year, and never renewed."""
    assert box.world.company is not None
    world = replace(box.world, disk=new_renderer(dt.date(year, 6, 1)).render(box.world.company), compare=None)
    world = replace(world, now=NOW.replace(year=2026, month=3))
    said = [f for f in await found(world) if f.check == "holidays"]
    assert [f.level for f in said] == [level], said
    assert "SE" in said[0].seen


async def test_an_audit_chain_that_does_not_hold(box: Box) -> None:
    async with box.database.write() as db:
        await db.execute(update(t.audit).values(entry="{}"))
    await only(box.world, "audit", Level.FAIL, "link 1", "backup")


# ---- the doctor itself


async def test_a_check_that_cannot_look_says_so_and_keeps_no_other_from_looking(box: Box) -> None:
    async with box.database.write() as db:
        await db.execute(delete(t.audit))

    async def broken(_world: World) -> list[Finding]:
        raise PbxUnavailable("the connection is gone")

    looks: dict[str, Callable[[World], Awaitable[Any]]] = {"broken": broken, **CHECKS}
    said = [f for f in await examine(box.world, looks) if f.level is not Level.OK]
    assert [f.check for f in said] == ["broken"]
    assert "the connection is gone" in said[0].seen


async def test_looking_changes_nothing(box: Box) -> None:
    async def state() -> object:
        async with box.database.read() as db:
            rows = [(await db.execute(table.select())).all() for table in t.metadata.sorted_tables]
        paths = sorted(box.store.directory.rglob("*"))
        return rows, [(p, p.lstat().st_mtime_ns) for p in paths]

    before = await state()
    await examine(box.world)
    assert await state() == before
    assert box.pbx.reloads == []
    async with box.database.read() as db:
        assert (await objects.current_revision(db)) == 1


async def test_an_audit_chain_that_is_too_long_to_be_read_here(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaxelflode.doctor.checks.audit._WITHIN", 0.0)
    await only(box.world, "audit", Level.WARN, "vaxelflode audit verify")
