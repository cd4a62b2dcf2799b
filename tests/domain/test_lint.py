"""What is permitted but surely not meant is said, and nothing is said of what is well."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.rendering.making import company, thing
from vaxelflode.domain.company import Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.lint import Around, lint
from vaxelflode.domain.outside import Outside
from vaxelflode.i18n.words import Words

SOUND = "ab" * 32
TODAY = dt.date(2027, 3, 16)
PHONES = tuple(thing(f"extension/20{n}", endpoint=f"20{n}") for n in (1, 2))


def said(*objects: Object, around: Around | None = None) -> set[tuple[str, str, str]]:
    found = lint(company(1, *objects, *PHONES), around or Around(today=TODAY))
    return {(str(d.object), d.field, d.code) for d in found}


def number(to: str) -> Object:
    return thing("number/46101022290", route={"object": to})


WELL = thing("announcement/natt", prompt=SOUND)


def test_nothing_is_said_of_what_is_well() -> None:
    assert said(number("announcement/natt"), WELL) == set()


@pytest.mark.parametrize(
    ("o", "field", "code"),
    [
        (thing("announcement/tyst"), "prompt", "no_sound"),
        (thing("menu/x", options={"1": {"extension": "201"}}), "prompt", "no_sound"),
        (thing("menu/x", prompt=SOUND, timeout={"extension": "201"}), "options", "no_keys"),
        (thing("menu/x", prompt=SOUND, options={"1": {"extension": "201"}}), "timeout", "dead_end"),
        (thing("menu/x", options={"2": {"end": "busy"}}, direct_dial=[{"extension": "201"}]), "options.2", "dead_end"),
        (
            thing("menu/x", options={"2": {"extension": "202"}}, direct_dial=[{"extension": "201"}]),
            "options.2",
            "key_shadows_extensions",
        ),
        (thing("ring_group/x"), "members", "no_phones"),
        (thing("ring_group/x", members=["201"]), "no_answer", "dead_end"),
        (thing("schedule/x"), "closed", "dead_end"),
        (thing("queue/x"), "waited", "dead_end"),
        (thing("voicemail/x"), "greeting", "no_sound"),
        (thing("voicemail/x", greeting=SOUND, code="*98"), "code", "code_without_pin"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_doubt_is_told_by_its_field(o: Object, field: str, code: str) -> None:
    assert (str(o.ref), field, code) in said(number(str(o.ref)), o)
    assert Words("sv").doubt(code) != code


def test_a_key_beside_other_extensions_is_well() -> None:
    o = thing("menu/x", options={"3": {"extension": "202"}}, direct_dial=[{"extension": "201"}])
    assert "key_shadows_extensions" not in {code for _, _, code in said(number("menu/x"), o)}


def test_what_next_year_lacks_is_told_where_the_date_is_known() -> None:
    own = [{"date": "2027-05-07", "name": "Planeringsdag"}]
    rings = {"extension": "201"}
    kept = thing("schedule/x", holidays={"calendar": "BV", "own": own}, open=rings, closed=rings)
    here = (number("schedule/x"), kept)
    assert said(*here, around=Around()) == set()
    assert said(*here) == {
        ("schedule/x", "holidays.calendar", "holidays_missing"),
        ("schedule/x", "holidays.own", "own_days_missing"),
    }


def test_what_nothing_leads_to_is_unused_but_phones_and_numbers_are_not() -> None:
    assert said(number("announcement/natt"), WELL, thing("announcement/glomd", prompt=SOUND)) == {
        ("announcement/glomd", "", "unused")
    }


def test_a_queue_of_nobody_is_told_where_agents_are_known() -> None:
    queue = thing("queue/x", full={"extension": "201"}, waited={"extension": "201"})
    ref = ObjectRef("queue", "x")
    here = (number("queue/x"), queue)
    assert said(*here) == set()
    assert said(*here, around=Around(agents={})) == {("queue/x", "agents", "no_agents")}
    assert said(*here, around=Around(agents={ref: ["201"]})) == set()


def test_a_number_that_is_no_longer_allowed_is_told() -> None:
    o = thing("announcement/natt", prompt=SOUND, next={"external": "+4790012345"})
    around = Around(outside=Outside(line=True, patterns=["+47*"]))
    assert said(number("announcement/natt"), o, around=around) == set()
    around = Around(outside=Outside(line=True))
    assert said(number("announcement/natt"), o, around=around) == {("announcement/natt", "next", "number_not_allowed")}
