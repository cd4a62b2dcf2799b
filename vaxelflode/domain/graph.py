"""The graph of a number: every object that a call to it may meet, and the exits that join them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from vaxelflode.domain.company import Company
from vaxelflode.domain.destination import AnyDestination, target_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.simulate import end_id


@dataclass(frozen=True, slots=True)
class Node:
    """``object`` is ``None`` for an end outside the company (hang up, an external number, foreign dialplan)."""

    id: str
    kind: str
    name: str
    object: ObjectRef | None


@dataclass(frozen=True, slots=True)
class Edge:
    """An exit: ``exit`` and ``field`` as the kind calls them, ``label`` what people call it, if anything.

    ``key`` is what a caller presses to take it, if anything.
    """

    source: str
    target: str
    exit: str
    field: str
    label: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in the order in which a call may first meet them, and the edges between."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def asked(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """Node → the keys that a caller is asked to choose from there; whoever rests somewhere may press one as well."""
    keys: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.key is not None and not kinds()[edge.source.partition("/")[0]].spec.rests:
            keys.setdefault(edge.source, []).append(edge.key)
    return {node: tuple(found) for node, found in keys.items()}


def graph_of(company: Company, start: ObjectRef) -> Graph:
    """The graph from ``start``. An exit to what is not there is left out: the domain lets none be made."""
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}
    waiting = deque([start])
    while waiting:
        ref = waiting.popleft()
        o = company.get(ref)
        if o is None or str(ref) in nodes:
            continue
        nodes[str(ref)] = Node(str(ref), ref.kind, o.name, ref)
        for way in o.spec.exits():
            target = _target(company, way.destination)
            if target is None:
                continue
            edges[Edge(str(ref), target, way.name, way.field, way.label, o.spec.key_of(way))] = None
            inside = target_of(way.destination)
            if inside is not None:
                waiting.append(inside)
            else:
                nodes.setdefault(target, _outside(target))
    return Graph(tuple(nodes.values()), tuple(edges))


def _target(company: Company, destination: AnyDestination) -> str | None:
    inside = target_of(destination)
    if inside is None:
        return end_id(destination)
    return str(inside) if inside in company else None


def _outside(node: str) -> Node:
    kind, _, name = node.partition("/")
    return Node(node, kind, name, None)
