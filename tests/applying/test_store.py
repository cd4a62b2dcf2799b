"""The generated directory: releases written whole and fresh, one link, one journal."""

from __future__ import annotations

import errno
import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.applying.conftest import COMPANY
from tests.rendering.making import renderer
from vaxelflode.applying.store import KEPT, Journal, Store, StoreError
from vaxelflode.rendering.render import FILES

BUNDLE = renderer().render(COMPANY)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "generated")
    made.prepare()
    return made


def names(store: Store) -> list[str]:
    return sorted(path.name for path in store.directory.iterdir())


@contextmanager
def full_disk(free: int) -> Iterator[None]:
    """No file may grow beyond ``free`` bytes: to a writer that is a disk without room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_release_is_read_as_it_was_written(store: Store) -> None:
    read = store.read(store.write(BUNDLE))
    assert read.revision == BUNDLE.revision
    assert {n: (f.stamp, f.digest, f.content) for n, f in read.files.items()} == {
        n: (f.stamp, f.digest, f.content) for n, f in BUNDLE.files.items()
    }


def test_the_same_bundle_written_again_is_fresh_in_every_file(store: Store) -> None:
    """Asterisk would miss a file of the same size and time."""
    first, second = (store.directory / "releases" / store.write(BUNDLE) for _ in range(2))
    assert first != second
    for name in FILES:
        before, after = (first / name).stat(), (second / name).stat()
        assert before.st_ino != after.st_ino
        assert before.st_mtime_ns < after.st_mtime_ns
        assert after.st_nlink == 1


def test_asterisk_may_read_what_we_write(store: Store) -> None:
    folder = store.directory / "releases" / store.write(BUNDLE)
    assert {(folder / name).stat().st_mode & 0o777 for name in FILES} == {0o644}


def test_the_link_leads_to_one_release_at_a_time(store: Store) -> None:
    assert store.current() is None
    first, second = store.write(BUNDLE), store.write(BUNDLE)
    for release in (first, second, first):
        store.switch(release)
        assert store.current() == release
        assert (store.directory / "current" / "queues.conf").read_bytes() == BUNDLE.files["queues.conf"].content
    store.switch(None)
    assert store.current() is None
    assert names(store) == ["releases"]


def test_the_link_is_relative(store: Store) -> None:
    """Asterisk may see the directory at another place."""
    store.switch(store.write(BUNDLE))
    assert not (store.directory / "current").readlink().is_absolute()


def test_the_journal_tells_what_is_unfinished(store: Store) -> None:
    assert store.unfinished() is None
    store.begin(Journal("1-aa", "2-bb"))
    store.begin(Journal(None, "3-cc"))
    assert store.unfinished() == Journal(None, "3-cc")
    assert Store(store.directory).unfinished() == Journal(None, "3-cc")
    store.end()
    store.end()
    assert store.unfinished() is None


def test_old_releases_go_but_never_one_that_is_needed(store: Store) -> None:
    made = [store.write(BUNDLE) for _ in range(KEPT + 6)]
    store.switch(made[0])
    store.begin(Journal(made[1], made[2]))
    store.prune()
    left = {path.name for path in (store.directory / "releases").iterdir()}
    assert left == {*made[:3], *made[-KEPT:]}


def test_what_a_crash_left_is_cleared_by_the_next_start(store: Store) -> None:
    release = store.write(BUNDLE)
    store.switch(release)
    for left in (".current-0a1b2c3d", ".journal-0a1b2c3d", ".probe-0a1b2c3d"):
        (store.directory / left).symlink_to("nowhere")
    Store(store.directory).prepare()
    assert names(store) == ["current", "releases"]
    assert store.current() == release


def test_a_release_that_a_crash_cut_short_is_not_read(store: Store) -> None:
    release = store.write(BUNDLE)
    (store.directory / "releases" / release / "manifest.json").unlink()
    with pytest.raises(StoreError):
        store.read(release)


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "{",
        "[]",
        "7",
        "{}",
        "\xff",
        '{"revision": 1, "files": {}}',
        '{"revision": 1, "files": []}',
        '{"revision": 1, "files": {"queues.conf": {"stamp": "x y", "digest": "", "sum": 0}}}',
        '{"revision": 1, "files": {"queues.conf": {"stamp": 1, "digest": "", "sum": 0}}}',
    ],
)
def test_a_manifest_that_is_none_is_said_to_be_none(store: Store, manifest: str) -> None:
    release = store.write(BUNDLE)
    (store.directory / "releases" / release / "manifest.json").write_text(manifest, encoding="latin-1")
    with pytest.raises(StoreError):
        store.read(release)


@pytest.mark.parametrize("stamp", ["1" * 80 + "-ab", "1-" + "a" * 80, "1-ab\n", "١-ab"])
def test_a_stamp_that_could_not_name_a_sentinel_is_none(store: Store, stamp: str) -> None:
    release = store.write(BUNDLE)
    path = store.directory / "releases" / release / "manifest.json"
    said = json.loads(path.read_bytes())
    said["files"]["queues.conf"]["stamp"] = stamp
    path.write_text(json.dumps(said))
    with pytest.raises(StoreError, match="is not a stamp"):
        store.read(release)


@pytest.mark.parametrize("name", FILES)
def test_an_edited_release_is_not_read(store: Store, name: str) -> None:
    release = store.write(BUNDLE)
    path = store.directory / "releases" / release / name
    path.write_bytes(path.read_bytes().replace(b"r", b"R", 1))
    with pytest.raises(StoreError, match="changed since it was written"):
        store.read(release)
    assert store.differing(release, BUNDLE.files) == [name]


@pytest.mark.parametrize("text", ["{}", "", "{", "[]", "5", "null", '{"before": 1, "after": 2}'])
def test_a_journal_that_is_none_is_put_aside(store: Store, text: str) -> None:
    (store.directory / "journal.json").write_text(text)
    assert store.unfinished() is None
    assert (store.directory / "journal.damaged").read_text() == text
    assert not (store.directory / "journal.json").exists()


@pytest.mark.parametrize("free", [0, 100, len(BUNDLE.files["extensions.conf"].content) - 1])
def test_a_full_disk_is_told_and_no_part_of_a_release_stays(store: Store, free: int) -> None:
    kept = store.write(BUNDLE)
    with full_disk(free), pytest.raises(StoreError, match="releases"):
        store.write(BUNDLE)
    assert [path.name for path in (store.directory / "releases").iterdir()] == [kept]


def test_a_full_disk_keeps_the_journal_from_being_begun(store: Store) -> None:
    with full_disk(0), pytest.raises(StoreError):
        store.begin(Journal(None, "1-aa"))
    assert store.unfinished() is None


def test_on_a_full_disk_nothing_half_made_is_left_lying(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of no bytes may still be made where no byte has room, and a link where its directory cannot be synced."""
    store.switch(store.write(BUNDLE))
    before = names(store)
    with full_disk(0):
        for _ in range(3):
            with pytest.raises(StoreError):
                store.begin(Journal(None, "1-aa"))
            with pytest.raises(StoreError):
                store.keep_aside("extensions.conf", b"theirs", 5)
    monkeypatch.setattr(Path, "replace", _no_room)
    with pytest.raises(StoreError):
        store.switch("1-aa")
    assert names(store) == sorted([*before, "aside"])
    assert list((store.directory / "aside").iterdir()) == []


def _no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError):
        Store(tmp_path / "file" / "generated").prepare()


def test_a_missing_directory_is_told_by_every_step(tmp_path: Path) -> None:
    store = Store(tmp_path / "never made")
    with pytest.raises(StoreError):
        store.switch("1-aa")
    with pytest.raises(StoreError):
        store.begin(Journal(None, "1-aa"))


def test_one_applier_a_directory(store: Store) -> None:
    with store.locked(), pytest.raises(StoreError, match="another"), Store(store.directory).locked():
        pass
    with Store(store.directory).locked():
        pass
