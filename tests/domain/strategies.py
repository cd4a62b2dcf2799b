"""Hypothesis strategies for specs of every kind and for whole companies, through JSON as the API would send it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from vaxelflode.domain.calendars import choices
from vaxelflode.domain.check import parsed_spec
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.hours import DAY, clock
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.kinds.queue import Strategy
from vaxelflode.domain.kinds.schedule import WEEKDAYS, Schedule
from vaxelflode.domain.pin import kept
from vaxelflode.domain.spec import Spec

#: For a law that is cheap to try, and for one whose single try renders something.
OFTEN = settings(deadline=None, max_examples=300)
SELDOM = settings(deadline=None, max_examples=60)

#: The dates that random schedules speak of: two winters, a leap day, both nights when the clock is changed.
FIRST, LAST = dt.date(2027, 12, 1), dt.date(2028, 4, 30)

dates = st.dates(FIRST, LAST)
phones = st.sampled_from(["201", "202", "0800", "21"])
prompts = st.none() | st.integers(0, 5).map(lambda n: f"{n:064x}")
keys = st.from_regex(r"[a-z0-9](-?[a-z0-9]){0,12}", fullmatch=True)
ends = st.sampled_from(["hangup", "busy", "congestion"]).map(lambda end: {"end": end})
destinations = (
    ends
    | st.sampled_from(["menu/huvud", "queue/kund", "announcement/natt"]).map(lambda ref: {"object": ref})
    | st.sampled_from(["201", "0800"]).map(lambda number: {"extension": number})
    | st.just({"external": "+46701740612"})
    | st.just({"dialplan": "from-start,s,1"})
)


@st.composite
def hours(draw: st.DrawFn) -> list[list[str]]:
    """A day's hours: up to three spans without overlap, the last one perhaps past midnight."""
    cuts = sorted(draw(st.sets(st.integers(0, DAY - 1), max_size=6)))
    spans = [[a, b] for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    past_midnight: bool = draw(st.booleans())
    if spans and past_midnight:
        spans[-1][1] = draw(st.integers(0, spans[-1][0] - 1) if spans[-1][0] else st.just(DAY))
    return [[clock(a), clock(b)] for a, b in spans]


@st.composite
def overrides(draw: st.DrawFn, dates: st.SearchStrategy[dt.date] = dates) -> list[dict[str, Any]]:
    """Overrides of some days, overlapping, some made at the same instant."""
    made = []
    for n in range(draw(st.integers(0, 4))):
        first = draw(dates)
        made.append(
            {
                "id": f"{draw(st.integers(0, 15)):x}{n:015x}",
                "from": first.isoformat(),
                "to": (first + dt.timedelta(draw(st.integers(0, 4)))).isoformat(),
                "hours": draw(hours()),
                "note": draw(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=5)),
                "closed": draw(st.none() | destinations),
                "made_at": f"2027-11-01T12:00:0{draw(st.integers(0, 2))}Z",
            }
        )
    return made


@st.composite
def holidays(draw: st.DrawFn) -> dict[str, Any]:
    """A calendar with some of its choices, and own days: dated, yearly, on the leap day."""
    calendar = draw(st.sampled_from([None, "SE", "US"]))
    ids = sorted(choices(calendar)) if calendar else []
    own = draw(st.sets(dates.map(str) | dates.map(lambda date: str(date)[5:]) | st.just("02-29"), max_size=4))
    return {
        "calendar": calendar,
        "hours": draw(hours()),
        "also": draw(st.dictionaries(st.sampled_from(ids), hours(), max_size=5)) if ids else {},
        "own": [{"date": date, "hours": draw(hours()), "name": "Egen dag"} for date in sorted(own)],
    }


schedules = st.fixed_dictionaries(
    {
        "time_zone": st.sampled_from(["Europe/Stockholm", "America/New_York", "Asia/Kolkata", "UTC"]),
        "weekly": st.dictionaries(st.sampled_from(WEEKDAYS), hours()),
        "holidays": holidays(),
        "overrides": overrides(),
        "open": destinations,
        "closed": destinations,
        "holiday": st.none() | destinations,
    }
)
menus = st.fixed_dictionaries(
    {
        "prompt": prompts,
        "options": st.dictionaries(st.sampled_from("0123456789*#"), destinations),
        "wait": st.integers(1, 60),
        "tries": st.integers(1, 9),
        "timeout": destinations,
        "invalid": destinations,
        "direct_dial": st.lists(phones, max_size=3, unique=True).map(lambda ks: [{"extension": k} for k in ks]),
    }
)


