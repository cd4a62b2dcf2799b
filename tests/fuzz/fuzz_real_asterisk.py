"""A hundred thousand strings through a real Asterisk and back: equal, or refused before.

The encoders' output stands in files where the templates would put it; companies of drawn objects go through the whole
renderer; what goes over AMI is read back over AMI, and what Asterisk remembers is read again after a restart.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import pytest

from tests.fuzz import reading
from tests.fuzz.asterisk import Box
from tests.fuzz.doors import DESTINATIONS, DOORS
from tests.fuzz.drawing import Json, pool, with_own_code
from tests.fuzz.laws import Broken, Tally, hold
from tests.fuzz.positions import POSITIONS, Position
from tests.fuzz.share import SEED, count, show
from tests.fuzz.strings import tried
from tests.rendering.making import new_renderer
from vaxelflode.asterisk import Core, Dialplan, QueueOutcome, Queues, QueueState
from vaxelflode.domain.check import parsed_spec
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.destination import (
    DESTINATION_FIELDS,
    AnyDestination,
    ToDialplan,
    ToEnd,
    ToExtension,
    ToExternal,
    target_of,
)
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind, kinds
from vaxelflode.domain.kinds.forward import Forward
from vaxelflode.domain.kinds.queue import Queue
from vaxelflode.domain.spec import Spec
from vaxelflode.errors import Invalid

pytestmark = pytest.mark.pbx

ROWS = {row.name: row for row in (*POSITIONS, *DOORS)}

#: Where each encoder's output (``@``) stands in the dialplan: in a step, or as a name.
STEPS = {
    "directory of sounds": "Playback(@)",
    "whole number": "WaitExten(@)",
    "yes or no": "NoOp(@)",
    "word": "Dial(PJSIP/@,20)",
    "time zone": "Set(VX_DATE=${STRFTIME(${VX_NOW},@,%Y-%m-%d)})",
    "queue": "Queue(@,,,,900)",
    "mailbox": "VoiceMail(@,s)",
    "sentinel": "NoOp(@)",
    "sound": "Background(@)",
    "e-mail": "NoOp(@)",
    "code": "Goto(@,s,1)",
    "entry of AstDB": "Set(VX_POSITION=${DB(@)})",
    "phone": "Dial(@,20)",
    **{row.name: "Dial(@,20)" for row in POSITIONS if row.name.startswith("rung: ")},
    "holidays": "GotoIf(${DIALPLAN_EXISTS(@,${VX_DATE},1)}?closed,1)",
    "holidays of a choice": "GotoIf(${DIALPLAN_EXISTS(@,${VX_DATE},1)}?closed,1)",
    "open minutes": "GotoIf($[@]?open,1:closed,1)",
    "open minutes of a week": "GotoIf($[@]?open,1:closed,1)",
    **{row.name: "@" for row in POSITIONS if row.name.startswith("goto: ")},
}
EXTENSIONS = frozenset({"extension", "date"})
#: With what comes behind it.
CONTEXTS = {"prefix": "-of-a-prefix", "own context": "", "context": ""}

#: QUALITY.md, *Bad input*: through a real Asterisk and back.
BACK = 100_000
#: Strings that must get through at each position; what is refused comes on top.
THROUGH, AT_ONCE = 10_000, 2_500
#: Extensions in a context: many make it slow.
_TOGETHER = 50


@dataclass
class Written:
    """A dialplan in the making: its lines, and for each string how it is read back."""

    lines: list[str] = field(default_factory=list)
    back: list[tuple[Position, str, Callable[[reading.Dialplan], str]]] = field(default_factory=list)
    _names: set[tuple[str, str]] = field(default_factory=set)
    _count: Counter[str] = field(default_factory=Counter)

    def add(self, row: Position, text: str, made: str) -> bool:
        """One string in its place; False where the name is taken."""
        if row.name in CONTEXTS:
            return self._context(row, text, made)
        number = self._count[row.name]
        context = f"probe-{row.name.translate(_DASHES)}-{number // _TOGETHER}"
        if row.name in EXTENSIONS and not self._new(context, made):
            return False
        if number % _TOGETHER == 0:
            self.lines.append(f"[{context}]")
        self._count[row.name] += 1
        if row.name in EXTENSIONS:
            self.lines.append(f"exten => {made},1,NoOp()")
            self.back.append((row, text, lambda live: next(e for e in live[context] if e == made)))
        else:
            self._step(row, text, made, (context, f"n{number}"))
        return True

    def _new(self, where: str, name: str) -> bool:
        """Asterisk takes no notice of case here and there, nor of a dash in an extension."""
        alias = where, name.lower().replace("-", "")
        fresh = alias not in self._names
        self._names.add(alias)
        return fresh

    def _context(self, row: Position, text: str, made: str) -> bool:
        tail = CONTEXTS[row.name]
        if not self._new("", made + tail):
            return False
        self.lines += [f"[{made}{tail}]", "exten => s,1,NoOp()"]
        self.back.append((row, text, lambda live: next(c for c in live if c == made + tail)[: len(made)]))
        return True

    def _step(self, row: Position, text: str, made: str, place: tuple[str, str]) -> None:
        head, _, tail = STEPS[row.name].partition("@")
        for n, part in enumerate(made.split("\n")):
            start = f"exten => {place[1]},1," if n == 0 else " same => n,"
            self.lines.append(start + head + part + tail)

        def read(live: reading.Dialplan) -> str:
            steps = (f"{application}({data})" for application, data in live[place[0]][place[1]])
            return "\n".join(step[len(head) : len(step) - len(tail)] for step in steps)

        self.back.append((row, text, read))


_DASHES = str.maketrans({" ": "-", ":": None})


def test_every_position_in_a_file_has_its_place() -> None:
    placed = {*STEPS, *EXTENSIONS, *CONTEXTS}
    assert placed == {row.name for row in POSITIONS if not row.name.startswith("AMI: ")}
    assert set(DESTINATIONS) == DESTINATION_FIELDS


async def test_what_encoders_make_is_loaded_and_read_back_as_what_it_was(box: Box) -> None:
    started, tally = time.monotonic(), Tally()
    through, batches = count(THROUGH, 60), -(-count(THROUGH, 60) // AT_ONCE)
    for batch in range(batches):
        written, chance = Written(), random.Random(f"{SEED}/{batch}")
        for row in POSITIONS:
            if not row.name.startswith("AMI: "):
                _fill(written, row, chance, tally, min(AT_ONCE, through - batch * AT_ONCE))
        text = "\n".join(written.lines) + "\n"
        box.publish({"extensions.conf": text.encode()})
        await box.reload("extensions.conf")
        live = await box.dialplan()
        assert live == reading.dialplan(text)
        for row, string, read in written.back:
            _same(row, string, read(live))
        assert not box.complaints()
    show("Strings through Asterisk's dialplan", tally, time.monotonic() - started)
    assert tally.accepted.total() >= count(BACK)


def _fill(written: Written, row: Position, chance: random.Random, tally: Tally, wanted: int) -> None:
    """Strings at one position until enough got through."""
    while wanted:
        text = tried(row.valid, chance)
        made = hold(row, text)
        tally.count(row.name, accepted=made is not None)
        wanted -= made is not None and written.add(row, text, made)


def _same(row: Position, text: str, back: str) -> None:
    if row.decode(back) != row.value(text):
        raise Broken(row.name, text, f"came back from Asterisk as {back!r}")


# --- companies of drawn objects, through the renderer

#: Objects of each kind in one company, and how many companies.
OBJECTS, COMPANIES = 400, 5


async def test_companies_are_loaded_whole_and_read_back_as_what_they_are(box: Box) -> None:
    started, tally = time.monotonic(), Tally()
    for number in range(count(COMPANIES)):
        company = _drawn(random.Random(f"{SEED}/{number}"), tally, count(OBJECTS, 20))
        bundle = new_renderer().render(company)
        box.publish({name: file.content for name, file in bundle.files.items()})
        await box.reload()
        assert not box.complaints()
        text = {name: file.content.decode() for name, file in bundle.files.items()}
        live = await box.dialplan()
        assert live == reading.dialplan(text["extensions.conf"])
        _is_that_company(live, company)
        _are_its_queues(await box.queues(), company, reading.sections(text["queues.conf"]))
        assert await box.mailboxes() == reading.mailboxes(text["voicemail.conf"])
        assert {m for c, m in await box.mailboxes() if c == "vx"} == {o.ref.key for o in company.of_kind("voicemail")}
        assert await box.music() == reading.music(text["musiconhold.conf"])
    show("Strings through companies in Asterisk", tally, time.monotonic() - started)


def _drawn(chance: random.Random, tally: Tally, objects: int) -> Company:
    """A company whose keys and destinations were drawn as strings, and got through the doors of the domain."""
    found: dict[ObjectRef, Object] = {}
    codes: set[str] = set()
    for kind in kinds().values():
        specs = pool(kind.name, chance.randrange(2**32), 100)
        for _ in range(objects):
            ref = ObjectRef(kind.name, _through(f"key of a {kind.name}", chance, tally))
            found[ref] = with_own_code(Object(ref, "Namn", _spec(kind, specs, chance, tally)), codes)
    return Company(1, found)


def _spec(kind: Kind, specs: list[dict[str, Json]], chance: random.Random, tally: Tally) -> Spec:
    while True:
        with contextlib.suppress(Invalid):  # two phones drawn alike, where they must differ
            return parsed_spec(kind, _led_elsewhere(chance.choice(specs), chance, tally))


def _through(door: str, chance: random.Random, tally: Tally) -> str:
    row = ROWS[door]
    while True:
        text = tried(row.valid, chance)
        made = hold(row, text)
        tally.count(door, accepted=made is not None)
        if made is not None:
            return text


def _led_elsewhere(value: Json, chance: random.Random, tally: Tally) -> Json:
    """The same spec with every destination another of its sort."""
    if isinstance(value, list):
        return [_led_elsewhere(item, chance, tally) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() & DESTINATION_FIELDS and len(value) == 1:
        (sort,) = value
        return {sort: _through(f"destination: {sort}", chance, tally)}
    return {name: _led_elsewhere(item, chance, tally) for name, item in value.items()}


def _is_that_company(live: reading.Dialplan, company: Company) -> None:
    """The contexts are the objects', and from each a call goes on to where its exits lead."""
    found = {ObjectRef(*name.removeprefix("vx-").split("-", 1)) for name in live if name.count("-") > 1}
    assert {ref for ref in found if ref.kind in kinds()} == company.everything.keys()
    for ref, o in company.everything.items():
        steps = {step for extension in live[f"vx-{ref.kind}-{ref.key}"].values() for step in extension}
        dialled = {
            phone for application, data in steps if application == "Dial" for phone in data.split(",")[0].split("&")
        }
        for way in o.spec.exits():
            idle = isinstance(o.spec, Forward) and not o.spec.rings and way.field != "target"
            if not idle and _step_to(way.destination) not in steps and _phone_of(way.destination) not in dialled:
                raise Broken(str(ref), way, f"leads elsewhere: {steps}")


