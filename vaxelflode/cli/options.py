"""What the commands share: settings from options, errors as one line, tables and JSON."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from vaxelflode import logs
from vaxelflode.errors import VaxelflodeError
from vaxelflode.settings import Settings, load

P = ParamSpec("P")
T = TypeVar("T")

#: Where ``demo`` leaves the settings for the commands that speak to it.
SETTINGS_FILE = "vaxelflode.toml"


class Group(click.Group):
    """A group whose commands fail with one clear line."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; the product's own errors become a line on stderr and exit status 1."""
        try:
            return super().invoke(ctx)
        except VaxelflodeError as err:
            click.echo(f"vaxelflode: {err.message}", err=True)
            ctx.exit(1)
        except ExceptionGroup as group:
            first = _first(group)
            if first is None:
                raise
            click.echo(f"vaxelflode: {first.message}", err=True)
            ctx.exit(1)


def _first(group: BaseExceptionGroup[BaseException]) -> VaxelflodeError | None:
    found = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]  # type: ignore[assignment]
    return found if isinstance(found, VaxelflodeError) else None


_config = click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="A TOML file with settings.")
_data_dir = click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), help="The folder of a demo, or of the database."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--config`` and ``--data-dir``, and the settings that follow as its first argument."""

    def wrapped(config: Path | None, data_dir: Path | None, **options: Any) -> Any:
        settings = settings_from(config, data_dir)
        logs.set_up(settings.log_level, settings.log_format)
        return command(settings, **options)

    wrapped.__doc__, wrapped.__name__ = command.__doc__, command.__name__
    wrapped.__dict__.update(command.__dict__)
    return _config(_data_dir(wrapped))


def settings_from(config: Path | None, data_dir: Path | None) -> Settings:
    """The settings; a demo's folder brings its own file."""
    if data_dir is None:
        return load(config)
    if config is None and (data_dir / SETTINGS_FILE).is_file():
        config = data_dir / SETTINGS_FILE
    return load(config, data_dir=data_dir)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; Ctrl-C ends it in order."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        logging.getLogger(__name__).info("ended by the keyboard")
        sys.exit(130)


def show(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """A list: JSON, or columns."""
    if as_json:
        click.echo(json.dumps(list(rows), ensure_ascii=False, indent=2, default=str))
        return
    for row in rows:
        click.echo("  ".join(str(value) for value in row.values()))
