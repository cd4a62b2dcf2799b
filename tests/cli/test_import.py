"""Files come in whole or not at all, and whoever is refused is told every file and field."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command, said
from tests.cli.test_export import tree


@pytest.fixture
def folder(vaxelflode: Command, founded: Path, tmp_path: Path) -> Path:
    """An export of the sample company, to be edited."""
    vaxelflode("export", tmp_path / "company", "--data-dir", founded)
    return tmp_path / "company"


def edit(file: Path, change: Callable[[Any], object]) -> None:
    """Change what a file says."""
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def closed(weekly: Any) -> None:
    weekly["spec"]["weekly"]["fri"] = [["08:00", "15:00"]]


def test_a_dry_run_says_what_would_change_and_changes_nothing(vaxelflode: Command, norrvik: Path, folder: Path) -> None:
    edit(folder / "objects/schedule/kundtjanst.json", closed)
    (folder / "objects/queue/ny.json").write_text('{"name": "Ny kö", "spec": {}}')
    (folder / "flows/reception.json").unlink()
    asked = ("import-json", folder, "--data-dir", norrvik, "--dry-run", "--prune")
    rows = said(vaxelflode(*asked, "--json"))
    assert rows["state"] == "planned"
    assert [(r["action"], r["what"], r["name"], r["paths"]) for r in rows["changes"]] == [
        ("edit", "object", "Kundtjänst", ["weekly.fri"]),
        ("create", "object", "Ny kö", []),
        ("delete", "flow", "Reception", []),
    ]
    shown = vaxelflode(*asked).stdout
    assert "edit    object  schedule/kundtjanst" in shown
    assert shown.endswith("1 created, 1 changed, 1 deleted; nothing is written (--dry-run)\n")
    assert said(vaxelflode(*asked, "--json")) == rows


def test_an_import_says_what_it_changed_and_that_nobody_runs(vaxelflode: Command, norrvik: Path, folder: Path) -> None:
    edit(folder / "objects/schedule/kundtjanst.json", closed)
    asked = ("import-json", folder, "--data-dir", norrvik, "--wait", 0.3)
    told = vaxelflode(*asked).stdout
    assert "saved as revision 2; it goes live when a control plane of this database runs" in told
    assert vaxelflode(*asked).stdout == "nothing to change: the company is as the files say\n"
    assert said(vaxelflode(*asked, "--json")) == {
        "state": "unchanged", "revision": 2, "pending": 0, "refused": [], "changes": []
    }  # fmt: skip
    shown = said(vaxelflode("objects", "show", "schedule/kundtjanst", "--data-dir", norrvik, "--json"))
    assert shown["spec"]["weekly"]["fri"] == [["08:00", "15:00"]]


def test_people_and_flows_are_in_effect_at_once(vaxelflode: Command, norrvik: Path, folder: Path) -> None:
    (folder / "people/ny@norrvikenergi.example.json").write_text('{"name": "Ny Person"}')
    edit(folder / "flows/reception.json", lambda f: f["supervisors"].append("ny@norrvikenergi.example"))
    told = said(vaxelflode("import-json", folder, "--data-dir", norrvik, "--json"))
    assert (told["state"], told["pending"]) == ("live", 0)
    held = said(vaxelflode("grants", "--person", "ny@norrvikenergi.example", "--data-dir", norrvik, "--json"))
    assert {row["flow"] for row in held} == {"Reception"}


def test_every_fault_is_told_in_a_line_and_nothing_changes(vaxelflode: Command, norrvik: Path, folder: Path) -> None:
    before = vaxelflode("export", "-", "--data-dir", norrvik).stdout
    edit(folder / "objects/schedule/kundtjanst.json", closed)
    edit(folder / "objects/queue/faktura.json", lambda o: o["spec"].update(timeout=1, colour="red"))
    edit(folder / "objects/menu/huvudmeny.json", lambda o: o["spec"]["options"].update({"4": {"object": "queue/x"}}))
    edit(folder / "people/petra.niemi@norrvikenergi.example.json", lambda p: p.update(rights=["queen"]))
    asked = ("import-json", folder, "--data-dir", norrvik)
    lines = vaxelflode(*asked, status=1).stderr.splitlines()
    assert [line.removeprefix("vaxelflode: ").partition(": Input")[0] for line in lines] == [
        "objects/queue/faktura.json: spec.timeout",
        "objects/queue/faktura.json: spec.colour: Extra inputs are not permitted",
        "objects/menu/huvudmeny.json: spec.options.4: there is no queue/x",
        "people/petra.niemi@norrvikenergi.example.json: rights.0",
    ]
    told = said(vaxelflode(*asked, "--json", status=1))
    assert told["state"] == "refused"
    assert told["faults"][2] == {
        "file": "objects/menu/huvudmeny.json",
        "field": "spec.options.4",
        "code": "destination",
        "message": "there is no queue/x",
    }
    assert vaxelflode("export", "-", "--data-dir", norrvik).stdout == before


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("objects/queue/faktura.json", b'{"name":\n "a",,}', "line 2, column 6: "),
        ("objects/queue/faktura.json", b'{"name": "a", "name": "b"}', "'name' stands twice in the same object"),
        ("objects/queue/faktura.json", b'{"name": NaN}', "NaN is no JSON"),
        ("objects/queue/faktura.json", b'{"name": "\xff"}', "is not UTF-8 at byte 10"),
        ("objects/queue/faktura.json", b"[" * 100_000, "maximum recursion depth exceeded"),
        ("objects/queue/faktura.json", b"<<<<<<< HEAD\n", "line 1, column 1: "),
        ("company.json", b"", "line 1, column 1: "),
        ("company.json", b'{"format": 2}', "format: must be 1"),
        (f"sounds/{'ab' * 32}.wav", b"RIFF", "is not named by its SHA-256"),
        ("sounds/hello.wav", b"RIFF", "is not named by its SHA-256"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    vaxelflode: Command, norrvik: Path, folder: Path, name: str, content: bytes, words: str
) -> None:
    (folder / name).write_bytes(content)
    lines = vaxelflode("import-json", folder, "--data-dir", norrvik, status=1).stderr.splitlines()
    assert [line for line in lines if line.startswith(f"vaxelflode: {name}: {words}")] == lines[-1:]


def test_a_file_of_windows_is_read_too(vaxelflode: Command, norrvik: Path, folder: Path) -> None:
    file = folder / "objects/queue/faktura.json"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert "nothing to change" in vaxelflode("import-json", folder, "--data-dir", norrvik).stdout


def test_a_large_sound_is_not_even_read(vaxelflode: Command, norrvik: Path, folder: Path) -> None:
    with (folder / f"sounds/{'ab' * 32}.wav").open("wb") as file:
        file.truncate(11 << 20)
    refused = vaxelflode("import-json", folder, "--data-dir", norrvik, status=1)
    assert refused.stderr == f"vaxelflode: sounds/{'ab' * 32}.wav: is larger than 10 MB\n"


def test_a_folder_that_is_no_export_deletes_nothing(vaxelflode: Command, norrvik: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused = vaxelflode("import-json", tmp_path / "empty", "--prune", "--data-dir", norrvik, status=1)
    assert "this is no export of a company" in refused.stderr
    vaxelflode("import-json", tmp_path / "nowhere", "--data-dir", norrvik, status=2)


def test_what_is_used_is_not_deleted(vaxelflode: Command, norrvik: Path, folder: Path) -> None:
    before = tree(folder)
    (folder / "objects/queue/faktura.json").unlink()
    (folder / "objects/queue/anslutningar.json").unlink()
    lines = vaxelflode("import-json", folder, "--prune", "--data-dir", norrvik, status=1).stderr.splitlines()
    assert "vaxelflode: queue/faktura: is not in the files, but is used by menu/huvudmeny" in lines
    assert any(line.startswith("vaxelflode: flows/kundtjanst.json: grants.") for line in lines)
    vaxelflode("export", folder, "--data-dir", norrvik)
    assert tree(folder) == before


def test_a_pin_that_is_in_no_file_is_told(vaxelflode: Command, norrvik: Path, folder: Path, tmp_path: Path) -> None:
    edit(folder / "objects/voicemail/kundtjanst.json", lambda o: o["spec"].update(pin="1234"))
    vaxelflode("import-json", folder, "--data-dir", norrvik, "--wait", 0)
    vaxelflode("export", folder, "--data-dir", norrvik)
    assert '"pin": "set"' in (folder / "objects/voicemail/kundtjanst.json").read_text()
    assert vaxelflode("import-json", folder, "--data-dir", norrvik, "--wait", 0).stderr == ""
    told = vaxelflode("import-json", folder, "--data-dir", tmp_path / "other", "--wait", 0)
    assert told.stderr.splitlines() == [
        f"{ref}: pin is in no file and not set here; set it anew" for ref in ("switch/krislage", "voicemail/kundtjanst")
    ]


def test_no_name_in_a_file_speaks_to_the_terminal(vaxelflode: Command, norrvik: Path, folder: Path) -> None:
    edit(folder / "objects/queue/faktura.json", lambda o: o.update({"\x1b[31m": 1, "\ud800": 1}))
    asked = ("import-json", folder, "--data-dir", norrvik)
    lines = vaxelflode(*asked, status=1).stderr.splitlines()
    assert lines == [
        "vaxelflode: objects/queue/faktura.json: \ufffd[31m: there is no such field",
        "vaxelflode: objects/queue/faktura.json: \ufffd: there is no such field",
    ]
    assert [f["field"] for f in said(vaxelflode(*asked, "--json", status=1))["faults"]] == ["\x1b[31m", "?"]


def test_what_the_pbx_refuses_is_told_in_its_words(vaxelflode: Command, norrvik: Path, folder: Path) -> None:
    """Somebody decides meanwhile, as a control plane would; what is proven to be taken back is not shown as done."""

    def refuse() -> None:
        waiting = "UPDATE changes SET state = 'rejected', reason = 'line 7: no' WHERE state = 'pending'"
        with closing(sqlite3.connect(norrvik / "vaxelflode.sqlite3", timeout=10, isolation_level=None)) as database:
            while not ended.is_set() and not database.execute(waiting).rowcount:
                ended.wait(0.05)

    ended = threading.Event()
    control_plane = threading.Thread(target=refuse)
    edit(folder / "objects/schedule/kundtjanst.json", closed)
    control_plane.start()
    try:
        told = vaxelflode("import-json", folder, "--data-dir", norrvik, "--wait", 20, status=1)
    finally:
        ended.set()
        control_plane.join(20)
    assert "the PBX refused 1 of 1 changes, and they are taken back" in told.stdout
    assert told.stderr == "vaxelflode: line 7: no\n"
