"""A company with two numbers, and the flows of one person."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from tests.rendering.making import company, thing
from vaxelflode.domain.edits import ABSENT, Edit
from vaxelflode.domain.flow import Flow, Grant, Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.policy.authority import Authority

NOW = dt.datetime(2027, 3, 16, 12, tzinfo=dt.UTC)
TODAY = NOW.date()

#: The first number's graph: schedule → menu → queue → extension, and the night message; the second's: another queue.
COMPANY = company(
    1,
    thing("number/46101022290", route={"object": "schedule/tider"}),
    thing("schedule/tider", open={"object": "menu/huvud"}, closed={"object": "announcement/natt"}),
    thing("menu/huvud", options={"1": {"object": "queue/kund"}}),
    thing("announcement/natt", next={"object": "queue/kund"}),
    thing("queue/kund", waited={"extension": "201"}),
    thing("extension/201", endpoint="201"),
    thing("number/46980319200", route={"object": "queue/annan"}),
    thing("queue/annan"),
    replace(thing("queue/borta"), retired=True),
)
PERSON = Person(1, "anna@example.org", "Anna-Lisa O'Brien", frozenset({"flow_user"}))

EDITS = [
    Edit(("weekly", "mon"), [], [["08:00", "17:00"]]),
    Edit(("holidays",), {}, {"calendar": "SE", "hours": []}),
    Edit(("overrides", "0" * 16), ABSENT, {"from": "2027-03-16", "to": "2027-03-16", "closed": None}),
    Edit(("open",), {"end": "hangup"}, {"end": "busy"}),
    Edit(("holiday",), None, {"end": "busy"}),
]


def ref(key: str) -> ObjectRef:
    """An object by its reference."""
    return ObjectRef.parse(key)


def grant(key: str, *aspects: str, expires: dt.datetime | None = None, **limits: Any) -> Grant:
    """A grant of some aspects of an object."""
    return Grant(ref(key), frozenset(aspects), limits, expires)


def those_of(person: Person, *flows: Flow) -> Authority:
    """What a person may, with these flows."""
    return Authority(person, flows, COMPANY, NOW)


FLOW = Flow(
    "f1",
    "Kundtjänst",
    number="+46101022290",
    grants=(grant("schedule/tider", "hours"), grant("queue/kund", "watch", "settings")),
    supervisors=(PERSON.email,),
)
OTHER = Flow("f2", "Reception", number="+46101022290", supervisors=(PERSON.email,))
