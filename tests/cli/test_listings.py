"""What there is and who may do what, for people in columns and for programs as JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Command, said
from vaxelflode.cli.dot import dot, quoted
from vaxelflode.domain.graph import Edge, Graph, Node
from vaxelflode.domain.identifiers import ObjectRef

KARIN, PETRA = "karin.astrom@norrvikenergi.example", "petra.niemi@norrvikenergi.example"
TOMAS, JOHAN = "tomas.ek@norrvikenergi.example", "johan.berg@norrvikenergi.example"
OPEN = "2027-03-16T10:42"


def columns(text: str) -> list[list[str]]:
    return [re.split(r" {2,}", line) for line in text.splitlines()]


def test_objects_are_listed_with_their_users(vaxelflode: Command, founded: Path) -> None:
    queues = columns(vaxelflode("objects", "--kind", "queue", "--data-dir", founded).stdout)
    assert queues[0] == ["OBJECT", "NAME", "USED BY"]
    assert ["queue/felanmalan", "Felanmälan", "announcement/storavbrott, menu/huvudmeny, schedule/elavbrott"] in queues
    every = said(vaxelflode("objects", "--data-dir", founded, "--json"))
    assert len(every) == 39
    (menu,) = (o for o in every if o["kind"] == "menu")
    assert menu["used_by"] == ["schedule/kundtjanst"]
    assert set(menu) == {"kind", "key", "version", "used_by", "name", "spec"}


def test_columns_begin_under_each_other(vaxelflode: Command, founded: Path) -> None:
    lines = vaxelflode("objects", "--data-dir", founded).stdout.splitlines()
    at = lines[0].index("NAME")
    assert all(line[at - 2 : at] == "  " and line[at] != " " for line in lines)


def test_one_object_is_shown_as_its_file_is(vaxelflode: Command, founded: Path, tmp_path: Path) -> None:
    vaxelflode("export", tmp_path / "out", "--data-dir", founded)
    shown = vaxelflode("objects", "--data-dir", founded, "show", "queue/faktura").stdout
    assert shown == (tmp_path / "out/objects/queue/faktura.json").read_text() + "used by menu/huvudmeny\n"
    assert (
        said(vaxelflode("objects", "show", "queue/faktura", "--file", tmp_path / "out", "--json"))["key"] == "faktura"
    )
    for wrong in ("queue/nowhere", "queue", ""):
        assert wrong in vaxelflode("objects", "show", wrong, "--data-dir", founded, status=1).stderr


def test_flows_are_listed_and_shown_by_name_or_id(vaxelflode: Command, founded: Path) -> None:
    listed = columns(vaxelflode("flows", "--data-dir", founded).stdout)
    assert [row[1] for row in listed] == ["NAME", "Anslutningar", "Elavbrott och fara", "Kundtjänst", "Reception"]
    every = said(vaxelflode("flows", "--data-dir", founded, "--json"))
    one = next(flow for flow in every if flow["name"] == "Reception")
    assert said(vaxelflode("flows", "show", one["id"], "--data-dir", founded, "--json")) == one
    shown = vaxelflode("flows", "show", "Reception", "--data-dir", founded).stdout
    assert f"supervisors  {PETRA}" in shown
    assert ["queue/reception", "watch, agents, audio"] in columns(shown)
    assert (
        "there is no flow Nattflödet"
        in vaxelflode("flows", "show", "Nattflödet", "--data-dir", founded, status=1).stderr
    )


def test_two_flows_of_one_name_are_told_apart_by_their_ids(vaxelflode: Command, founded: Path, tmp_path: Path) -> None:
    said_ = json.loads(vaxelflode("export", "-", "--data-dir", founded).stdout)
    ids = ["00000000000000f1", "00000000000000f2"]
    said_["flows"] = [{"id": one, "name": "Samma"} for one in ids]
    (tmp_path / "a.json").write_text(json.dumps(said_))
    refused = vaxelflode("flows", "show", "Samma", "--file", tmp_path / "a.json", status=1)
    assert f"several flows are called Samma; say which by its id: {', '.join(ids)}" in refused.stderr


def test_grants_are_told_by_person_object_and_flow(vaxelflode: Command, founded: Path) -> None:
    def listed(*options: str) -> list[tuple[str, str]]:
        rows = said(vaxelflode("grants", *options, "--data-dir", founded, "--json"))
        return [(row["flow"], row["object"]) for row in rows]

    assert len(listed()) == 16
    assert {flow for flow, _ in listed("--person", KARIN)} == {"Kundtjänst"}
    assert {flow for flow, _ in listed("--person", TOMAS)} == {"Anslutningar", "Elavbrott och fara", "Kundtjänst"}
    assert listed("--object", "queue/felanmalan") == [
        ("Elavbrott och fara", "queue/felanmalan"),
        ("Kundtjänst", "queue/felanmalan"),
    ]
    assert len(listed("--flow", "Reception")) == 4
    assert listed("--flow", "Reception", "--person", KARIN) == []
    (row,) = said(vaxelflode("grants", "--person", KARIN, "--object", "queue/faktura", "--data-dir", founded, "--json"))
    assert row["aspects"] == ["watch", "agents", "audio"]
    assert row["supervisors"] == [KARIN, TOMAS]
    assert row["holds"] is True
    assert vaxelflode("grants", "--flow", "Reception", "--data-dir", founded).stdout.startswith("FLOW       OBJECT ")
    for options in (("--person", "x@y"), ("--object", "queue/x"), ("--flow", "x")):
        vaxelflode("grants", *options, "--data-dir", founded, status=1)


def test_grants_say_what_ends_and_who_needs_none(vaxelflode: Command, founded: Path, tmp_path: Path) -> None:
    said_ = json.loads(vaxelflode("export", "-", "--data-dir", founded).stdout)
    flow = next(f for f in said_["flows"] if f["name"] == "Reception")
    flow["grants"][0] |= {"limits": {"override_days": 7}, "expires": "2020-01-01T00:00:00+00:00"}
    flow["supervisors"].append(JOHAN)
    people = {p["email"]: p for p in said_["people"]}
    people[JOHAN]["rights"] = ["flow_admin"]
    people[KARIN]["disabled"] = True
    file = tmp_path / "a.json"
    file.write_text(json.dumps(said_))
    (row, *_) = columns(vaxelflode("grants", "--person", PETRA, "--file", file).stdout)[1:]
    assert row[3:5] == ['{"override_days": 7}', "ended 2020-01-01T00:00:00+00:00"]
    told = vaxelflode("grants", "--person", JOHAN, "--file", file)
    assert told.stdout == ""
    assert "may do everything without any grant" in told.stderr
    assert "has no right flow_user" in told.stderr
    told = vaxelflode("grants", "--person", KARIN, "--file", file, "--json")
    assert (told.stdout, "is disabled" in told.stderr) == ("[]\n", True)


def test_a_graph_is_told_as_an_outline(vaxelflode: Command, founded: Path) -> None:
    lines = vaxelflode(
        "graph", "010-102 22 90", "--at", OPEN, "--digits", "2", "--data-dir", founded
    ).stdout.splitlines()
    assert lines[:3] == [
        "* number/46101022290  010-102 22 90",
        "*     Samtal till numret: schedule/kundtjanst  Kundtjänst",
        "*         Öppet: menu/huvudmeny  Huvudmeny",
    ]
    assert "*             Tryck 2: queue/faktura  Faktura" in lines
    assert "              Tryck 1: queue/kundservice  Kundservice" in lines
    assert sum(line.startswith("*") for line in lines) == 4
    opened = [line.split(": ")[-1] for line in lines if not line.endswith("(above)")]
    assert len([line for line in opened if line.startswith("announcement/manga")]) == 1


def test_a_graph_is_told_as_json(vaxelflode: Command, founded: Path) -> None:
    graph = said(vaxelflode("graph", "+46101022290", "--at", OPEN, "--digits", "2", "--data-dir", founded, "--json"))
    assert graph["path"] == ["number/46101022290", "schedule/kundtjanst", "menu/huvudmeny", "queue/faktura"]
    assert [n["id"] for n in graph["nodes"] if n["active"]] == graph["path"]
    assert [(e["from"], e["exit"]) for e in graph["edges"] if e["active"]] == [
        ("number/46101022290", "route"),
        ("schedule/kundtjanst", "open"),
        ("menu/huvudmeny", "2"),
    ]


def test_a_graph_of_no_number_and_in_two_ways_is_none(vaxelflode: Command, founded: Path) -> None:
    assert (
        "there is no number +4612345678" in vaxelflode("graph", "+4612345678", "--data-dir", founded, status=1).stderr
    )
    vaxelflode("graph", "+46101022290", "--dot", "--json", "--data-dir", founded, status=2)


def read_dot(text: str) -> tuple[dict[str, dict[str, str]], list[tuple[str, str, dict[str, str]]]]:
    """The nodes and edges of a graph, read as Graphviz's grammar has it: strings end at the first bare quote."""
    string = r'"((?:[^"\\]|\\.)*)"'
    value = rf"(?:{string}|([A-Za-z_]+))"
    body = rf"\[((?:[a-z]+={value}(?:, )?)*)\]"
    nodes, edges = {}, []
    for line in text.splitlines()[4:-1]:
        edge = re.fullmatch(rf"  {string} -> {string} {body};", line)
        node = re.fullmatch(rf"  {string} {body};", line)
        assert edge or node, line
        found = {m[1]: m[2] or m[3] for m in re.finditer(rf"([a-z]+)={value}", (edge[3] if edge else node[2]))}  # type: ignore[index]
        if edge:
            edges.append((edge[1], edge[2], found))
        elif node:
            nodes[node[1]] = found
    return nodes, edges


