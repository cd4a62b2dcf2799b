"""Expectations are judged as changes are, fail where the answer is another one, and never hold for want of sense."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from tests.policy.town import COMPANY, FLOW, NOW, PERSON, grant
from vaxelflode.domain.flow import Person
from vaxelflode.errors import Invalid
from vaxelflode.policy.expectations import Asked, Verdict, expectations, judged

CHIEF = Person(2, "chef@example.org", "Chefen", frozenset({"flow_admin"}))
GRANTS = (
    grant("schedule/tider", "override", "hours", override_days=7),
    grant("queue/kund", "watch", "settings", timeout={"min": 10, "max": 60}, expires=NOW + dt.timedelta(days=30)),
    grant("menu/huvud", "options", keys="123"),
)
TOWN = Asked(COMPANY, [PERSON, CHIEF], [replace(FLOW, grants=GRANTS)], NOW, "Europe/Stockholm")


def verdict(asked: Asked = TOWN, **said: Any) -> Verdict:
    """What becomes of one expectation of the supervisor, that she is allowed unless it says otherwise."""
    one = {"person": PERSON.email, "object": "queue/kund", "allowed": True} | said
    (found,) = judged(asked, expectations({"expect": [one]}))
    return found


def refused(**said: Any) -> Verdict:
    return verdict(**{"allowed": False} | said)


def fault(asked: Asked = TOWN, **said: Any) -> str:
    with pytest.raises(Invalid) as caught:
        verdict(asked, **said)
    (error,) = caught.value.errors
    return f"{error.field}: {error.message}"


def test_to_read_is_asked() -> None:
    assert verdict(read=True).holds
    assert refused(object="announcement/natt", read=True, known=True).holds
    assert refused(object="queue/annan", read=True, known=False).holds
    assert verdict(person=CHIEF.email, object="queue/annan", read=True).holds


def test_an_aspect_is_asked() -> None:
    assert verdict(do="settings", via="Kundtjänst").holds
    assert refused(do="agents", reason="no flow of yours grants agents of queue/kund").holds


@pytest.mark.parametrize(("seconds", "holds"), [(9, False), (10, True), (60, True), (61, False)])
def test_an_edit_is_judged_with_its_limits(seconds: int, holds: bool) -> None:
    found = verdict(edit={"timeout": seconds})
    assert found.holds == holds
    assert found.decision.allowed == holds
    assert ("timeout must be from 10 to 60" in found.decision.reason) != holds


@pytest.mark.parametrize(("last", "allowed"), [(1, True), (6, True), (7, False), (31, False)])
def test_days_are_counted_from_the_day_on_which_it_is_asked(last: int, allowed: bool) -> None:
    edit = {"overrides": {"from": 0, "to": last, "hours": []}}
    assert verdict(object="schedule/tider", edit=edit, do="override").decision.allowed == allowed
    today = NOW.date()
    written = {"from": today, "to": (today + dt.timedelta(last)).isoformat(), "hours": [["08:00", "12:00"]]}
    assert verdict(object="schedule/tider", edit={"overrides": [written]}).decision.allowed == allowed


def test_the_instant_ends_grants_and_is_local_where_it_says_no_zone() -> None:
    assert verdict(do="settings", at="2027-04-15T13:59").holds
    assert refused(do="settings", at="2027-04-15T14:00").holds
    assert refused(do="settings", at="2027-04-15T14:00+02:00").holds
    assert verdict(do="settings", at="2027-04-15T13:59+00:00").decision.allowed is False
    assert verdict(do="settings", at="2027-04-15T12:59+01:00").holds


def test_items_are_named_and_removed() -> None:
    assert verdict(object="menu/huvud", edit={"options": {"2": {"object": "announcement/natt"}}}).holds
    assert verdict(object="menu/huvud", edit={"options.2": {"end": "busy"}}).holds
    assert refused(object="menu/huvud", edit={"options": {"9": {"end": "busy"}}}, reason="only the keys 123").holds
    assert refused(object="menu/huvud", edit={"options": {"2": {"object": "queue/annan"}}}, reason="not among").holds
    assert verdict(object="menu/huvud", remove=["options.1"]).holds
    assert verdict(object="schedule/tider", edit={"weekly": {"fri": [["08:00", "15:00"]]}}, via="Kundtjänst").holds


def test_what_stands_already_is_asked_all_the_same() -> None:
    there = COMPANY.everything[grant("queue/kund").object].spec.as_json()["strategy"]
    assert refused(edit={"strategy": there}, reason="no flow of yours grants strategy").holds


def test_several_questions_are_all_to_be_allowed() -> None:
    assert verdict(read=True, do="settings", edit={"timeout": 20, "retry": 5}).holds
    assert refused(edit={"timeout": 20, "weight": 3}, reason="strategy").holds
    assert refused(read=True, do="agents").holds


def test_dates_of_toml_are_dates() -> None:
    own = {"own": [{"date": dt.date(2027, 12, 23), "hours": [], "name": "Egen dag"}]}
    assert verdict(person=CHIEF.email, object="schedule/tider", edit={"holidays": own}).holds


def test_a_name_is_an_administrators_to_change() -> None:
    assert refused(edit={"name": "Annan"}, reason="administrators only").holds
    assert verdict(person=CHIEF.email, edit={"name": "Annan"}).holds


@pytest.mark.parametrize(
    ("said", "differs"),
    [
        ({"do": "agents"}, "expected to be allowed"),
        ({"do": "settings", "allowed": False}, "expected to be refused"),
        ({"do": "agents", "allowed": False, "reason": "pigs"}, "expected a reason with 'pigs'"),
        ({"object": "queue/annan", "read": True, "allowed": False, "known": True}, "expected to be known"),
        ({"do": "agents", "allowed": False, "known": False}, "expected not even to be known"),
        ({"person": CHIEF.email, "do": "agents", "via": "Kundtjänst"}, "expected by the flow Kundtjänst"),
    ],
)
def test_what_is_not_as_expected_is_told(said: dict[str, Any], differs: str) -> None:
    found = verdict(**said)
    assert not found.holds
    assert found.differs == (differs,)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "expect.1: asks nothing"),
        ({"person": "x@y", "read": True}, "expect.1.person: nobody has the address x@y"),
        ({"object": "queue/nowhere", "read": True}, "expect.1.object: there is no queue/nowhere"),
        ({"object": "queue/borta", "read": True}, "expect.1.object: there is no queue/borta"),
        ({"object": "queue", "read": True}, "expect.1.object: must be kind/key"),
        ({"do": "fly"}, "expect.1.do: of a queue one can be granted watch, agents"),
        ({"do": "agents", "edit": {"timeout": 20}}, "expect.1.do: the edit does not touch agents"),
        ({"do": "watch", "via": "Nattflödet"}, "expect.1.via: there is no flow Nattflödet"),
        ({"edit": {"colour": "red"}}, "expect.1.edit.colour: a queue has no such field"),
        ({"edit": {"timeout": 999}}, "expect.1.edit.timeout: Input should be less than or equal to 120"),
        ({"edit": {"full": {"object": "menu/nowhere"}}}, "expect.1.edit.full: there is no menu/nowhere"),
        ({"object": "menu/huvud", "edit": {"options": 3}}, "expect.1.edit.options: must be a table of its items"),
        ({"object": "schedule/tider", "edit": {"overrides": 3}}, "expect.1.edit: must be a table"),
        ({"object": "schedule/tider", "edit": {"overrides": {"from": 10**9}}}, "expect.1.edit: 1000000000 days"),
        ({"object": "menu/huvud", "remove": ["options.9"]}, "expect.1.remove: menu/huvud has no options.9"),
        ({"remove": ["timeout"]}, "expect.1.remove: queue/kund has no timeout"),
        ({"edit": {"name": ""}}, "expect.1.edit.name: must not be empty"),
        ({"read": True, "reason": "x"}, "expect.1: what is allowed has no reason why not"),
        ({"read": True, "known": False}, "expect.1: what is allowed has no reason why not"),
        ({"read": True, "allowed": False, "via": "Kundtjänst"}, "expect.1: what is not allowed is so by no flow"),
        ({"read": True, "alowed": True}, "expect.1.alowed: Extra inputs are not permitted"),
        ({"read": True, "at": "tomorrow"}, "expect.1.at: Input should be a valid datetime"),
    ],
)
def test_an_expectation_without_sense_is_no_expectation(said: dict[str, Any], words: str) -> None:
    assert fault(**said).startswith(words)


def test_a_missing_file_of_expectations_never_holds() -> None:
    unusable: list[Any] = [{}, {"expect": []}, {"expect": {}}, {"expect": [1]}, [], None, {"expect": [], "x": 1}]
    for said in unusable:
        with pytest.raises(Invalid):
            expectations(said)


def test_every_fault_is_told_with_its_number() -> None:
    one = {"person": PERSON.email, "object": "queue/kund", "read": True, "allowed": True}
    with pytest.raises(Invalid) as caught:
        expectations({"expect": [one, one | {"x": 1}, {"person": 3}]})
    assert {e.field.split(".")[1] for e in caught.value.errors} == {"2", "3"}
    with pytest.raises(Invalid) as caught:
        judged(TOWN, expectations({"expect": [one | {"person": "x@y"}, one, one | {"object": "queue/x"}]}))
    assert [e.field for e in caught.value.errors] == ["expect.1.person", "expect.3.object"]
