"""The parts of a schedule that have a form: each as flat values, by which two versions are compared and patched.

A flat value is ``mon`` → hours, ``also.christmas-eve`` → hours, ``open`` → destination: what one changes at a time, and
what two people may change at the same time without being in each other's way. All of it is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from vaxelflode.domain.kinds.schedule import WEEKDAYS, Schedule
from vaxelflode.web.hours.clock_times import as_json

Part = Literal["hours", "holidays", "route"]
#: Part → what must be granted to change it, and the spec's fields in it.
PARTS: Mapping[Part, tuple[str, ...]] = {
    "hours": ("weekly",),
    "holidays": ("holidays",),
    "route": ("open", "closed", "holiday"),
}
Flat = Mapping[str, Any]

ALSO, OWN = "also.", "own."


def flat(part: Part, schedule: Schedule) -> dict[str, Any]:
    """The part's values as they stand."""
    match part:
        case "hours":
            return {day: as_json(schedule.weekly.get(day, ())) for day in WEEKDAYS}
        case "holidays":
            kept = schedule.holidays
            return {
                "calendar": kept.calendar,
                "hours": as_json(kept.hours),
                **{ALSO + id_: as_json(hours) for id_, hours in kept.also.items()},
                **{OWN + o.date: {"name": o.name, "hours": as_json(o.hours)} for o in kept.own},
            }
        case "route":
            spec = schedule.as_json()
            return {name: spec[name] for name in PARTS["route"]}


def changed(before: Flat, after: Flat) -> list[str]:
    """The keys of what differs, in the order of the form."""
    keys = dict.fromkeys([*before, *after])
    return [key for key in keys if before.get(key) != after.get(key)]


def patch(part: Part, before: Flat, after: Flat, schedule: Schedule) -> dict[str, Any]:
    """A merge patch of the spec that makes of ``schedule`` what was changed from ``before`` to ``after``; no more."""
    keys = changed(before, after)
    if not keys:
        return {}
    if part == "route":
        return {key: after.get(key) for key in keys}
    if part == "hours":
        return {"weekly": {day: after.get(day) or None for day in keys}}
    return {"holidays": _holidays(keys, after, schedule)}


def _holidays(keys: list[str], after: Flat, schedule: Schedule) -> dict[str, Any]:
    found: dict[str, Any] = {key: after.get(key) for key in keys if key in ("calendar", "hours")}
    also = {key.removeprefix(ALSO): after.get(key) for key in keys if key.startswith(ALSO)}
    if found.get("calendar", schedule.holidays.calendar) != schedule.holidays.calendar:
        # The days of one country are none of another's.
        chosen = {key.removeprefix(ALSO): value for key, value in after.items() if key.startswith(ALSO)}
        also = dict.fromkeys(schedule.holidays.also) | chosen
    if also:
        found["also"] = also
    if any(key.startswith(OWN) for key in keys):
        own = {key: value for key, value in flat("holidays", schedule).items() if key.startswith(OWN)}
        own |= {key: after.get(key) for key in keys if key.startswith(OWN)}
        found["own"] = [{"date": key.removeprefix(OWN), **value} for key, value in own.items() if value is not None]
    return found


def kept(values: Flat) -> str:
    """What a form carries of the version that it was made from."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def read_kept(text: str, otherwise: Flat) -> Flat:
    """The inverse; ``otherwise`` where somebody sends something else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return otherwise
    return found if isinstance(found, dict) and all(isinstance(key, str) for key in found) else otherwise
