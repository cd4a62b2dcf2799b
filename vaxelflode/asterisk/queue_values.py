"""A queue as Asterisk reports it: values, and how they are read from events that may be forged.

Names and numbers of callers stand in these events. One with a line break in it can forge a whole event before the real
ActionID, which QueueStatus writes last; what follows the forged lines then betrays it. So an event is taken only when
it has each header once and none that is foreign to its kind.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum, IntEnum

from vaxelflode.asterisk.message import Message

log = logging.getLogger(__name__)


class QueueOutcome(Enum):
    """What came of a change to a queue's members. All but DONE mean that nothing has changed."""

    DONE = "done"
    ALREADY_THERE = "already_there"
    NOT_THERE = "not_there"
    NOT_DYNAMIC = "not_dynamic"
    NO_SUCH_QUEUE = "no_such_queue"


class MemberStatus(IntEnum):
    """Asterisk's device states; one that we do not know is UNKNOWN."""

    UNKNOWN = 0
    NOT_IN_USE = 1
    IN_USE = 2
    BUSY = 3
    INVALID = 4
    UNAVAILABLE = 5
    RINGING = 6
    RING_IN_USE = 7
    ON_HOLD = 8

    @classmethod
    def _missing_(cls, value: object) -> MemberStatus:  # noqa: ARG003 - enum's signature
        return cls.UNKNOWN


@dataclass(frozen=True, slots=True)
class QueueMember:
    """`last_call`, `last_pause`, `login_time`: epoch seconds, 0 is never. `wrapuptime`: seconds.

    `dynamic`: added while running, not by the file.
    """

    interface: str
    name: str
    state_interface: str
    dynamic: bool
    penalty: int
    paused: bool
    reason: str
    status: MemberStatus
    in_call: bool
    calls_taken: int
    last_call: int
    last_pause: int
    login_time: int
    wrapuptime: int


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A caller who waits: `position` from 1, `wait` in seconds. Caller's number and name are the caller's own words."""

    position: int
    channel: str
    uniqueid: str
    caller_number: str
    caller_name: str
    wait: int


@dataclass(frozen=True, slots=True)
class QueueState:
    """`length` 0 is unlimited; `holdtime`, `talktime`, `servicelevel` in seconds; `servicelevelperf` in percent."""

    name: str
    length: int
    strategy: str
    calls: int
    holdtime: int
    talktime: int
    completed: int
    abandoned: int
    servicelevel: int
    servicelevelperf: float
    weight: int
    members: tuple[QueueMember, ...] = ()
    entries: tuple[QueueEntry, ...] = ()


# What Asterisk writes after the caller's own words, and in no other event of the list. More headers than these may come
# with a newer Asterisk.
_AFTER_CALLERS_WORDS = frozenset({"ConnectedLineNum", "ConnectedLineName", "Wait", "Priority"})


def genuine(event: Message) -> bool:
    """False for an event that somebody's words have cut in two or forged."""
    foreign = event.event != "QueueEntry" and not _AFTER_CALLERS_WORDS.isdisjoint(event.headers)
    if foreign or event.repeated or event.text:
        log.warning("an event of a queue's list does not look like one; left out: %r", event.event[:40])
        return False
    return True


def read_state(event: Message, members: tuple[QueueMember, ...], entries: tuple[QueueEntry, ...]) -> QueueState:
    """From QueueParams; KeyError or ValueError when it is not whole."""
    return QueueState(
        name=event["Queue"],
        length=int(event["Max"]),
        strategy=event["Strategy"],
        calls=int(event["Calls"]),
        holdtime=int(event["Holdtime"]),
        talktime=int(event["TalkTime"]),
        completed=int(event["Completed"]),
        abandoned=int(event["Abandoned"]),
        servicelevel=int(event["ServiceLevel"]),
        servicelevelperf=float(event["ServicelevelPerf"]),
        weight=int(event["Weight"]),
        members=members,
        entries=entries,
    )


def read_member(event: Message) -> QueueMember:
    """From QueueMember; KeyError or ValueError when it is not whole."""
    return QueueMember(
        interface=event["Location"],
        name=event["Name"],
        state_interface=event["StateInterface"],
        dynamic=event["Membership"] == "dynamic",
        penalty=int(event["Penalty"]),
        paused=event["Paused"] == "1",
        reason=event["PausedReason"],
        status=MemberStatus(int(event["Status"])),
        in_call=event["InCall"] == "1",
        calls_taken=int(event["CallsTaken"]),
        last_call=int(event["LastCall"]),
        last_pause=int(event["LastPause"]),
        login_time=int(event["LoginTime"]),
        wrapuptime=int(event["Wrapuptime"]),
    )


def read_entry(event: Message) -> QueueEntry:
    """From QueueEntry; KeyError or ValueError when it is not whole."""
    return QueueEntry(
        position=int(event["Position"]),
        channel=event["Channel"],
        uniqueid=event["Uniqueid"],
        caller_number=event["CallerIDNum"],
        caller_name=event["CallerIDName"],
        wait=int(event["Wait"]),
    )
