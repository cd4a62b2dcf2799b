"""What a company knows of its past and of who uses what, brought along from one revision to the next."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import SELDOM, any_object, companies
from vaxelflode.domain.company import FEW, REMEMBERED, Company, Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.announcement import Announcement

rounds = st.lists(st.tuples(st.lists(any_object, max_size=3), st.integers(0, 9)), max_size=5)


@SELDOM
@given(companies(), rounds)
def test_users_brought_along_are_those_of_a_walk(everything: Company, changes: list[tuple[list[Object], int]]) -> None:
    assert everything.used_by is not None
    assert everything.played_by is not None
    for changed, gone in changes:
        refs = sorted(everything.everything)[gone : gone + 1]
        everything = everything.with_objects(everything.revision + 1, changed, refs)
        walked = Company(everything.revision, everything.everything)
        assert (everything.used_by, everything.played_by) == (walked.used_by, walked.played_by)


@SELDOM
@given(companies(), rounds, st.sets(st.integers(0, 9)))
def test_places_brought_along_are_those_of_a_walk(
    everything: Company, changes: list[tuple[list[Object], int]], deleted: set[int]
) -> None:
    assert everything.places is not None
    assert everything.players is not None
    for n, (changed, gone) in enumerate(changes):
        refs = sorted(everything.everything)[gone : gone + 1]
        there = [replace(o, retired=n in deleted) for o in changed]
        everything = everything.with_objects(everything.revision + 1, there, refs)
        walked = Company(everything.revision, everything.everything)
        assert (everything.places, everything.players) == (walked.places, walked.players)
        assert everything.players.keys() == frozenset().union(*walked.played_by.values())
        assert everything.places.keys() == {
            ref for ref, o in everything.everything.items() if ref in everything and o.kind.reachable
        }


@SELDOM
@given(companies(), rounds, st.booleans())
def test_what_differs_from_before_is_told_whole(
    before: Company, changes: list[tuple[list[Object], int]], backwards: bool
) -> None:
    after = before
    for changed, gone in changes:
        after = after.with_objects(after.revision + 1, changed, sorted(after.everything)[gone : gone + 1])
    if backwards:
        before, after = after, before
    changed, lost = after.since(before)
    assert set(lost) == before.everything.keys() - after.everything.keys()
    assert {id(o) for o in changed} == {id(o) for r, o in after.everything.items() if before.everything.get(r) is not o}


@pytest.mark.parametrize("steps", [1, REMEMBERED, REMEMBERED + 1, 3 * REMEMBERED])
@pytest.mark.parametrize("at_once", [1, FEW, FEW + 1])
def test_however_far_behind_one_is_one_is_told_all(steps: int, at_once: int) -> None:
    before = Company(1, {o.ref: o for o in map(_announcement, range(FEW + steps + 2))})
    after = before
    for n in range(steps):
        after = after.with_objects(
            after.revision + 1, map(_announcement, range(n, n + at_once)), [_announcement(n).ref]
        )
    found, lost = after.since(before)
    assert set(lost) == {_announcement(n).ref for n in range(steps)}
    assert {o.ref for o in found} == {_announcement(n).ref for n in range(steps, steps + at_once - 1)}


def _announcement(n: int) -> Object:
    return Object(ObjectRef("announcement", f"a-{n}"), f"Announcement {n}", Announcement())
