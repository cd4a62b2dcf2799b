"""A graph in the language of Graphviz. Names are anybody's text, so nothing of theirs may be taken for language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vaxelflode.domain.graph import Graph, Node

_SHAPES = {"number": "oval", "schedule": "diamond", "switch": "diamond", "menu": "hexagon", "end": "plaintext"}


def quoted(text: str) -> str:
    """A text as a quoted string that Graphviz shows as it is.

    In a label a backslash begins an escape (``\\N`` is the node's name) and ``&`` an entity (``&lt;``), so both are
    written as Graphviz writes them for itself.
    """
    plain = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def dot(graph: Graph, path: Iterable[str], taken: Iterable[tuple[str, str]]) -> str:
    """The graph; the nodes on ``path`` and the exits ``taken`` (node and exit) are bold."""
    return "\n".join(_lines(graph, frozenset(path), frozenset(taken))) + "\n"


def _lines(graph: Graph, path: frozenset[str], taken: frozenset[tuple[str, str]]) -> Iterator[str]:
    yield "digraph {"
    yield "  rankdir=LR;"
    yield '  node [shape=box, fontname="sans-serif"];'
    yield '  edge [fontname="sans-serif"];'
    for node in graph.nodes:
        yield f"  {quoted(node.id)} [{_node(node, bold=node.id in path)}];"
    for edge in graph.edges:
        bold = ", style=bold" if (edge.source, edge.exit) in taken else ""
        yield f"  {quoted(edge.source)} -> {quoted(edge.target)} [label={quoted(edge.label or edge.exit)}{bold}];"
    yield "}"


def _node(node: Node, *, bold: bool) -> str:
    # "\n" is the line break of labels; what stands around it is quoted by itself.
    label = quoted(node.name) if node.object is None else f"{quoted(node.name)[:-1]}\\n{quoted(node.kind)[1:]}"
    shape = f", shape={_SHAPES[node.kind]}" if node.kind in _SHAPES else ""
    return f"label={label}{shape}{', style=bold' if bold else ''}"
