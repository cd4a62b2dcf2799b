"""``graph``: what a call to a number may meet, and what is on the way now."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from vaxelflode.bootstrap import utc_now
from vaxelflode.cli.company import company_of, from_file, lengths
from vaxelflode.cli.dot import dot as in_dot
from vaxelflode.cli.options import as_json, print_json, with_settings
from vaxelflode.domain.graph import Edge, Graph, graph_of
from vaxelflode.domain.simulate import Simulation
from vaxelflode.i18n.words import Words
from vaxelflode.services.call_path import Question, number_of, simulated
from vaxelflode.settings import Settings


@click.command()
@click.argument("number")
@click.option("--at", help="ISO 8601 or epoch seconds; without it: now.")
@click.option("--caller", help="Who calls.")
@click.option("--digits", default="", help="The keys that are pressed, in order; a comma is a pause.")
@click.option("--dot", is_flag=True, help="In the language of Graphviz; what is on the way is bold.")
@from_file
@as_json
@with_settings
def graph(
    settings: Settings,
    number: str,
    at: str | None,
    caller: str | None,
    digits: str,
    dot: bool,
    file: Path | None,
    as_json: bool,
) -> None:
    """The graph of NUMBER: everything that a call to it may meet, and (marked) what it meets as things stand."""
    if dot and as_json:
        raise click.UsageError("--dot and --json are two ways to print the same; choose one")
    there = company_of(settings, file)
    question = Question(at, caller, digits, zone=settings.time_zone, country_code=settings.country_code)
    path, _ = simulated(there, number, question, utc_now(), lengths(there))
    found = in_words(
        graph_of(there.company, number_of(there.company, number, settings.country_code)), Words(settings.language)
    )
    if as_json:
        print_json(_json(found, path))
    elif dot:
        click.echo(in_dot(found, path.path, _taken(path)), nl=False)
    else:
        for line in outline(found, _taken(path)):
            click.echo(line)


def in_words(graph: Graph, words: Words) -> Graph:
    """The graph with its exits and ends called as people call them."""
    return Graph(
        tuple(node if node.object else replace(node, name=words.outside(node.kind, node.name)) for node in graph.nodes),
        tuple(replace(e, label=words.exit(e.source.partition("/")[0], e.field, e.exit, e.label)) for e in graph.edges),
    )


def _taken(path: Simulation) -> set[tuple[str, str]]:
    return {(str(s.object), s.passage.exit) for s in path.steps if s.passage.exit}


def _json(graph: Graph, path: Simulation) -> dict[str, Any]:
    taken, on_path = _taken(path), set(path.path)
    return {
        "nodes": [{"id": n.id, "kind": n.kind, "name": n.name, "active": n.id in on_path} for n in graph.nodes],
        "edges": [
            {"from": e.source, "to": e.target, "exit": e.exit, "label": e.label, "active": (e.source, e.exit) in taken}
            for e in graph.edges
        ],
        "path": list(path.path),
    }


def outline(graph: Graph, taken: Container[tuple[str, str]]) -> Iterator[str]:
    """The graph as lines: each node once with its exits below it, elsewhere only named; ``*`` marks what is on the way.

    A call may go round; since every node is opened once, the lines end all the same.
    """
    names = {node.id: f"{node.id}  {node.name}" for node in graph.nodes}
    exits: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        exits.setdefault(edge.source, []).append(edge)
    opened: set[str] = set()
    start = graph.nodes[0].id
    waiting = [(0, start, f"* {names[start]}")]
    while waiting:
        depth, here, line = waiting.pop()
        if here in opened:
            yield f"{line}  (above)" if here in exits else line
            continue
        opened.add(here)
        yield line
        for e in reversed(exits.get(here, [])):
            mark = "*" if (e.source, e.exit) in taken else " "
            waiting.append((depth + 1, e.target, f"{mark} {'    ' * (depth + 1)}{e.label}: {names[e.target]}"))
