"""``/openapi.json`` and ``/api/docs``: what this API is, for programs and for people."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from vaxelflode.web.middleware import public
from vaxelflode.web.openapi import Document

DOCUMENT = web.AppKey("document", Document)

#: The page's own: it holds no script, and takes its style from here.
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@public
async def openapi(request: web.Request) -> web.Response:
    """This API as an OpenAPI 3.1 document."""
    return web.Response(body=request.app[DOCUMENT].text, content_type="application/json")


@public
async def page(request: web.Request) -> web.Response:
    """The same document as a page to read."""
    text = _template().render(document=request.app[DOCUMENT].value)
    response = web.Response(text=text, content_type="text/html", charset="utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@public
async def style(_request: web.Request) -> web.Response:
    """The page's style."""
    return web.Response(text=_css(), content_type="text/css", charset="utf-8")


@cache
def _template() -> Template:
    loader = PackageLoader("vaxelflode.web", "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("docs.html.j2")


@cache
def _css() -> str:
    return (files("vaxelflode.web") / "static" / "docs.css").read_text("utf-8")
