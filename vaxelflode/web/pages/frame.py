"""What each page of a flow shows around its own part."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from vaxelflode.domain.change import Change
from vaxelflode.errors import NotFound
from vaxelflode.services import history, overview
from vaxelflode.web.http import context, person
from vaxelflode.web.page import look, render
from vaxelflode.web.receipts import Receipt, receipt
from vaxelflode.web.telling import told_card


async def in_frame(request: web.Request, template: str, tab: str, /, status: int = 200, **values: Any) -> web.Response:
    """A page of the flow that the path names; ``tab`` is the one that it belongs to.

    After a change was saved the address carries its id (``?change=``), and the page its receipt.
    """
    found = await overview.card(context(request), person(request), request.match_info["id"])
    told = told_card(look(request), found, person(request).email)
    shown = {"told": told, "tab_now": tab, "nav": "flows", "receipt": await saved(request)}
    return await render(request, template, status, **shown | values)


async def saved(request: web.Request) -> Receipt | None:
    """The receipt of the change that the address names, if the person may know of it."""
    try:
        change = await history.one(context(request), person(request), request.query.get("change", ""))
    except NotFound:
        return None
    return await receipt_of(request, change)


async def receipt_of(request: web.Request, change: Change) -> Receipt:
    """The receipt of a change, with what became of it since: an address may be an old one."""
    fate = await history.fate(context(request), person(request), change)
    return receipt(look(request), change, person(request).email, fate)
