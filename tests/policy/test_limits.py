"""How far a grant goes: destinations, keys, days, ranges; judged grant by grant, never combined."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from tests.policy.town import FLOW, OTHER, PERSON, TODAY, grant, ref, those_of
from vaxelflode.domain.edits import ABSENT, Edit
from vaxelflode.domain.kind import kinds
from vaxelflode.policy.authority import Decision
from vaxelflode.policy.limits import check_limits


def judged(key: str, aspect: str, edit: Edit, **limits: Any) -> Decision:
    flow = replace(FLOW, grants=(grant(key, aspect, **limits),))
    return those_of(PERSON, flow).may_edit(ref(key), [edit], TODAY)


def routed(destination: dict[str, str], **limits: Any) -> bool:
    return judged("schedule/tider", "route", Edit(("open",), None, destination), **limits).allowed


@pytest.mark.parametrize(
    ("destination", "allowed"),
    [
        ({"object": "queue/kund"}, True),
        ({"object": "announcement/natt"}, True),
        ({"extension": "201"}, True),
        ({"end": "busy"}, True),
        ({"object": "queue/annan"}, False),
        ({"object": "queue/borta"}, False),
        ({"object": "number/46101022290"}, False),
        ({"extension": "202"}, False),
        ({"external": "+46701740612"}, False),
        ({"dialplan": "from-start,s,1"}, False),
    ],
    ids=str,
)
def test_without_a_limit_one_may_choose_what_is_on_the_graph(destination: dict[str, str], allowed: bool) -> None:
    assert routed(destination) == allowed


@pytest.mark.parametrize(
    ("destination", "allowed"),
    [
        ({"object": "queue/annan"}, True),
        ({"object": "queue/kund"}, False),
        ({"extension": "201"}, True),
        ({"extension": "202"}, False),
        ({"end": "hangup"}, True),
        ({"dialplan": "from-start,s,1"}, False),
    ],
    ids=str,
)
def test_a_list_of_destinations_stands_in_place_of_the_graph(destination: dict[str, str], allowed: bool) -> None:
    assert routed(destination, destinations=["queue/annan", "extension/201"]) == allowed


@pytest.mark.parametrize(
    ("number", "allowed"),
    [
        ("+46701740612", True),
        ("+46709999999", True),
        ("+46701", True),
        ("+46980319200", True),
        ("+46980319201", False),
        ("+4690012345", False),
        ("+4799999999", False),
    ],
)
def test_numbers_outside_only_by_the_administrators_patterns(number: str, allowed: bool) -> None:
    limits = {"destinations": ["external:+4670*", "external:+46980319200"]}
    assert routed({"external": number}, **limits) == allowed


@pytest.mark.parametrize("pattern", ["external:*", "external:", "external:4670*", "*", "external:?46701740612"])
def test_a_pattern_without_a_country_allows_no_number(pattern: str) -> None:
    listed = [pattern] if pattern.startswith("external:") else ["external:" + pattern]
    assert not routed({"external": "+46701740612"}, destinations=listed)


def test_every_destination_within_a_value_is_judged() -> None:
    def override(closed: dict[str, str] | None) -> Edit:
        value: dict[str, Any] = {
            "id": "0" * 16,
            "from": "2027-03-16",
            "to": "2027-03-16",
            "hours": [],
            "closed": closed,
        }
        return Edit(("overrides", "0" * 16), ABSENT, value)

    assert judged("schedule/tider", "override", override(None)).allowed
    assert judged("schedule/tider", "override", override({"object": "queue/kund"})).allowed
    refused = judged("schedule/tider", "override", override({"object": "queue/annan"}))
    assert "queue/annan" in refused.reason


def test_what_stood_before_is_not_judged() -> None:
    gone = Edit(("options", "2"), {"object": "queue/annan"}, ABSENT)
    assert judged("menu/huvud", "options", gone).allowed
    led_back = Edit(("open",), {"external": "+46701740612"}, {"object": "queue/kund"})
    assert judged("schedule/tider", "route", led_back).allowed


@pytest.mark.parametrize(("key", "allowed"), [("1", True), ("3", True), ("4", False), ("*", False), ("0", False)])
def test_only_the_keys_that_are_granted(key: str, allowed: bool) -> None:
    for before, after in ((ABSENT, {"object": "queue/kund"}), ({"end": "busy"}, ABSENT)):
        decision = judged("menu/huvud", "options", Edit(("options", key), before, after), keys="123")
        assert decision.allowed == allowed
        assert allowed or "only the keys 123" in decision.reason


@pytest.mark.parametrize(
    ("first", "last", "allowed"),
    [
        (0, 0, True),
        (0, 6, True),
        (0, 7, False),
        (30, 36, True),
        (30, 37, False),
        (-3, 6, True),  # what is past of it does not count
        (-3, 7, False),
        (-20, -1, True),
    ],
)
def test_an_override_may_last_so_many_days(first: int, last: int, allowed: bool) -> None:
    dates = {k: (TODAY + dt.timedelta(n)).isoformat() for k, n in (("from", first), ("to", last))}
    edit = Edit(("overrides", "0" * 16), ABSENT, {**dates, "closed": None})
    assert judged("schedule/tider", "override", edit, override_days=7).allowed == allowed


def test_a_long_override_may_be_taken_away() -> None:
    edit = Edit(("overrides", "0" * 16), {"from": "2027-01-01", "to": "2027-12-31"}, ABSENT)
    assert judged("schedule/tider", "override", edit, override_days=1).allowed


@pytest.mark.parametrize(
    ("bounds", "value", "allowed"),
    [
        ({"min": 10, "max": 60}, 10, True),
        ({"min": 10, "max": 60}, 60, True),
        ({"min": 10, "max": 60}, 9, False),
        ({"min": 10, "max": 60}, 61, False),
        ({"max": 60}, 5, True),
        ({"max": 60}, 61, False),
        ({"min": 10}, 9, False),
        ({"min": 10}, 100, True),
        ({}, 100, True),
    ],
)
def test_a_number_lies_within_its_bounds(bounds: dict[str, int], value: int, allowed: bool) -> None:
    edit = Edit(("timeout",), 20, value)
    assert judged("queue/kund", "settings", edit, timeout=bounds).allowed == allowed
    assert judged("queue/kund", "settings", Edit(("retry",), 3, value), timeout=bounds).allowed


def test_a_refusal_tells_the_limit_that_is_broken() -> None:
    reason = judged("queue/kund", "settings", Edit(("timeout",), 20, 61), timeout={"min": 10, "max": 60}).reason
    assert "Kundtjänst" in reason
    assert "timeout must be from 10 to 60" in reason


def test_limits_of_two_grants_are_never_combined() -> None:
    """One grants the keys, the other the destination: neither grants both."""
    keys = replace(FLOW, grants=(grant("menu/huvud", "options", keys="5"),))
    listed = replace(OTHER, grants=(grant("menu/huvud", "options", keys="6", destinations=["queue/annan"]),))
    mine = those_of(PERSON, keys, listed)

    def may(key: str, target: str) -> bool:
        edit = Edit(("options", key), ABSENT, {"object": target})
        return mine.may_edit(ref("menu/huvud"), [edit], TODAY).allowed

    assert may("5", "queue/kund")
    assert may("6", "queue/annan")
    assert not may("5", "queue/annan")
    assert not may("6", "queue/kund")


def test_each_edit_may_be_covered_by_the_widest_grant() -> None:
    narrow = replace(FLOW, grants=(grant("queue/kund", "settings", timeout={"max": 30}),))
    wide = replace(OTHER, grants=(grant("queue/kund", "settings", timeout={"max": 60}, retry={"max": 5}),))
    mine = those_of(PERSON, narrow, wide)
    decision = mine.may_edit(ref("queue/kund"), [Edit(("timeout",), 20, 50), Edit(("retry",), 3, 9)], TODAY)
    assert decision.allowed
    assert decision.via is not None
    assert decision.via.flow == wide.id


def test_the_graph_of_one_flow_opens_nothing_in_another() -> None:
    other = replace(OTHER, number="+46980319200", grants=(grant("queue/annan", "route"),))
    mine = those_of(PERSON, FLOW, other)
    edit = Edit(("full",), {"end": "hangup"}, {"object": "queue/kund"})
    assert mine.knows(ref("queue/kund"))
    assert not mine.may_edit(ref("queue/annan"), [edit], TODAY).allowed


def test_choices_are_what_an_edit_would_be_allowed() -> None:
    mine = those_of(PERSON, replace(FLOW, grants=(grant("schedule/tider", "route"),)))
    choices = mine.destinations(ref("schedule/tider"), "route")
    assert {str(r) for r in choices} == {"schedule/tider", "menu/huvud", "queue/kund", "announcement/natt"} | {
        "extension/201"
    }
    assert mine.destinations(ref("schedule/tider"), "hours") == frozenset()


def test_choices_of_a_list_leave_out_what_is_gone() -> None:
    limited = grant("schedule/tider", "route", destinations=["queue/annan", "queue/borta", "external:+4670*"])
    mine = those_of(PERSON, replace(FLOW, grants=(limited,)))
    assert mine.destinations(ref("schedule/tider"), "route") == {ref("queue/annan")}


@pytest.mark.parametrize(
    ("kind", "limits", "wrong"),
    [
        ("queue", {"timeout": {"min": 5, "max": 60}, "override_days": 7, "keys": "12*"}, []),
        ("queue", {"destinations": ["menu/huvud", "external:+4670*", "extension/201"]}, []),
        ("queue", {"speed": {"max": 60}}, ["speed"]),
        ("menu", {"timeout": {"max": 60}}, ["timeout"]),
        ("queue", {"timeout": 60}, ["timeout"]),
        ("queue", {"timeout": {"least": 5}}, ["timeout"]),
        ("queue", {"timeout": {"max": "60"}}, ["timeout"]),
        ("queue", {"timeout": {"max": None}}, ["timeout"]),
        ("schedule", {"override_days": 0}, ["override_days"]),
        ("schedule", {"override_days": True}, ["override_days"]),
        ("schedule", {"override_days": "7"}, ["override_days"]),
        ("menu", {"keys": "12a"}, ["keys"]),
        ("menu", {"keys": ["1"]}, ["keys"]),
        ("menu", {"destinations": "menu/huvud"}, ["destinations"]),
        ("menu", {"destinations": ["huvud", "external:0701", 7, None]}, ["destinations"] * 4),
    ],
    ids=str,
)
def test_limits_are_checked_before_they_are_granted(kind: str, limits: dict[str, Any], wrong: list[str]) -> None:
    assert [name for name, _ in check_limits(kinds()[kind], limits)] == wrong
