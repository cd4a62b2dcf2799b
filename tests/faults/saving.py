"""What people save while faults happen, and what of it stands in each of the three places."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, cycle
from typing import Any, Literal

import aiohttp

from tests.faults.looking import Seen
from tests.real_asterisk.town import HOLIDAY, MENU, NIGHT, RECEPTION, Answer, Api, digest_of

What = Literal["override", "queue", "mailbox"]
#: What the API said of a save. ``refused``: nothing was written. ``unknown``: it said nothing.
Said = Literal["unknown", "refused", "pending", "live", "rejected"]

#: Days that are saved begin so long from now that no jump of a clock reaches them.
_FIRST_DAY = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=400)
_SCHEDULE, _QUEUE = "schedule/kundtjanst", "queue/kundservice"


@dataclass
class Save:
    """One save. ``number`` is its own, and larger than those of all before it."""

    what: What
    number: int
    said: Said = "unknown"
    change: str = ""
    #: The whole answer, for whoever wonders.
    answer: Answer | None = None

    @property
    def day(self) -> str:
        """Of an override."""
        return (_FIRST_DAY + dt.timedelta(self.number)).isoformat()

    def stands_in(self, seen: Seen) -> bool:
        """Whether a configuration has it; a queue's length may be a later one's."""
        match self.what:
            case "override":
                return self.day in seen.dialplan.get("vx-schedule-kundtjanst", {})
            case "queue":
                return seen.queues.get("vx-kundservice", (0,))[0] >= self.number
            case _:
                return ("vx", f"box-{self.number}") in seen.mailboxes


class Saving:
    """Makes saves as a supervisor and an administrator do, and keeps what was said of them."""

    def __init__(self) -> None:
        self.saves: list[Save] = []
        self._numbers = count(1)
        self._music = cycle(map(digest_of, (NIGHT, HOLIDAY, MENU, RECEPTION)))

    def another(self, what: What) -> Save:
        """A new one, still to be sent."""
        self.saves.append(Save(what, next(self._numbers)))
        return self.saves[-1]

    async def send(self, save: Save, people: dict[str, Api]) -> Save:
        """Send it, and keep what is said of it."""
        try:
            save.answer = await self._request(save, people)
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            return save  # the process has ended, or will not say
        said = save.answer.body
        if save.answer.status in (401, 503):  # a clock that jumped far has ended the token
            save.said = "refused"
            return save
        assert save.answer.status in (200, 201, 202, 502), (save, said)
        save.change, save.said = said["change"]["id"], said["change"]["state"]
        expected = {"live": {200, 201}, "pending": {202}, "rejected": {502}}[save.said]
        assert save.answer.status in expected, save
        return save

    async def _request(self, save: Save, people: dict[str, Api]) -> Answer:
        match save.what:
            case "override":
                body: dict[str, Any] = {"from": save.day, "to": save.day, "hours": []}
                return await people["supervisor"]("POST", f"/objects/{_SCHEDULE}/overrides", body)
            case "queue":
                spec = {"length": save.number, "music": next(self._music)}
                return await people["admin"]("PATCH", f"/objects/{_QUEUE}", {"spec": spec}, if_match="*")
            case _:
                spec = {"pin": f"{save.number:04}", "code": f"*{1000 + save.number}"}
                body = {"kind": "voicemail", "key": f"box-{save.number}", "name": f"Box {save.number}", "spec": spec}
                return await people["admin"]("POST", "/objects", body)

    def of_change(self, change: dict[str, Any]) -> Save | None:
        """The save that a change of the history is."""
        edit = change["edits"][0]
        match change["object"], change["action"]:
            case (found, "edit") if found == _SCHEDULE:
                day = edit["after"]["from"]
                return next((s for s in self.saves if s.what == "override" and s.day == day), None)
            case (found, "edit") if found == _QUEUE:
                return next((s for s in self.saves if s.what == "queue" and s.number == edit["after"]), None)
            case (found, "create"):
                return next((s for s in self.saves if found == f"voicemail/box-{s.number}"), None)
            case _:
                return None


@dataclass(frozen=True, slots=True)
class Desired:
    """What the database has, by the API."""

    days: frozenset[str]
    length: int
    boxes: frozenset[str]

    def has(self, save: Save) -> bool:
        """Whether it has a save."""
        match save.what:
            case "override":
                return save.day in self.days
            case "queue":
                return self.length >= save.number
            case _:
                return f"box-{save.number}" in self.boxes


async def desired(admin: Api) -> Desired:
    """Ask for it."""
    schedule = (await admin("GET", f"/objects/{_SCHEDULE}")).body["spec"]
    queue = (await admin("GET", f"/objects/{_QUEUE}")).body["spec"]
    boxes = (await admin("GET", "/objects?kind=voicemail&limit=1000")).body
    days = frozenset(one["from"] for one in schedule["overrides"])
    return Desired(days, queue["length"], frozenset(one["key"] for one in boxes))


def apart(saves: Iterable[Save], has: Desired, disk: Seen, live: Seen, states: dict[str, str]) -> Iterator[str]:
    """Where the three places do not hold the same of the saves, or not what was said of them."""
    for save in saves:
        places = has.has(save), save.stands_in(disk), save.stands_in(live)
        if len(set(places)) > 1:
            yield f"{save}: database, disk, PBX: {places}"
        state = states.get(save.change, save.said)
        if save.change and state not in ("live", "rejected"):
            yield f"{save} is {state}"
        if state == "live" and not all(places):
            yield f"{save} is lost"
        if state in ("rejected", "refused") and save.what != "queue" and any(places):
            yield f"{save} is {state} and there all the same"
