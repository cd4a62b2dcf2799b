"""The commands, run in this process as the shell would run them; and the sample company to run them on."""

from __future__ import annotations

import datetime as dt
import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import click.testing
import pytest

from vaxelflode.cli import main
from vaxelflode.demo.company import found
from vaxelflode.storage.database import Database
from vaxelflode.storage.migrate import migrate

NOW = dt.datetime(2027, 3, 16, 9, 42, tzinfo=dt.UTC)


class Command(Protocol):
    """Runs ``vaxelflode`` with some arguments and expects an exit status."""

    def __call__(self, *arguments: object, status: int = 0) -> click.testing.Result: ...


@pytest.fixture
def vaxelflode(monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """The command, without settings of whoever runs the tests; logging is as before when the test ends."""
    for name in ("VAXELFLODE_DATA_DIR", "VAXELFLODE_DATABASE_URL", "VAXELFLODE_TIME_ZONE", "VAXELFLODE_OUTBOUND"):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: object, status: int = 0) -> click.testing.Result:
        result = click.testing.CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)
        assert result.exit_code == status, result.output
        assert "Traceback" not in result.output
        return result

    yield run
    root.handlers[:], root.level = handlers, level


def said(result: click.testing.Result) -> Any:
    """What a command printed as JSON."""
    return json.loads(result.stdout)


@pytest.fixture(scope="session")
async def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of the sample company; not to be changed."""
    folder = tmp_path_factory.mktemp("norrvik")
    database = Database.open(f"sqlite+aiosqlite:///{folder}/vaxelflode.sqlite3")
    await migrate(database)
    await found(database, NOW, folder)
    await database.close()
    return folder


@pytest.fixture
def norrvik(founded: Path, tmp_path: Path) -> Path:
    """The data directory of a sample company of the test's own."""
    return Path(shutil.copytree(founded, tmp_path / "norrvik"))