def _phone_of(destination: AnyDestination) -> str:
    """What is dialled where a destination rings."""
    match destination:
        case ToExtension(extension=key):
            return f"Local/ring@vx-extension-{key}"
        case ToExternal(external=number):
            return f"Local/{number[1:]}@vx-external"
        case _:
            return ""


def _step_to(destination: AnyDestination) -> tuple[str, str]:
    """By which application a call is led on."""
    if (ref := target_of(destination)) is not None:
        return "Goto", f"vx-{ref.kind}-{ref.key},s,1"
    match destination:
        case ToExternal(external=number):
            return "Goto", f"vx-external,{number[1:]},1"
        case ToDialplan(dialplan=place):
            return "Goto", place
        case ToEnd(end=end):
            return "Hangup", {"hangup": "16", "busy": "17", "congestion": "34"}[end]
        case _:
            raise AssertionError(f"nobody has said how a call is led to {destination}")


def _are_its_queues(live: dict[str, QueueState], company: Company, said: Mapping[str, object]) -> None:
    assert live.keys() == said.keys()
    for o in company.of_kind("queue"):
        assert isinstance(o.spec, Queue)
        found = live[f"vx-{o.ref.key}"]
        shape = (found.strategy, found.length, found.servicelevel, found.weight, found.members)
        assert shape == (o.spec.strategy, o.spec.length, o.spec.target, o.spec.weight, ())


