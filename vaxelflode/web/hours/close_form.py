"""The forms that close and open from now on: one question, how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from vaxelflode.domain.closing import Rewrite, after, closing, minute_of, opening, ordinary_again, till, till_ordinary
from vaxelflode.domain.hours import DAY, minutes
from vaxelflode.domain.kinds.schedule import NOTE_LENGTH, Schedule
from vaxelflode.web.hours.clock_times import Unread, read_clock
from vaxelflode.web.hours.saying import read_destination

What = Literal["close", "open"]
#: What to do → how long, the first unless something else is chosen.
UNTIL: Mapping[What, tuple[str, ...]] = {"close": ("day", "time"), "open": ("ordinary", "time", "regular")}


@dataclass(frozen=True, slots=True)
class CloseForm:
    """``until`` is one of :data:`UNTIL`; ``time`` as typed; ``wrong`` is field → code."""

    what: What
    until: str
    time: str = ""
    closed: str = ""
    note: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)

    def rewrite(self, schedule: Schedule, now: dt.datetime) -> Rewrite:
        """What it asks of a schedule."""
        if self.until == "regular":
            return ordinary_again(schedule, now)
        if self.what == "close":
            return closing(schedule, now, None if self.until == "day" else self._minute(schedule, now))
        if self.until == "ordinary":
            return opening(schedule, now, till_ordinary(schedule, now))
        return opening(schedule, now, till(schedule, now, minutes(self.time) % DAY))

    def _minute(self, schedule: Schedule, now: dt.datetime) -> int:
        return after(minute_of(schedule, now)[1], minutes(self.time) % DAY)

    @property
    def more(self) -> dict[str, Any]:
        """The note, and where callers go meanwhile."""
        to = read_destination(self.closed) if self.what == "close" else None
        return {"note": self.note.strip()} | ({} if to is None else {"closed": to})


def read_close(what: What, said: Callable[[str], Sequence[str]], now: dt.time | None = None) -> CloseForm:
    """What was sent; ``now`` is what the clock shows, which no hours can last until."""

    def one(name: str) -> str:
        return (said(name) or [""])[-1]

    until = one("until") if one("until") in UNTIL[what] else UNTIL[what][0]
    time, wrong = one("time").strip(), dict[str, str]()
    if until == "time":
        try:
            time = read_clock(time)
        except Unread as err:
            wrong["time"] = err.code
        else:
            if now is not None and time == f"{now:%H:%M}":
                wrong["time"] = "past"
    if len(one("note").strip()) > NOTE_LENGTH:
        wrong["note"] = "long"
    try:
        read_destination(one("closed"))
    except ValueError:
        wrong["closed"] = "choice"
    return CloseForm(what, until, time, one("closed"), one("note"), wrong)
