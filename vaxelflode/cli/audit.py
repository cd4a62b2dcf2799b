"""``audit verify``: whether what was written down is still what was written down."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from vaxelflode.cli.options import Group, as_json, print_json, printable, run, with_settings
from vaxelflode.services.audit_chain import Verified
from vaxelflode.services.audit_chain import verify as verified
from vaxelflode.settings import Settings
from vaxelflode.storage.existing import existing


@click.group(cls=Group)
def audit() -> None:
    """The audit chain."""


@audit.command()
@click.option(
    "--head",
    metavar="HASH",
    help="A head that was printed before and noted elsewhere: it must still be in the chain.",
)
@as_json
@with_settings
def verify(settings: Settings, head: str | None, as_json: bool) -> None:
    """Read the whole chain, and hold the history against it. Exit status 1 when something does not hold.

    Whoever may write to the database can make a chain anew from its beginning, or cut its end together with the
    history. Note the head that is printed in another place, and give it with --head the next time.
    """
    found = run(_verify(settings, head.strip().casefold() if head else None))
    if as_json:
        print_json({"holds": found.broken is None, **asdict(found)})
    elif found.broken is None:
        noted = f"; the noted head is link {found.noted_at}" if found.noted_at is not None else ""
        click.echo(f"{found.links} links hold{noted}; the head is {found.head or 'empty'}")
    else:
        click.echo(f"vaxelflode: {printable(found.broken)}; {found.links} links before it hold", err=True)
    if found.broken is not None:
        sys.exit(1)


async def _verify(settings: Settings, head: str | None) -> Verified:
    async with existing(settings.database) as database:
        return await verified(database, head)
