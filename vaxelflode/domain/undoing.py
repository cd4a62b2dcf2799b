"""What undoing a change would make of what holds now, told before anybody decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vaxelflode.domain.change import Change
from vaxelflode.domain.company import Object
from vaxelflode.domain.edits import ABSENT, Edit, shown
from vaxelflode.domain.history import edited, made_last
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.errors import Invalid


def told_edits(change: Change) -> Sequence[Edit]:
    """The edits without what was there neither before nor after, as where what is undone was gone already."""
    return [edit for edit in change.edits if edit.before is not ABSENT or edit.after is not ABSENT]


def undone(change: Change, conflicts: Iterable[Mapping[str, Any]], here: Object, now: dt.datetime) -> tuple[Edit, ...]:
    """What undoing a change would make of ``here`` as it is now, for each of its edits.

    ``conflicts`` is where something came later.
    """
    later = {tuple(one["path"]): one for one in conflicts}
    edits = [*shown(here.kind, told_edits(change))]
    back = [
        Edit(e.path, one.get("now", ABSENT), one.get("restores", ABSENT))
        if (one := later.get(e.path)) is not None
        else e.reversed()
        for e in edits
    ]
    return tuple(_as_held(here, edits, back, now))


def _as_held(here: Object, edits: Sequence[Edit], back: Sequence[Edit], now: dt.datetime) -> Sequence[Edit]:
    """Of temporary changes what holds on their days before and after, which may be another one that came later."""
    if not isinstance(here.spec, Schedule) or not any(edit.field == "overrides" for edit in edits):
        return back
    try:
        then = made_last(edited(here, back), back, now).spec
    except Invalid:
        return back
    assert isinstance(then, Schedule)  # noqa: S101 -- of the same kind
    found: list[Edit] = []
    for edit, one in zip(edits, back, strict=True):
        if edit.field != "overrides":
            found.append(one)
            continue
        about = edit.before if edit.after is ABSENT else edit.after
        dates = dt.date.fromisoformat(about["from"]), dt.date.fromisoformat(about["to"])
        found.append(Edit(one.path, _held(here.spec, dates, one.before), _held(then, dates, one.after)))
    return found


def _held(schedule: Schedule, dates: tuple[dt.date, dt.date], otherwise: Any) -> Any:
    """The one temporary change that holds on all of the days, or none; ``otherwise`` where that differs among them."""
    first, last = dates
    on = [schedule.override_on(first + dt.timedelta(days=n)) for n in range((last - first).days + 1)]
    if any(one != on[0] for one in on):
        return otherwise
    return ABSENT if on[0] is None else on[0].model_dump(mode="json", by_alias=True)
