"""The drawn plans without a PBX: the same seed draws the same, and a plan's file and command show what was expected."""

from __future__ import annotations

import json
import shlex
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from tests.oracle import coverage
from tests.oracle.drawing import Drawing
from tests.oracle.plan import Plan
from vaxelflode.cli import main


def drawn(seed: int, many: int) -> list[Plan]:
    chance = Random(seed)
    every = (Drawing(chance, n).plan() for n in range(1000))
    return list(islice((plan for plan in every if plan is not None), many))


def test_a_seed_draws_the_same_plans_again() -> None:
    first, again = drawn(7, 15), drawn(7, 15)
    assert [plan.as_file() for plan in first] == [plan.as_file() for plan in again]
    assert [plan.simulation for plan in first] == [plan.simulation for plan in again]


def test_what_is_taken_is_among_what_is_wanted() -> None:
    """Else a cell is counted that the table does not show."""
    whys = {(kind, "hung_up") for kind in ("queue", "menu", "forward", "ring_group", "voicemail", "extension")}
    taken = {cell for plan in drawn(8, 150) for cell in coverage.taken(plan)}
    assert taken - {*coverage.wanted()} - whys - {("announcement", "hung_up")} == set()


@pytest.mark.parametrize("seed", range(3))
def test_a_plans_file_and_command_show_what_was_expected(seed: int, tmp_path: Path) -> None:
    for plan in drawn(seed, 12):
        if plan.held is not None:
            continue  # the command knows no lengths of prompts
        file = tmp_path / f"{plan.number}.json"
        file.write_text(plan.as_file())
        arguments = [*shlex.split(plan.command(file))[1:], "--json", "--data-dir", str(tmp_path)]
        shown = CliRunner().invoke(main, arguments)
        assert shown.exit_code == 0, shown.output
        assert json.loads(shown.output)["path"] == [*plan.simulation.path]
