"""Marks on handlers, for the middleware that looks at them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PUBLIC, _PAGE = "vaxelflode_public", "vaxelflode_page"


def public(handler: Handler) -> Handler:
    """Mark a handler that needs no log-in."""
    setattr(handler, _PUBLIC, True)
    return handler


def page(handler: Handler) -> Handler:
    """Mark a handler of a page: it is asked for with a session, and what goes wrong is said on a page."""
    setattr(handler, _PAGE, True)
    return handler


def is_public(handler: object) -> bool:
    """Whether no log-in is needed."""
    return getattr(handler, _PUBLIC, False)


def is_page(handler: object) -> bool:
    """Whether a person in front of a browser reads the answer."""
    return getattr(handler, _PAGE, False)
