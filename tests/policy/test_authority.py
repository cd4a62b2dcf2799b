"""Who may do what: unknown, known, readable, allowed; and why not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from tests.policy.town import COMPANY, EDITS, FLOW, NOW, OTHER, PERSON, TODAY, grant, ref, those_of
from vaxelflode.domain.edits import ABSENT, Edit
from vaxelflode.domain.flow import Flow, Person
from vaxelflode.domain.kind import kinds
from vaxelflode.policy.authority import Authority

ADMINISTRATOR = replace(PERSON, rights=frozenset({"flow_admin"}))
HOURS = Edit(("weekly", "mon"), [], [["08:00", "17:00"]])


def test_what_is_on_no_graph_and_in_no_flow_does_not_exist() -> None:
    mine = those_of(PERSON, FLOW)
    for key in ("queue/annan", "number/46980319200", "queue/borta", "queue/finns-inte"):
        assert not mine.knows(ref(key))
        assert mine.aspects(ref(key)) == ()
        for decision in (mine.may_read(ref(key)), mine.may(ref(key), "settings"), mine.may_edit(ref(key), [], TODAY)):
            assert (decision.allowed, decision.known, decision.via) == (False, False, None)
            assert decision.reason == "there is no such object"


def test_a_node_of_the_graph_without_an_aspect_is_known_but_not_readable() -> None:
    mine = those_of(PERSON, FLOW)
    assert mine.knows(ref("announcement/natt"))
    decision = mine.may_read(ref("announcement/natt"))
    assert (decision.allowed, decision.known) == (False, True)
    assert "announcement/natt" in decision.reason
    assert mine.aspects(ref("announcement/natt")) == ()


def test_any_aspect_lets_one_read_and_nothing_more() -> None:
    mine = those_of(PERSON, FLOW)
    assert mine.may_read(ref("queue/kund")).allowed
    assert mine.may(ref("queue/kund"), "watch").allowed
    refused = mine.may(ref("queue/kund"), "agents")
    assert (refused.allowed, refused.known) == (False, True)
    assert "agents of queue/kund" in refused.reason


def test_a_decision_names_the_flow_that_allows_it() -> None:
    via = those_of(PERSON, OTHER, FLOW).may(ref("schedule/tider"), "hours").via
    assert via is not None
    assert (via.flow, via.flow_name) == (FLOW.id, FLOW.name)


def test_aspects_are_those_of_every_flow_in_the_kinds_order() -> None:
    more = replace(OTHER, grants=(grant("schedule/tider", "route", "override"),))
    assert those_of(PERSON, FLOW, more).aspects(ref("schedule/tider")) == ("hours", "override", "route")


def test_visible_is_the_graph_and_what_is_granted() -> None:
    beside = replace(FLOW, grants=(*FLOW.grants, grant("queue/annan", "watch")))
    graph = {"number/46101022290", "schedule/tider", "menu/huvud", "queue/kund", "announcement/natt", "extension/201"}
    assert {str(r) for r in those_of(PERSON, FLOW).visible()} == graph
    assert {str(r) for r in those_of(PERSON, beside).visible()} == graph | {"queue/annan"}


def test_a_flow_without_a_number_shows_what_it_grants_and_where_that_leads() -> None:
    mine = those_of(PERSON, Flow("f", "Utan nummer", grants=(grant("announcement/natt", "audio"),)))
    assert {str(r) for r in mine.visible()} == {"announcement/natt", "queue/kund", "extension/201"}


@pytest.mark.parametrize("edit", EDITS, ids=lambda e: ".".join(e.path))
def test_an_edit_needs_the_aspect_of_its_field(edit: Edit) -> None:
    schedule = kinds()["schedule"]
    aspect = schedule.aspect_of.get(edit.field)
    for given in schedule.aspects:
        mine = those_of(PERSON, replace(FLOW, grants=(grant("schedule/tider", given),)))
        assert mine.may_edit(ref("schedule/tider"), [edit], TODAY).allowed == (given == aspect)


def test_what_no_aspect_covers_is_an_administrators() -> None:
    every = replace(FLOW, grants=(grant("schedule/tider", *kinds()["schedule"].aspects),))
    for edit in (Edit(("name",), "a", "b"), Edit(("time_zone",), "UTC", "Europe/Stockholm"), Edit(("?",), 1, 2)):
        decision = those_of(PERSON, every).may_edit(ref("schedule/tider"), [edit], TODAY)
        assert not decision.allowed
        assert "administrators only" in decision.reason
        assert those_of(ADMINISTRATOR).may_edit(ref("schedule/tider"), [edit], TODAY).allowed


def test_one_edit_out_of_bounds_refuses_them_all() -> None:
    mine = those_of(PERSON, FLOW)
    holiday = Edit(("holidays",), {}, {"calendar": "SE", "hours": []})
    assert mine.may_edit(ref("schedule/tider"), [HOURS], TODAY).allowed
    assert not mine.may_edit(ref("schedule/tider"), [HOURS, holiday], TODAY).allowed
    assert not mine.may_edit(ref("schedule/tider"), [holiday, HOURS], TODAY).allowed


def test_edits_may_be_covered_by_grants_of_different_flows() -> None:
    more = replace(OTHER, grants=(grant("schedule/tider", "holidays"),))
    holiday = Edit(("holidays",), {}, {"calendar": "SE", "hours": []})
    decision = those_of(PERSON, FLOW, more).may_edit(ref("schedule/tider"), [holiday, HOURS], TODAY)
    assert decision.allowed
    assert decision.via is not None
    assert decision.via.flow == OTHER.id


@pytest.mark.parametrize("rights", [frozenset[str](), frozenset({"flow_user"})])
def test_without_the_right_flow_user_one_sees_no_flow(rights: frozenset[str]) -> None:
    mine = those_of(replace(PERSON, rights=rights), FLOW)  # type: ignore[arg-type]
    assert bool(mine.visible()) == ("flow_user" in rights)
    assert mine.may(ref("queue/kund"), "watch").allowed == ("flow_user" in rights)
    assert mine.knows(ref("queue/kund")) == ("flow_user" in rights)


def test_a_disabled_person_may_nothing() -> None:
    for person in (PERSON, ADMINISTRATOR, replace(PERSON, rights=frozenset({"flow_user", "flow_admin"}))):
        mine = those_of(replace(person, disabled=True), FLOW)
        assert mine.visible() == frozenset()
        assert not mine.may(ref("queue/kund"), "watch").known
        assert not mine.may_edit(ref("schedule/tider"), [HOURS], TODAY).allowed


def test_a_grant_binds_until_the_instant_it_expires() -> None:
    until = replace(FLOW, number=None, grants=(grant("queue/annan", "watch", expires=NOW),))
    before = Authority(PERSON, [until], COMPANY, NOW - dt.timedelta(microseconds=1))
    assert before.may(ref("queue/annan"), "watch").allowed
    at = Authority(PERSON, [until], COMPANY, NOW)
    assert not at.may(ref("queue/annan"), "watch").known
    assert not at.knows(ref("queue/annan"))
    assert at.aspects(ref("queue/annan")) == ()
    assert at.visible() == frozenset()


def test_an_expired_grant_leaves_what_is_on_the_graph_known() -> None:
    mine = those_of(PERSON, replace(FLOW, grants=(grant("queue/kund", "watch", expires=NOW),)))
    decision = mine.may_read(ref("queue/kund"))
    assert (decision.known, decision.allowed) == (True, False)


def test_a_revoked_grant_binds_the_next_decision() -> None:
    assert those_of(PERSON, FLOW).may_edit(ref("schedule/tider"), [HOURS], TODAY).allowed
    assert not those_of(PERSON, replace(FLOW, grants=())).may_edit(ref("schedule/tider"), [HOURS], TODAY).allowed


def test_a_grant_of_nothing_is_no_grant() -> None:
    assert not those_of(PERSON, replace(FLOW, grants=(grant("queue/kund"),))).may_read(ref("queue/kund")).allowed


def test_an_administrator_may_all_that_exists() -> None:
    mine = those_of(ADMINISTRATOR)
    assert mine.visible() == {r for r in COMPANY.everything if r in COMPANY}
    for r in mine.visible():
        assert mine.aspects(r) == kinds()[r.kind].aspects
        assert mine.may_read(r).allowed
    decision = mine.may(ref("queue/annan"), "settings")
    assert decision.via is not None
    assert decision.via.flow is None


@pytest.mark.parametrize("key", ["queue/borta", "queue/finns-inte"])
def test_what_is_deleted_does_not_exist_for_an_administrator_either(key: str) -> None:
    mine = those_of(ADMINISTRATOR)
    assert not mine.knows(ref(key))
    assert not mine.may(ref(key), "watch").known
    assert not mine.may_edit(ref(key), [Edit(("length",), ABSENT, 1)], TODAY).known


def test_a_person_without_flows_knows_nothing() -> None:
    assert Authority(Person(9, "b@example.org", "Bo", frozenset({"flow_user"})), [], COMPANY, NOW).visible() == set()
