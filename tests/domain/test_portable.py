"""The company as files: the same bytes each time, one change one file, names that any file system takes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import OFTEN, SELDOM
from tests.domain.wholes import holding, objects_of, wholes
from tests.rendering.making import company, thing
from vaxelflode.domain.agents import Agent
from vaxelflode.domain.company import Company, targets
from vaxelflode.domain.flow import Flow, Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.pin import is_kept
from vaxelflode.domain.portable import Whole, files, in_order, one_file, shown, slug, taken, text
from vaxelflode.domain.spec import SET

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
TIDER = thing("schedule/tider", "Tider", weekly={"tue": [["08:00", "17:00"]], "mon": [["08:00", "12:00"]]})
MENU = thing("menu/huvud", "Meny", options={"#": {"end": "busy"}, "2": {"end": "hangup"}, "1": {"end": "hangup"}})
KUND = thing("queue/kund", "Kund")


def whole(*flows: Flow, people: tuple[Person, ...] = ()) -> Whole:
    return Whole(company(1, TIDER, MENU, KUND), flows=flows, people=people)


@OFTEN
@given(json_values)
def test_a_file_says_what_its_content_is(value: object) -> None:
    written = text(value)
    assert json.loads(written) == value
    assert written.endswith("\n")
    assert not any(line.endswith(" ") for line in written.split("\n"))


def test_a_file_is_legible() -> None:
    said = {"name": "Tider", "spec": {"weekly": {"mon": [["08:00", "12:00"]]}, "open": {"object": "menu/huvud"}}}
    assert text(said).splitlines() == [
        "{",
        '  "name": "Tider",',
        '  "spec": {',
        '    "weekly": {',
        '      "mon": [["08:00", "12:00"]]',
        "    },",
        '    "open": {"object": "menu/huvud"}',
        "  }",
        "}",
    ]


@SELDOM
@given(wholes(), st.randoms(use_true_random=False))
def test_the_same_company_is_the_same_bytes(one: Whole, rnd: object) -> None:
    everything = list(one.company.everything.items())
    people, flows = list(one.people), list(one.flows)
    for some in (everything, people, flows):
        rnd.shuffle(some)  # type: ignore[attr-defined]
    other = Whole(Company(7, dict(everything)), one.agents, tuple(flows), tuple(people), one.sounds)
    assert {p: text(c) for p, c in files(one).items()} == {p: text(c) for p, c in files(other).items()}
    assert text(one_file(one)) == text(one_file(other))


def test_what_people_typed_in_any_order_stands_in_the_declared_one() -> None:
    assert list(shown(TIDER.spec)["weekly"]) == ["mon", "tue"]
    assert list(shown(MENU.spec)["options"]) == ["1", "2", "#"]


def test_a_change_touches_only_its_file() -> None:
    before = files(whole())
    changed = replace(TIDER, spec=thing("schedule/tider", closed={"end": "busy"}).spec)
    after = files(replace(whole(), company=company(2, changed, MENU, KUND)))
    assert {path for path in after if before.get(path) != after[path]} == {"objects/schedule/tider.json"}


def test_only_permanent_agents_stand_in_a_queues_file() -> None:
    agents = {KUND.ref: {"201": Agent("201", permanent=True, penalty=2, paused=True), "202": Agent("202")}}
    said = files(replace(whole(), agents=agents))["objects/queue/kund.json"]["agents"]
    assert said == [{"extension": "201", "penalty": 2, "permanent": True}]
    assert "agents" not in files(whole())["objects/menu/huvud.json"]


def test_a_secret_is_only_said_to_be_set_and_stays_as_it_stands() -> None:
    box = thing("voicemail/kund", "Kund", pin="1234")
    without = thing("voicemail/kund", "Kund")
    out = shown(box.spec)
    assert out["pin"] == SET
    assert shown(without.spec)["pin"] is None
    assert "1234" not in text(files(Whole(company(1, box))))
    kind = type(box.spec)
    assert taken(kind, out, box.spec) == box.spec.as_json()
    for before in (without.spec, None):  # set, they say, and not at hand: nobody's, so that no code goes without
        nobodys = taken(kind, out, before)["pin"]
        assert isinstance(nobodys, str)
        assert not any(is_kept(f"{n:04}", nobodys) for n in range(10_000))
    assert taken(kind, out | {"pin": "1234"}, box.spec) == box.spec.as_json()
    assert taken(kind, out | {"pin": "4321"}, box.spec)["pin"] == "4321"
    assert taken(kind, out | {"pin": None}, box.spec)["pin"] is None


def test_deleted_objects_are_in_no_file() -> None:
    made = files(replace(whole(), company=company(1, replace(KUND, retired=True), MENU)))
    assert set(made) == {"company.json", "objects/menu/huvud.json"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Kundtjänst & växel", "kundtjanst-vaxel"),
        ("  ÅÄÖ ", "aao"),
        ("電話", ""),
        ("../../etc", "etc"),
        ("a" * 99, "a" * 60),
    ],
)
def test_a_flow_is_named_in_plain_letters(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_flows_whose_names_look_alike_carry_their_ids() -> None:
    flows = [Flow(f"{n:016x}", name) for n, name in enumerate(["Växel", "vaxel", "Kö", "電話"])]
    paths = {path for path in files(whole(*flows)) if path.startswith("flows/")}
    assert paths == {
        "flows/vaxel-0000000000000000.json",
        "flows/vaxel-0000000000000001.json",
        "flows/ko.json",
        "flows/0000000000000003.json",
    }


@pytest.mark.parametrize(
    "email", ["a/b@x", "..@x", "å@x", "A%2F@x", "con@x", f"{'a' * 64}@{'b' * 189}", f"{'å' * 60}@x"]
)
def test_any_address_makes_a_file_name(email: str) -> None:
    other = Person(0, email + ".se", "B", frozenset())
    paths = [p for p in files(whole(people=(Person(0, email, "A", frozenset()), other))) if p.startswith("people/")]
    assert len(set(paths)) == 2
    for path in paths:
        name = path.removeprefix("people/")
        assert name.isascii()
        assert "/" not in name
        assert len(name) < 255
        assert not name.startswith(".") or "@" in name


@SELDOM
@given(holding())
def test_whatever_an_object_leads_to_comes_before_it_unless_it_leads_back(there: Company) -> None:
    order = [o.ref for o in in_order(there.everything.values())]
    assert sorted(order) == [o.ref for o in objects_of(there)]
    place = {ref: n for n, ref in enumerate(order)}
    for o in there.everything.values():
        for target in targets(o.spec):
            assert place[target] <= place[o.ref] or o.ref in there.reachable_from(target)


def test_a_long_way_is_put_in_order_too() -> None:
    long = [thing(f"announcement/n{n}", next={"object": f"announcement/n{n + 1}"}) for n in range(5000)]
    order = in_order([*long, thing("announcement/n5000")])
    assert order[0].ref == ObjectRef("announcement", "n5000")
    assert order[-1].ref == ObjectRef("announcement", "n0")