# --- what goes over AMI

#: Strings at each position; and queues to spread the members over, since Asterisk writes all of one anew each time.
MEMBERS, ENTRIES, NAMES = 4_000, 10_000, 5_000
QUEUES = 40

Members = dict[tuple[str, str], tuple[str, str]]


async def test_members_come_back_as_themselves_also_after_a_restart(box: Box) -> None:
    """What Asterisk remembers of members is one line a queue, which it cuts at `;` and `|` when it starts."""
    started, tally, chance = time.monotonic(), Tally(), random.Random(f"{SEED}/members")
    names = [f"vx-fuzz-{n}" for n in range(QUEUES)]
    box.publish({"queues.conf": "".join(f"[{name}]\nstrategy = rrmemory\n" for name in names).encode()})
    await box.reload("queues.conf")
    there: Members = {}
    for n in range(count(MEMBERS, 200)):
        await _members(Queues(box.live), names[n % QUEUES], n, chance, tally, there)
    assert await _found_members(box) == there
    await box.pbx.restart()
    for connection in (box.live, box.apply):
        await connection.wait_connected(20)
    assert await _found_members(box) == there
    assert not box.complaints()
    show("Strings through the members of Asterisk's queues", tally, time.monotonic() - started)


async def _members(queues: Queues, queue: str, n: int, chance: random.Random, tally: Tally, there: Members) -> None:
    """A member with a drawn interface, and one with a drawn name and a drawn reason for its pause."""
    interface = tried(ROWS["AMI: interface"].valid, chance)
    name, reason = (tried(ROWS["AMI: member"].valid, chance) for _ in range(2))
    outcome = await _sent(tally, "interface", queues.add(queue, interface, member_name=f"m{n}"))
    if outcome is QueueOutcome.DONE:
        there[queue, interface] = f"m{n}", ""
    elif outcome is not None:  # upper and lower case are one
        assert (queue, interface.lower()) in {(q, i.lower()) for q, i in there}
    phone = f"PJSIP/n{n}"
    named = await _sent(tally, "member's name", queues.add(queue, phone, member_name=name))
    if named is None:
        await queues.add(queue, phone, member_name="plain")
    paused = await _sent(tally, "reason", queues.pause(queue, phone, paused=True, reason=reason))
    there[queue, phone] = name if named else "plain", reason if paused else ""


