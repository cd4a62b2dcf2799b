"""Whole companies that hold together: objects that lead to each other, agents, flows, people."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.domain.strategies import companies, json_specs
from vaxelflode.domain.agents import Agent
from vaxelflode.domain.check import check, parsed_spec
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.destination import DESTINATION_FIELDS
from vaxelflode.domain.flow import Flow, Grant, Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.outside import ANYWHERE
from vaxelflode.domain.portable import Prompt, Whole
from vaxelflode.errors import Invalid

#: What the strategies of single objects lead to.
LED_TO = (
    "announcement/natt",
    *(f"extension/{key}" for key in ("0800", "201", "202", "21")),
    "menu/huvud",
    "queue/kund",
)

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
#: A name as people type it, and it need not be of letters.
plain = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20).map(lambda t: f'"{t}'.strip())
emails = st.sampled_from(
    ["anna@example.org", "åsa/öberg@exempel.se", "o'brien+tel@example.org", "%41@x", "a.b@x", f"{'é' * 60}@example.org"]
)
aspects_of = {name: kind.aspects for name, kind in kinds().items() if kind.aspects}


def objects_of(company: Company) -> list[Object]:
    """Those that are not deleted, by reference."""
    return sorted((o for o in company.everything.values() if not o.retired), key=lambda o: o.ref)


@st.composite
def holding(draw: st.DrawFn) -> Company:
    """Companies in which every exit leads somewhere, and callers can go round, but not by themselves."""
    drawn = {ref: o for ref, o in draw(companies()).everything.items() if not o.retired}
    for text in LED_TO:
        ref = ObjectRef.parse(text)
        drawn[ref] = Object(ref, ref.key, parsed_spec(kinds()[ref.kind], draw(json_specs[ref.kind])))
    named = [replace(o, name=draw(plain)) for o in drawn.values()]
    company = Company(1, {o.ref: _apart(n, o) for n, o in enumerate(named)})
    for ref in drawn:
        o = company.everything[ref]
        try:
            check(o, company, outside=ANYWHERE)
        except Invalid:
            company = company.with_objects(1, [_with(o, ended(o.spec.as_json()))])
    return company


def _apart(n: int, o: Object) -> Object:
    """With temporary changes, a code and a device that are no other object's."""
    said = o.spec.as_json()
    match o.ref.kind:
        case "schedule":
            said["overrides"] = [one | {"id": f"{n:08x}{one['id'][8:]}"} for one in said["overrides"]]
        case "switch" | "voicemail" if said["code"] is not None:
            said["code"] = f"*{n:02}"
        case "extension":
            said["endpoint"] = f"{o.ref.key}-{said['endpoint']}"[:40]
    return _with(o, said)


def ended(said: Any) -> Any:
    """A spec whose exits all end the call."""
    if isinstance(said, dict):
        if len(said) == 1 and said.keys() <= DESTINATION_FIELDS:
            return {"end": "hangup"}
        return {name: [] if name == "direct_dial" else ended(value) for name, value in said.items()}
    return [ended(one) for one in said] if isinstance(said, list) else said


def _with(o: Object, said: Any) -> Object:
    return replace(o, spec=parsed_spec(o.kind, said))


@st.composite
def wholes(draw: st.DrawFn) -> Whole:
    """All that an export holds."""
    company = draw(holding())
    people = draw(st.lists(_people(company), max_size=4, unique_by=lambda p: p.email))
    addresses = [p.email for p in people]
    flows = draw(st.lists(_flows(company, addresses), max_size=3, unique_by=lambda f: f.id))
    sounds = {p: Prompt(2.5, "Hej") for o in objects_of(company) for p in o.spec.sounds().values() if p}
    return Whole(company, draw(_agents(company)), tuple(flows), tuple(people), sounds)


def _people(company: Company) -> st.SearchStrategy[Person]:
    phones = [None, *(o.ref.key for o in company.of_kind("extension"))]
    rights: Any = st.frozensets(st.sampled_from(["flow_user", "flow_admin"]))
    languages = st.sampled_from(["sv", "en"])
    return st.builds(Person, st.just(0), emails, plain, rights, languages, st.sampled_from(phones), st.booleans())


def _flows(company: Company, people: list[str]) -> st.SearchStrategy[Flow]:
    numbers = [None, *(f"+{o.ref.key}" for o in company.of_kind("number"))]
    supervisors = st.sets(st.sampled_from(people)).map(sorted).map(tuple) if people else st.just(())
    grants = st.lists(_grants(company), max_size=3).map(tuple)
    ids = st.integers(0, 15).map(lambda n: f"{n:016x}")
    return st.builds(Flow, ids, plain, plain, st.sampled_from(numbers), grants, supervisors)


@st.composite
def _grants(draw: st.DrawFn, company: Company) -> Grant:
    ref = draw(st.sampled_from([o.ref for o in objects_of(company) if o.ref.kind in aspects_of]))
    aspects = draw(st.frozensets(st.sampled_from(aspects_of[ref.kind]), min_size=1))
    limits = {"override_days": 7} if ref.kind == "schedule" else {"destinations": ["external:+4670*"]}
    moment = st.integers(10**15, 2 * 10**15).map(lambda micros: EPOCH + dt.timedelta(microseconds=micros))
    return Grant(ref, aspects, draw(st.sampled_from([{}, limits])), draw(st.none() | moment))


@st.composite
def _agents(draw: st.DrawFn, company: Company) -> dict[ObjectRef, dict[str, Agent]]:
    phones = [o.ref.key for o in company.of_kind("extension")]
    some = st.dictionaries(st.sampled_from(phones), st.integers(0, 10), max_size=3)
    return {
        o.ref: {phone: Agent(phone, permanent=True, penalty=penalty) for phone, penalty in draw(some).items()}
        for o in company.of_kind("queue")
    }
