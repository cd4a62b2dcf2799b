"""A graph as a tree, for keyboard, screen reader and phone: every node once with its ways out below it.

It is opened where a call comes to it after the fewest steps; elsewhere it is only named, and it is said whether one
goes back to it or finds it elsewhere. So a graph that goes round has an outline that ends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from vaxelflode.web.graph.ways import Way

#: ``back``: it is above in the same branch. ``elsewhere``: it is opened in another one.
Again = Literal["", "back", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the outline: the node, and the way that leads to it; none to the first.

    After the row a list is opened (``opens``), or so many are closed (``closes``): a template needs no recursion.
    """

    node: str
    way: Way | None
    again: Again
    opens: bool = False
    closes: int = 0

    @property
    def active(self) -> bool:
        """Whether the call passes here by this way."""
        return self.way is None or self.way.active


def outline(start: str, ways: Sequence[Way]) -> tuple[Row, ...]:
    """The rows, from ``start``. Where that has a single way out, what follows stands beside it rather than below."""
    out: dict[str, list[Way]] = {}
    for way in ways:
        out.setdefault(way.source, []).append(way)
    found = list(_rows(start, out, _opened(start, out)))
    flat = len(out.get(start, ())) == 1
    depths = [max(depth - flat, 0) for _, depth in found] + [0]
    return tuple(
        Row(row.node, row.way, row.again, depths[n + 1] > depths[n], max(depths[n] - depths[n + 1], 0))
        for n, (row, _) in enumerate(found)
    )


def _opened(start: str, out: Mapping[str, Sequence[Way]]) -> Mapping[str, Way | None]:
    """Node → the way at which it is opened: the first of those that are reached soonest."""
    first: dict[str, Way | None] = {start: None}
    waiting = deque([start])
    while waiting:
        for way in out.get(waiting.popleft(), ()):
            if way.target not in first:
                first[way.target] = way
                waiting.append(way.target)
    return first


def _rows(start: str, out: Mapping[str, Sequence[Way]], opened: Mapping[str, Way | None]) -> Iterator[tuple[Row, int]]:
    """Row by row with its depth."""
    waiting: list[tuple[Way | None, tuple[str, ...]]] = [(None, ())]
    while waiting:
        way, branch = waiting.pop()
        node = start if way is None else way.target
        again: Again = ""
        if node in branch:
            again = "back"
        elif node in out and opened[node] != way:
            again = "elsewhere"
        yield Row(node, way, again), len(branch)
        if not again:
            waiting.extend((further, (*branch, node)) for further in reversed(out.get(node, ())))