async def _sent(tally: Tally, position: str, action: Awaitable[QueueOutcome]) -> QueueOutcome | None:
    try:
        outcome = await action
    except ValueError:
        tally.count(position, accepted=False)
        return None
    tally.count(position, accepted=True)
    return outcome


async def _found_members(box: Box) -> Members:
    found = await box.queues()
    return {(queue, m.interface): (m.name, m.reason) for queue, state in found.items() for m in state.members}


async def test_entries_of_the_small_database_come_back_as_themselves(box: Box) -> None:
    started, tally, chance = time.monotonic(), Tally(), random.Random(f"{SEED}/entries")
    core, put = Core(box.apply), dict[tuple[str, str], str]()
    for n in range(count(ENTRIES, 200)):
        for position, row in (("family", "AMI: family"), ("key", "AMI: key"), ("value", "AMI: value of a header")):
            entry = {"family": "vxfuzz", "key": f"k{n}", "value": f"v{n}"}
            entry[position] = tried(ROWS[row].valid, chance)
            try:
                await core.db_put(entry["family"], entry["key"], entry["value"])
            except ValueError:
                tally.count(position, accepted=False)
            else:
                tally.count(position, accepted=True)
                put[entry["family"], entry["key"]] = entry["value"]
    for (family, key), value in put.items():
        back = await core.db_get(family, key)
        if back != value:
            raise Broken("AstDB", (family, key, value), f"came back as {back!r}")
    for family in sorted({family for family, _ in put}):
        assert await core.db_tree(family) == {key: value for (f, key), value in put.items() if f == family}
    show("Strings through AstDB", tally, time.monotonic() - started)


async def test_variables_and_contexts_are_found_by_their_names(box: Box) -> None:
    started, tally, chance = time.monotonic(), Tally(), random.Random(f"{SEED}/names")
    variables, contexts = (_names(row, chance, tally) for row in ("AMI: variable", "AMI: plain name"))
    contexts -= {"general", "globals"}  # sections of another meaning
    globals_ = "".join(f"{name} = value of {name}\n" for name in variables)
    steps = "".join(f"[{name}]\nexten => s,1,NoOp({name})\n" for name in contexts)
    box.publish({"extensions.conf": f"[globals]\n{globals_}{steps}".encode()})
    await box.reload("extensions.conf")
    core, dialplan = Core(box.apply), Dialplan(box.apply)
    for name in variables:
        assert await core.getvar(name) == f"value of {name}", name
    for name in contexts:
        found = await dialplan.show(name)
        assert found is not None, name
        assert found.extensions[0].steps[0].data == name
    show("Strings by which Asterisk finds things", tally, time.monotonic() - started)


def _names(row: str, chance: random.Random, tally: Tally) -> set[str]:
    found = set()
    for _ in range(count(NAMES, 200)):
        text = tried(ROWS[row].valid, chance)
        accepted = hold(ROWS[row], text) is not None
        tally.count(row, accepted=accepted)
        found |= {text} if accepted else set()
    return found
