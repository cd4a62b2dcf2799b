"""``serve`` and ``migrate``."""

from __future__ import annotations

import asyncio
import gc
import signal

import click

from vaxelflode.bootstrap import plane, running
from vaxelflode.cli.options import run, with_settings
from vaxelflode.settings import ENV_PREFIX, Settings
from vaxelflode.storage.database import Database
from vaxelflode.storage.migrate import migrate as bring_up


def _listed() -> str:
    lines = [
        f"{ENV_PREFIX}{name.upper()}: {field.description}"
        + (f" [{field.default}]" if str(field.default) not in ("", "None") else "")
        for name, field in Settings.model_fields.items()
    ]
    return "Settings, from the environment or as keys of the TOML file:\n\n\b\n" + "\n".join(lines)


@click.command(epilog=_listed())
@with_settings
def serve(settings: Settings) -> None:
    """The control plane: pages, API, live view and the applier of this box."""
    run(_serve(settings))


async def _serve(settings: Settings) -> None:
    async with plane(settings) as made:
        # Most of the company lives as long as the process. To look through all of it for what nobody holds any more
        # stops everything for a tenth of a second at a thousand flows, and finds nothing.
        made.context.company.on_whole = _keep_what_is_read
        async with running(made):
            click.echo(f"serving on {settings.own_url}")
            await ended()


def _keep_what_is_read() -> None:
    gc.collect()  # or what the start has left in circles would be kept too
    gc.freeze()


async def ended() -> None:
    """Return when the process is asked to end (SIGTERM or Ctrl-C)."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    await asked.wait()


@click.command()
@with_settings
def migrate(settings: Settings) -> None:
    """Bring the database to this version. `serve` does it by itself."""
    click.echo(f"the database is at {run(_migrate(settings))}")


async def _migrate(settings: Settings) -> str:
    database = Database.open(settings.database)
    try:
        return await bring_up(database)
    finally:
        await database.close()
