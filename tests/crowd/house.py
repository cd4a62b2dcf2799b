"""A company of twenty objects with something to turn in each, and fifty people who may turn some of it.

A *knob* is one path of one object: which aspect it belongs to, what it may be set to, and what Asterisk's own console
must show for a value. That last is written down here by hand, and asks neither the renderer nor the prover.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from tests.sip import pair
from tests.sip.tones import synthesise, wav_bytes
from vaxelflode.bootstrap import utc_now
from vaxelflode.demo.pbx import SOUNDS_INSIDE
from vaxelflode.domain.company import Object
from vaxelflode.domain.flow import Flow, Grant, Person
from vaxelflode.domain.identifiers import ObjectRef, new_id
from vaxelflode.domain.kind import kinds
from vaxelflode.services.passwords import new_token, token_digest
from vaxelflode.settings import Settings
from vaxelflode.storage import flows, objects, people, prompts
from vaxelflode.storage.database import Database, Transaction
from vaxelflode.storage.migrate import migrate

Json = dict[str, Any]

#: Where exits may lead: nobody edits these.
TARGETS = tuple(f"announcement/mal-{n}" for n in range(6))
_OFFICE = {"mon": [["08:00", "17:00"]], "tue": [["09:00", "16:00"]]}


@cache
def sound(number: int) -> bytes:
    """One of the company's prompts."""
    return wav_bytes(synthesise(pair(number), 0.5))


@cache
def digest(number: int) -> str:
    """What a spec calls it."""
    return hashlib.sha256(sound(number)).hexdigest()


PROMPTS = tuple(range(4))


def to(ref: str) -> dict[str, str]:
    """A destination."""
    return {"object": ref}


@dataclass(frozen=True)
class Knob:
    """One thing that can be changed. ``shows`` is what a console's ``command`` must contain for a value."""

    ref: str
    aspect: str
    path: tuple[str, ...]
    draw: Callable[[Random], Any]
    command: str
    shows: Callable[[Any], str]

    @property
    def place(self) -> tuple[str, tuple[str, ...]]:
        """The object and the path."""
        return self.ref, self.path

    def patch(self, value: Any) -> Json:
        """The merge patch that sets it."""
        for name in reversed(self.path):
            value = {name: value}
        return {"spec": value}

    def value(self, spec: Mapping[str, Any]) -> Any:
        """Where it stands in a spec; ``None`` where nothing does."""
        found: Any = spec
        for name in self.path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found


def _target(random: Random) -> Any:
    return to(random.choice(TARGETS))


def _number(least: int, most: int) -> Callable[[Random], Any]:
    return lambda random: random.randint(least, most)


def _hours(random: Random) -> Any:
    first, last = random.randint(0, 11 * 60), random.randint(12 * 60, 23 * 60)
    return [[f"{minute // 60:02d}:{minute % 60:02d}" for minute in (first, last)]]


def _sound(random: Random) -> Any:
    return digest(random.choice(PROMPTS))


def _plan_of(ref: str) -> str:
    kind, _, key = ref.partition("/")
    return f"dialplan show vx-{kind}-{key}"


def _goto(destination: Mapping[str, str]) -> str:
    kind, _, key = destination["object"].partition("/")
    return f"Goto(vx-{kind}-{key},s,1)"


def _plays(application: str) -> Callable[[Any], str]:
    return lambda prompt: f"{application}({SOUNDS_INSIDE}/{prompt}"


def _opens(day: int) -> Callable[[Any], str]:
    def shows(hours: Sequence[Sequence[str]]) -> str:
        first, last = (int(clock[:2]) * 60 + int(clock[3:]) for clock in hours[0])
        return f"= {day} & (${{VX_MINUTE}} >= {first} & ${{VX_MINUTE}} < {last})"

    return shows


def _in_plan(
    ref: str, aspect: str, path: str, draw: Callable[[Random], Any], extension: str, shows: Callable[[Any], str]
) -> Knob:
    return Knob(ref, aspect, tuple(path.split(".")), draw, _plan_of(ref), lambda v: f"'{extension}' => 1. {shows(v)}")


def _schedule(key: str) -> Iterator[Knob]:
    ref = f"schedule/{key}"
    for number, day in enumerate(("mon", "tue"), 1):
        yield Knob(ref, "hours", ("weekly", day), _hours, _plan_of(ref), _opens(number))
    yield _in_plan(ref, "route", "open", _target, "open", _goto)
    yield _in_plan(ref, "route", "closed", _target, "closed", _goto)


def _menu(key: str) -> Iterator[Knob]:
    ref = f"menu/{key}"
    yield _in_plan(ref, "settings", "wait", _number(1, 60), "wait", lambda v: f"WaitExten({v})")
    yield _in_plan(ref, "settings", "timeout", _target, "timeout", _goto)
    yield _in_plan(ref, "audio", "prompt", _sound, "prompt", _plays("Background"))
    for option in "123":
        yield _in_plan(ref, "options", f"options.{option}", _target, option, _goto)


def _queue(key: str) -> Iterator[Knob]:
    ref, shown = f"queue/{key}", f"queue show vx-{key}"
    yield _in_plan(ref, "settings", "longest_wait", _number(10, 7200), "wait", lambda v: f"Queue(vx-{key},,,,{v})")
    yield _in_plan(ref, "route", "waited", _target, "left-timeout", _goto)
    yield Knob(
        ref, "audio", ("music",), _sound, "moh show files", lambda v: f"Class: vx-{key} File: {SOUNDS_INSIDE}/{v}"
    )
    yield Knob(ref, "settings", ("length",), _number(1, 1000), shown, lambda v: f"calls (max {v})")
    yield Knob(ref, "settings", ("target",), _number(1, 3600), shown, lambda v: f"within {v}s")
    yield Knob(ref, "strategy", ("weight",), _number(0, 100), shown, lambda v: f" W:{v}, ")


