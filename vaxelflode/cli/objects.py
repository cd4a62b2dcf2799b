"""``objects``: what there is in the PBX, and one thing of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from vaxelflode.cli.company import company_of, from_file, object_named
from vaxelflode.cli.options import Group, as_json, print_json, table, with_settings
from vaxelflode.domain.company import Object
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.portable import Whole, object_content, text
from vaxelflode.services.etag import version_text
from vaxelflode.settings import Settings


@click.group(cls=Group, invoke_without_command=True)
@click.option("--kind", type=click.Choice(sorted(kinds())), help="Only of this kind.")
@from_file
@as_json
@with_settings
def objects(settings: Settings, kind: str | None, file: Path | None, as_json: bool) -> None:
    """List the objects, or show one of them."""
    if click.get_current_context().invoked_subcommand is not None:
        return
    company = company_of(settings, file)
    every = sorted(company.company.everything.values(), key=lambda o: o.ref)
    found = [o for o in every if not o.retired and kind in (None, o.ref.kind)]
    if as_json:
        print_json([_shown(company, o) for o in found])
    else:
        table([{"object": str(o.ref), "name": o.name, "used_by": _users(company, o)} for o in found])


@objects.command()
@click.argument("object_", metavar="KIND/KEY")
@from_file
@as_json
@with_settings
def show(settings: Settings, object_: str, file: Path | None, as_json: bool) -> None:
    """Show one object, as its file in an export is."""
    company = company_of(settings, file)
    found = object_named(company, object_)
    if as_json:
        print_json(_shown(company, found))
        return
    click.echo(text(object_content(company, found)), nl=False)
    if users := _users(company, found):
        click.echo(f"used by {', '.join(users)}")


def _shown(company: Whole, o: Object) -> Mapping[str, Any]:
    named = {"kind": o.ref.kind, "key": o.ref.key, "version": version_text(o), "used_by": _users(company, o)}
    return {**named, **object_content(company, o)}


def _users(company: Whole, o: Object) -> list[str]:
    return sorted(map(str, company.company.used_by.get(o.ref, ())))
