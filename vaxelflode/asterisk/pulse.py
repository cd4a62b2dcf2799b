"""Whether the peer still lives: a ping, and a second opinion where its silence may be work.

Asterisk answers a session's actions one after the other. So a ping behind a long reload waits for it; and what was
asked before a ping and is not answered when that is, never will be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from vaxelflode.asterisk.action import GatewayAction
from vaxelflode.asterisk.limits import Limits
from vaxelflode.asterisk.manager import GatewayManager
from vaxelflode.asterisk.message import Message
from vaxelflode.errors import PbxUnavailable

#: Whether a reload is in progress, or `None` where that is not told; PbxUnavailable when nobody answers.
Witness = Callable[[], Awaitable[bool | None]]


class Pulse:
    """Of one connection at a time: the manager's."""

    def __init__(self, manager: GatewayManager, witness: Witness, limits: Limits) -> None:
        self._manager = manager
        self._witness = witness
        self._limits = limits

    async def feel(self) -> None:
        """Return when the peer has answered a ping; PbxUnavailable when it is silent, or the connection lost.

        Silence of `ping_answer` seconds is the end, unless something asked before may still be at work. Then a witness
        is asked, again and again: where a reload is in progress, or where that is not told, it is waited for, as long
        as whoever asked does; where none is, as long again and no longer.
        """
        before = self._manager.unanswered
        ping = self._manager.action("Ping", {})
        answer = self._manager.begin(ping, self._limits.ping_answer)
        try:
            await self._answered(answer, before)
        finally:
            self._manager.end(ping)
        for action in before:
            action.fail(PbxUnavailable(f"{action.name}: the answer was lost on the way", sent=True))

    async def _answered(self, answer: asyncio.Future[list[Message]], before: Sequence[GatewayAction]) -> None:
        now = asyncio.get_running_loop().time
        doubted = False
        while True:
            heard = self._manager.heard
            await asyncio.wait([answer], timeout=self._limits.ping_answer)
            if answer.done():
                answer.result()
                return
            if self._manager.heard != heard:
                doubted = False  # a long list, or many answers, still on their way
            elif doubted or not any(action.deadline > now() for action in before):
                raise PbxUnavailable(f"Ping: no answer within {self._limits.ping_answer:g} s", sent=True)
            else:
                doubted = await self._at_work(answer) is False

    async def _at_work(self, answer: asyncio.Future[list[Message]]) -> bool | None:
        """What the witness says, unless the ping is answered, or the connection lost, meanwhile."""
        asked = asyncio.create_task(self._opinion(), name="ami-witness")
        try:
            either: set[asyncio.Future[list[Message]] | asyncio.Task[bool | None]] = {answer, asked}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            return None if answer.done() else await asked
        finally:
            asked.cancel()
            await asyncio.wait([asked])
            if not asked.cancelled():
                asked.exception()  # told already, or of no interest any more

    async def _opinion(self) -> bool | None:
        return await self._witness()
