"""Oneself: name, address, language and password. A new password logs one out everywhere at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from vaxelflode.errors import Conflict, Forbidden, Invalid, Unauthenticated, VaxelflodeError
from vaxelflode.i18n.catalogue import translations
from vaxelflode.services import users
from vaxelflode.services.tries import TooMany
from vaxelflode.web.cookies import forget
from vaxelflode.web.forms import fields
from vaxelflode.web.http import context, person
from vaxelflode.web.marks import page, tells
from vaxelflode.web.page import render, see_other

#: What languages call themselves.
_LANGUAGES = {"sv": "Svenska", "en": "English"}
#: What of a form goes on, form by form.
_PROFILE, _PASSWORD = ("name", "email", "language", "old_password"), ("password", "old_password")


@page
async def show(request: web.Request) -> web.Response:
    """One's own page."""
    return await _page(request)


async def told(request: web.Request) -> list[tuple[str, str]]:
    """What the form asks for that is no password."""
    said, here = await fields(request), person(request)
    _ = translations(here.language).gettext
    labels = {"name": _("Name"), "email": _("E-mail"), "language": _("Language")}
    now = {"name": here.name, "email": here.email, "language": here.language}
    other = [name for name in labels if name in said and said[name].strip() != now[name]]
    return [(labels[name], _LANGUAGES.get(said[name], "") if name == "language" else said[name]) for name in other]


@page
@tells(told)
async def save(request: web.Request) -> web.Response:
    """Name, address and language; another address wants the password."""
    said = await fields(request)
    wanted = {name: said[name] for name in _PROFILE if name in said}
    if wanted.get("email", "").strip().casefold() == person(request).email:
        wanted.pop("email", None)
        wanted.pop("old_password", None)
    try:
        await users.change_me(context(request), person(request), wanted)
    except (Invalid, Conflict, Forbidden, Unauthenticated, TooMany) as err:
        return await _page(request, 422, given=said, errors=_errors(err, "old_password"))
    return see_other("/me?saved=1")


@page
async def change_password(request: web.Request) -> web.Response:
    """A new password; every session and token ends, this one too."""
    said = await fields(request)
    wanted = {name: said[name] for name in _PASSWORD if name in said}
    try:
        await users.change_me(context(request), person(request), wanted)
    except (Invalid, Forbidden, Unauthenticated, TooMany) as err:
        return await _page(request, 422, errors=_errors(err, "old_password_2"))
    response = see_other("/login?changed=1")
    forget(request, response)
    return response


def _errors(err: VaxelflodeError, old_password: str) -> dict[str, str]:
    """Field → what is wrong with it, as a code for the page."""
    if isinstance(err, Invalid):
        found = {e.field: e.code for e in err.errors}
        if "old_password" in found:
            found[old_password] = found["old_password"]
        return found
    if isinstance(err, Conflict):
        return {"email": "taken"}
    return {old_password: "wait" if isinstance(err, TooMany) else "wrong"}


async def _page(
    request: web.Request, status: int = 200, *, given: Mapping[str, str] | None = None, errors: Any = None
) -> web.Response:
    return await render(
        request,
        "profile.html.j2",
        status,
        nav="me",
        given=given or {},
        errors=errors or {},
        is_saved="saved" in request.query,
    )
