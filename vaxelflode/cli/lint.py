"""``lint``: what is permitted but surely not meant."""

from __future__ import annotations

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from vaxelflode.bootstrap import outside_of, utc_now
from vaxelflode.cli.company import company_of, from_file
from vaxelflode.cli.options import as_json, show, with_settings
from vaxelflode.domain.lint import Around, lint
from vaxelflode.i18n.words import Words
from vaxelflode.settings import Settings


@click.command("lint")
@from_file
@as_json
@with_settings
def lint_(settings: Settings, file: Path | None, as_json: bool) -> None:
    """Dead ends, silence, queues of nobody, holidays that are missing. Exit status 1 when anything is found."""
    there, words = company_of(settings, file), Words(settings.language)
    today = utc_now().astimezone(ZoneInfo(settings.time_zone)).date()
    around = Around(outside_of(settings), {queue: [*found] for queue, found in there.agents.items()}, today)
    found = [
        {"object": str(d.object), "field": d.field, "code": d.code, "message": words.doubt(d.code)}
        for d in lint(there.company, around)
    ]
    show(found, as_json=as_json)
    if found:
        sys.exit(1)
