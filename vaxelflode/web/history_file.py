"""History as a table that spreadsheets open: a line for each thing that was changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from aiohttp import web

from vaxelflode.i18n.catalogue import translations
from vaxelflode.web.page import Look
from vaxelflode.web.told_changes import Difference, Told

#: What begins a formula in a spreadsheet: a quote before it keeps it a text (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOTHING = Difference("", "", "")


def history_file(look: Look, told: Sequence[Told]) -> web.Response:
    """These changes, newest first, in the reader's language and time zone; separated as their spreadsheet expects."""
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";" if look.language == "sv" else ",", lineterminator="\r\n")
    rows.writerow(_head(look))
    for one in told:
        rows.writerows([_plain(cell) for cell in row] for row in _rows(look, one))
    _ = translations(look.language).gettext
    name = _("history")
    return web.Response(
        body=text.getvalue().encode("utf-8-sig"),  # the mark by which spreadsheets know it for UTF-8
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}-{look.now:%Y-%m-%d}.csv"'},
    )


def _head(look: Look) -> list[str]:
    _ = translations(look.language).gettext
    return [_("When"), _("Who"), _("What"), _("Changed"), _("Before"), _("After"), _("How it stands"), _("Revision")]


def _rows(look: Look, told: Told) -> Iterator[list[str]]:
    change = told.change
    time = f"{change.at.astimezone(look.now.tzinfo):%Y-%m-%d %H:%M:%S}"
    for each in told.differences or (_NOTHING,):
        changed = [each.label, each.before, each.after]
        yield [time, change.actor_name, told.what, *changed, told.word, str(change.revision or "")]


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
