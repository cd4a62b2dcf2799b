"""A recording as it is sent: a part of it to a player that jumps, and nothing to a browser that has it already."""

from __future__ import annotations

from aiohttp import web

_TYPE = "audio/wav"


def recording(request: web.Request, wav: bytes, digest: str | None = None) -> web.Response:
    """All of it, or the part that ``Range`` asks for (RFC 9110, 14).

    ``digest`` is what it is named by, if anything: then a browser may keep it, and asks each time whether its person
    may still hear it.
    """
    headers = {"Accept-Ranges": "bytes"}
    if digest is not None:
        headers |= {"ETag": f'"{digest}"', "Cache-Control": "private, no-cache"}
        if any(tag.value in (digest, "*") for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
    try:
        asked = request.http_range
    except ValueError:  # what is no range, or several, is as if none had been asked for
        asked = slice(None)
    if (asked.start, asked.stop) == (None, None):
        return web.Response(body=wav, content_type=_TYPE, headers=headers)
    start, end, _ = asked.indices(len(wav))
    if start >= end:
        return web.Response(status=416, headers=headers | {"Content-Range": f"bytes */{len(wav)}"})
    part = headers | {"Content-Range": f"bytes {start}-{end - 1}/{len(wav)}"}
    return web.Response(status=206, body=wav[start:end], content_type=_TYPE, headers=part)
