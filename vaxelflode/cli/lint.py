"""``lint``: what is permitted but surely not meant."""

from __future__ import annotations

import sys
from zoneinfo import ZoneInfo

import click

from vaxelflode.bootstrap import outside_of, utc_now
from vaxelflode.cli.options import as_json, run, show, with_settings
from vaxelflode.domain.lint import Around, lint
from vaxelflode.i18n.words import Words
from vaxelflode.services import call_path
from vaxelflode.settings import Settings
from vaxelflode.storage import agents
from vaxelflode.storage.database import Database


@click.command("lint")
@as_json
@with_settings
def lint_(settings: Settings, as_json: bool) -> None:
    """Dead ends, silence, queues of nobody, holidays that are missing. Exit status 1 when anything is found."""
    found = run(_found(settings))
    show(found, as_json=as_json)
    if found:
        sys.exit(1)


async def _found(settings: Settings) -> list[dict[str, str]]:
    words, now = Words(settings.language), utc_now()
    database = Database.open(settings.database)
    try:
        company, _ = await call_path.read(database, now)
        async with database.read() as db:
            written = {queue: [*found] for queue, found in (await agents.of_all(db)).items()}
    finally:
        await database.close()
    around = Around(outside_of(settings), written, now.astimezone(ZoneInfo(settings.time_zone)).date())
    return [
        {"object": str(d.object), "field": d.field, "code": d.code, "message": words.doubt(d.code)}
        for d in lint(company, around)
    ]
