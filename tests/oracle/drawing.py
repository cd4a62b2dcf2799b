"""Draws plans: call flows of two to eight objects over every kind, and a call to each.

Whatever the product's own check refuses is drawn anew, and so is a call whose outcome hangs on a moment: the simulation
of it must be the same some seconds earlier and later, but for the half-open end that it may be drawn at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.exchange import ASIDE, FIRST_FREE, LONG, SHORT, prompt, telephone, thing
from tests.oracle.placing import LONGEST
from tests.oracle.plan import Plan
from tests.sip import Pair, pair
from tests.sip.tones import PAIRS
from vaxelflode.domain.check import check
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.destination import ToExternal
from vaxelflode.domain.hours import DAY, clock
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.menu import Menu
from vaxelflode.domain.kinds.queue import Queue
from vaxelflode.domain.kinds.schedule import WEEKDAYS, Schedule
from vaxelflode.domain.kinds.switch import Switch
from vaxelflode.domain.kinds.voicemail import Voicemail
from vaxelflode.domain.outside import Outside
from vaxelflode.domain.passage import Luck
from vaxelflode.domain.simulate import MOST_STEPS
from vaxelflode.errors import Invalid

ZONES = ("Europe/Stockholm", "Europe/Stockholm", "America/New_York", "Asia/Kolkata", "UTC")
#: Dates that are easily judged wrong: a leap day, holidays, both daylight-saving nights, the turn of a year.
DATES = (
    *("2027-03-16", "2028-02-29", "2027-12-24", "2027-12-25", "2027-12-31", "2028-01-01", "2027-06-25", "2027-06-26"),
    *("2027-03-28", "2027-10-31", "2027-03-14", "2027-11-07", "2027-07-04", "2027-11-25", "2027-04-06", "2027-03-25"),
)
#: Days that are kept in Sweden beside the public holidays, and days of a company's own, of one year or of each.
KEPT = ("christmas-eve", "maundy-thursday", "midsummer-eve", "new-years-eve")
OWN = ("2027-03-16", "02-29", "12-31", "2027-04-07")
HOURS: tuple[list[list[str]], ...] = (
    *([], [], [["08:00", "17:00"]], [["08:00", "12:00"], ["13:00", "17:00"]], [["22:00", "06:00"]]),
    *([["00:00", "24:00"]], [["12:34", "12:35"]], [["00:00", "00:01"], ["23:59", "24:00"]], [["20:00", "02:00"]]),
)
#: Numbers outside, by how it goes there; from the range that Swedish films may use.
OUTSIDE: Mapping[Luck, tuple[str, ...]] = {
    "answered": ("+46701740670", "+46701740671"),
    "busy": ("+46701740680", "+46701740681"),
    "no_answer": ("+46701740690",),
}
#: Who calls; one who is known from the number at the other end of the line outside.
CALLERS = tuple(f"+467017406{n}" for n in range(10, 69))
LINE_OUTSIDE = Outside(line=True)
KEYS = "0123456789*#"
#: How many telephones a plan has at most.
TELEPHONES = 4


@dataclass
class Drawing:
    """Draws the plan number ``n``: its number, extensions and keys of objects are nobody else's."""

    chance: Random
    n: int
    voices: Iterator[Pair] = field(init=False)
    phones: list[str] = field(init=False)
    luck: dict[ObjectRef, Luck] = field(default_factory=dict)
    made: list[Object] = field(default_factory=list)
    agents: list[tuple[str, str, bool]] = field(default_factory=list)
    fillers: list[Object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.voices = iter([pair(n) for n in self.chance.sample(range(FIRST_FREE, len(PAIRS)), 30)])
        first = 2000 + TELEPHONES * self.n
        self.phones = [str(first + k) for k in range(self.chance.randint(1, TELEPHONES))]

    def plan(self) -> Plan | None:
        """A plan, or ``None`` where what was drawn is no company, or hangs on a moment."""
        every = dict.fromkeys(self.phones)
        for phone in every:
            luck = self._one("answered", "answered", "busy", "no_answer", "unreachable")
            self.luck[ObjectRef("extension", phone)] = luck
            self.made.append(telephone(phone, registered=luck != "unreachable", ring=5))
        for luck, numbers in OUTSIDE.items():
            self.luck |= {ObjectRef("external", number): luck for number in numbers}
        for _ in range(self.chance.choice([1, 2, 3, 4, 5, 6, 7, 7])):
            self._add(self._one(*_KINDS))
        number = f"46101022{self.n:03}"
        self.made.append(thing(f"number/{number}", route=self._to(entry=True)))
        if not self._is_company():
            return None
        return self._called(number)

    def _is_company(self) -> bool:
        company = Company(1, {o.ref: o for o in self.made})
        try:
            for o in self.made:
                check(o, company, outside=LINE_OUTSIDE)
        except Invalid:
            return False
        return True

    # --- objects

    def _add(self, kind: str) -> None:
        ref = ObjectRef(kind, f"{kind.replace('_', '')}-{self.n}-{len(self.made)}")
        spec = getattr(self, f"_{kind}")(ref)
        self.made.append(thing(str(ref), **spec))

    def _announcement(self, _ref: ObjectRef) -> dict[str, Any]:
        return {"prompt": self._prompt(), "next": self._to()}

    def _schedule(self, _ref: ObjectRef) -> dict[str, Any]:
        overrides = []
        for k in range(self.chance.choice([0, 0, 1, 1, 2])):
            first = dt.date.fromisoformat(self._one(*DATES))
            last = first + dt.timedelta(self.chance.randint(0, 2))
            closed = self._to() if self._maybe(0.5) else None
            item = {
                "id": f"{self.n:06x}{len(self.made):06x}{k:04x}",
                "from": first.isoformat(),
                "to": last.isoformat(),
                "hours": self._one(*HOURS),
            }
            overrides.append(item | {"closed": closed, "made_at": f"2027-01-01T12:00:0{k}Z"})
        return {
            "time_zone": self._one(*ZONES),
            "weekly": {day: self._one(*HOURS) for day in WEEKDAYS if self._maybe(0.8)},
            "holidays": self._holidays(),
            "overrides": overrides,
            "open": self._to(),
            "closed": self._to(),
            "holiday": self._to() if self._maybe(0.7) else None,
        }

    def _holidays(self) -> dict[str, Any]:
        """Public holidays, days that are kept beside them, and days of the company's own."""
        calendar = self._one("SE", "SE", "US", None)
        kept = [day for day in KEPT if calendar == "SE" and self._maybe(0.4)]
        own = [{"date": date, "hours": self._one(*HOURS), "name": date} for date in OWN if self._maybe(0.2)]
        also = {day: self._one(*HOURS) for day in kept}
        return {"calendar": calendar, "hours": self._one(*HOURS), "also": also, "own": own}

    def _switch(self, _ref: ObjectRef) -> dict[str, Any]:
        names = self.chance.sample(["open", "closed", "emergency", "lunch"], self.chance.randint(2, 3))
        set_to = None
        if self._maybe(0.7):
            date, minute = self._one(*DATES), self.chance.randrange(DAY)
            until = f"{date}T{clock(minute)}:00Z" if self._maybe(0.6) else None
            set_to = {"at": self._one(*names), "until": until, "since": "2027-01-01T00:00:00Z"}
        positions = {name: self._to() for name in names}
        return {"positions": positions, "default": self._one(*names), "position": set_to}

    def _menu(self, ref: ObjectRef) -> dict[str, Any]:
        options = {key: self._to() for key in self.chance.sample(KEYS, self.chance.randint(0, 3))}
        dialled = self.chance.sample(self.phones, self.chance.randint(0, min(2, len(self.phones))))
        if dialled and self._maybe(0.4):
            options[dialled[0][0]] = self._to()
        if self._maybe(0.15):
            options["0"] = {"object": str(ref)}
        return {
            "prompt": self._prompt(never=0.05 if options else 0.3),
            "options": options,
            "wait": 2,
            "tries": self._one(1, 1, 2, 2, 3),
            "timeout": self._to(),
            "invalid": self._to(),
            "direct_dial": [{"extension": phone} for phone in dialled],
        }

    def _queue(self, ref: ObjectRef) -> dict[str, Any]:
        luck = self._one("answered", "busy", "no_answer", "no_agents", "no_agents", "full")
        agent = self._agent(luck)
        if luck in ("answered", "busy", "no_answer") and agent is None:
            luck = "no_agents"
        if agent is not None:
            self.agents.append((ref.key, agent, luck == "no_agents" and self._reaches(agent)))
        self.luck[ref] = luck
        if luck == "full":
            filler = thing(f"number/46101023{self.n:03}{len(self.made)}", route={"object": str(ref)})
            self.fillers.append(replace(filler, name=f"fills {ref.key}"))
        periodic = self._prompt() if self._maybe(0.3) else None
        no_agents = self._to() if self._maybe(0.7) and (luck != "full" or agent is not None) else None
        keys = {key: self._to() for key in self.chance.sample(KEYS, self.chance.choice([0, 0, 1, 2]))}
        ringing = self._maybe(0.2)
        return {
            "timeout": 5,
            # what is told is told seconds before the end of the wait, whenever the first round begins
            "retry": self._one(1, 3) if periodic else self._one(1, 2, 3),
            "longest_wait": 60 if luck == "full" else 15 if periodic else self._one(10, 11),
            "length": 1 if luck == "full" else 0,
            "join": self._prompt(LONG if keys else SHORT) if self._maybe(0.5) else None,
            "periodic": periodic,
            "periodic_every": 10,
            "music": None if ringing else self._prompt(),
            "ringing": ringing,
            "strategy": self._one("ringall", "rrmemory", "leastrecent", "fewestcalls", "random", "linear"),
            "when_empty": self._one("wait", "refuse", "leave"),
            "full": self._to(),
            "waited": self._to(),
            "no_agents": no_agents,
            "keys": keys,
        }

    def _agent(self, luck: Luck) -> str | None:
        """A telephone whose luck makes the queue's; for a queue that has no agents, one who is away."""
        wanted = {"no_agents": "unreachable", "full": "no_answer"}.get(luck, luck)
        free = [phone for phone in self.phones if phone not in {agent for _, agent, _ in self.agents}]
        found = [phone for phone in free if self.luck[ObjectRef("extension", phone)] == wanted]
        if luck == "no_agents" and self._maybe(0.5):
            found = free  # on a pause
        return self._one(*found) if found and (luck != "no_agents" or self._maybe(0.7)) else None

    def _reaches(self, phone: str) -> bool:
        return self.luck[ObjectRef("extension", phone)] != "unreachable"

    def _ring_group(self, _ref: ObjectRef) -> dict[str, Any]:
        strategy = self._one("all", "in_order")
        members = self.chance.sample(self.phones, self.chance.randint(0 if self._maybe(0.1) else 1, len(self.phones)))
        if strategy == "all":
            members.sort()  # of those that answer the first one is the quickest
        return {"members": members, "strategy": strategy, "ring": 5, "no_answer": self._to()}

    def _forward(self, _ref: ObjectRef) -> dict[str, Any]:
        return {
            "target": self._to(object_share=0.3),
            "ring": 5,
            "number_shown": self._one("caller", "dialled"),
            "busy": self._to() if self._maybe(0.5) else None,
            "no_answer": self._to() if self._maybe(0.5) else None,
        }

    def _voicemail(self, ref: ObjectRef) -> dict[str, Any]:
        self.luck[ref] = self._one("answered", "answered", "full")
        operator, star = (self._to() if self._maybe(0.5) else None for _ in range(2))
        greeting = self._prompt(LONG if operator or star else SHORT) if self._maybe(0.9) else None
        full = self._to() if self._maybe(0.6) else None
        return {"greeting": greeting, "after": self._to(), "operator": operator, "star": star, "full": full}

    def _to(self, *, entry: bool = False, object_share: float = 0.72) -> Any:
        """Where an exit leads: mostly to an object that is made already, the last one where the number begins."""
        objects = [o for o in self.made if o.ref.kind != "extension"]
        if objects and (entry or self.chance.random() < object_share):
            return {"object": str(objects[-1].ref if self._maybe(0.6) else self._one(*objects).ref)}
        return self._one(
            *([{"extension": phone} for phone in self.phones]),
            *({"end": end} for end in ("hangup", "busy", "congestion")),
            {"external": self._one(*(number for numbers in OUTSIDE.values() for number in numbers))},
            {"dialplan": ASIDE},
        )

    def _prompt(self, seconds: float = SHORT, never: float = 0.0) -> str | None:
        return None if never and self._maybe(never) else prompt(next(self.voices), seconds)

    def _one(self, *among: Any) -> Any:
        return self.chance.choice(among)

    def _maybe(self, share: float) -> bool:
        return self.chance.random() < share

    # --- the call

    def _called(self, number: str) -> Plan | None:
        outside = any(isinstance(way.destination, ToExternal) for o in self.made for way in o.spec.exits())
        made = Plan(
            number=number,
            objects=(*self.made, *self.fillers),
            at=self._instant(),
            dialled=self._one(f"+{number}", f"+{number}", number, f"00{number}", f"0{number[2:]}"),
            caller="anonymous" if not outside and self._maybe(0.2) else CALLERS[0],
            keys=self._keys(),
            luck=self.luck,
            agents=tuple(self.agents),
            voices={phone: next(self.voices) for phone in self.phones},
            hasty=self._maybe(0.5),
        )
        if self._maybe(0.15):
            made = replace(made, held=round(self.chance.uniform(1.5, 20), 1))
            made = replace(made, keys="".join(_used(made)[2]))  # what is pressed when the caller is about to hang up
        return made if is_certain(made) else None

    def _instant(self) -> Any:
        """The very minute at which something begins or ends, two seconds before it, or any other instant."""
        edges = [edge for o in self.made for edge in _edges(o, self.chance)]
        if edges and self._maybe(0.75):
            return self._one(*edges) - dt.timedelta(seconds=self._one(0, 0, 2))
        day = dt.datetime.fromisoformat(f"{self._one(*DATES)}T00:00:30+00:00")
        return day + dt.timedelta(minutes=self.chance.randrange(DAY))

    def _keys(self) -> str:
        """Keys that lead somewhere in one of the objects, and others; pauses between them."""
        known = [*"0*#"]
        for o in self.made:
            known += (
                [*o.spec.options] if isinstance(o.spec, Menu) else [*o.spec.keys] if isinstance(o.spec, Queue) else []
            )
        words = [*known, *known, *(phone for phone in self.phones), self.phones[0][:2] + ",", ",", self._one(*KEYS)]
        return "".join(self.chance.choice(words) for _ in range(self._one(0, 1, 1, 2, 3)))


_KINDS = (
    *("announcement", "schedule", "schedule", "switch", "menu", "menu", "queue", "queue"),
    *("ring_group", "forward", "forward", "voicemail"),
)


def _edges(o: Object, chance: Random) -> Iterator[dt.datetime]:
    """Instants at which an object begins or ceases to say the same."""
    if isinstance(o.spec, Switch) and o.spec.position is not None and o.spec.position.until is not None:
        yield o.spec.position.until
    if isinstance(o.spec, Schedule):
        dates = [*map(dt.date.fromisoformat, chance.sample(DATES, 2)), *(item.first for item in o.spec.overrides)]
        date = chance.choice(dates) + dt.timedelta(chance.choice([0, 0, 1]))
        minutes = {0, *(edge for span in o.spec.day(date).open for edge in span if edge < DAY)}
        for minute in minutes:
            wall = dt.datetime.combine(date, dt.time(minute // 60, minute % 60, fold=chance.randint(0, 1)))
            yield wall.replace(tzinfo=ZoneInfo(o.spec.time_zone)).astimezone(dt.UTC)


def is_certain(plan: Plan) -> bool:
    """Whether the outcome hangs on no moment, and the call can be placed as it is meant."""
    simulation = plan.simulation
    last = simulation.steps[-1]
    if len(simulation.steps) >= MOST_STEPS or (last.at - plan.at).total_seconds() + last.passage.seconds > LONGEST:
        return False
    if not _same(plan, replace(plan, at=plan.at + dt.timedelta(seconds=1))):
        return False
    if any(step.at > plan.at and step.object.kind in ("schedule", "switch") for step in simulation.steps):
        shifted = (replace(plan, at=plan.at + dt.timedelta(seconds=s)) for s in (-4, 8))
        if not all(_same(plan, other) for other in shifted):
            return False
    if plan.held is not None and not _holds_surely(plan):
        return False
    return all(map(_is_pressable, *_used(plan)))


def _same(plan: Plan, other: Plan) -> bool:
    return plan.simulation.path == other.simulation.path and plan.simulation.prompts == other.simulation.prompts


def _holds_surely(plan: Plan) -> bool:
    """Whether it matters to nothing that the caller hangs up a little sooner or later."""
    assert plan.held is not None
    if not plan.simulation.hung_up or any("," in keys for keys in _used(plan)[2]):
        return False
    begun = plan.simulation.steps[-1]
    since = plan.held - (begun.at - plan.at).total_seconds()
    near = (replace(plan, held=max(plan.held + s, 0.1)) for s in (-2.0, 2.0))
    answered = plan.luck.get(begun.object) == "answered"
    return since > (5.0 if answered else 2.0) and all(_same(plan, other) and other.simulation.hung_up for other in near)


def _used(plan: Plan) -> tuple[list[Plan], list[ObjectRef], list[str], list[str]]:
    """Where keys are used up, and which; and by which exit the call goes on there."""
    keys, found = plan.keys, []
    for step in plan.simulation.steps:
        if step.passage.pressed:
            found.append((plan, step.object, keys[: step.passage.pressed], str(step.passage.exit)))
        keys = keys[step.passage.pressed :]
    return tuple(map(list, zip(*found, strict=True))) if found else ([], [], [], [])  # type: ignore[return-value]


def _is_pressable(plan: Plan, ref: ObjectRef, keys: str, exit_: str) -> bool:
    """Whether one can tell when to press: a prompt is heard, and nobody answers before."""
    spec = plan.spec_of(ref)
    if isinstance(spec, Menu):
        return spec.prompt is not None
    if isinstance(spec, Queue):
        in_time = spec.join is not None and plan.hasty and len(keys) <= 3
        is_heard = spec.join is not None or spec.music is not None
        return "," not in keys and is_heard and (plan.luck[ref] != "answered" or in_time)
    if isinstance(spec, Voicemail):
        return "," not in keys and (exit_ == "after" or len(keys) <= 3)
    return True