def plain(label: str) -> list[str]:
    """The lines that Graphviz draws of a label: escapes, then entities."""
    lines = re.sub(r"\\(.)", lambda m: "\0" if m[1] == "n" else m[1], label).split("\0")
    return [line.replace("&amp;", "&") for line in lines]


ODD = ['Kö "A;B", ${SHELL(x)}', "\\", "a\\", '\\"', "\\n", "\\N", "&lt;", "&amp;", '"]; x [y="', "<b>", "åäö 🎉"]


@pytest.mark.parametrize("name", ODD)
def test_names_are_shown_as_typed_and_are_no_language(name: str) -> None:
    there = tuple(Node(f"queue/{key}", "queue", name, ObjectRef("queue", key)) for key in "ab")
    graph = Graph(there, (Edge("queue/a", "queue/b", "full", "full", name),))
    nodes, edges = read_dot(dot(graph, ["queue/a"], [("queue/a", "full")]))
    assert plain(nodes["queue/a"]["label"]) == [name, "queue"]
    assert nodes["queue/a"]["style"] == "bold"
    assert "style" not in nodes["queue/b"]
    ((source, target, drawn),) = edges
    assert (source, target, plain(drawn["label"]), drawn["style"]) == ("queue/a", "queue/b", [name], "bold")
    assert quoted(name)[1:-1].count('"') == quoted(name)[1:-1].count('\\"')


