"""Reading forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from vaxelflode.web.problems import BadRequest


async def fields(request: web.Request) -> Mapping[str, str]:
    """Each field's text; of one that is sent several times the last. Raises :class:`BadRequest`."""
    try:
        sent = await request.post()
    except (ValueError, LookupError, web.RequestPayloadError) as err:  # LookupError: of no such encoding
        raise BadRequest("the form could not be read") from err
    return {name: value for name, value in sent.items() if isinstance(value, str)}


async def every(request: web.Request, name: str) -> list[str]:
    """Every text of a field that may be sent several times."""
    return [value for value in (await request.post()).getall(name, []) if isinstance(value, str)]


async def sent(request: web.Request) -> Callable[[str], list[str]]:
    """The whole form: every text of a field by its name. Raises :class:`BadRequest`."""
    await fields(request)
    given = await request.post()

    def every_text(name: str) -> list[str]:
        return [value for value in given.getall(name, []) if isinstance(value, str)]

    return every_text


async def texts(request: web.Request) -> Mapping[str, list[str]]:
    """Every text of every field. Raises :class:`BadRequest`."""
    await fields(request)
    sent = await request.post()
    return {name: [one for one in sent.getall(name) if isinstance(one, str)] for name in dict.fromkeys(sent)}
