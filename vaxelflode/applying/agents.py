"""Agents of queues: brought to what is written down, one at a time, proven by reading back.

Live state goes by AMI actions, never by files (ASTERISK.md, *Live state, safely*). What Asterisk is told holds
only generated names: the extension's key as the member's name, a fixed code as the reason of a pause.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from vaxelflode.applying.proof import Refused
from vaxelflode.domain.agents import Agent
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import PbxUnavailable
from vaxelflode.rendering.encode import Names

#: What Asterisk is told as the reason of a pause; the words stay in the database.
PAUSE_CODE = "vx"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a queue as the PBX shows it. ``state``: idle, ringing, in call, unavailable, …

    ``by_itself``: the PBX paused it because it did not answer.
    """

    interface: str
    name: str
    paused: bool
    penalty: int
    state: str
    calls_taken: int
    in_call: bool
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller in a queue. ``waited`` is in seconds."""

    position: int
    number: str
    name: str
    waited: int


@dataclass(frozen=True, slots=True)
class LiveQueue:
    """A queue right now."""

    members: Mapping[str, Member]
    waiting: tuple[Waiting, ...]


class QueuePort(Protocol):
    """What is asked of the PBX about queues; raises ``PbxUnavailable`` and ``PbxRefused``."""

    async def live_queues(self) -> Mapping[str, LiveQueue]:
        """Every queue by its name, others' too."""
        ...

    async def live_queue(self, queue: str) -> LiveQueue | None:
        """Members by interface and who waits, or ``None`` when there is no such queue."""
        ...

    async def add_member(self, queue: str, interface: str, name: str, penalty: int) -> None:
        """Add a member, not paused."""
        ...

    async def remove_member(self, queue: str, interface: str) -> None:
        """Remove a member."""
        ...

    async def pause_member(self, queue: str, interface: str, reason: str, *, paused: bool) -> None:
        """Pause or take up again."""
        ...

    async def set_penalty(self, queue: str, interface: str, penalty: int) -> None:
        """Change a member's penalty."""
        ...


class AgentActions:
    """The one writer of queue members on a node."""

    def __init__(self, pbx: QueuePort, names: Names, in_charge: Callable[[], bool] = lambda: True) -> None:
        """``in_charge``: whether this database's agents are to be those of the PBX."""
        self._in_charge = in_charge
        self._pbx = pbx
        self._names = names
        self._lock = asyncio.Lock()

    async def look(self, queue: ObjectRef) -> LiveQueue:
        """The queue right now; raises :class:`Refused` when the PBX has none of the name."""
        found = await self._pbx.live_queue(self._names.queue(queue.key))
        if found is None:
            raise Refused(f"the PBX has no {queue}")
        return found

    def require_charge(self) -> None:
        """``PbxUnavailable`` where this database is not in charge of the PBX, or that is not known yet."""
        if not self._in_charge():
            raise PbxUnavailable("what is live is not known to be this database's", sent=False)

    async def everywhere(self) -> Mapping[str, LiveQueue]:
        """Every queue right now, by its name in the PBX."""
        return await self._pbx.live_queues()

    def name_of(self, queue: ObjectRef) -> str:
        """What the PBX calls a queue."""
        return self._names.queue(queue.key)

    async def bring(self, queue: ObjectRef, extension: str, interface: str, wanted: Agent | None) -> None:
        """Bring one member to what is wanted (``None``: not in the queue) and prove it by reading back.

        Does nothing where it already is so. Raises :class:`Refused` when the read-back says otherwise, and
        ``PbxUnavailable`` where this database is not in charge of the PBX.
        """
        self.require_charge()
        name = self._names.queue(queue.key)
        async with self._lock:
            here = (await self.look(queue)).members.get(interface)
            await self._act(name, interface, extension, here, wanted)
            found = (await self.look(queue)).members.get(interface)
        if not _is_so(found, wanted):
            raise Refused(f"the PBX shows {extension} in {queue} otherwise than asked")

    async def _act(self, queue: str, interface: str, extension: str, here: Member | None, wanted: Agent | None) -> None:
        if wanted is None:
            if here is not None:
                await self._pbx.remove_member(queue, interface)
            return
        if here is None:
            await self._pbx.add_member(queue, interface, extension, wanted.penalty)
        elif here.penalty != wanted.penalty:
            await self._pbx.set_penalty(queue, interface, wanted.penalty)
        if (here is not None and here.paused) != wanted.paused:
            await self._pbx.pause_member(queue, interface, PAUSE_CODE if wanted.paused else "", paused=wanted.paused)


def _is_so(found: Member | None, wanted: Agent | None) -> bool:
    if found is None or wanted is None:
        return found is None and wanted is None
    return found.paused == wanted.paused and found.penalty == wanted.penalty