#: Codes that phones dial.
codes = st.none() | st.sampled_from(["*21", "*220", "*2300"])
#: PINs as they are kept: salting anew would make two of one.
pins = st.none() | st.from_regex(r"[0-9]{4,8}", fullmatch=True).map(lambda digits: kept(digits, "5a17" * 4))


@st.composite
def switches(draw: st.DrawFn) -> dict[str, Any]:
    """A switch of two to four positions, perhaps set, perhaps with an end."""
    names = draw(st.lists(st.sampled_from(["open", "closed", "emergency", "lunch"]), min_size=2, unique=True))
    until = draw(st.none() | dates.map(lambda date: f"{date.isoformat()}T16:00:00Z"))
    return {
        "positions": {name: draw(destinations) for name in names},
        "default": draw(st.sampled_from(names)),
        "labels": {names[0]: draw(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=5))},
        "position": draw(st.none() | st.sampled_from(names).map(lambda at: {"at": at, "until": until})),
        "code": draw(codes),
        "pin": draw(pins),
    }


queues = st.fixed_dictionaries(
    {
        "timeout": st.integers(5, 120),
        "length": st.integers(0, 1000),
        "announce_position": st.booleans(),
        "join": prompts,
        "periodic": prompts,
        "strategy": st.sampled_from(Strategy.__args__),  # type: ignore[attr-defined]
        "full": destinations,
        "no_agents": st.none() | destinations,
        "keys": st.dictionaries(st.sampled_from("0123456789*#"), destinations, max_size=3),
        "when_empty": st.sampled_from(["wait", "refuse", "leave"]),
        "autopause": st.sampled_from(["no", "yes", "all"]),
        "music": prompts,
        "ringing": st.booleans(),
    }
)
ring_groups = st.fixed_dictionaries(
    {
        "members": st.lists(phones, max_size=4, unique=True),
        "strategy": st.sampled_from(["all", "in_order"]),
        "ring": st.integers(5, 120),
        "no_answer": destinations,
    }
)
forwards = st.fixed_dictionaries(
    {
        "target": destinations,
        "ring": st.integers(5, 120),
        "number_shown": st.sampled_from(["caller", "dialled"]),
        "busy": st.none() | destinations,
        "no_answer": st.none() | destinations,
    }
)
voicemails = st.fixed_dictionaries(
    {
        "greeting": prompts,
        "email": st.none() | st.just("kund@norrvikenergi.example"),
        "after": destinations,
        "operator": st.none() | destinations,
        "star": st.none() | destinations,
        "full": st.none() | destinations,
        "code": codes,
        "pin": pins,
    }
)
#: JSON specs by kind: one entry for every kind that there is.
json_specs: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "announcement": st.fixed_dictionaries({"prompt": prompts, "next": destinations}),
    "extension": st.fixed_dictionaries(
        {"endpoint": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", fullmatch=True), "ring": st.integers(5, 120)}
    ),
    "menu": menus,
    "number": st.fixed_dictionaries({"route": destinations}),
    "queue": queues,
    "schedule": schedules,
    "voicemail": voicemails,
    "switch": switches(),
    "ring_group": ring_groups,
    "forward": forwards,
}


def specs(kind: str) -> st.SearchStrategy[Spec]:
    """Specs of one kind."""
    return json_specs[kind].map(lambda said: parsed_spec(kinds()[kind], said))


def schedule_specs() -> st.SearchStrategy[Schedule]:
    """Schedules."""
    return json_specs["schedule"].map(Schedule.model_validate)


_KEYS = {"number": st.integers(10**10, 10**11 - 1).map(str), "extension": st.integers(10, 9999).map(str)}


def objects(kind: str) -> st.SearchStrategy[Object]:
    """Objects of one kind, with any name that people might type."""
    refs = _KEYS.get(kind, keys).map(lambda key: ObjectRef(kind, key))
    return st.builds(Object, refs, st.text(min_size=1, max_size=20), specs(kind), retired=st.booleans())


any_object = st.sampled_from(sorted(json_specs)).flatmap(objects)


def companies() -> st.SearchStrategy[Company]:
    """Companies of up to ten objects; their exits may lead to what is not there, and no two have one code."""
    many = st.lists(
        any_object, max_size=10, unique_by=(lambda o: o.ref, lambda o: getattr(o.spec, "code", None) or o.ref)
    )
    return st.builds(lambda revision, every: Company(revision, {o.ref: o for o in every}), st.integers(1, 99), many)
