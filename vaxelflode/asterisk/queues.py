"""Queues: reload their parameters, read their state, and move their agents.

Members are moved only here, never by configuration (`queue reload members` resets shared state, asterisk#1255).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from vaxelflode.asterisk.message import Message
from vaxelflode.asterisk.names import interface_name, member_text, plain_name
from vaxelflode.asterisk.port import Ami
from vaxelflode.asterisk.queue_values import (
    QueueEntry,
    QueueMember,
    QueueOutcome,
    QueueState,
    genuine,
    read_entry,
    read_member,
    read_state,
)
from vaxelflode.asterisk.reading import understood
from vaxelflode.asterisk.reloads import RELOAD_LIMIT
from vaxelflode.asterisk.wire import Value
from vaxelflode.errors import PbxRefused

_Item = TypeVar("_Item", QueueMember, QueueEntry)

# Asterisk's words (app_queue.c, 22.10.1). Pause and penalty do not tell a missing queue from a missing member.
_OUTCOMES = {
    "Unable to add interface: Already there": QueueOutcome.ALREADY_THERE,
    "Unable to add interface to queue: No such queue": QueueOutcome.NO_SUCH_QUEUE,
    "Unable to remove interface: Not there": QueueOutcome.NOT_THERE,
    "Unable to remove interface from queue: No such queue": QueueOutcome.NO_SUCH_QUEUE,
    "Member not dynamic": QueueOutcome.NOT_DYNAMIC,
    "Interface not found": QueueOutcome.NOT_THERE,
    "Invalid interface, queuename or penalty": QueueOutcome.NOT_THERE,
}


class Queues:
    """Needs write=agent to move members; status and reload need no class.

    Interfaces, member names and reasons are 1 to 60 of `[A-Za-z0-9/@_.-]`, interfaces with a technology before a slash,
    else ValueError and nothing is sent: other signs can add phantom agents. Every change is proven by reading `status`
    afterwards.
    """

    def __init__(self, ami: Ami) -> None:
        self._ami = ami

    async def reload_parameters(self, limit: float = RELOAD_LIMIT) -> None:
        """Take in the parameters of all queues. Never one queue alone: that consumes the file's changed flag."""
        await self._ami.request("QueueReload", {"Parameters": "yes"}, limit)

    async def status(self, queue: str | None = None, limit: float = 10.0) -> tuple[QueueState, ...]:
        """All queues, or the one asked for (empty when there is none).

        Each is whole as of one moment; Asterisk reads one after the other.
        """
        fields = {} if queue is None else {"Queue": plain_name("queue", queue)}
        events = await self._ami.request_list("QueueStatus", fields, complete="QueueStatusComplete", limit=limit)
        with understood("QueueStatus"):
            return _states([event for event in events if genuine(event)])

    async def add(
        self,
        queue: str,
        interface: str,
        *,
        member_name: str,
        penalty: int = 0,
        paused: bool = False,
        state_interface: str | None = None,
    ) -> QueueOutcome:
        """Add a dynamic member: DONE, ALREADY_THERE (then nothing of it is changed) or NO_SUCH_QUEUE."""
        fields = _member(queue, interface) | {
            "MemberName": member_text("member name", member_name),
            "Penalty": _penalty(penalty),
            "Paused": paused,
        }
        if state_interface is not None:
            fields["StateInterface"] = interface_name("state interface", state_interface)
        return await self._change("QueueAdd", fields)

    async def remove(self, queue: str, interface: str) -> QueueOutcome:
        """Remove a dynamic member: DONE, NOT_THERE, NOT_DYNAMIC or NO_SUCH_QUEUE."""
        return await self._change("QueueRemove", _member(queue, interface))

    async def pause(self, queue: str, interface: str, *, paused: bool, reason: str = "") -> QueueOutcome:
        """Pause or resume a member in one queue: DONE, also when it was so already, or NOT_THERE."""
        fields = _member(queue, interface) | {"Paused": paused}
        if reason:
            fields["Reason"] = member_text("reason", reason)
        return await self._change("QueuePause", fields)

    async def set_penalty(self, queue: str, interface: str, penalty: int) -> QueueOutcome:
        """Set a member's penalty in one queue: DONE or NOT_THERE."""
        return await self._change("QueuePenalty", _member(queue, interface) | {"Penalty": _penalty(penalty)})

    async def _change(self, action: str, fields: dict[str, Value]) -> QueueOutcome:
        try:
            await self._ami.request(action, fields)
        except PbxRefused as err:
            outcome = _OUTCOMES.get(err.message)
            if outcome is None:
                raise
            return outcome
        return QueueOutcome.DONE


def _member(queue: str, interface: str) -> dict[str, Value]:
    return {"Queue": plain_name("queue", queue), "Interface": interface_name("interface", interface)}


def _penalty(penalty: int) -> int:
    if not 0 <= penalty <= 1000:
        raise ValueError(f"penalty {penalty} is not within 0–1000")
    return penalty


def _states(events: list[Message]) -> tuple[QueueState, ...]:
    members = _by_queue(events, "QueueMember", read_member)
    entries = _by_queue(events, "QueueEntry", read_entry)
    return tuple(
        read_state(event, tuple(members.get(event["Queue"], ())), tuple(entries.get(event["Queue"], ())))
        for event in events
        if event.event == "QueueParams"
    )


def _by_queue(events: Iterable[Message], kind: str, read: Callable[[Message], _Item]) -> dict[str, list[_Item]]:
    found: dict[str, list[_Item]] = {}
    for event in events:
        if event.event == kind:
            found.setdefault(event["Queue"], []).append(read(event))
    return found
