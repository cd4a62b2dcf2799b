"""Whoever forgot their password: asking for a link, and the page that it leads to."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.errors import Invalid
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
    return await render(request, "forgotten.html.j2", mail=request.app[MAILER].on, sent=False)


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
    return await render(request, "forgotten.html.j2", mail=mailer.on, sent=True)


@public
@page
async def link(request: web.Request) -> web.Response:
    """Where a link leads: a new password."""
    person = await forgotten.whose(context(request), request.match_info["token"])
    return await render(request, "reset.html.j2", name=person.name, error="")


@public
@page
async def replace(request: web.Request) -> web.Response:
    """Set the new password; then one logs in with it."""
    said = await fields(request)
    token = request.match_info["token"]
    try:
        await forgotten.replace(context(request), token, said.get("password", ""))
    except Invalid:
        person = await forgotten.whose(context(request), token)
        return await render(request, "reset.html.j2", 422, name=person.name, error="length")
    return see_other("/login?changed=1")
