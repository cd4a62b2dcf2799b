"""asyncari without its risks: the gateway's ARI stands on this as its AMI stands on a hardened panoramisk.

asyncari 0.20 as it stands puts the secret into every URL (and so into logs and errors), waits ten minutes for an
answer, sends a failed request a second time (a call would be placed twice), keeps Asterisk's words to itself, makes
of events objects in a cache that all connections share, and says nothing when the events end. So it does here what it
does well: it reads Asterisk's description of its own API and makes requests of it, refusing parameters that are not
in there. How they travel, how long they may take, and the stream of events are ours.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from asyncari import AsynchronousHttpClient
from asyncari.client import Client
from asyncswagger11.processors import SwaggerError  # type: ignore[import-untyped]  # what asyncari reads it with

from vaxelflode.asterisk.account import AriAccount
from vaxelflode.errors import PbxLoginRefused, PbxRefused, PbxUnavailable

Event = Mapping[str, Any]
#: Seconds between two pings of the stream of events; a silent peer is given up after half as long again.
_HEARTBEAT = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as asyncari reads them."""

    status_code: int
    text: str

    def json(self) -> Any:
        """The body; ``ValueError`` when it is not JSON."""
        return json.loads(self.text)


class GatewayHttp(AsynchronousHttpClient):  # type: ignore[misc]  # asyncari carries no types
    """Each request is sent once, within ``limit`` seconds, the secret in a header."""

    def __init__(self, account: AriAccount, limit: float) -> None:
        # Not super().__init__(): it would open a client of its own, with its own limits.
        self._account = account
        self._limit = limit
        secret = base64.b64encode(f"{account.username}:{account.secret}".encode()).decode()
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Basic {secret}"}, timeout=aiohttp.ClientTimeout(total=limit)
        )

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        data: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask once. Raises PbxUnavailable, PbxLoginRefused, or PbxRefused with Asterisk's words and ``status``."""
        try:
            async with self._session.request(
                method, url, params=params, data=data, headers=headers, allow_redirects=False
            ) as response:
                answer = Answer(response.status, await response.text())
        except TimeoutError as err:
            raise PbxUnavailable(f"ARI did not answer within {self._limit:g} s") from err
        except (aiohttp.ClientError, OSError) as err:
            raise PbxUnavailable(f"ARI does not answer: {err}") from err
        if answer.status_code in (401, 403):
            raise PbxLoginRefused(f"ARI does not accept the account {self._account.username}")
        if answer.status_code >= 300:
            raise PbxRefused(_words(answer), status=answer.status_code)
        return answer

    async def ws_connect(
        self, url: str, params: Mapping[str, str] | None = None, headers: list[tuple[str, str]] | None = None
    ) -> aiohttp.ClientWebSocketResponse:
        """Open the stream of events."""
        try:
            return await self._session.ws_connect(url, params=params, headers=headers, heartbeat=_HEARTBEAT)
        except TimeoutError as err:
            raise PbxUnavailable(f"ARI did not answer within {self._limit:g} s") from err
        except (aiohttp.ClientError, OSError) as err:
            raise PbxUnavailable(f"ARI gives no events: {err}") from err

    async def close(self) -> None:
        """End every connection."""
        await self._session.close()


def _words(answer: Answer) -> str:
    try:
        said = answer.json()
    except ValueError:
        said = None
    words = said.get("message") if isinstance(said, dict) else None
    return f"ARI: {words or f'status {answer.status_code}'}"


class GatewayClient(Client):  # type: ignore[misc]  # asyncari carries no types
    """asyncari's client over :class:`GatewayHttp`; every event goes to ``told`` as Asterisk sent it."""

    def __init__(self, account: AriAccount, app: str, told: Callable[[Event], None], limit: float) -> None:
        # Before anything else: asyncari looks for every missing attribute in there, for this one too.
        self.repositories: dict[str, object] = {}
        super().__init__(None, account.url, [app], GatewayHttp(account, limit))
        self._account = account
        self._told = told
        self._limit = limit
        self._reading: asyncio.Task[None] | None = None
        #: Why the connection has ended; pending as long as it holds.
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def open(self) -> None:
        """Learn the API and begin to hear events; PbxUnavailable or PbxLoginRefused when that cannot be."""
        try:
            async with asyncio.timeout(self._limit):
                await self._init()
                stream = await self.swagger.get_resource("events").get_operation("eventWebsocket")(app=self.app)
        except TimeoutError as err:
            raise PbxUnavailable(f"ARI was not ready within {self._limit:g} s") from err
        except (ValueError, KeyError, TypeError, AttributeError, SwaggerError) as err:
            raise PbxUnavailable(f"what answers at {self._account.url} is not ARI") from err
        self._reading = asyncio.create_task(self._read(stream), name="ARI events")

    async def _read(self, stream: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async with stream:
                async for message in stream:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self._told(json.loads(message.data))
        except (aiohttp.ClientError, OSError, ValueError) as err:
            self._end(f"the events of ARI have ended: {err}")
        finally:
            self._end("the events of ARI have ended")

    def _end(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)

    async def ask(self, resource: str, operation: str, **parameters: object) -> Answer:
        """One operation of the API, by its nickname in Asterisk's description."""
        if self.ended.done():
            raise PbxUnavailable(self.ended.result())
        answer = await self.swagger.get_resource(resource).get_operation(operation)(**parameters)
        assert isinstance(answer, Answer)  # noqa: S101 -- GatewayHttp made it
        return answer

    async def shut(self) -> None:
        """End the events and every connection."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading}, timeout=self._limit)
        self._end("closed")
        await self.swagger.close()
