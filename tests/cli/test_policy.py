"""Permissions as code: the shipped example holds, and what does not hold is told with what was decided."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import Command, said

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "norrvik-policy.toml"
KARIN = "karin.astrom@norrvikenergi.example"


def expect(**said_: object) -> str:
    one = {"person": KARIN, "object": "queue/faktura", "allowed": True} | said_
    return "[[expect]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in one.items())


def test_the_shipped_example_holds_for_the_sample_company(vaxelflode: Command, founded: Path, tmp_path: Path) -> None:
    number = len(tomllib.loads(EXAMPLE.read_text("utf-8"))["expect"])
    assert vaxelflode("policy", "test", EXAMPLE, "--data-dir", founded).stdout == f"{number} hold\n"
    vaxelflode("export", tmp_path / "out", "--data-dir", founded)
    told = said(vaxelflode("policy", "test", EXAMPLE, "--company", tmp_path / "out", "--json"))
    assert (told["total"], told["failed"]) == (number, 0)


def test_the_shipped_example_does_not_hold_for_a_company_without_flows(
    vaxelflode: Command, founded: Path, tmp_path: Path
) -> None:
    """What expects to be allowed fails; a flow that it speaks of and that is not there makes it unusable."""
    company = json.loads(vaxelflode("export", "-", "--data-dir", founded).stdout)
    for flow in company["flows"]:
        flow["grants"] = []
    (tmp_path / "a.json").write_text(json.dumps(company))
    told = said(vaxelflode("policy", "test", EXAMPLE, "--company", tmp_path / "a.json", "--json", status=1))
    allowed = [e["number"] for e in told["expectations"] if e["expected"]["allowed"]]
    failed = {e["number"] for e in told["expectations"] if not e["holds"]}
    assert failed >= {*allowed} - {told["total"]}  # the last one is an administrator's
    (tmp_path / "a.json").write_text(json.dumps(company | {"flows": []}))
    refused = vaxelflode("policy", "test", EXAMPLE, "--company", tmp_path / "a.json", status=2)
    assert "expect.1.via: there is no flow Kundtjänst" in refused.stderr


def test_what_fails_is_told_with_what_was_decided(vaxelflode: Command, founded: Path, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(
        expect(says="Karin ställer in fakturakön", do="settings")
        + expect(do="agents", allowed=False)
        + expect(do="watch")
    )
    told = vaxelflode("policy", "test", file, "--data-dir", founded, status=1)
    assert told.stdout.splitlines() == [
        "FAILED 1: Karin ställer in fakturakön",
        f"  asked     {KARIN}: settings of queue/faktura",
        "  expected to be allowed",
        "  decided   refused: no flow of yours grants settings of queue/faktura; an administrator can grant it",
        f"FAILED 2: {KARIN}: agents of queue/faktura",
        "  expected to be refused",
        "  decided   allowed by the flow Kundtjänst",
        "3 expectations, 2 failed",
    ]
    rows = said(vaxelflode("policy", "test", file, "--data-dir", founded, "--json", status=1))
    assert [e["holds"] for e in rows["expectations"]] == [False, False, True]
    assert rows["expectations"][1]["decided"] == {"allowed": True, "known": True, "reason": "", "via": "Kundtjänst"}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.toml", "[[expect]]\nperson = x\n", "(at line 2, column 10)"),
        ("a.toml", "", "expect: Field required"),
        ("a.toml", expect(read=True, alowed=1), "expect.1.alowed: Extra inputs are not permitted"),
        ("a.toml", expect(), "expect.1: asks nothing"),
        ("a.toml", expect(do="watch") + expect(do="fly"), "expect.2.do: of a queue one can be granted watch, "),
        ("a.json", '{"expect": [}', "line 1, column 13: "),
        ("a.json", '{"expect": [3]}', "expect.1: Input should be a valid dictionary"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_by_line_or_field(
    vaxelflode: Command, founded: Path, tmp_path: Path, name: str, content: str, words: str
) -> None:
    (tmp_path / name).write_text(content)
    refused = vaxelflode("policy", "test", tmp_path / name, "--data-dir", founded, status=2)
    (line,) = refused.stderr.splitlines()
    assert line.startswith(f"vaxelflode: {tmp_path / name}: ")
    assert words in line


def test_json_is_as_good_as_toml(vaxelflode: Command, founded: Path, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(tomllib.loads(EXAMPLE.read_text("utf-8")), default=str))
    assert "hold" in vaxelflode("policy", "test", file, "--data-dir", founded).stdout
