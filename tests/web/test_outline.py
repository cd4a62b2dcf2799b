"""A graph as an outline: what goes round ends, and nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxelflode.web.graph.outline import Row, outline
from vaxelflode.web.graph.ways import Way


def way(source: str, target: str, *, active: bool = False) -> Way:
    return Way(source, target, target, (), (), ("Then",), active)


def ways(text: str) -> tuple[Way, ...]:
    """``a>b b>c``; ``a=b`` is on the call's path."""
    return tuple(way(part[0], part[2], active=part[1] == "=") for part in text.split())


def drawn(rows: Sequence[Row]) -> list[str]:
    """The outline as its lists nest: two blanks a level, ``^`` for back and ``~`` for elsewhere."""
    lines, depth = [], 0
    for row in rows:
        lines.append("  " * depth + {"": "", "back": "^", "elsewhere": "~"}[row.again] + row.node)
        depth += row.opens - row.closes
    assert depth == 0
    return lines


@pytest.mark.parametrize(
    ("graph", "told"),
    [
        ("", ["a"]),
        ("a>b", ["a", "b"]),
        ("a>b b>c b>d", ["a", "b", "  c", "  d"]),
        ("a>b a>c", ["a", "  b", "  c"]),
        # A leaf is repeated, since there is nothing below it to be found elsewhere.
        ("a>b b>c b>d c>e d>e", ["a", "b", "  c", "    e", "  d", "    e"]),
        # What has ways out of its own is opened once, where it is reached soonest.
        ("a>b b>c b>d c>d d>e", ["a", "b", "  c", "    ~d", "  d", "    e"]),
        # Round and back: to itself, to the menu above, to the very beginning.
        ("a>b b>b b>c c>b", ["a", "b", "  ^b", "  c", "    ^b"]),
        ("a>b b>a", ["a", "b", "  ^a"]),
        ("a>a", ["a", "^a"]),
    ],
)
def test_each_node_is_opened_once(graph: str, told: list[str]) -> None:
    assert drawn(outline("a", ways(graph))) == told


def test_rows_are_on_the_way_where_the_call_takes_that_way() -> None:
    rows = outline("a", ways("a=b b=c b>d c>d"))
    assert [(row.node, row.active) for row in rows] == [
        ("a", True),
        ("b", True),
        ("c", True),
        ("d", False),
        ("d", False),
    ]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40, unique=True))
def test_any_graph_is_told_whole_and_no_row_twice(edges: list[tuple[int, int]]) -> None:
    every = [way(str(a), str(b)) for a, b in edges]
    rows = outline("0", every)
    drawn(rows)
    reached, waiting = {"0"}, ["0"]
    while waiting:
        here = waiting.pop()
        new = {w.target for w in every if w.source == here} - reached
        reached |= new
        waiting.extend(new)
    assert {row.node for row in rows} == reached
    told = [row.way for row in rows[1:]]
    assert sorted((w.source, w.target) for w in told if w) == sorted(
        (w.source, w.target) for w in every if w.source in reached
    )


def test_a_chain_as_long_as_one_likes_has_an_outline() -> None:
    assert len(outline("0", [way(str(n), str(n + 1)) for n in range(5000)])) == 5001
