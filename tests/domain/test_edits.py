"""Edits: what leads from one spec to another and back, for every kind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import SELDOM, json_specs, specs
from vaxelflode.domain.check import parsed_spec
from vaxelflode.domain.edits import ABSENT, Edit, applied, aspects_of, difference, merge_patch, value_at
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.spec import Spec

values = st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=3)
documents = st.recursive(
    values, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner), max_leaves=9
)


#: Fields of a switch that speak of each other.
_TOGETHER = {"positions", "default", "labels", "position"}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, Spec, Spec]:
    """Two specs of one kind; often they share most of their fields."""
    kind = draw(st.sampled_from(sorted(json_specs)))
    before, after = draw(specs(kind)), draw(specs(kind))
    kept = draw(st.sets(st.sampled_from(sorted(type(before).model_fields))))
    kept |= _TOGETHER if kept & _TOGETHER else set()
    mixed = after.as_json() | {name: value for name, value in before.as_json().items() if name in kept}
    return kind, before, parsed_spec(kinds()[kind], mixed)


@SELDOM
@given(pairs())
def test_the_difference_applied_leads_there_and_reversed_back(pair: tuple[str, Spec, Spec]) -> None:
    kind, before, after = pair
    edits = difference(type(before), before.as_json(), after.as_json())
    assert parsed_spec(kinds()[kind], applied(before.as_json(), edits)) == after
    back = [edit.reversed() for edit in edits]
    assert parsed_spec(kinds()[kind], applied(after.as_json(), back)) == before


@SELDOM
@given(pairs())
def test_a_difference_tells_each_path_once_and_only_what_differs(pair: tuple[str, Spec, Spec]) -> None:
    _, before, after = pair
    edits = difference(type(before), before.as_json(), after.as_json())
    assert len({edit.path for edit in edits}) == len(edits)
    assert difference(type(before), before.as_json(), before.as_json()) == []
    for edit in edits:
        assert edit.before != edit.after
        assert value_at(before.as_json(), edit.path) == edit.before
        assert value_at(after.as_json(), edit.path) == edit.after


@SELDOM
@given(pairs())
def test_edits_are_kept_as_json_and_read_again(pair: tuple[str, Spec, Spec]) -> None:
    _, before, after = pair
    for edit in difference(type(before), before.as_json(), after.as_json()):
        assert Edit.from_json(edit.as_json()) == edit


def test_null_and_nothing_are_told_apart() -> None:
    nothing, null = Edit(("a",), ABSENT, 1), Edit(("a",), None, 1)
    assert nothing.as_json() == {"path": ["a"], "after": 1}
    assert null.as_json() == {"path": ["a"], "before": None, "after": 1}
    assert Edit.from_json(nothing.as_json()) != Edit.from_json(null.as_json())


def test_items_are_edited_one_by_one() -> None:
    menu = kinds()["menu"].spec
    before = {"options": {"1": {"end": "busy"}, "2": {"end": "hangup"}}}
    after = {"options": {"1": {"extension": "201"}, "3": {"end": "hangup"}}}
    assert difference(menu, before, after) == [
        Edit(("options", "1"), {"end": "busy"}, {"extension": "201"}),
        Edit(("options", "2"), {"end": "hangup"}, ABSENT),
        Edit(("options", "3"), ABSENT, {"end": "hangup"}),
    ]


def test_aspects_of_edits_are_those_of_their_fields() -> None:
    edits = [Edit((name,), 0, 1) for name in ("timeout", "full", "length", "name")]
    assert aspects_of(kinds()["queue"], edits) == ("settings", "route", "")


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        # RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        # and a destination is one value
        ({"open": {"object": "menu/a"}}, {"open": {"end": "busy"}}, {"open": {"end": "busy"}}),
        ({"open": {"object": "menu/a"}}, {"open": {"object": None, "end": "busy"}}, {"open": {"end": "busy"}}),
    ],
    ids=str,
)
def test_merge_patch(target: Any, patch: Any, result: Any) -> None:
    assert merge_patch(target, patch) == result


@SELDOM
@given(documents, documents)
def test_a_patch_changes_neither_and_twice_is_once(target: Any, patch: Any) -> None:
    before = repr((target, patch))
    once = merge_patch(target, patch)
    assert repr((target, patch)) == before
    assert merge_patch(once, patch) == once