def test_a_graph_is_drawn_with_what_is_on_the_way_bold(vaxelflode: Command, founded: Path) -> None:
    nodes, edges = read_dot(vaxelflode("graph", "+46101022290", "--at", OPEN, "--dot", "--data-dir", founded).stdout)
    bold = {name for name, drawn in nodes.items() if drawn.get("style") == "bold"}
    assert bold == {"number/46101022290", "schedule/kundtjanst", "menu/huvudmeny", "queue/reception"}
    assert ("menu/huvudmeny", "queue/faktura", {"label": "Tryck 2"}) in edges
    assert [e[2]["label"] for e in edges if "style" in e[2]] == ["Samtal till numret", "Öppet", "Inget val"]
    assert plain(nodes["end/hangup"]["label"]) == ["Samtalet avslutas"]
    assert plain(nodes["queue/reception"]["label"]) == ["Reception", "queue"]


def test_a_call_is_simulated_without_a_database(vaxelflode: Command, founded: Path, tmp_path: Path) -> None:
    vaxelflode("export", tmp_path / "out", "--data-dir", founded)
    vaxelflode("export", tmp_path / "one.json", "--data-dir", founded)
    asked = ("simulate", "+46101022290", "--at", OPEN, "--digits", "2", "--json")
    expected = said(vaxelflode(*asked, "--data-dir", founded))
    assert expected["path"][-1] == "queue/faktura"
    for source in (tmp_path / "out", tmp_path / "one.json"):
        assert said(vaxelflode(*asked, "--file", source, "--data-dir", tmp_path / "none")) == expected
    assert not (tmp_path / "none").exists()


def test_a_call_that_goes_round_in_circles_is_told_so(vaxelflode: Command, founded: Path, tmp_path: Path) -> None:
    vaxelflode("export", tmp_path / "out", "--data-dir", founded)
    menu = tmp_path / "out" / "objects" / "menu" / "huvudmeny.json"
    held = json.loads(menu.read_text("utf-8"))
    held["spec"]["timeout"] = {"object": "menu/huvudmeny"}
    menu.write_text(json.dumps(held), "utf-8")
    asked = ("simulate", "+46101022290", "--at", OPEN, "--file", tmp_path / "out", "--data-dir", tmp_path / "none")
    lines = vaxelflode(*asked).stdout.splitlines()
    assert "          menu/huvudmeny                       Och så vidare, om och om igen." in lines


@pytest.mark.parametrize(
    "command",
    [
        ("simulate", "+46101022290"),
        ("graph", "+46101022290"),
        ("grants",),
        ("objects", "show", "menu/x"),
        ("flows", "show", "x"),
        ("user", "list"),
    ],
)
def test_to_look_makes_no_database(vaxelflode: Command, tmp_path: Path, command: tuple[str, ...]) -> None:
    refused = vaxelflode(*command, "--data-dir", tmp_path / "none", status=1)
    assert refused.output == f"vaxelflode: there is no database at {tmp_path / 'none' / 'vaxelflode.sqlite3'}\n"
    assert not (tmp_path / "none").exists()


def test_a_database_without_a_company_or_of_another_version_is_told(vaxelflode: Command, tmp_path: Path) -> None:
    (tmp_path / "vaxelflode.sqlite3").touch()
    assert "no company in the database yet" in vaxelflode("objects", "--data-dir", tmp_path, status=1).stderr
    vaxelflode("migrate", "--data-dir", tmp_path)
    assert vaxelflode("objects", "--data-dir", tmp_path).output == ""
    assert said(vaxelflode("objects", "--data-dir", tmp_path, "--json")) == []
