"""``demo``."""

from __future__ import annotations

from pathlib import Path

import click

from vaxelflode import logs
from vaxelflode.cli.options import run
from vaxelflode.cli.serve import ended
from vaxelflode.demo.run import Demo, demo_running
from vaxelflode.settings import load


@click.command()
@click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for all that it keeps."
)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port of the pages.")
@click.option("--sip-port", default=5060, show_default=True, type=click.IntRange(0, 65535), help="Port of SIP.")
@click.option("--no-calls", is_flag=True, help="Without synthetic callers, and nobody at the agents' phones.")
def demo(data_dir: Path, port: int, sip_port: int, no_calls: bool) -> None:
    """Start the sample company 'Norrvik Energi' on a real Asterisk; Ctrl-C ends all of it."""
    chosen = load()
    logs.set_up(chosen.log_level if "log_level" in chosen.model_fields_set else "WARNING", chosen.log_format)
    run(_demo(data_dir, port, sip_port, calls=not no_calls))


async def _demo(data_dir: Path, port: int, sip_port: int, *, calls: bool) -> None:
    async with demo_running(data_dir, port=port, sip_port=sip_port, calls=calls, say=_say) as made:
        _welcome(made)
        click.echo(f"ready {made.url}")
        await ended()
        _say("ending …")


def _say(words: str) -> None:
    click.echo(words, err=True)


def _welcome(made: Demo) -> None:
    click.echo(f"\nNorrvik Energi is open at {made.url} (API at {made.url}/api/v1)\n")
    for role, login in made.users.items():
        click.echo(f"  {role:<17} {login['email']:<34} {login['password']}")
    click.echo(f"\n  SIP               {made.sip_host}:{made.sip_port}, numbers {', '.join(made.numbers)}")
    for code in made.codes:
        click.echo(f"  {code['code']:<17} sets {code['object']} from a phone, PIN {code['pin']}")
    click.echo(f"  everything else   {made.file}\n")
