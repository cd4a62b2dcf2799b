"""``simulate``: the path of a call."""

from __future__ import annotations

import json

import click

from vaxelflode.bootstrap import utc_now
from vaxelflode.cli.options import as_json, run, with_settings
from vaxelflode.domain.company import EMPTY
from vaxelflode.domain.simulate import Simulation
from vaxelflode.services.call_path import simulated
from vaxelflode.settings import Settings
from vaxelflode.storage.database import Database
from vaxelflode.storage.objects import refreshed


@click.command()
@click.argument("number")
@click.option("--at", help="ISO 8601 or epoch seconds; without it: now.")
@click.option("--caller", help="Who calls.")
@click.option("--digits", default="", help="The keys that are pressed, in order.")
@as_json
@with_settings
def simulate(settings: Settings, number: str, at: str | None, caller: str | None, digits: str, as_json: bool) -> None:
    """The path of a call to NUMBER, as it would go by what is saved."""
    found = run(_simulated(settings, number, at, caller, digits))
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        return
    for step in found.steps:
        way = f" → {step.passage.exit}" if step.passage.exit else ""
        click.echo(f"{step.object!s:<36} {step.name}: {step.passage.why}{way}")
    if found.end is not None:
        click.echo(found.path[-1])


async def _simulated(settings: Settings, number: str, at: str | None, caller: str | None, digits: str) -> Simulation:
    database = Database.open(settings.database)
    try:
        async with database.read() as db:
            company = await refreshed(db, EMPTY, utc_now())
    finally:
        await database.close()
    return simulated(company, number, at=at, caller=caller, digits=digits, zone=settings.time_zone, now=utc_now())
