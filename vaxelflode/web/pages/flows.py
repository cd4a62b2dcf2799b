"""*Mina växelflöden*: the list of one's flows, with what their callers get right now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aiohttp import web

from vaxelflode.i18n.catalogue import translations
from vaxelflode.services import overview
from vaxelflode.services.overview import Card
from vaxelflode.web.hours.saying import listed
from vaxelflode.web.http import context, page_of, person
from vaxelflode.web.marks import page
from vaxelflode.web.page import Look, look, render, see_other
from vaxelflode.web.telling import told_card


@page
async def home(request: web.Request) -> web.Response:
    """The list is where one begins."""
    person(request)
    return see_other("/flows")


@page
async def index(request: web.Request) -> web.Response:
    """A card for each flow; after several were changed at once, what became of each."""
    words, at = request.query.get("q", "")[:100], page_of(request)
    found = await overview.cards(context(request), person(request), words, at)
    here = look(request)
    asked = [] if found.every else await overview.whom_to_ask(context(request), person(request))
    cards = [told_card(here, card, person(request).email) for card in found.cards]
    return await render(
        request,
        "flows.html.j2",
        nav="flows",
        cards=cards,
        administrators=asked,
        administrators_told=listed(here, [p.name for p in asked]) if asked else "",
        today=here.now.date(),
        found=found,
        words_sought=words,
        at=at,
        more=(at + 1) * overview.PAGE < found.fitting,
        results=list(_results(request, here, found.cards)),
        several=sum(card.hours is not None and card.hours.may_override for card in found.cards) > 1,
    )


def _results(request: web.Request, here: Look, cards: Sequence[Card]) -> Iterator[tuple[str, str, str]]:
    """Sort, icon and sentence for each thing that came of it; each card has its receipt beside."""
    _ = translations(here.language).gettext
    if "none" in request.query:
        yield "wait", "info", _("Choose at least one flow.")
    for how, sort, icon, words in (
        ("changed", "", "check", _("Changed: %(flows)s.")),
        ("same", "", "info", _("As it was already: %(flows)s.")),
        (
            "not",
            "temp",
            "lock",
            _("Not changed, since you may not: %(flows)s. An administrator can give you temporary changes."),
        ),
        ("refused", "red", "warn", _("The PBX refused, so it is as before: %(flows)s.")),
    ):
        ids = request.query.getall(how, [])
        if names := [card.flow.name for card in cards if card.flow.id in ids]:
            yield sort, icon, words % {"flows": listed(here, names)}
