"""Calls by ARI: place one, see where it stands in the dialplan, press a key, hang up. And the states of lamps.

::

    async with connected(account, app="vx-callers") as ari:
        async with ari.call("Local/46101022290@vx-incoming/n", "vx-caller-1", caller="Åsa Ek <+46701740612>") as leg:
            if await leg.answered(10):
                place = await ari.place(leg.far)     # Place("vx-menu-huvudmeny", "prompt", "Background")
                await ari.press(leg, "1")

The call ends with the block, whatever ends the block. Every request has a deadline and is sent once. Errors are
PbxUnavailable (no connection, or it was lost) and PbxRefused (Asterisk's words, with the HTTP ``status``).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from vaxelflode.asterisk.account import AriAccount
from vaxelflode.asterisk.ari_client import Event, GatewayClient, GatewayHttp
from vaxelflode.asterisk.names import plain_name
from vaxelflode.errors import PbxRefused, PbxUnavailable

__all__ = ["AriAccount", "AriConnection", "Leg", "Place", "connected", "ping", "set_devices"]

_LIMIT = 5.0
#: How long a channel may take to go once it has been told to.
_GONE_WITHIN = 3.0
_POLL = 0.05
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Place:
    """Where a channel is in the dialplan, and which application it is in."""

    context: str
    extension: str
    application: str


class Leg:
    """Our end of a call, by its channel; ``far`` is the other half of a Local channel, which runs the dialplan."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.far = f"{channel}-far"
        self._up = asyncio.Event()
        self._gone = asyncio.Event()

    async def answered(self, limit: float) -> bool:
        """Whether the call is answered within ``limit`` seconds; not when it ends before, or the connection does."""
        return await _within(self._up, limit) and not self._gone.is_set()

    async def over(self, limit: float) -> bool:
        """Wait at most ``limit`` seconds for the end of the call; whether it has come."""
        return await _within(self._gone, limit)

    def hear(self, event: str) -> None:
        """What Asterisk says of the channel."""
        if event == "StasisStart":
            self._up.set()
        elif event in ("StasisEnd", "ChannelDestroyed"):
            self.end()

    def end(self) -> None:
        """There is nothing more to wait for."""
        self._gone.set()
        self._up.set()


async def _within(event: asyncio.Event, limit: float) -> bool:
    try:
        async with asyncio.timeout(limit):
            await event.wait()
    except TimeoutError:
        return False
    return True


