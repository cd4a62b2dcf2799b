"""``apply`` and ``check``: make live now, and see whether desired, disk and live agree."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from vaxelflode.applying.compare import Comparison, compare, difference
from vaxelflode.applying.store import Busy
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
    """Render what is desired and make it live now.

    Where `serve` or `node` runs, that does so by itself: then nothing is done here, and the exit status is 1.
    """
    run(_dry_run(settings) if dry_run else _apply(settings))


async def _dry_run(settings: Settings) -> None:
    async with plane(settings) as made:
        sys.stdout.writelines(await difference(made.database, made.store, made.renderer, made.context.clock()))


async def _apply(settings: Settings) -> None:
    async with plane(settings, roll_back=True) as made:
        with _alone(made):
            async with made.apply, made.live:
                await _connected(made)
                await made.switches.once()
                await made.applier.once()
    click.echo(f"revision {made.applier.live_revision} is live")


@contextmanager
def _alone(made: Plane) -> Iterator[None]:
    """Before anything is asked or done: nobody else applies here. Raises :class:`Busy` with what to do."""
    with ExitStack() as here:
        try:
            here.enter_context(made.store.locked())
        except Busy as err:
            raise Busy(
                f"{err.message}, and makes live by itself whatever is saved (`vaxelflode check` tells whether it is); "
                "to apply from here all the same, stop it first. Nothing was changed"
            ) from err
        yield


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
