"""Destinations: five sorts, told apart by their one field."""

from __future__ import annotations

from typing import Any

import pytest

from vaxelflode.domain.check import parsed_spec
from vaxelflode.domain.destination import target_of
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.kinds.number import Number
from vaxelflode.errors import Invalid


def faults(destination: object) -> list[tuple[str, str]]:
    try:
        parsed_spec(kinds()["number"], {"route": destination})
    except Invalid as err:
        return [(e.field, e.code) for e in err.errors]
    return []


@pytest.mark.parametrize(
    ("said", "target"),
    [
        ({"object": "menu/huvudmeny"}, "menu/huvudmeny"),
        ({"extension": "201"}, "extension/201"),
        ({"external": "+46701740612"}, None),
        ({"dialplan": "from-start,s,1"}, None),
        ({"dialplan": "from-start,*98#,12"}, None),
        ({"end": "hangup"}, None),
        ({"end": "busy"}, None),
        ({"end": "congestion"}, None),
    ],
    ids=str,
)
def test_each_sort_is_read_and_written(said: dict[str, str], target: str | None) -> None:
    made = Number.model_validate({"route": said})
    assert made.as_json() == {"route": said}
    found = target_of(made.route)
    assert (None if found is None else str(found)) == target


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"object": "huvudmeny"}, "spec.route.object"),
        ({"object": "Menu/huvudmeny"}, "spec.route.object"),
        ({"object": "menu/huvudmeny\n"}, "spec.route.object"),
        ({"object": "menu/a/b"}, "spec.route.object"),
        ({"object": ["menu", "a"]}, "spec.route.object"),
        ({"object": None}, "spec.route.object"),
        ({"extension": "1"}, "spec.route.extension"),
        ({"extension": "٢٠١"}, "spec.route.extension"),
        ({"extension": "201\n"}, "spec.route.extension"),
        ({"extension": 201}, "spec.route.extension"),
        ({"dialplan": "from-start,s,0"}, "spec.route.dialplan"),
        ({"external": "0701740612"}, "spec.route.external"),
        ({"external": "+0701740612"}, "spec.route.external"),
        ({"external": "+46 70 174"}, "spec.route.external"),
        ({"external": "+46701740612&SIP/x"}, "spec.route.external"),
        ({"dialplan": "a,b"}, "spec.route.dialplan"),
        ({"dialplan": "a,b,1)\nexten => s,1,System(x"}, "spec.route.dialplan"),
        ({"dialplan": "a,${EXTEN},1"}, "spec.route.dialplan"),
        ({"end": "explode"}, "spec.route.end"),
        ({"end": "hangup", "cause": 16}, "spec.route.cause"),
        ({"end": "hangup", "object": "menu/a"}, "spec.route"),
        ({}, "spec.route"),
        ({"menu": "a"}, "spec.route"),
        ("hangup", "spec.route"),
        ([], "spec.route"),
        (None, "spec.route"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named_by_the_field_that_was_written(wrong: Any, field: str) -> None:
    assert [where for where, _ in faults(wrong)] == [field]


def test_a_destination_that_is_none_tells_the_choices() -> None:
    assert faults({}) == [("spec.route", "destination")]
