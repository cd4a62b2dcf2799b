"""Whoever forgot their password: asking for a link, and the page that it leads to."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.errors import Invalid, NotFound
from vaxelflode.i18n.catalogue import translations
from vaxelflode.services import forgotten
from vaxelflode.services.mail import Mailer
from vaxelflode.web.client import address_of
from vaxelflode.web.forms import fields
from vaxelflode.web.http import SETTINGS, context
from vaxelflode.web.marks import page, public
from vaxelflode.web.page import render, see_other

MAILER = web.AppKey("mailer", Mailer)


@public
@page
async def show(request: web.Request) -> web.Response:
    """The form; without a mail server, whom to ask."""
    return await _form(request)


@public
@page
async def ask(request: web.Request) -> web.Response:
    """Send a link, if the address is somebody's; the answer does not say whether."""
    said = await fields(request)
    mailer = request.app[MAILER]
    if mailer.on and (made := await forgotten.ask(context(request), address_of(request), said.get("email", ""))):
        person, token = made
        _ = translations(person.language).gettext
        words = _("Hello %(name)s, choose a new password here within an hour:") % {"name": person.name}
        ignore = _("If you did not ask for this, nothing has changed.")
        url = f"{request.app[SETTINGS].public_url}/reset/{token}"
        mailer.send(person.email, _("A new password for Växelflöde"), f"{words}\n\n{url}\n\n{ignore}\n")
    return await _form(request, sent=True)


@public
@page
async def link(request: web.Request) -> web.Response:
    """Where a link leads: a new password."""
    return await _choose(request)


@public
@page
async def replace(request: web.Request) -> web.Response:
    """Set the new password; then one logs in with it."""
    said = await fields(request)
    try:
        await forgotten.replace(context(request), request.match_info["token"], said.get("password", ""))
    except Invalid:
        return await _choose(request, "length")
    except NotFound:
        return await _form(request, ended=True)
    return see_other("/login?changed=1")


async def _choose(request: web.Request, error: str = "") -> web.Response:
    """The form for a new password, if the link is still good."""
    try:
        person = await forgotten.whose(context(request), request.match_info["token"])
    except NotFound:
        return await _form(request, ended=True)
    return await render(request, "reset.html.j2", 422 if error else 200, name=person.name, error=error)


async def _form(request: web.Request, *, sent: bool = False, ended: bool = False) -> web.Response:
    """How one is given a link; ``ended``: the one that was followed is no good any more."""
    mail = request.app[MAILER].on
    return await render(request, "forgotten.html.j2", 404 if ended else 200, mail=mail, sent=sent, ended=ended)
