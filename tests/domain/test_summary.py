"""A change in a few words."""

from __future__ import annotations

from vaxelflode.domain.edits import ABSENT, Edit
from vaxelflode.domain.summary import summary


def test_a_summary_tells_the_verb_and_the_paths() -> None:
    edits = [
        Edit(("weekly", "mon"), [], [1]),
        Edit(("overrides", "aa"), ABSENT, {}),
        Edit(("options", "1"), {}, ABSENT),
    ]
    assert summary("edit", "Kundtjänst", edits) == "Kundtjänst: changed weekly.mon, +overrides.aa, -options.1"


def test_a_summary_of_much_is_cut() -> None:
    edits = [Edit((f"f{n}",), 0, 1) for n in range(9)]
    assert summary("edit", "A", edits) == "A: changed f0, f1, f2, f3, f4, f5 …"


def test_a_summary_of_nothing_is_its_verb() -> None:
    assert summary("delete", "A", []) == "A: deleted"
