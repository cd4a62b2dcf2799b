"""A company in three parts, told apart by who may do what: the objects named ``mine``, ``seen`` and ``other``.

``mine`` are granted whole in the flow *Kundtjänst*, ``seen`` stand on its number's graph without a grant, ``other``
belong to the flow *Reception* of the other number. ``lone`` are on nobody's graph and in nobody's flow.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

from tests.rendering.making import thing
from tests.sip.tones import pair, synthesise, wav_bytes
from vaxelflode.domain.company import Object
from vaxelflode.domain.flow import Flow, Grant, Person, Right
from vaxelflode.domain.history import counted, creation
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.services.passwords import token_digest
from vaxelflode.storage import flows, objects, people, prompts
from vaxelflode.storage.database import Database

NOW = dt.datetime(2027, 6, 1, 10, tzinfo=dt.UTC)
PASSWORD = "tolv tecken räcker"
NUMBERS = {"mine": "+46101022290", "other": "+46980319200"}
SOUND = wav_bytes(synthesise(pair(0), 0.5))
PROMPT = hashlib.sha256(SOUND).hexdigest()

#: Flow → its id.
FLOWS = {"mine": "a" * 16, "onlookers": "c" * 16, "other": "b" * 16, "numberless": "d" * 16}

#: Person → rights and the flow they supervise.
PEOPLE: dict[str, tuple[tuple[Right, ...], str | None]] = {
    "administrator": (("flow_user", "flow_admin"), None),
    "granted": (("flow_user",), "mine"),
    "partial": (("flow_user",), "partly"),
    "onlooker": (("flow_user",), "onlookers"),
    "stranger": (("flow_user",), "other"),
    "rightless": ((), "mine"),
    "disabled": (("flow_user", "flow_admin"), "mine"),
    "spare": (("flow_user",), None),
}
FLOWS["partly"] = "e" * 16


def address(person: str) -> str:
    """How a person logs in."""
    return f"{person}@example.se"


def token(person: str) -> str:
    """A person's token, which ends never."""
    return f"token-of-{person}"


def _part(name: str, code: str, **more: dict[str, str]) -> list[Object]:
    """One object of most kinds, of one name, joined: schedule → menu → the rest."""
    week = {"mon": [["08:00", "17:00"]], "fri": [["08:00", "12:00"], ["13:00", "02:00"]]}
    override = {"id": override_of(name), "from": "2027-06-02", "to": "2027-06-03", "made_at": NOW.isoformat()}
    beside = ("queue", "ring_group", "forward", "switch")
    ways = {str(n): {"object": f"{kind}/{name}"} for n, kind in enumerate(beside, 1)} | more
    return [
        thing(f"voicemail/{name}", greeting=PROMPT, pin="4711"),
        thing(f"announcement/{name}", prompt=PROMPT, next={"object": f"voicemail/{name}"}),
        thing(f"queue/{name}", join=PROMPT, full={"object": f"announcement/{name}"}),
        thing(f"ring_group/{name}", members=["202"], no_answer={"object": f"voicemail/{name}"}),
        thing(f"forward/{name}", target={"external": "+46701740605"}),
        thing(
            f"switch/{name}",
            positions={"open": {"object": f"queue/{name}"}, "closed": {"end": "busy"}},
            default="open",
            code=code,
            pin="4711",
        ),
        thing(f"menu/{name}", prompt=PROMPT, options=ways),
        thing(
            f"schedule/{name}",
            weekly=week,
            holidays={"calendar": "SE"},
            overrides=[override],
            open={"object": f"menu/{name}"},
            closed={"object": f"announcement/{name}"},
        ),
    ]


def override_of(name: str) -> str:
    """The id of the override that a schedule has."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def company() -> list[Object]:
    """Every object, what is used before its users."""
    phones = [thing(f"extension/{number}", endpoint=number) for number in ("201", "202", "203")]
    made = [
        *phones,
        *_part("seen", "*11"),
        *_part("mine", "*12", **{"8": {"object": "schedule/seen"}, "9": {"extension": "201"}}),
        *_part("other", "*13"),
        thing("announcement/lone", prompt=PROMPT),
        *(thing(f"number/{n.removeprefix('+')}", route={"object": f"schedule/{p}"}) for p, n in NUMBERS.items()),
    ]
    return [replace(o, versions=counted(o, creation(o))) for o in made]


def _grants(name: str, *, all_aspects: bool = True) -> tuple[Grant, ...]:
    """Every aspect of every object of a part; or the first one of each alone."""
    parts = [o.ref for o in company() if o.ref.key == name]
    aspects = {ref: kinds()[ref.kind].aspects for ref in parts}
    return tuple(Grant(ref, frozenset(a if all_aspects else a[:1])) for ref, a in aspects.items())


def _flows() -> list[Flow]:
    def flow(name: str, number: str | None, grants: tuple[Grant, ...]) -> Flow:
        those = tuple(address(p) for p, (_, supervises) in PEOPLE.items() if supervises == name)
        return Flow(FLOWS[name], name, "", number, grants, those)

    # The person with a part of the aspects has the first of each kind: watch of a queue, hours of a schedule, ….
    return [
        flow("mine", NUMBERS["mine"], _grants("mine")),
        flow("partly", NUMBERS["mine"], _grants("mine", all_aspects=False)),
        flow("onlookers", NUMBERS["mine"], ()),
        flow("other", NUMBERS["other"], _grants("other")),
        flow("numberless", None, (Grant(ObjectRef("announcement", "lone"), frozenset({"audio"})),)),
    ]


async def founded(database: Database, password_hash: str) -> None:
    """Fill a migrated, empty database."""
    async with database.write() as db:
        await prompts.add(db, PROMPT, SOUND, 1, "tone", NOW)
        revision = await objects.next_revision(db, NOW)
        for o in company():
            await objects.save(db, o, revision)
        for name, (rights, _) in PEOPLE.items():
            person = Person(0, address(name), name.title(), frozenset(rights), disabled=name == "disabled")
            made = await people.add(db, person, password_hash, NOW)
            await people.add_token(db, token_digest(token(name)), made, "test", NOW, NOW + dt.timedelta(days=999))
        for flow in _flows():
            await flows.save(db, flow, NOW, new=True)
