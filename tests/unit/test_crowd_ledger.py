"""The judge of the crowd: it finds nothing wrong with a good log, and each fault that is planted in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.crowd import ledger
from tests.crowd.editors import Entry, version_of
from tests.crowd.house import Editor, Json, Knob

KNOB = Knob("menu/val", "settings", ("wait",), lambda _: 1, "dialplan show vx-menu-val", str)
OTHER = replace(KNOB, aspect="options", path=("options", "1"))
MAY = frozenset({("menu/val", "settings")})
EDITORS = (Editor("Anna", "", None), Editor("Bo", "", MAY))


def _entry(who: str, held: int, read: int, value: int, revision: int | None, knob: Knob = KNOB) -> Entry:
    change = None if revision is None else {"id": f"c{revision}", "revision": revision}
    return Entry(who, knob, value, read, held, 200, held + 1, change, "")


def _lost(who: str, held: int, status: int, knob: Knob = KNOB) -> Entry:
    return Entry(who, knob, 40, 5, held, status, None, None, "why")


def _change(e: Entry) -> Json:
    edit = {"path": [*e.knob.path], "before": e.read, "after": e.value}
    at = f"2027-03-16T10:00:{e.revision:02d}+00:00"
    about = {"actor": {"name": e.who}, "object": e.knob.ref, "edits": [edit], "at": at, "live_ms": 30}
    return {**(e.change or {}), **about, "state": "live", "reason": None}


@dataclass
class Log:
    """Three writes one after the other, somebody who lost, and somebody who had no right."""

    entries: list[Entry] = field(
        default_factory=lambda: [
            _entry("Anna", 0, 5, 10, 2),
            _lost("Bo", 0, 412),
            _entry("Bo", 1, 10, 11, 3),
            _lost("Bo", 0, 403, OTHER),
            _entry("Anna", 2, 11, 12, 4),
        ]
    )
    wait: int = 12
    history: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.history = [_change(e) for e in ledger.accepted(self.entries)]

    def faults(self) -> list[str]:
        return ledger.faults(self.entries, EDITORS, self.history, {"menu/val": {"wait": 5}}, {"menu/val": self._spec})

    @property
    def _spec(self) -> dict[str, Any]:
        return {"wait": self.wait}


def _edit(log: Log, at: int, **values: Any) -> None:
    log.entries[at] = replace(log.entries[at], **values)


def _tell(log: Log, at: int, **values: Any) -> None:
    log.history[at] |= values


PLANTED: dict[str, Callable[[Log], object]] = {
    "two writers held the same version": lambda log: _edit(log, 2, held=0, version=1),
    "a version was left out": lambda log: _edit(log, 4, held=3, version=4),
    "the answer told another version": lambda log: _edit(log, 4, version=7),
    "replaced what its writer had not read": lambda log: _edit(log, 2, read=5),
    "the last write does not stand": lambda log: setattr(log, "wait", 11),
    "a write is not in the history": lambda log: log.history.pop(1),
    "a write is twice in the history": lambda log: log.history.append(log.history[2]),
    "nobody made it": lambda log: log.history.append(log.history[2] | {"id": "x", "revision": 9}),
    "out of order": lambda log: log.history.reverse(),
    "by somebody else": lambda log: _tell(log, 0, actor={"name": "Bo"}),
    "other words": lambda log: _tell(log, 0, edits=[]),
    "never live": lambda log: _tell(log, 2, state="pending"),
    "412 though nobody else wrote": lambda log: _edit(log, 1, held=5),
    "a right that was refused": lambda log: _edit(log, 1, status=403),
    "no right, and was let": lambda log: log.entries.append(_entry("Bo", 0, 0, 1, 5, OTHER)),
    "an answer that was none": lambda log: _edit(log, 1, status=500),
    "no words": lambda log: _edit(log, 1, words=""),
    "nothing to change, though nobody had set it": lambda log: log.entries.append(
        replace(_entry("Anna", 3, 12, 77, None), change={"id": None, "revision": None})
    ),
}


def test_a_good_log_has_no_faults() -> None:
    assert Log().faults() == []


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_what_is_planted_is_found(plant: Callable[[Log], object]) -> None:
    log = Log()
    plant(log)
    assert log.faults()


def test_changes_that_were_settled_together_are_one_batch() -> None:
    log = Log()
    assert ledger.batches(log.history) == 3
    log.history[1]["at"] = log.history[0]["at"]
    assert ledger.batches(log.history) == 2


def test_the_version_of_an_aspect_is_read_from_the_tag() -> None:
    assert [version_of('"hours.3-override.17"', aspect) for aspect in ("hours", "override", "route")] == [3, 17, 0]
    assert version_of('"0"', "hours") == 0
