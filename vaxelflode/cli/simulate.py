"""``simulate``: the path of a call."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from vaxelflode.bootstrap import utc_now
from vaxelflode.cli.company import company_of, from_file, lengths
from vaxelflode.cli.options import as_json, with_settings
from vaxelflode.domain.simulate import Simulation, Turn
from vaxelflode.i18n.catalogue import translations
from vaxelflode.i18n.words import Words
from vaxelflode.services import call_path
from vaxelflode.settings import Settings


@click.command()
@click.argument("number")
@click.option("--at", help="ISO 8601 or epoch seconds; without it: now.")
@click.option("--caller", help="Who calls.")
@click.option("--digits", default="", help="The keys that are pressed, in order; a comma is a pause.")
@click.option("--held", help="How many seconds the caller holds the line while nobody answers.")
@click.option("--luck", multiple=True, help="How it goes somewhere, such as queue/faktura=full or extension/201=busy.")
@from_file
@as_json
@with_settings
def simulate(
    settings: Settings,
    number: str,
    at: str | None,
    caller: str | None,
    digits: str,
    held: str | None,
    luck: tuple[str, ...],
    file: Path | None,
    as_json: bool,
) -> None:
    """The path of a call to NUMBER, as it would go by what is saved; what changes next, and when."""
    question = call_path.Question(at, caller, digits, held, luck, settings.time_zone, settings.country_code)
    there = company_of(settings, file)
    found, turn = call_path.simulated(there, number, question, utc_now(), lengths(there))
    if as_json:
        click.echo(json.dumps(found.as_json() | {"next": _turn(turn)}, ensure_ascii=False, indent=2))
    else:
        _print(found, turn, Words(settings.language), ZoneInfo(settings.time_zone))


def _turn(turn: Turn | None) -> dict[str, object] | None:
    return None if turn is None else {"at": turn.at.isoformat(), "path": list(turn.then.path)}


def _print(found: Simulation, turn: Turn | None, words: Words, zone: ZoneInfo) -> None:
    _ = translations(words.language).gettext
    for step in found.steps:
        why = words.why(step.object.kind, step.passage.why)
        way = f" → {step.passage.exit}" if step.passage.exit else ""
        note = f" ({said})" if (said := step.passage.note_in(words.language)) else ""
        click.echo(f"{step.at.astimezone(zone):%H:%M:%S}  {step.object!s:<36} {step.name}: {why}{note}{way}")
        for prompt in step.passage.prompts:
            click.echo(f"{'':10}♪ {prompt[:12]}")
    if found.endless:
        click.echo(f"{'':10}{found.path[-1]:<36} {_('And so on, round and round.')}")
    elif found.end is not None:
        sort, _, value = found.path[-1].partition("/")
        click.echo(f"{'':10}{found.path[-1]:<36} {words.outside(sort, value)}")
    if turn is not None:
        click.echo(f"\nnext  {turn.at.astimezone(zone):%Y-%m-%d %H:%M}  {' → '.join(turn.then.path)}")
