"""History: one's own flows', or one flow's; with before and after, and undo; as a file too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from vaxelflode.domain.change import Change
from vaxelflode.domain.identifiers import is_id
from vaxelflode.domain.kind import kinds
from vaxelflode.i18n.formats import capital
from vaxelflode.services import history
from vaxelflode.services.history import Among
from vaxelflode.web.history_file import history_file
from vaxelflode.web.http import context, person
from vaxelflode.web.marks import page
from vaxelflode.web.page import look, render
from vaxelflode.web.pages.frame import in_frame, saved
from vaxelflode.web.sound_names import recording
from vaxelflode.web.told_changes import Told, told_change

#: Changes a page, and in a file.
_PAGE, _IN_FILE = 50, 1000


@page
async def everywhere(request: web.Request) -> web.Response:
    """Of everything that one may read."""
    among = _among(request)
    if _wants_file(request):
        return await _file(request, among)
    shown = await _shown(request, among)
    return await render(request, "history.html.j2", nav="history", receipt=await saved(request), **shown)


@page
async def of_flow(request: web.Request) -> web.Response:
    """Of one flow's objects."""
    among = replace(_among(request), flow=request.match_info["id"])
    if _wants_file(request):
        return await _file(request, among)
    return await in_frame(request, "flow_history.html.j2", "history", **await _shown(request, among))


def _among(request: web.Request) -> Among:
    """What is chosen above the list; what is no choice is none."""
    kind, actor = request.query.get("kind", ""), request.query.get("who", "")
    return Among(kind=kind if kind in kinds() else None, actor=actor or None)


def _wants_file(request: web.Request) -> bool:
    return request.query.get("as") == "csv"


async def _shown(request: web.Request, among: Among) -> dict[str, Any]:
    after = request.query.get("after", "")
    found = await history.listed(
        context(request), person(request), among, after=after if is_id(after) else None, limit=_PAGE + 1
    )
    older = found[_PAGE - 1].id if len(found) > _PAGE else None
    chosen = {name: value for name, value in (("kind", among.kind), ("who", among.actor)) if value}
    return {
        "days": await _days(request, found[:_PAGE]),
        "older": older and "?" + urlencode(chosen | {"after": older}),
        "file": "?" + urlencode(chosen | {"as": "csv"}),
        "chosen": among,
        "choices": await _choices(request, among),
    }


async def _choices(request: web.Request, among: Among) -> dict[str, list[tuple[str, str]]]:
    """What the list can be told apart by, in words and in the order of the alphabet."""
    here = look(request)
    apart = await history.told_apart(context(request), person(request), replace(among, kind=None, actor=None))
    found = {
        "kind": {kind: capital(here.words.kind(kind)) for kind, _, _ in apart},
        "who": {address: name for _, address, name in reversed(apart)},
    }
    return {what: sorted(each.items(), key=lambda one: one[1].casefold()) for what, each in found.items()}


async def _days(request: web.Request, found: Sequence[Change]) -> list[tuple[str, list[Told]]]:
    """The changes day by day."""
    here = look(request)
    by_day = groupby(await _told(request, found), key=lambda one: one.change.at.astimezone(here.now.tzinfo).date())
    return [(_day(here.day(date), here.date(date)), list(ones)) for date, ones in by_day]


async def _told(request: web.Request, found: Sequence[Change]) -> list[Told]:
    who, here = person(request), look(request)
    names = await names_in(request, found)
    replaced = await history.replaced(context(request), who, found)
    return [told_change(here, change, who.email, names, replaced) for change in found]


async def names_in(request: web.Request, found: Sequence[Change]) -> dict[str, str]:
    """What is named in changes: objects by ``kind/key``, recordings by their digest."""
    prompts = await history.recordings(context(request), person(request), found)
    sounds = {digest: recording(look(request), prompt) for digest, prompt in prompts.items()}
    return await history.names(context(request), person(request), found) | sounds


async def _file(request: web.Request, among: Among) -> web.Response:
    """The newest ones as a table, read a page at a time so that nobody else waits for it."""
    told, after = list[Told](), None
    while len(told) < _IN_FILE:
        found = await history.listed(context(request), person(request), among, after=after, limit=_PAGE)
        told += await _told(request, found)
        if len(found) < _PAGE:
            break
        after = found[-1].id
    return history_file(look(request), told)


def _day(near: str, whole: str) -> str:
    """``Idag, onsdag 25 november``; a date that is far off stands alone."""
    return capital(whole if near == whole else f"{near}, {whole}")
