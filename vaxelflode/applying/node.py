"""The PBX of this node over AMI: what applying asks for, in the gateway's words.

Two accounts: ``apply`` reloads and proves, ``live`` moves agents (ASTERISK.md, *AMI*).
"""

from __future__ import annotations

from collections.abc import Mapping

from vaxelflode.applying.agents import LiveQueue, Member, Waiting
from vaxelflode.applying.ports import MailboxShape, QueueShape, Steps
from vaxelflode.asterisk import (
    AmiConnection,
    ConnectionState,
    Core,
    Dialplan,
    MemberStatus,
    QueueOutcome,
    Queues,
    QueueState,
    Voicemail,
)
from vaxelflode.errors import PbxRefused

#: How long a reload may take, waiting for another's end included, in seconds.
RELOAD_WITHIN = 60.0

#: What Asterisk gives as the reason where it paused an agent by itself; we never give it.
_AUTOPAUSE = "Auto-Pause"

#: A device's state as pages and API say it.
_STATES = {
    MemberStatus.NOT_IN_USE: "idle",
    MemberStatus.IN_USE: "in_call",
    MemberStatus.BUSY: "in_call",
    MemberStatus.RINGING: "ringing",
    MemberStatus.RING_IN_USE: "ringing",
    MemberStatus.ON_HOLD: "in_call",
}


class AmiPbx:
    """A ``PbxPort``, a ``QueuePort`` and an ``EntryPort``."""

    def __init__(self, live: AmiConnection, apply: AmiConnection) -> None:
        self._apply = apply
        self._core = Core(apply)
        self._dialplan = Dialplan(apply)
        self._queues = Queues(apply)
        self._voicemail = Voicemail(apply)
        self._members = Queues(live)

    @property
    def connected(self) -> bool:
        """The applying account is logged in and Asterisk fully booted."""
        return self._apply.state is ConnectionState.CONNECTED

    async def has_line(self, path: str, section: str, line: str) -> bool:
        """Asterisk's own parser walks the whole file and finds ``line`` in its ``section``."""
        found = await self._dialplan.read_config(path, section)
        return any(line in category.lines for category in found)

    async def reload(self, file: str) -> None:
        """Reload the module behind a generated file."""
        match file:
            case "queues.conf":
                await self._queues.reload_parameters(RELOAD_WITHIN)
            case "musiconhold.conf":
                await self._core.reload_when_free("res_musiconhold", RELOAD_WITHIN)
            case "voicemail.conf":
                await self._voicemail.reload_when_free(RELOAD_WITHIN)
            case _:
                await self._dialplan.reload_when_free(RELOAD_WITHIN)

    async def dialplan(self, context: str) -> Steps | None:
        """A live context."""
        found = await self._dialplan.show(context)
        if found is None:
            return None
        return {e.name: [(step.application, step.data) for step in e.steps] for e in found.extensions}

    async def queue(self, name: str) -> QueueShape | None:
        """A live queue's readable fields."""
        found = await self._one(self._queues, name)
        if found is None:
            return None
        return QueueShape(found.strategy, found.length, found.servicelevel, found.weight)

    async def mailbox(self, mailbox: str, context: str) -> MailboxShape | None:
        """A live mailbox's readable fields."""
        found = await self._voicemail.user(context, mailbox)
        return None if found is None else MailboxShape(found.fullname, found.email, found.max_messages)

    async def entries(self, family: str) -> Mapping[str, str]:
        """Every entry of a family of the small database."""
        return await self._core.db_tree(family)

    async def entry(self, family: str, key: str) -> str | None:
        """One entry."""
        return await self._core.db_get(family, key)

    async def put_entry(self, family: str, key: str, value: str) -> None:
        """Write one."""
        await self._core.db_put(family, key, value)

    async def drop_entry(self, family: str, key: str) -> None:
        """Remove one."""
        await self._core.db_del(family, key)

    async def live_queues(self) -> Mapping[str, LiveQueue]:
        """Every queue by its name."""
        return {queue.name: _live(queue) for queue in await self._members.status()}

    async def live_queue(self, queue: str) -> LiveQueue | None:
        """Who answers and who waits."""
        found = await self._one(self._members, queue)
        return None if found is None else _live(found)

    async def _one(self, queues: Queues, name: str) -> QueueState | None:
        found = await queues.status(name)
        return next((q for q in found if q.name == name), None)

    async def add_member(self, queue: str, interface: str, name: str, penalty: int) -> None:
        """Add a member, not paused."""
        _done(await self._members.add(queue, interface, member_name=name, penalty=penalty), QueueOutcome.ALREADY_THERE)

    async def remove_member(self, queue: str, interface: str) -> None:
        """Remove a member."""
        _done(await self._members.remove(queue, interface), QueueOutcome.NOT_THERE)

    async def pause_member(self, queue: str, interface: str, reason: str, *, paused: bool) -> None:
        """Pause or take up again."""
        _done(await self._members.pause(queue, interface, paused=paused, reason=reason))

    async def set_penalty(self, queue: str, interface: str, penalty: int) -> None:
        """Change a member's penalty."""
        _done(await self._members.set_penalty(queue, interface, penalty))


def _done(outcome: QueueOutcome, *fine: QueueOutcome) -> None:
    if outcome is not QueueOutcome.DONE and outcome not in fine:
        raise PbxRefused(f"the PBX did not do it: {outcome.value.replace('_', ' ')}")


def _live(found: QueueState) -> LiveQueue:
    members = {
        m.interface: Member(
            m.interface,
            m.name,
            m.paused,
            m.penalty,
            "in_call" if m.in_call else _STATES.get(m.status, "unavailable"),
            m.calls_taken,
            m.in_call,
            m.paused and m.reason == _AUTOPAUSE,
        )
        for m in found.members
    }
    waiting = tuple(Waiting(e.position, e.caller_number, e.caller_name, e.wait) for e in found.entries)
    return LiveQueue(members, waiting)
