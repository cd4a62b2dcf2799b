"""The graph in words: what is asked, what is answered, what the panel says of a node."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from multidict import MultiDict

from vaxelflode.errors import Invalid
from vaxelflode.services import shapes
from vaxelflode.web.graph.answer import answer
from vaxelflode.web.graph.panel import panel
from vaxelflode.web.graph.question import Asked, asked, choices, clock
from vaxelflode.web.graph.ways import chosen, drawn, ways_of
from vaxelflode.web.page import Look

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = dt.datetime(2027, 3, 16, 10, 42, tzinfo=STOCKHOLM)
SV, EN = Look("sv", NOW), Look("en", NOW)

NODES = {
    "number/46101022290": "010-102 22 90",
    "schedule/tider": "Kundtjänst",
    "menu/meny": "Huvudmeny",
    "queue/service": "Kundservice",
    "queue/faktura": "Faktura",
    "announcement/natt": "Nattmeddelande",
    "voicemail/svar": "Kundtjänst",
    "extension/208": "Oskar Hellström",
    "end/hangup": "Samtalet avslutas",
}
EDGES = [
    ("number/46101022290", "schedule/tider", "route", "Samtal till numret", None),
    ("schedule/tider", "menu/meny", "open", "Öppet", None),
    ("schedule/tider", "announcement/natt", "closed", "Stängt", None),
    ("menu/meny", "queue/service", "1", "Tryck 1", "1"),
    ("menu/meny", "queue/faktura", "2", "Tryck 2", "2"),
    ("menu/meny", "menu/meny", "9", "Tryck 9", "9"),
    ("menu/meny", "menu/meny", "timeout", "Inget val", None),
    ("queue/service", "end/hangup", "full", "Kön är full", None),
    ("queue/service", "end/hangup", "waited", "Väntat för länge", None),
    ("queue/faktura", "extension/208", "full", "Kön är full", None),
    ("announcement/natt", "voicemail/svar", "next", "Sedan", None),
    ("voicemail/svar", "end/hangup", "after", "Efter meddelandet", None),
]
EDITABLE = {"schedule/tider": ["override", "hours"], "queue/service": ["watch", "agents"]}
ASPECTS = EDITABLE | {"queue/faktura": ["watch"]}


def graph(*steps: tuple[str, str | None], end: tuple[str, str] | None = None) -> shapes.Graph:
    """A graph with the call that takes ``steps`` (node and exit)."""
    path = [node for node, _ in steps] + ([] if end is None else ["/".join(end)])
    taken = {(node, out, to) for (node, out), to in zip(steps, path[1:], strict=False)}
    nodes: list[shapes.Node] = [
        {
            "id": id_,
            "kind": id_.partition("/")[0],
            "name": name,
            "editable": id_ in EDITABLE,
            "aspects": ASPECTS.get(id_, []),
            "reason": None,
            "by": [
                {"flow": "Kundtjänst", "aspects": ASPECTS[id_], "supervisors": ["karin@x.example", "gone@x.example"]}
            ]
            if id_ in ASPECTS
            else [],
            "keys": ["1", "2", "9"] if id_ == "menu/meny" else [],
            "active": id_ in path,
        }
        for id_, name in NODES.items()
    ]
    edges: list[shapes.Edge] = [
        {"from": a, "to": b, "exit": out, "label": label, "key": key, "active": (a, out, b) in taken}
        for a, b, out, label, key in EDGES
    ]
    told: list[shapes.Step] = [
        {
            "node": node,
            "name": NODES[node],
            "at": NOW.isoformat(),
            "why": "x",
            "words": "det blev så",
            "note": "",
            "exit": out,
            "prompts": [],
        }
        for node, out in steps
    ]
    simulation: shapes.Simulation = {
        "steps": told,
        "end": None if end is None else dict([end]),
        "hung_up": False,
        "path": path,
    }
    found: shapes.Graph = {
        "nodes": nodes,
        "edges": edges,
        "path": path,
        "simulation": simulation,
        "next": None,
        "administrators": ["Johan Berg"],
        "people": {"karin@x.example": "Karin Åström"},
    }
    return found


BEGIN = [("number/46101022290", "route"), ("schedule/tider", "open")]
PRESSED_ONE = graph(*BEGIN, ("menu/meny", "1"), ("queue/service", None))
AT_NIGHT = graph(
    ("number/46101022290", "route"),
    ("schedule/tider", "closed"),
    ("announcement/natt", "next"),
    ("voicemail/svar", None),
)


def said(look: Look, at: shapes.Graph, when: dt.datetime | None = None) -> str:
    told = answer(look, at, when, choices(at))
    return " ".join([f"{told.when}: *{told.what}*.", *told.then])


# ------------------------------------------------------------------------------------------------ the answer


def test_the_answer_says_where_the_call_goes_after_the_last_choice() -> None:
    assert said(SV, PRESSED_ONE) == "Nu, med val 1: *kön Kundservice*."
    assert said(EN, PRESSED_ONE) == "Now, with choice 1: *the queue Kundservice*."


def test_the_answer_says_what_follows() -> None:
    assert said(SV, AT_NIGHT) == "Nu: *meddelandet Nattmeddelande*. Sedan röstbrevlådan Kundtjänst."
    full = graph(*BEGIN, ("menu/meny", "1"), ("queue/service", "full"), end=("end", "hangup"))
    assert said(SV, full) == "Nu, med val 1: *kön Kundservice*. Sedan avslutas samtalet."
    busy = graph(*BEGIN, ("menu/meny", "1"), ("queue/service", "full"), end=("end", "busy"))
    assert said(SV, busy) == "Nu, med val 1: *kön Kundservice*. Sedan upptagetton."
    outside = graph(*BEGIN, ("menu/meny", "1"), ("queue/service", "full"), end=("external", "+46701740605"))
    assert said(SV, outside).endswith("Sedan det externa numret 070-174 06 05.")


def test_a_call_that_nobody_notices_anything_of_ends() -> None:
    assert said(SV, graph(BEGIN[0], ("schedule/tider", "closed"), end=("end", "hangup"))) == "Nu: *samtalet avslutas*."
    assert said(EN, graph(BEGIN[0], ("schedule/tider", "closed"), end=("end", "busy"))) == "Now: *the busy tone*."


def test_another_time_and_what_decided_are_told() -> None:
    friday = dt.datetime(2027, 3, 26, 10, tzinfo=dt.UTC)
    good_friday = graph(*BEGIN, ("menu/meny", "2"), ("queue/faktura", None))
    good_friday["simulation"]["steps"][1]["note"] = "Långfredagen"
    assert said(SV, good_friday, friday) == "Fredag 26 mars 11:00 (Långfredagen), med val 2: *kön Faktura*."
    assert said(SV, good_friday, friday.replace(year=2028)).startswith("Söndag 26 mars 2028 12:00")


def test_choices_one_after_the_other_and_none() -> None:
    twice = graph(*BEGIN, ("menu/meny", "9"), ("menu/meny", "1"), ("queue/service", None))
    assert said(SV, twice) == "Nu, med val 9 och sedan 1: *kön Kundservice*."
    without = graph(*BEGIN, ("menu/meny", "timeout"), ("queue/service", None))
    assert said(SV, without) == "Nu, utan val: *kön Kundservice*."


def test_a_call_that_goes_round_for_ever_says_so() -> None:
    steps = [*BEGIN, *[("menu/meny", "timeout")] * 98]
    assert said(SV, graph(*steps, end=("object", "menu/meny"))) == (
        "Nu, utan val: *menyvalet Huvudmeny*. Och så vidare, om och om igen."
    )


# ------------------------------------------------------------------------------------------------ the question


def test_keys_are_asked_for_where_the_call_comes_to_a_choice() -> None:
    (first,) = choices(PRESSED_ONE)
    assert (first.field, first.keys, first.pressed, first.reached) == ("digits", ("1", "2", "9"), "1", True)
    again = choices(graph(*BEGIN, ("menu/meny", "9"), ("menu/meny", "timeout"), ("queue/service", None)))
    assert [(c.field, c.pressed) for c in again] == [("digits", "9"), ("digits2", "")]
    (unreached,) = choices(AT_NIGHT)
    assert (unreached.keys, unreached.reached) == (("1", "2", "9"), False)


@pytest.mark.parametrize(
    ("typed", "told"),
    [("8", "08:00"), ("830", "08:30"), ("0830", "08:30"), ("8.30", "08:30"), (" 08:30 ", "08:30"), ("23:59", "23:59")]
    + [(wrong, None) for wrong in ("", "24", "8:60", "8:3", "half past", "-1", "08:30:00")],
)
def test_times_as_people_type_them(typed: str, told: str | None) -> None:
    assert clock(typed) == told


def test_a_form_is_an_address_that_one_may_share() -> None:
    form = MultiDict(
        [("when", "at"), ("date", "2027-03-26"), ("time", "11"), ("digits", "2"), ("digits2", "1"), ("view", "list")]
    )
    found = asked(form, NOW.date())
    assert found.href("/flows/x") == "/flows/x?at=2027-03-26T11:00&digits=21&view=list"
    assert asked(MultiDict({"at": "2027-03-26T11:00", "digits": "21", "view": "list"}), NOW.date()) == found
    assert found.href("/flows/x", node="queue/service", view="graph").endswith("&view=graph&node=queue/service")
    now = asked(MultiDict({"when": "now", "date": "2027-03-26", "time": "no time", "digits": ""}), NOW.date())
    assert (now, now.href("/f")) == (Asked(digits=""), "/f?digits=")
    assert asked(MultiDict({"when": "at", "date": "", "time": "8"}), NOW.date()).at == "2027-03-16T08:00"
    assert asked(MultiDict({"digits": "", "digits2": "3"}), NOW.date()).digits == ""
    with pytest.raises(Invalid):
        asked(MultiDict({"when": "at", "date": "2027-03-26", "time": "later"}), NOW.date())


# ------------------------------------------------------------------------------------------------ what is drawn


def test_ways_between_the_same_nodes_are_one_line() -> None:
    ways = {(w.source, w.target): w for w in ways_of(PRESSED_ONE)}
    itself = ways["menu/meny", "menu/meny"]
    assert (itself.keys, itself.pressed, itself.words, itself.active) == (("9",), (), ("Inget val",), False)
    one = ways["menu/meny", "queue/service"]
    assert (one.keys, one.pressed, one.words, one.active) == (("1",), ("1",), (), True)
    assert ways["queue/service", "end/hangup"].words == ("Kön är full", "Väntat för länge")
    assert not ways["number/46101022290", "schedule/tider"].said
    assert ways["announcement/natt", "voicemail/svar"].said


def test_an_end_is_drawn_for_each_that_leads_to_it_and_the_path_comes_first() -> None:
    found = drawn(PRESSED_ONE, ways_of(PRESSED_ONE))
    assert [d.id for d in found][:4] == PRESSED_ONE["path"]
    assert {d.id for d in found if d.node["kind"] == "end"} == {"end/hangup@queue/service", "end/hangup@voicemail/svar"}
    assert {w.drawn for w in ways_of(PRESSED_ONE)} <= {d.id for d in found}
    assert sorted(d.place for d in found) == list(range(len(found)))


def test_what_is_looked_at() -> None:
    def at(found: shapes.Graph, wanted: str) -> str | None:
        node = chosen(found, wanted)
        return None if node is None else node["id"]

    assert at(PRESSED_ONE, "") == "queue/service"
    assert at(PRESSED_ONE, "menu/meny") == "menu/meny"
    assert at(PRESSED_ONE, "queue/of-others") == "queue/service"
    assert at(graph(BEGIN[0], ("schedule/tider", "closed"), end=("end", "hangup")), "") == "schedule/tider"


# ------------------------------------------------------------------------------------------------ the panel


def of(found: shapes.Graph, id_: str, look: Look = SV) -> Any:
    return panel(look, found, next(n for n in found["nodes"] if n["id"] == id_), ways_of(found))


def turned(at: str, path: Sequence[str]) -> shapes.Graph:
    return PRESSED_ONE | {"next": {"at": at, "path": list(path)}}


def test_the_panel_says_what_happens_there_now() -> None:
    assert of(PRESSED_ONE, "menu/meny").now == "Det blev så: samtalet går vidare till kön Kundservice."
    assert of(PRESSED_ONE, "queue/service").now == "Det blev så."
    assert of(PRESSED_ONE, "queue/faktura").now == "Samtalet kommer inte hit."
    full = graph(*BEGIN, ("menu/meny", "1"), ("queue/service", "full"), end=("end", "hangup"))
    assert of(full, "queue/service").now == "Det blev så, sedan avslutas samtalet."
    assert of(full, "end/hangup").now == "Här är samtalet slut."


def test_the_panel_says_what_changes_next_where_it_concerns_the_node() -> None:
    found = turned("2027-03-16T16:00:00+00:00", AT_NIGHT["path"])
    assert of(found, "schedule/tider").turn == "Från idag 17:00 går samtalet vidare till meddelandet Nattmeddelande."
    assert of(found, "voicemail/svar").turn == "Från idag 17:00 kommer samtalet hit."
    assert of(found, "queue/service").turn == "Från idag 17:00 kommer samtalet inte längre hit."
    assert of(found, "number/46101022290").turn == ""
    assert of(found, "queue/faktura").turn == ""
    on_friday = turned("2027-03-19T16:00:00+00:00", AT_NIGHT["path"])
    assert of(on_friday, "voicemail/svar").turn == "Från fredag 17:00 kommer samtalet hit."
    in_a_week = turned("2027-03-23T16:00:00+00:00", AT_NIGHT["path"])
    assert of(in_a_week, "voicemail/svar").turn == "Från tisdag 23 mars 17:00 kommer samtalet hit."
    assert of(PRESSED_ONE, "queue/service").turn == ""


def test_the_panel_says_who_may_change_it_and_why_not_oneself() -> None:
    mine = of(PRESSED_ONE, "queue/service")
    assert mine.locked == ""
    assert [(g.flow, g.aspects, g.people) for g in mine.granted] == [
        ("Kundtjänst", "agenter", "Karin Åström, gone@x.example")
    ]
    watched = of(PRESSED_ONE, "queue/faktura")
    assert watched.locked == "Du kan se men inte ändra. Johan Berg kan ge dig mer."
    assert watched.granted == ()
    assert of(PRESSED_ONE, "menu/meny").locked.endswith("Be om det: Johan Berg.")
    assert of(PRESSED_ONE, "extension/208").locked == "Det här kan bara en administratör ändra. Fråga Johan Berg."
    assert "inget att ändra" in of(PRESSED_ONE, "end/hangup").locked
    many = PRESSED_ONE | {"administrators": [f"Admin {n}" for n in range(9)]}
    assert of(many, "menu/meny").locked.endswith("Admin 0, Admin 1, Admin 2, Admin 3 och 5 till.")
    nobody = PRESSED_ONE | {"administrators": []}
    assert of(nobody, "menu/meny").locked.endswith("Be om det: En administratör.")
    assert of(nobody, "queue/faktura").locked == "Du kan se men inte ändra. En administratör kan ge dig mer."
    assert of(nobody, "extension/208").locked == "Det här kan bara en administratör ändra."
