"""Changes forwards and backwards: what undo, rejection and batches are made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.domain.strategies import SELDOM, any_object, objects
from tests.rendering.making import company, thing
from vaxelflode.domain.change import Action, Change, Via
from vaxelflode.domain.company import Company, Object, targets
from vaxelflode.domain.edits import ABSENT, Edit, aspects_of
from vaxelflode.domain.history import (
    creation,
    dangling,
    edited,
    edits_between,
    object_value,
    overtaken,
    with_change,
    without_change,
)
from vaxelflode.domain.identifiers import ObjectRef

MENU = thing("menu/a", options={"1": {"object": "queue/b"}})
QUEUE = thing("queue/b")
COMPANY = company(1, MENU, QUEUE)


def change(action: Action, o: Object, *edits: Edit, revision: int = 2) -> Change:
    return Change(
        id="0" * 16,
        at=dt.datetime(2027, 1, 1, tzinfo=dt.UTC),
        actor="anna@example.org",
        actor_name="Anna",
        origin="api",
        via=Via(None),
        object=o.ref,
        object_name=o.name,
        action=action,
        aspects=aspects_of(o.kind, edits),
        edits=edits,
        revision=revision,
    )


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Object, Object]:
    """Two states of one object."""
    before = draw(any_object)
    after = draw(objects(before.ref.kind))
    return replace(before, retired=False), replace(after, ref=before.ref, retired=False)


def same(one: Object | None, other: Object | None) -> bool:
    """Equal but for the count of versions, which never goes back."""
    return one is not None and other is not None and replace(one, versions={}) == replace(other, versions={})


@SELDOM
@given(pairs())
def test_edits_between_lead_there_and_back(pair: tuple[Object, Object]) -> None:
    before, after = pair
    edits = edits_between(before, after)
    assert same(edited(before, edits), after)
    assert same(edited(edited(before, edits), [e.reversed() for e in edits]), before)


@SELDOM
@given(pairs())
def test_a_change_and_its_absence_are_inverse(pair: tuple[Object, Object]) -> None:
    before, after = pair
    there = _there(*_targets(before, after)).with_objects(1, [before])
    edits = edits_between(before, after)
    assume(edits)
    changed = with_change(there, change("edit", before, *edits))
    assert changed is not None
    assert changed.revision == 2
    assert same(changed.get(before.ref), after)
    assert same(without_change(changed.get(before.ref), change("edit", before, *edits)), before)


def _targets(*states: Object) -> set[ObjectRef]:
    return {target for o in states for target in targets(o.spec)} - {states[0].ref}


def _there(*refs: ObjectRef) -> Company:
    """A company in which these are."""
    needed: dict[str, dict[str, Any]] = {"extension": {"endpoint": "a"}, "number": {"route": {"end": "busy"}}}
    return company(1, *(thing(str(ref), **needed.get(ref.kind, {})) for ref in refs))


@SELDOM
@given(pairs())
def test_versions_count_the_aspects_that_are_touched(pair: tuple[Object, Object]) -> None:
    before, after = pair
    edits = edits_between(before, after)
    versions = edited(before, edits).versions
    assert versions == dict.fromkeys(aspects_of(before.kind, edits), 1)


@SELDOM
@given(any_object)
def test_an_object_is_made_of_its_creation(o: Object) -> None:
    o = replace(o, retired=False)
    made = change("create", o, *creation(o))
    bare = with_change(_there(*_targets(o)), made)
    assert bare is not None
    assert same(bare.get(o.ref), o)
    assert without_change(bare.get(o.ref), made) is None


def test_a_deletion_retires_and_without_it_the_object_is_there() -> None:
    gone = change("delete", MENU, *(e.reversed() for e in creation(MENU)))
    after = with_change(COMPANY, gone)
    assert after is not None
    assert MENU.ref not in after
    assert after.everything[MENU.ref].retired
    assert same(without_change(after.everything[MENU.ref], gone), MENU)


def test_what_a_later_edit_replaced_is_told_with_what_stands_there() -> None:
    edits = [Edit(("wait",), 5, 9), Edit(("options", "2"), ABSENT, {"end": "busy"}), Edit(("name",), "Namn", "Nytt")]
    after = edited(MENU, edits)
    assert overtaken(after, edits) == []
    later = edited(after, [Edit(("wait",), 9, 7), Edit(("options", "2"), {"end": "busy"}, ABSENT)])
    assert overtaken(later, edits) == [(edits[0], 7), (edits[1], ABSENT)]
    assert overtaken(None, edits) == [(edit, ABSENT) for edit in edits]


def test_the_value_at_a_path() -> None:
    assert object_value(MENU, Edit(("name",), "", "")) == "Namn"
    assert object_value(MENU, Edit(("options", "1"), ABSENT, ABSENT)) == {"object": "queue/b"}
    assert object_value(MENU, Edit(("options", "2"), ABSENT, ABSENT)) is ABSENT


@pytest.mark.parametrize(
    "builds_on_nothing",
    [
        change("edit", thing("menu/nej"), Edit(("wait",), 5, 9)),
        change("edit", MENU, Edit(("wait",), 6, 9)),
        change("edit", MENU, Edit(("options", "2"), {"end": "busy"}, ABSENT)),
        change("edit", MENU, Edit(("timeout",), {"end": "hangup"}, {"object": "queue/nej"})),
        change("create", MENU, *creation(MENU)),
        change("create", thing("menu/ny"), *creation(thing("menu/ny", timeout={"extension": "201"}))),
        change("delete", thing("menu/nej")),
        change("delete", QUEUE),
    ],
    ids=lambda c: f"{c.action} {c.object}",
)
def test_a_change_whose_ground_is_gone_cannot_be_made(builds_on_nothing: Change) -> None:
    assert with_change(COMPANY, builds_on_nothing) is None


def test_a_deleted_object_is_no_ground_for_an_edit_but_for_its_return() -> None:
    gone = company(1, replace(QUEUE, retired=True))
    assert with_change(gone, change("edit", QUEUE, Edit(("length",), 0, 9))) is None
    assert with_change(gone, change("delete", QUEUE)) is None
    back = with_change(gone, change("create", QUEUE, *creation(QUEUE)))
    assert back is not None
    assert QUEUE.ref in back


def test_what_leads_nowhere_is_told() -> None:
    assert dangling(COMPANY, MENU.ref) == frozenset()
    assert dangling(company(1, MENU, replace(QUEUE, retired=True)), MENU.ref) == {QUEUE.ref}
    assert dangling(company(1, replace(MENU, retired=True)), MENU.ref) == frozenset()


def test_agents_change_no_object() -> None:
    assert with_change(COMPANY, change("agents", QUEUE)) is COMPANY
