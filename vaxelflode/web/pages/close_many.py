"""Closing and opening several flows at once: what one does at half past six, ill."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from aiohttp import web

from vaxelflode.errors import Forbidden, Invalid, NotFound
from vaxelflode.services import override_hours, overview
from vaxelflode.services.overview import Card
from vaxelflode.web.forms import sent
from vaxelflode.web.hours import wrong
from vaxelflode.web.hours.close_form import CloseForm, What, read_close
from vaxelflode.web.http import context, person
from vaxelflode.web.inside import HOME
from vaxelflode.web.marks import page
from vaxelflode.web.page import look, render, see_other
from vaxelflode.web.pages.close import button

#: Flows that are changed at the same time.
_AT_ONCE = 8


@page
async def ask_close(request: web.Request) -> web.Response:
    """Which flows, and how long?"""
    return await _ask(request, "close")


@page
async def ask_open(request: web.Request) -> web.Response:
    """Which flows, and how long?"""
    return await _ask(request, "open")


@page
async def close(request: web.Request) -> web.Response:
    """Close several flows from now on."""
    return await _do(request, "close")


@page
async def open_now(request: web.Request) -> web.Response:
    """Open several flows from now on."""
    return await _do(request, "open")


@dataclass(frozen=True, slots=True)
class Group:
    """Flows that share a schedule, and so are changed once."""

    key: str
    cards: Sequence[Card]
    also: Sequence[str]


def _grouped(cards: Sequence[Card], also: Mapping[str, Sequence[str]]) -> list[Group]:
    found: dict[str, list[Card]] = {}
    for card in cards:
        if card.hours is not None and card.hours.may_override:
            found.setdefault(card.hours.object.ref.key, []).append(card)
    return [Group(key, inside, also.get(key, ())) for key, inside in found.items()]


def _refused(cards: Sequence[Card]) -> list[Card]:
    return [c for c in cards if c.hours is None or not c.hours.may_override]


async def _ask(request: web.Request, what: What) -> web.Response:
    ids = request.query.getall("flow", [])
    if not ids:
        return see_other(f"{HOME}?none=1")
    form = CloseForm(what, "day" if what == "close" else "ordinary")
    return await _asked(request, ids, form)


async def _asked(request: web.Request, ids: Sequence[str], form: CloseForm, status: int = 200) -> web.Response:
    there = look(request)
    cards = await overview.chosen(context(request), person(request), ids)
    also = await overview.sharing(context(request), person(request), cards)
    time = form.time or f"{(there.now.hour + 2) % 24:02d}:00"
    till = time if time > f"{there.now:%H:%M}" else ""
    return await render(
        request,
        "close_many.html.j2",
        status,
        nav="flows",
        f=replace(form, time=time),
        ids=ids,
        groups=_grouped(cards, also),
        refused=_refused(cards),
        button=button(there, form, stay=False, till=till if form.until == "time" else ""),
        errors={field: wrong.in_words(there.language, code) for field, code in form.wrong.items()},
    )


async def _do(request: web.Request, what: What) -> web.Response:
    said = await sent(request)
    ids = said("flow")
    if not ids:
        return see_other(f"{HOME}?none=1")
    form = read_close(what, said, look(request).now.time())
    if (said("do") or ["look"])[-1] != "save" or form.wrong:
        return await _asked(request, ids, form, 422 if form.wrong else 200)
    cards = await overview.chosen(context(request), person(request), ids)
    groups = _grouped(cards, {})
    limit = asyncio.Semaphore(_AT_ONCE)

    async def one(group: Group) -> tuple[Group, str]:
        async with limit:
            return group, await _outcome(request, group, form)

    results = await asyncio.gather(*(one(group) for group in groups))
    told = [(card.flow.id, how) for group, how in results for card in group.cards]
    told += [(card.flow.id, "not") for card in _refused(cards)]
    return see_other(f"{HOME}?{urlencode([('done', what), *((how, flow) for flow, how in told)])}")


async def _outcome(request: web.Request, group: Group, form: CloseForm) -> str:
    """``changed``, ``same``, ``not`` permitted, or ``refused`` by the PBX."""
    try:
        saved = await override_hours.rewrite(
            context(request), person(request), "web", group.key, form.rewrite, form.more
        )
    except (Forbidden, NotFound, Invalid):
        return "not"
    if saved is None:
        return "same"
    return "refused" if saved.change.state == "rejected" else "changed"
