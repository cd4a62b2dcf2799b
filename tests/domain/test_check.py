"""What must hold of an object beside its own fields: kind, key, name, and where its exits lead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rendering.making import company, thing
from vaxelflode.domain.check import NAME_LENGTH, check, checked_key, checked_name, kind_named, parsed_spec
from vaxelflode.domain.company import Object
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.outside import Outside
from vaxelflode.errors import Invalid

COMPANY = company(1, thing("queue/kund"), thing("number/46101022290", route={"end": "busy"}))


def refused(o: Object, *, outbound: bool = False) -> list[tuple[str, str]]:
    try:
        check(o, COMPANY, outside=Outside(outbound))
    except Invalid as err:
        return [(e.field, e.message) for e in err.errors]
    return []


def test_exits_that_lead_to_what_is_there_are_fine() -> None:
    assert refused(thing("menu/a", timeout={"object": "queue/kund"}, invalid={"object": "menu/a"})) == []


def test_every_exit_that_leads_nowhere_is_told_by_its_field() -> None:
    wrong = thing(
        "menu/a", options={"1": {"object": "queue/nej"}}, timeout={"extension": "201"}, invalid={"end": "busy"}
    )
    assert refused(wrong) == [
        ("spec.options.1", "there is no queue/nej"),
        ("spec.timeout", "there is no extension/201"),
    ]


@pytest.mark.parametrize("key", ["number/46101022290", "flow/x", "holiday/se"])
def test_no_call_is_led_to_what_is_only_an_entry_or_no_kind(key: str) -> None:
    ((field, message),) = refused(thing("announcement/a", next={"object": key}))
    assert field == "spec.next"
    assert "cannot be led" in message


def test_a_number_outside_needs_a_line_outside() -> None:
    o = thing("announcement/a", next={"external": "+46701740612"})
    assert [field for field, _ in refused(o)] == ["spec.next"]
    assert refused(o, outbound=True) == []


@pytest.mark.parametrize("name", ["Kundtjänst", "  Anna-Lisa O'Brien  ", 'Kö 2; |"<b>', "日本", "a" * NAME_LENGTH])
def test_names_are_what_people_type(name: str) -> None:
    assert checked_name(name) == name.strip()


@pytest.mark.parametrize(
    "name", ["", "   ", "a\nb", "a\0", "a\x7f", "a\x85b", "\ud800", "a" * 201, None, 7, ["a"]], ids=ascii
)
def test_what_is_no_name(name: object) -> None:
    with pytest.raises(Invalid) as caught:
        checked_name(name, "spec.name")
    assert [e.field for e in caught.value.errors] == ["spec.name"]


@pytest.mark.parametrize(
    ("kind", "key"),
    [("menu", "huvudmeny"), ("number", "46101022290"), ("extension", "201"), ("queue", "2")],
)
def test_keys_by_kind(kind: str, key: str) -> None:
    assert str(checked_key(kinds()[kind], key)) == f"{kind}/{key}"


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("menu", "Huvudmeny"),
        ("menu", "a--b"),
        ("menu", "a\n"),
        ("menu", None),
        ("menu", 7),
        ("number", "0101022290"),
        ("number", "+46101022290"),
        ("number", "1234"),
        ("number", "1" * 16),
        ("number", "huvudnummer"),
        ("extension", "2"),
        ("extension", "2" * 11),
        ("extension", "anna"),
    ],
)
def test_what_is_no_key_of_a_kind(kind: str, key: object) -> None:
    with pytest.raises(Invalid) as caught:
        checked_key(kinds()[kind], key)
    assert [e.field for e in caught.value.errors] == ["key"]


@pytest.mark.parametrize("name", ["", "Menu", "nothing", None, 7, ["menu"]])
def test_an_unknown_kind_tells_the_known_ones(name: object) -> None:
    with pytest.raises(Invalid, match="announcement, extension"):
        kind_named(name)


def test_every_wrong_field_is_told_by_its_path() -> None:
    wrong = {
        "weekly": {"mon": [["08:00", "07"]], "monday": []},
        "holidays": {"calendar": "XX"},
        "overrides": [{"id": "0" * 16, "from": "2027-01-01", "to": "no", "closed": {"object": "x"}}],
        "open": {"end": "never"},
        "time_zone": "Stockholm",
        "colour": "green",
    }
    with pytest.raises(Invalid) as caught:
        parsed_spec(kinds()["schedule"], wrong)
    assert {e.field for e in caught.value.errors} == {
        "spec.weekly.mon",
        "spec.weekly.monday",
        "spec.holidays.calendar",
        "spec.overrides.0.to",
        "spec.overrides.0.closed.object",
        "spec.open.end",
        "spec.time_zone",
        "spec.colour",
    }


def test_a_loop_without_a_way_out_is_refused_and_one_with_is_not() -> None:
    here = company(1, thing("menu/b", options={"1": {"object": "menu/a"}}, timeout={"object": "menu/a"}))
    spec: dict[str, Any] = {
        "options": {"1": {"object": "menu/b"}},
        "timeout": {"object": "menu/a"},
        "invalid": {"object": "menu/a"},
    }
    inner = here.with_objects(2, [thing("menu/b", **{**spec, "options": {}})])
    with pytest.raises(Invalid) as caught:
        check(thing("menu/a", **spec), inner.with_objects(3, [thing("menu/b", **spec)]))
    assert {e.code for e in caught.value.errors} == {"loop"}
    check(thing("menu/a", **spec), here)  # menu/b hangs up after invalid choices
    check(thing("menu/a", **{**spec, "invalid": {"end": "hangup"}}), inner)


def test_an_extension_is_no_emergency_number() -> None:
    with pytest.raises(Invalid, match="emergency"):
        check(thing("extension/112", endpoint="112"), COMPANY)


def test_a_number_that_stood_there_is_not_judged_anew() -> None:
    before = thing("announcement/a", next={"external": "+4790012345"})
    after = thing("announcement/a", next={"external": "+4790012345"}, prompt="ab" * 32)
    check(after, COMPANY, outside=Outside(line=True), before=before)
    with pytest.raises(Invalid, match="another country"):
        check(after, COMPANY, outside=Outside(line=True), before=thing("announcement/a"))