def _announcement(key: str) -> Iterator[Knob]:
    ref = f"announcement/{key}"
    yield _in_plan(ref, "audio", "prompt", _sound, "play", _plays("Playback"))
    yield Knob(ref, "route", ("next",), _target, _plan_of(ref), lambda v: f" 2. {_goto(v)}")


def _voicemail(key: str) -> Iterator[Knob]:
    ref = f"voicemail/{key}"
    yield _in_plan(ref, "greeting", "greeting", _sound, "greeting", _plays("Background"))
    yield _in_plan(ref, "route", "after", _target, "after", _goto)


def _others() -> Iterator[Knob]:
    for key in ("vidare-0", "vidare-1"):
        yield _in_plan(f"forward/{key}", "target", "target", _target, "s", _goto)
    group = "ring_group/alla"
    yield _in_plan(
        group, "settings", "ring", _number(5, 120), "ring-1", lambda v: f"Dial(Local/ring@vx-extension-201,{v})"
    )
    yield _in_plan(group, "route", "no_answer", _target, "no-answer", _goto)
    for position in ("normal", "kris"):
        yield _in_plan("switch/lage", "route", f"positions.{position}", _target, f"at-{position}", _goto)


@cache
def knobs() -> tuple[Knob, ...]:
    """Everything that the crowd turns."""
    found: list[Knob] = []
    for make, kind, many in (
        (_schedule, "tider", 3),
        (_menu, "val", 3),
        (_queue, "ko", 4),
        (_announcement, "besked", 3),
        (_voicemail, "brevlada", 3),
    ):
        for n in range(many):
            found += make(f"{kind}-{n}")
    return (*found, *_others())


def refs() -> list[str]:
    """The twenty objects."""
    return list(dict.fromkeys(knob.ref for knob in knobs()))


def specs() -> dict[str, Json]:
    """Every object as it is at first, what is led to before what leads there."""
    first = to(TARGETS[0])
    of_kind: dict[str, Json] = {
        "schedule": {"weekly": _OFFICE, "open": first, "closed": first},
        "menu": {"prompt": digest(0), "options": dict.fromkeys("123", first), "timeout": first},
        "queue": {"waited": first, "length": 1},
        "announcement": {"prompt": digest(0), "next": first},
        "voicemail": {"greeting": digest(0), "after": first},
        "forward": {"target": first},
        "ring_group": {"members": ["201"], "no_answer": first},
        "switch": {"positions": {"normal": first, "kris": first}, "default": "normal"},
    }
    return {
        "extension/201": {"endpoint": "201"},
        **{ref: {"prompt": digest(n % len(PROMPTS))} for n, ref in enumerate(TARGETS)},
        **{ref: of_kind[ref.partition("/")[0]] for ref in refs()},
    }


@dataclass(frozen=True)
class Editor:
    """One of the crowd: ``may`` are the objects and aspects that are theirs; ``None``: everything is."""

    name: str
    token: str
    may: frozenset[tuple[str, str]] | None


async def build(settings: Settings, administrators: int, supervisors: int, random: Random) -> list[Editor]:
    """Fill an empty database; returns the crowd, each with a token of their own."""
    database = Database.open(settings.database)
    try:
        await migrate(database)
        async with database.write() as db:
            revision = await objects.next_revision(db, utc_now())
            for number in PROMPTS:
                await prompts.add(db, digest(number), sound(number), 1, str(number), utc_now())
            for text, spec in specs().items():
                ref = ObjectRef.parse(text)
                await objects.save(db, Object(ref, ref.key, kinds()[ref.kind].spec.model_validate(spec)), revision)
            found = [await _person(db, f"admin-{n}", None) for n in range(administrators)]
            granted = [_drawn_grants(random) for _ in range(supervisors)]
            found += [await _person(db, f"arbetsledare-{n}", may) for n, may in enumerate(granted)]
            for editor in found[administrators:]:
                await _flow(db, editor)
        return found
    finally:
        await database.close()


def _drawn_grants(random: Random) -> frozenset[tuple[str, str]]:
    """Half of the objects, and of each at least one aspect."""
    every = sorted({(knob.ref, knob.aspect) for knob in knobs()})
    chosen = random.sample(refs(), len(refs()) // 2)
    aspects = {ref: [aspect for other, aspect in every if other == ref] for ref in chosen}
    return frozenset(
        (ref, one) for ref in chosen for one in random.sample(aspects[ref], random.randint(1, len(aspects[ref])))
    )


async def _person(db: Transaction, name: str, may: frozenset[tuple[str, str]] | None) -> Editor:
    now, token = utc_now(), new_token()
    rights = frozenset({"flow_user"} if may is not None else {"flow_admin", "flow_user"})
    number = await people.add(db, Person(0, f"{name}@example.se", name, rights), "no password", now)  # type: ignore[arg-type]
    await people.add_token(db, token_digest(token), number, "crowd", now, now.replace(year=now.year + 1))
    return Editor(name, token, may)


async def _flow(db: Transaction, editor: Editor) -> None:
    assert editor.may is not None
    limits = {"destinations": list(TARGETS)}
    by_object: dict[str, set[str]] = {ref: {"audio"} for ref in TARGETS}  # or they might not choose those prompts
    for ref, aspect in editor.may:
        by_object.setdefault(ref, set()).add(aspect)
    grants = tuple(
        Grant(ObjectRef.parse(ref), frozenset(aspects), limits) for ref, aspects in sorted(by_object.items())
    )
    flow = Flow(new_id(), editor.name, grants=grants, supervisors=(f"{editor.name}@example.se",))
    await flows.save(db, flow, utc_now(), new=True)