class AriConnection:
    """An open connection; made by :func:`connected`."""

    def __init__(self, account: AriAccount, app: str, limit: float) -> None:
        self._app = app
        self._legs: dict[str, Leg] = {}
        self._client = GatewayClient(account, app, self._hear, limit)
        self._client.ended.add_done_callback(lambda _: self._end_legs())

    @property
    def lost(self) -> bool:
        """Whether the connection has ended; every request raises PbxUnavailable from then on."""
        return self._client.ended.done()

    async def lasts(self, seconds: float) -> bool:
        """Wait; returns early, with ``False``, when the connection is lost."""
        await asyncio.wait({self._client.ended}, timeout=seconds)
        return not self.lost

    def _hear(self, event: Event) -> None:
        channel = event.get("channel")
        if isinstance(channel, dict) and (leg := self._legs.get(str(channel.get("id")))) is not None:
            leg.hear(str(event.get("type")))

    def _end_legs(self) -> None:
        for leg in self._legs.values():
            leg.end()

    @asynccontextmanager
    async def call(
        self, endpoint: str, channel: str, *, caller: str, variables: Mapping[str, str] | None = None, ring: int = 30
    ) -> AsyncIterator[Leg]:
        """A call to ``endpoint`` as long as the block lasts, by a new channel of the id ``channel``.

        ``caller`` is a name and number such as ``Åsa Ek <+46701740612>``. PbxRefused when it cannot be placed.
        """
        leg = self._legs[channel] = Leg(channel)
        # Shielded: were the request cut off, nobody would know whether there is a call to be ended.
        placing = asyncio.create_task(self._place_call(leg, endpoint, caller, variables or {}, ring))
        try:
            await asyncio.shield(placing)
            yield leg
        finally:
            await asyncio.wait({placing})
            if not isinstance(placing.exception(), PbxRefused):
                with contextlib.suppress(PbxUnavailable):
                    await self._end(leg)
            del self._legs[channel]

    async def _place_call(self, leg: Leg, endpoint: str, caller: str, variables: Mapping[str, str], ring: int) -> None:
        await self._client.ask(
            "channels",
            "originateWithId",
            channelId=leg.channel,
            otherChannelId=leg.far,
            endpoint=endpoint,
            app=self._app,
            callerId=caller,
            timeout=ring,
            variables=dict(variables),
        )

    async def _end(self, leg: Leg) -> None:
        if await self.hang_up(leg.channel):
            await leg.over(_GONE_WITHIN)

    async def press(self, leg: Leg, digits: str) -> None:
        """Press keys on our end: the far half hears them."""
        await self._client.ask("channels", "sendDTMF", channelId=leg.channel, dtmf=digits)

    async def place(self, channel: str) -> Place | None:
        """Where a channel is; ``None`` when there is none of the id."""
        try:
            answer = await self._client.ask("channels", "get", channelId=channel)
        except PbxRefused as err:
            if err.fields.get("status") == _NOT_FOUND:
                return None
            raise
        where = answer.json()["dialplan"]
        return Place(where["context"], where["exten"], where["app_name"])

    async def hang_up(self, channel: str) -> bool:
        """End a channel; ``False`` when there is none of the id, for instance because it has gone already."""
        try:
            await self._client.ask("channels", "hangup", channelId=channel)
        except PbxRefused as err:
            if err.fields.get("status") == _NOT_FOUND:
                return False
            raise
        return True

    async def set_device(self, device: str, *, in_use: bool) -> None:
        """Set a custom device's state, which lamps watch; it outlives a restart.

        AMI would want the right to set variables of any call for it; here one function is written and no channel.
        """
        variable = f"DEVICE_STATE(Custom:{plain_name('device', device)})"
        state = "INUSE" if in_use else "NOT_INUSE"
        await self._client.ask("asterisk", "setGlobalVar", variable=variable, value=state)

    async def channels(self, prefix: str) -> list[str]:
        """The ids of the channels that begin with ``prefix``."""
        answer = await self._client.ask("channels", "list")
        return [channel["id"] for channel in answer.json() if channel["id"].startswith(prefix)]

    async def clear(self, prefix: str) -> None:
        """Hang up every channel whose id begins with ``prefix`` and wait until they are gone, at most 3 s."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GONE_WITHIN):
                while left := await self.channels(prefix):
                    for channel in left:
                        await self.hang_up(channel)
                    await asyncio.sleep(_POLL)

    async def open(self) -> None:
        """Connect; PbxUnavailable or PbxLoginRefused when that cannot be."""
        await self._client.open()

    async def close(self) -> None:
        """End the connection."""
        await self._client.shut()


@asynccontextmanager
async def connected(account: AriAccount, app: str, *, limit: float = _LIMIT) -> AsyncIterator[AriConnection]:
    """A connection for the Stasis application ``app``; each request may take ``limit`` seconds."""
    connection = AriConnection(account, app, limit)
    try:
        await connection.open()
        yield connection
    finally:
        await connection.close()


async def ping(account: AriAccount, limit: float = _LIMIT) -> None:
    """See that ARI answers and takes the account. PbxUnavailable or PbxLoginRefused."""
    http = GatewayHttp(account, limit)
    try:
        await http.request("GET", f"{account.url}/asterisk/ping")
    finally:
        await http.close()


async def set_devices(account: AriAccount, app: str, states: Mapping[str, bool]) -> None:
    """Set custom devices, by their names, to in use or not, over a connection of their own."""
    async with connected(account, app) as ari:
        for device, in_use in states.items():
            await ari.set_device(device, in_use=in_use)
