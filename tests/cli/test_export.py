"""The company goes out as files that can live in git, and the same company is always the same files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command, said
from vaxelflode.audio.telephone import check, digest


def tree(folder: Path) -> dict[str, bytes]:
    """Every file by its path."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_company_goes_out_and_comes_back_to_the_last_byte(vaxelflode: Command, founded: Path, tmp_path: Path) -> None:
    vaxelflode("export", tmp_path / "a", "--data-dir", founded)
    vaxelflode("import-json", tmp_path / "a", "--data-dir", tmp_path / "other", "--wait", 0)
    vaxelflode("export", tmp_path / "b", "--data-dir", tmp_path / "other")
    out = tree(tmp_path / "a")
    assert tree(tmp_path / "b") == out
    assert {path.split("/")[0] for path in out} == {"company.json", "objects", "flows", "people", "sounds"}
    for path, content in out.items():
        if path.endswith(".wav"):
            assert path == f"sounds/{digest(content)}.wav"
            told = json.loads(out[path.replace(".wav", ".json")])
            assert told["words"]
            assert abs(told["seconds"] - check(content).seconds) < 0.02
        else:
            text = content.decode()
            assert text.endswith("\n")
            assert json.loads(text) is not None
            assert not any(word in text for word in ("password", "argon2", "token"))


def test_to_export_again_touches_only_what_has_changed(vaxelflode: Command, norrvik: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    first = said(vaxelflode("export", folder, "--data-dir", norrvik, "--json"))
    assert first["removed"] == []
    assert set(first["changed"]) == set(tree(folder))
    again = said(vaxelflode("export", folder, "--data-dir", norrvik, "--json"))
    assert (again["changed"], again["removed"], again["unchanged"]) == ([], [], len(first["changed"]))

    queue = folder / "objects/queue/faktura.json"
    queue.write_text(queue.read_text().replace('"length": 8', '"length": 9'))
    (folder / "flows/reception.json").unlink()
    vaxelflode("import-json", folder, "--prune", "--data-dir", norrvik, "--wait", 0)
    before = tree(folder)
    elsewhere = said(vaxelflode("export", tmp_path / "elsewhere", "--data-dir", norrvik, "--json"))
    assert tree(tmp_path / "elsewhere") == before
    assert len(elsewhere["changed"]) == len(first["changed"]) - 1
    assert said(vaxelflode("export", folder, "--data-dir", norrvik, "--json"))["changed"] == []


def test_files_of_what_is_gone_are_removed_and_others_are_let_be(
    vaxelflode: Command, founded: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    vaxelflode("export", folder, "--data-dir", founded)
    strays = ["objects/menu/borta.json", "objects/forward/x.json", "flows/gammal.json", "people/x@y.json"]
    strays += [f"sounds/{'ab' * 32}.wav", f"sounds/{'ab' * 32}.json"]
    kept = ["README.md", ".git/HEAD", ".gitignore", "ci/policy.toml", "objects/README.md"]
    for name in (*strays, *kept):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    assert set(said(vaxelflode("export", folder, "--data-dir", founded, "--json"))["removed"]) == set(strays)
    assert set(kept) <= set(tree(folder))
    assert not (folder / "objects/forward").exists()
    assert "nothing to change" in vaxelflode("import-json", folder, "--dry-run", "--data-dir", founded).stdout


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(
    vaxelflode: Command, founded: Path, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    refused = vaxelflode("export", tmp_path / "photos", "--data-dir", founded, status=1)
    assert "is not empty, and no export" in refused.stderr
    assert list(tree(tmp_path / "photos")) == ["cat.jpg"]
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    vaxelflode("export", tmp_path / "repository", "--data-dir", founded)


def test_a_company_in_one_file_is_the_same_company(vaxelflode: Command, founded: Path, tmp_path: Path) -> None:
    file = tmp_path / "norrvik.json"
    told = vaxelflode("export", file, "--data-dir", founded)
    assert "sounds are not in it" in told.stderr
    assert vaxelflode("export", "-", "--data-dir", founded).stdout == file.read_text()
    assert set(json.loads(file.read_text())) == {"format", "objects", "flows", "people", "sounds"}
    assert "nothing to change" in vaxelflode("import-json", file, "--data-dir", founded, "--wait", 0).stdout
    missing = vaxelflode("import-json", file, "--data-dir", tmp_path / "other", status=1)
    assert "norrvik.json: objects.menu/huvudmeny.spec.prompt: there is no such prompt" in missing.stderr


def test_a_place_that_cannot_be_written_is_named(vaxelflode: Command, founded: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = vaxelflode("export", tmp_path / "file" / "out", "--data-dir", founded, status=1)
    assert refused.stderr.startswith(f"vaxelflode: {tmp_path / 'file'}")


@pytest.mark.parametrize("command", [("export", "out"), ("import-json", ".", "--dry-run"), ("objects",), ("flows",)])
def test_whoever_only_reads_makes_no_database(vaxelflode: Command, tmp_path: Path, command: tuple[str, ...]) -> None:
    refused = vaxelflode(*command, "--data-dir", tmp_path / "none", status=1)
    assert refused.stderr.startswith(f"vaxelflode: there is no database at {tmp_path / 'none'}")
    assert len(refused.output.splitlines()) == 1
    assert not (tmp_path / "none").exists()
