"""What may be picked among many: a search finds what a walk does, and shows no more than can be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import SELDOM
from tests.rendering.making import thing
from vaxelflode.domain.company import Company
from vaxelflode.domain.flow import Flow, Grant, Person, Right
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.text import folded
from vaxelflode.policy.authority import Authority
from vaxelflode.services.choosing import FEW, SHOWN, Pickable, common, words_of
from vaxelflode.services.sounds import Looked, _listed, _Others

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
    played = played_beside({f"m-{n}": ("aa bb", n) for n in range(len(every) + 1)})
    assert _listed(played, (), Looked(endless))[1] == len(every)
    assert _listed(played, (), Looked("aa cc"))[1] == 0


def played_beside(called: Mapping[str, tuple[str, int]], grants: Collection[str] | None = None) -> _Others:
    """What others than ``m-0`` play, of messages with their names and sounds; as far as some are granted."""
    made = [
        replace(thing(f"announcement/{key}", prompt=f"{digest:064x}"), name=name)
        for key, (name, digest) in called.items()
    ]
    there = Company(1, {o.ref: o for o in made})
    mine = tuple(Grant(ObjectRef("announcement", key), frozenset({"audio"})) for key in grants or ())
    right: Right = "flow_admin" if grants is None else "flow_user"
    person = Person(1, "a@example.se", "A", frozenset({right}))
    authority = Authority(person, [Flow("f", "F", grants=mine)], there, NOW)
    return _Others(authority, there.everything[ObjectRef("announcement", "m-0")])


@SELDOM
@given(st.lists(st.tuples(names, st.integers(0, 50)), min_size=1, max_size=60), names, st.data())
def test_recordings_are_found_as_a_walk_over_all_finds_them(
    called: list[tuple[str, int]], words: str, data: st.DataObject
) -> None:
    messages = {f"m-{n}": one for n, one in enumerate(called)}
    granted = data.draw(st.none() | st.sets(st.sampled_from(sorted(messages))))
    near = data.draw(st.sets(st.sampled_from(sorted(messages))))
    # Each recording by the first that plays it, in their order.
    first: dict[int, str] = {}
    for key in sorted({*messages} - {"m-0"} if granted is None else granted - {"m-0"}):
        first.setdefault(messages[key][1], key)
    every = [(key, f"{digest:064x}") for digest, key in sorted(first.items(), key=lambda found: (found[1], found[0]))]
    many, looked_for = len(every) > FEW, words_of(words)
    fitting = [one for one in every if all(word in folded(messages[one[0]][0]) for word in looked_for)]
    wanted = every if not many else fitting[:SHOWN] if looked_for else [one for one in every if one[0] in near]

    others = played_beside(messages, granted)
    found, count = _listed(others, {ObjectRef("announcement", key) for key in near}, Looked(words))
    assert [(ref.key, digest) for digest, ref in found.items()] == wanted
    assert count == (len(fitting) if many and looked_for else None)
    assert others.count == len(every)


def test_a_recording_that_is_chosen_is_listed_with_what_is_near_or_looked_for() -> None:
    played = played_beside({f"m-{n}": ("aa" if n % 2 else "bb", n) for n in range(FEW + 9)})
    chosen, near = f"{7:064x}", {ObjectRef("announcement", "m-2")}
    assert [*_listed(played, near, Looked(chosen=chosen))[0]] == [chosen, f"{2:064x}"]
    assert next(iter(_listed(played, (), Looked("bb", chosen))[0])) == chosen
    assert [*_listed(played, (), Looked(chosen=f"{0:064x}"))[0]] == []  # its own
