"""What of a graph is drawn: ways that lead between the same two nodes are one, and an end stands beside whoever leads
to it, since lines from everywhere to one *the call ends* would hide the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.services import shapes

#: The sort of node at which a call is over; see :mod:`vaxelflode.domain.destination`.
END = "end"


@dataclass(frozen=True, slots=True)
class Way:
    """One line between two nodes: the keys that lead along it (and are pressed), and its other exits in words.

    ``drawn`` is the id of the drawing that it leads to. ``said`` is without what goes without saying.
    """

    source: str
    target: str
    drawn: str
    keys: tuple[str, ...]
    pressed: tuple[str, ...]
    words: tuple[str, ...]
    active: bool
    said: bool = True


@dataclass(frozen=True, slots=True)
class Drawn:
    """A node as it is drawn: ``id`` is the drawing's own, ``place`` its place among all, as the graph counts them."""

    id: str
    node: shapes.Node
    place: int
    active: bool


def ways_of(graph: shapes.Graph) -> tuple[Way, ...]:
    """The lines, in the order of the graph. From the number one goes on in any case: that needs no words."""
    kinds = {node["id"]: node["kind"] for node in graph["nodes"]}
    between: dict[tuple[str, str], list[shapes.Edge]] = {}
    for edge in graph["edges"]:
        between.setdefault((edge["from"], edge["to"]), []).append(edge)
    start = graph["nodes"][0]["id"] if graph["nodes"] else ""
    plain = sum(source == start for source, _ in between) == 1
    return tuple(
        Way(
            source,
            target,
            f"{target}@{source}" if kinds.get(target) == END else target,
            tuple(dict.fromkeys(edge["key"] for edge in edges if edge["key"])),
            tuple(dict.fromkeys(edge["key"] for edge in edges if edge["key"] and edge["active"])),
            tuple(dict.fromkeys(edge["label"] for edge in edges if not edge["key"])),
            any(edge["active"] for edge in edges),
            said=not (plain and source == start),
        )
        for (source, target), edges in between.items()
    )


def drawn(graph: shapes.Graph, ways: Sequence[Way]) -> tuple[Drawn, ...]:
    """Every drawing: first those on the call's path in its order, then the rest as the graph has them.

    That is the order in which a keyboard comes to them.
    """
    nodes = {node["id"]: node for node in graph["nodes"]}
    every = [Drawn(id_, node, 0, node["active"]) for id_, node in nodes.items() if node["kind"] != END]
    every += [Drawn(w.drawn, nodes[w.target], 0, w.active) for w in ways if nodes[w.target]["kind"] == END]
    placed = [Drawn(d.id, d.node, place, d.active) for place, d in enumerate(every)]
    return tuple(sorted(placed, key=lambda d: (not d.active, _step(graph["path"], d.node["id"]), d.place)))


def _step(path: Sequence[str], node: str) -> int:
    return path.index(node) if node in path else len(path)


def chosen(graph: shapes.Graph, wanted: str) -> shapes.Node | None:
    """The node that was asked for; else the object in which the call ends up."""
    nodes = {node["id"]: node for node in graph["nodes"]}
    if wanted in nodes:
        return nodes[wanted]
    return next((nodes[id_] for id_ in reversed(graph["path"]) if id_ in nodes and nodes[id_]["kind"] != END), None)


def address(flow: str, node: shapes.Node) -> str | None:
    """The page of a node's object, where the person may do anything with it."""
    return f"/flows/{flow}/{ObjectRef.parse(node['id'])}" if node["aspects"] else None


def leaving(ways: Iterable[Way], node: str) -> tuple[Way, ...]:
    """The lines that leave a node."""
    return tuple(way for way in ways if way.source == node)
