"""``audit verify`` as somebody runs it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.cli.conftest import Command, said


def test_it_says_how_many_links_hold_and_the_head(vaxelflode: Command, norrvik: Path) -> None:
    printed = vaxelflode("audit", "verify", "--data-dir", norrvik).stdout
    found = said(vaxelflode("audit", "verify", "--data-dir", norrvik, "--json"))
    assert found["holds"] is True
    assert f"{found['links']} links hold; the head is {found['head']}" in printed
    held = vaxelflode("audit", "verify", "--data-dir", norrvik, "--head", found["head"].upper()).stdout
    assert f"the noted head is link {found['noted_at'] or found['links']}" in held


def test_it_names_the_first_link_that_does_not_hold(vaxelflode: Command, norrvik: Path) -> None:
    with sqlite3.connect(norrvik / "vaxelflode.sqlite3") as db:
        db.execute("UPDATE audit SET entry = replace(entry, 'company', 'firm') WHERE sequence = 1")
    result = vaxelflode("audit", "verify", "--data-dir", norrvik, status=1)
    assert "link 1 " in result.stderr
    found = said(vaxelflode("audit", "verify", "--data-dir", norrvik, "--json", status=1))
    assert (found["holds"], found["row"], found["links"]) == (False, 1, 0)


def test_a_head_that_is_not_there_fails(vaxelflode: Command, norrvik: Path) -> None:
    result = vaxelflode("audit", "verify", "--data-dir", norrvik, "--head", "0" * 64, status=1)
    assert "nowhere in the chain" in result.stderr


def test_without_a_database_it_says_so(vaxelflode: Command, tmp_path: Path) -> None:
    assert "there is no database" in vaxelflode("audit", "verify", "--data-dir", tmp_path, status=1).stderr
    assert [*tmp_path.iterdir()] == []
