"""``doctor``: what is wrong with this installation, each fault with its remedy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from vaxelflode import logs
from vaxelflode.cli.options import as_json, placed, print_json, printable, run, settings_file, settings_from
from vaxelflode.doctor.checks import settings as settings_check
from vaxelflode.doctor.examine import examine, installation
from vaxelflode.doctor.finding import Finding, Level, fail
from vaxelflode.errors import SettingError
from vaxelflode.settings import Settings

_MARKS = {Level.OK: "ok  ", Level.WARN: "WARN", Level.FAIL: "FAIL"}


@click.command()
@as_json
@placed
def doctor(config: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """Look at everything that this installation rests on, and say of each fault how it is mended.

    Nothing is changed. Exit status 1 when something fails; what only wants to be looked after is no failure.
    """
    logs.set_up("ERROR", "text")  # what is wrong is told below, in better words
    try:
        settings = settings_from(config, data_dir)
        found = settings_check.file_findings(settings_file(config, data_dir)) + run(_examined(settings))
    except SettingError as err:
        found = [fail("settings", err.message, "correct the setting; the README lists them all")]
    if as_json:
        print_json([{"check": f.check, "level": f.level, "seen": f.seen, "remedy": f.remedy} for f in found])
    else:
        _tell(found)
    if any(f.level is Level.FAIL for f in found):
        sys.exit(1)


async def _examined(settings: Settings) -> list[Finding]:
    async with installation(settings) as world:
        return await examine(world)


def _tell(found: Sequence[Finding]) -> None:
    wide = max(len(f.check) for f in found)
    for f in found:
        click.echo(f"{_MARKS[f.level]}  {f.check:<{wide}}  {printable(f.seen)}")
        if f.remedy:
            click.echo(f"      {'':<{wide}}  → {printable(f.remedy)}")
    count = {level: sum(f.level is level for f in found) for level in Level}
    click.echo(f"{count[Level.FAIL]} failed, {count[Level.WARN]} to be looked after, {count[Level.OK]} ok")
