"""``/openapi.json`` and ``/api/docs``: what this API is, for programs and for people."""

from __future__ import annotations

import asyncio
import json
from functools import cached_property
from importlib.resources import files

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from vaxelflode.web.marks import public
from vaxelflode.web.openapi import Document

#: The page's own: it holds no script, and takes its style from here.
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class Papers:
    """What is sent, made once: it costs some tenths of a second, and nobody needs to log in to ask for it."""

    def __init__(self, document: Document) -> None:
        self._document = document

    @cached_property
    def text(self) -> bytes:
        """The document as JSON."""
        return json.dumps(self._document.value, ensure_ascii=False).encode()

    @cached_property
    def page(self) -> bytes:
        """The document as a page."""
        loader = PackageLoader("vaxelflode.web", "templates")
        environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        return environment.get_template("docs.html.j2").render(document=self._document.value).encode()

    @cached_property
    def style(self) -> bytes:
        """The page's style."""
        return (files("vaxelflode.web") / "static" / "docs.css").read_bytes()


PAPERS = web.AppKey("papers", Papers)


@public
async def openapi(request: web.Request) -> web.Response:
    """This API as an OpenAPI 3.1 document."""
    text = await asyncio.to_thread(lambda: request.app[PAPERS].text)
    return web.Response(body=text, content_type="application/json")


@public
async def page(request: web.Request) -> web.Response:
    """The same document as a page to read."""
    text = await asyncio.to_thread(lambda: request.app[PAPERS].page)
    response = web.Response(body=text, content_type="text/html", charset="utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@public
async def style(request: web.Request) -> web.Response:
    """The page's style."""
    text = await asyncio.to_thread(lambda: request.app[PAPERS].style)
    return web.Response(body=text, content_type="text/css", charset="utf-8")
