"""What the commands share: settings from options, errors as one line, tables and JSON."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from vaxelflode import logs
from vaxelflode.domain.pieces import BadFiles
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
            tell(err)
            ctx.exit(1)
        except ExceptionGroup as group:
            first = _first(group)
            if first is None:
                raise
            tell(first)
            ctx.exit(1)


def tell(err: VaxelflodeError) -> None:
    """An error in one line on stderr; of files every fault in a line of its own."""
    for line in err.faults if isinstance(err, BadFiles) else [err.message]:
        click.echo(f"vaxelflode: {printable(str(line))}", err=True)


def printable(text: str) -> str:
    """Text for a terminal: what is no character of a line, in whatever names somebody else gave, is not sent there."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


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


def placed(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--config`` and ``--data-dir``, which name where the settings are, as its first arguments.

    Both may also stand before the command, at the group that it belongs to.
    """

    def wrapped(config: Path | None, data_dir: Path | None, **options: Any) -> Any:
        return command(config or _of_group("config"), data_dir or _of_group("data_dir"), **options)

    wrapped.__doc__, wrapped.__name__ = command.__doc__, command.__name__
    wrapped.__dict__.update(command.__dict__)
    return _config(_data_dir(wrapped))


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """As :func:`placed`, with the settings that follow as the first argument."""

    def wrapped(config: Path | None, data_dir: Path | None, **options: Any) -> Any:
        settings = settings_from(config, data_dir)
        logs.set_up(settings.log_level, settings.log_format)
        return command(settings, **options)

    wrapped.__doc__, wrapped.__name__ = command.__doc__, command.__name__
    wrapped.__dict__.update(command.__dict__)
    return placed(wrapped)


def _of_group(option: str) -> Any:
    context = click.get_current_context().parent
    while context is not None:
        if (found := context.params.get(option)) is not None:
            return found
        context = context.parent
    return None


def settings_from(config: Path | None, data_dir: Path | None) -> Settings:
    """The settings; a demo's folder brings its own file."""
    file = settings_file(config, data_dir)
    return load(file) if data_dir is None else load(file, data_dir=data_dir)


def settings_file(config: Path | None, data_dir: Path | None) -> Path | None:
    """Where they are written, if they are."""
    if config is None and data_dir is not None and (data_dir / SETTINGS_FILE).is_file():
        return data_dir / SETTINGS_FILE
    return config


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; Ctrl-C ends it in order."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        logging.getLogger(__name__).info("ended by the keyboard")
        sys.exit(130)


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """A list: JSON, or columns as wide as what stands in them."""
    if as_json:
        print_json(list(rows))
        return
    cells = [[cell(value) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        click.echo("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip())


def table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Columns with the rows' keys above them; without rows nothing."""
    if rows:
        show([{key: key.replace("_", " ").upper() for key in rows[0]}, *rows], as_json=False)


def cell(value: Any) -> str:
    """A value in a column: nothing for none, a list with commas."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def print_json(value: Any) -> None:
    """JSON for programs, and legible."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    click.echo(text.encode("utf-8", "replace").decode())
