"""Marks on handlers, for the middleware that looks at them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
#: What a form asks for, in words: what it is called, and what it is to be. No secret is among them.
Tell = Callable[[web.Request], Awaitable[Sequence[tuple[str, str]]]]

_PUBLIC, _PAGE, _TELLS = "vaxelflode_public", "vaxelflode_page", "vaxelflode_tells"


def public(handler: Handler) -> Handler:
    """Mark a handler that needs no log-in."""
    setattr(handler, _PUBLIC, True)
    return handler


def page(handler: Handler) -> Handler:
    """Mark a handler of a page: it is asked for with a session, and what goes wrong is said on a page."""
    setattr(handler, _PAGE, True)
    return handler


def tells(how: Tell) -> Callable[[Handler], Handler]:
    """Mark a handler of a form that is out of date now and then: ``how`` says what was asked for."""

    def mark(handler: Handler) -> Handler:
        setattr(handler, _TELLS, how)
        return handler

    return mark


def tell_of(handler: object) -> Tell | None:
    """How what a form asks for is said, if that is known."""
    return getattr(handler, _TELLS, None)


def is_public(handler: object) -> bool:
    """Whether no log-in is needed."""
    return getattr(handler, _PUBLIC, False)


def is_page(handler: object) -> bool:
    """Whether a person in front of a browser reads the answer."""
    return getattr(handler, _PAGE, False)
