"""What may be picked among many: a search finds what a walk does, and shows no more than can be read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import SELDOM
from tests.rendering.making import thing
from vaxelflode.domain.company import Company
from vaxelflode.domain.flow import Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.policy.authority import Authority
from vaxelflode.services.choosing import FEW, SHOWN, Pickable, common
from vaxelflode.services.sounds import Looked, _listed

NOW = dt.datetime(2027, 3, 16, 12, tzinfo=dt.UTC)
#: Letters that compare with each other in odd ways, and those that mean something to a database or an expression.
LETTERS = "aAåÅäöÖß%_*.\\[ 1\u030a\u0130"

names = st.text(LETTERS, min_size=1, max_size=6)


def pickable(called: list[str], refs: frozenset[ObjectRef] | None = None) -> Pickable:
    """Messages of these names, for an administrator."""
    made = [replace(thing(f"announcement/m-{n}"), name=name) for n, name in enumerate(called)]
    there = Company(1, {o.ref: o for o in made})
    person = Person(1, "a@example.se", "A", frozenset({"flow_admin"}))
    return Pickable(Authority(person, (), there, NOW), refs)


@SELDOM
@given(st.lists(names, max_size=60), names)
def test_a_search_finds_what_a_walk_finds(called: list[str], words: str) -> None:
    every = pickable(called)
    found = every.find(words)
    assert {(c["kind"], c["key"]) for c in found.choices} <= {(c["kind"], c["key"]) for c in every.every(words)}
    assert found.fitting == len(every.every(words))
    assert len(found.choices) == min(SHOWN, found.fitting)
    assert (found.fitting == len(called)) or words.strip()


@SELDOM
@given(st.lists(names, min_size=1, max_size=60), st.data())
def test_whatever_it_is_called_it_is_found_by_its_name_in_any_case(called: list[str], data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(called) - 1))
    every = pickable(called)
    for words in (called[n], called[n].upper(), called[n].lower(), f" {called[n]} "):
        if words.casefold() in (called[n].casefold(), f" {called[n].casefold()} "):
            assert f"m-{n}" in [choice["key"] for choice in every.every(words)]


def test_of_many_what_is_near_is_listed_as_far_as_it_may_be_picked() -> None:
    every = pickable(["x"] * (FEW + 1))
    near = [ObjectRef("announcement", key) for key in ("m-7", "none", "m-3", "m-7")]
    assert [choice["key"] for choice in replace(every, near=near).listed] == ["m-3", "m-7"]
    assert len(replace(every, near=[*every.authority.company.places]).listed) == FEW
    few = pickable(["x"] * FEW)
    assert few.listed == few.every()


def test_of_several_that_may_be_picked_for_each_is_what_each_has() -> None:
    one, two, three = (ObjectRef("announcement", f"m-{n}") for n in range(3))
    some, others = pickable(["x"] * 3, frozenset({one, two})), pickable(["x"] * 3, frozenset({two, three}))
    assert [c["key"] for c in common([some, others]).every()] == ["m-1"]
    assert [c["key"] for c in common([pickable(["x"] * 3), some]).every()] == ["m-0", "m-1"]
    never = replace(pickable(["x"] * 3), never=frozenset({one}))
    assert [c["key"] for c in common([pickable(["x"] * 3), never]).every()] == ["m-1", "m-2"]


def test_of_an_endless_search_the_first_words_count_among_places_and_recordings_alike() -> None:
    every = pickable(["aa bb"] * (FEW + 1))
    endless = " ".join(["aa"] * 8 + ["cc"] * 40)
    assert every.find(endless).fitting == len(every)
    played = {f"{n:064x}": o for n, o in enumerate(every.authority.company.everything.values())}
    assert _listed(played, (), Looked(endless))[1] == len(every)
    assert _listed(played, (), Looked("aa cc"))[1] == 0
