"""Undo, take back, and the receipt of one change."""

from __future__ import annotations

from aiohttp import web

from vaxelflode.services import history
from vaxelflode.services.undo import undo as undo_change
from vaxelflode.services.withdraw import withdraw as withdraw_change
from vaxelflode.web.forms import fields
from vaxelflode.web.http import context, person
from vaxelflode.web.inside import inside, with_change
from vaxelflode.web.marks import page
from vaxelflode.web.page import look, render, see_other
from vaxelflode.web.receipts import receipt


@page
async def undo(request: web.Request) -> web.Response:
    """Take a change back by a new one; ``force``: over what came later."""
    said = await fields(request)
    change_id = request.match_info["change"]
    saved, _ = await undo_change(context(request), person(request), "web", change_id, force="force" in said)
    return see_other(with_change(inside(said.get("back", "")), saved))


@page
async def withdraw(request: web.Request) -> web.Response:
    """Take a change back that still waits for the PBX."""
    said = await fields(request)
    change = await withdraw_change(context(request), person(request), request.match_info["change"])
    return see_other(with_change(inside(said.get("back", "")), change))


@page
async def show(request: web.Request) -> web.Response:
    """The receipt alone: what a page that waits puts in the place of the one that it has."""
    change = await history.one(context(request), person(request), request.match_info["change"])
    told = receipt(look(request), change, person(request).email)
    return await render(request, "receipt.html.j2", receipt=told, back=inside(request.query.get("back", "")))
