"""*Mina växelflöden*: the list of one's flows, with what their callers get right now."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.services import overview
from vaxelflode.web.http import context, person
from vaxelflode.web.marks import page
from vaxelflode.web.page import look, render, see_other
from vaxelflode.web.telling import told_card


@page
async def home(request: web.Request) -> web.Response:
    """The list is where one begins."""
    person(request)
    return see_other("/flows")


@page
async def index(request: web.Request) -> web.Response:
    """A card for each flow."""
    found = await overview.cards(context(request), person(request))
    here = look(request)
    cards = [told_card(here, card, person(request).email) for card in found]
    return await render(request, "flows.html.j2", nav="flows", cards=cards, today=here.now.date())
