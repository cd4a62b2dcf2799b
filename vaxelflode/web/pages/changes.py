"""Undo, take back, and the receipt of one change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp import web

from vaxelflode.domain.undoing import undone
from vaxelflode.errors import Conflict
from vaxelflode.i18n.catalogue import translations
from vaxelflode.services import history, read_objects
from vaxelflode.services.undo import undo as undo_change
from vaxelflode.services.withdraw import withdraw as withdraw_change
from vaxelflode.web.forms import fields
from vaxelflode.web.http import context, person
from vaxelflode.web.inside import inside, with_change
from vaxelflode.web.marks import Tell, page, tells
from vaxelflode.web.page import look, render, see_other
from vaxelflode.web.pages.frame import receipt_of
from vaxelflode.web.pages.history import names_in
from vaxelflode.web.receipts import when_and_by
from vaxelflode.web.told_changes import told_change, undoing
from vaxelflode.web.values import Values


def _telling(word: str, forced: str = "") -> Tell:
    async def told(request: web.Request) -> list[tuple[str, str]]:
        """Which change is to be taken back, as the history tells it; and whether over what came later."""
        here, me = look(request), person(request)
        act = forced if forced and "force" in await fields(request) else word
        change = await history.one(context(request), me, request.match_info["change"])
        names = await history.names(context(request), me, [change])
        return [(translations(here.language).gettext(act), told_change(here, change, me.email, names).what)]

    return told


@page
@tells(_telling("Undo", "Undo all the same"))
async def undo(request: web.Request) -> web.Response:
    """Take a change back by a new one; ``force``: over what came later."""
    said = await fields(request)
    change_id, back = request.match_info["change"], inside(said.get("back", ""))
    try:
        saved, _ = await undo_change(context(request), person(request), "web", change_id, force="force" in said)
    except Conflict as err:
        if "conflicts" not in err.fields:
            raise
        return await _both(request, change_id, back, err.fields["conflicts"])
    return see_other(with_change(back, saved))


async def _both(request: web.Request, change_id: str, back: str, conflicts: Any) -> web.Response:
    """Something later touched the same values: what it is now, and what undoing would bring back."""
    here, who = look(request), person(request)
    change = await history.one(context(request), who, change_id)
    now = (await read_objects.one(context(request), who, change.object)).object
    edits = undone(change, conflicts, now, here.now)
    names = await names_in(request, [change, replace(change, edits=edits)])
    rows = [*undoing(Values(here, now.kind, names, now.ref), change, edits)]
    told = told_change(here, change, who.email, names)
    by = (await history.fate(context(request), who, change)).by
    later = "" if by is None else when_and_by(here, by, who.email)
    return await render(request, "undo_conflict.html.j2", 409, told=told, rows=rows, back=back, later=later)


@page
@tells(_telling("Take back"))
async def withdraw(request: web.Request) -> web.Response:
    """Take a change back that still waits for the PBX."""
    said = await fields(request)
    change = await withdraw_change(context(request), person(request), request.match_info["change"])
    return see_other(with_change(inside(said.get("back", "")), change))


@page
async def show(request: web.Request) -> web.Response:
    """The receipt alone: what a page that waits puts in the place of the one that it has."""
    change = await history.one(context(request), person(request), request.match_info["change"])
    told = await receipt_of(request, change)
    return await render(request, "receipt.html.j2", receipt=told, back=inside(request.query.get("back", "")))
