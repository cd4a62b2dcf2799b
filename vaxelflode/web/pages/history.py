"""History: one's own flows', or one flow's; with before and after, and undo."""

from __future__ import annotations

from itertools import groupby

from aiohttp import web

from vaxelflode.domain.identifiers import is_id
from vaxelflode.i18n.formats import capital
from vaxelflode.services import history
from vaxelflode.web.http import context, person
from vaxelflode.web.marks import page
from vaxelflode.web.page import look, render
from vaxelflode.web.pages.frame import in_frame, saved
from vaxelflode.web.told_changes import Told, told_change

#: Changes a page.
_PAGE = 50


@page
async def everywhere(request: web.Request) -> web.Response:
    """Of everything that one may read."""
    days, older = await _days(request, None)
    return await render(request, "history.html.j2", nav="history", days=days, older=older, receipt=await saved(request))


@page
async def of_flow(request: web.Request) -> web.Response:
    """Of one flow's objects."""
    days, older = await _days(request, request.match_info["id"])
    return await in_frame(request, "flow_history.html.j2", "history", days=days, older=older)


async def _days(request: web.Request, flow: str | None) -> tuple[list[tuple[str, list[Told]]], str | None]:
    """The changes day by day, and where older ones begin, if there are any."""
    who, here = person(request), look(request)
    after = request.query.get("after", "")
    found = await history.listed(
        context(request), who, ref=None, flow=flow, after=after if is_id(after) else None, limit=_PAGE + 1
    )
    shown, older = found[:_PAGE], found[_PAGE - 1].id if len(found) > _PAGE else None
    names = await history.names(context(request), who)
    told = [told_change(here, change, who.email, names) for change in shown]
    by_day = groupby(told, key=lambda one: one.change.at.astimezone(here.now.tzinfo).date())
    return [(_day(here.day(date), here.date(date)), list(ones)) for date, ones in by_day], older


def _day(near: str, whole: str) -> str:
    """``Idag, onsdag 25 november``; a date that is far off stands alone."""
    return capital(whole if near == whole else f"{near}, {whole}")
