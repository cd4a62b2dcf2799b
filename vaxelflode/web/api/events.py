"""``/events``: what happens, as it happens (server-sent events).

Every two seconds it is asked whether whoever listens still may; an ended session ends the stream. Whoever does not take
what they are sent is let go, and little waits for them until then.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from vaxelflode.errors import Unauthenticated
from vaxelflode.services.news import Item, News
from vaxelflode.web.http import change_json, person
from vaxelflode.web.middleware import still_there
from vaxelflode.web.queries import EventsQuery, query

NEWS = web.AppKey("news", News)
#: Seconds between two looks at whether whoever listens still may, and between two signs of life.
_ASK_EVERY, _ALIVE_EVERY = 2.0, 14.0
#: Seconds that whoever listens may take to receive something, and the bytes that the system keeps for them meanwhile.
RECEIVED_WITHIN, _KEPT = 10.0, 64 * 1024
_NOTHING = Item(0)
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Accel-Buffering": "no",
}


async def stream(request: web.Request) -> web.StreamResponse:
    """``change``, ``pbx`` and ``rights`` events; the last are told first, and whenever one may do something else.

    ``Last-Event-ID`` brings what was missed since; ``for`` ends the stream after so many seconds.
    """
    asked = query(request, EventsQuery)
    last = request.headers.get("Last-Event-ID", "")
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 16 else None
    news, who = request.app[NEWS], person(request)
    with news.watching(who) as queue:
        seen = await news.reached(after or 0)
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        _keep_little(request)
        try:
            await _send(request, response, b"retry: 2000\n\n")
            async for item in _missed(request, news, after):
                seen = max(seen, item.id)
                await _send(request, response, _as_bytes(item))
            written = news.written  # before one's rights are read: what is written meanwhile is looked at again
            rights = await news.rights(who)
            await _send(request, response, _as_bytes(rights))
            async with asyncio.timeout(asked.seconds):
                async for sign in _happening(request, news, queue, seen, (written, rights)):
                    await _send(request, response, _as_bytes(sign))
        except (TimeoutError, Unauthenticated, ConnectionResetError):
            pass  # it is over; a browser that still may comes back by itself
        return response


def _keep_little(request: web.Request) -> None:
    """Let the system keep no more than a little for one who does not read: by itself it would keep megabytes."""
    found = None if request.transport is None else request.transport.get_extra_info("socket")
    if found is not None:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KEPT)


async def _send(request: web.Request, response: web.StreamResponse, data: bytes) -> None:
    """Send something; raises :class:`ConnectionResetError` for one who does not take it, and cuts the connection."""
    try:
        async with asyncio.timeout(RECEIVED_WITHIN):
            await response.write(data)
    except TimeoutError as err:
        if request.transport is not None:
            request.transport.abort()  # what has not gone out is dropped: to send the rest would wait just as long
        raise ConnectionResetError("whoever listens does not read") from err


async def _missed(request: web.Request, news: News, after: int | None) -> AsyncIterator[Item]:
    """What happened behind the link ``after``: it may be much, and whoever listens may take it slowly.

    Raises :class:`Unauthenticated` for one who may no longer what they might when it began.
    """
    who, clock = person(request), asyncio.get_running_loop().time
    asked = clock()
    async for item in news.missed(who, after):
        if clock() - asked >= _ASK_EVERY:
            if await still_there(request) != who:
                raise Unauthenticated("whoever listens has changed")  # and comes back as who they are now
            asked = clock()
        yield item


async def _happening(
    request: web.Request, news: News, queue: asyncio.Queue[Item | None], seen: int, told: tuple[int, Item]
) -> AsyncIterator[Item | None]:
    """What happens behind the link ``seen``; ``None`` is a sign of life.

    ``told`` is how often something had been written when the rights that were told were read, and these.
    """
    who = person(request)
    clock = asyncio.get_running_loop().time
    asked = alive = judged = clock()
    written, rights = told
    while True:
        found: Item | None = _NOTHING
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ASK_EVERY):
                found = await queue.get()
        if found is None or request.transport is None:  # let go, or nobody is there any more
            return
        if clock() - asked >= _ASK_EVERY:
            who, asked = await still_there(request), clock()
            if written != news.written or clock() - judged >= _ALIVE_EVERY:  # grants also end by themselves
                written, judged = news.written, clock()
                if (now := await news.rights(who)) != rights:
                    rights = now
                    yield rights
        known = await news.as_known(who, found) if found.change is None or found.id > seen else None
        if known is not None and known is not _NOTHING:
            alive = clock()
            yield known
        elif clock() - alive >= _ALIVE_EVERY:
            alive = clock()
            yield None


def _as_bytes(item: Item | None) -> bytes:
    if item is None:
        return b": still here\n\n"
    if item.change is not None:
        return _event("change", change_json(item.change), item.id)
    if item.rights is not None:
        return _event("rights", {"mark": item.rights})
    pbx = item.pbx
    since = None if pbx is None or pbx.since is None else pbx.since.isoformat()
    return _event("pbx", {"connected": pbx is not None and pbx.connected, "since": since})


def _event(name: str, data: Any, link: int | None = None) -> bytes:
    head = "" if link is None else f"id: {link}\n"
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
