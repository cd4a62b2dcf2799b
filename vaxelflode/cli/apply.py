"""``apply`` and ``check``: make live now, and see whether desired, disk and live agree."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click

from vaxelflode.applying.compare import Comparison, compare, difference
from vaxelflode.bootstrap import Plane, plane
from vaxelflode.cli.options import as_json, run, show, with_settings
from vaxelflode.errors import PbxUnavailable
from vaxelflode.settings import Settings

#: How long the commands wait for the PBX, in seconds.
_PATIENCE = 10.0


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would change as a unified diff, and change nothing.")
@with_settings
def apply(settings: Settings, dry_run: bool) -> None:
    """Render what is desired and make it live now."""
    run(_dry_run(settings) if dry_run else _apply(settings))


async def _dry_run(settings: Settings) -> None:
    async with plane(settings) as made:
        sys.stdout.writelines(await difference(made.database, made.store, made.renderer, made.context.clock()))


async def _apply(settings: Settings) -> None:
    async with plane(settings, roll_back=True) as made, made.apply, made.live:
        await _connected(made)
        with made.store.locked():
            await made.switches.once()
            await made.applier.once()
    click.echo(f"revision {made.applier.live_revision} is live")


async def _connected(made: Plane) -> None:
    await asyncio.gather(made.apply.wait_connected(_PATIENCE), made.live.wait_connected(_PATIENCE))


@click.command()
@as_json
@with_settings
def check(settings: Settings, as_json: bool) -> None:
    """Hold desired, disk and live against each other; exit status 0 when the three agree."""
    found = run(_check(settings))
    rows: list[dict[str, Any]] = [{"part": c.part, "agrees": c.agrees, "words": c.words} for c in found]
    if not as_json:
        rows = [
            {"part": f"{c.part:<16}", "agrees": "agrees " if c.agrees else "DIFFERS", "words": c.words} for c in found
        ]
    show(rows, as_json=as_json)
    if not all(c.agrees for c in found):
        sys.exit(1)


async def _check(settings: Settings) -> list[Comparison]:
    async with plane(settings) as made, made.apply, made.live:
        try:
            await _connected(made)
        except PbxUnavailable as err:
            return [Comparison("live", agrees=False, words=err.message)]
        now = made.context.clock()
        return await compare(made.database, made.store, made.renderer, made.prover, made.entries, now)
