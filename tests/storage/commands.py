"""The command line over a database, in this process: a process of its own for each would take most of the time."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from vaxelflode.cli import main


async def command(url: str, folder: Path, *arguments: str, told: str = "") -> tuple[int, str]:
    """Run ``vaxelflode …`` with ``told`` on its standard input; its exit status, and what it said."""
    environment: dict[str, str | None] = dict.fromkeys(k for k in os.environ if k.startswith("VAXELFLODE_"))
    environment |= {"VAXELFLODE_DATABASE_URL": url, "VAXELFLODE_DATA_DIR": str(folder)}
    environment |= {"VAXELFLODE_AMI_LIVE_SECRET": "x", "VAXELFLODE_AMI_APPLY_SECRET": "x"}
    with _logging_kept():
        # A thread, since the command makes a loop of its own.
        result = await asyncio.to_thread(CliRunner().invoke, main, arguments, input=told + "\n", env=environment)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@contextmanager
def _logging_kept() -> Iterator[None]:
    """A command sets logging up for its process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
