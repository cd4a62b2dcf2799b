"""Addresses of databases: what is wrong with one is said in one line, and never what it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.databases import CLUSTER
from tests.postgresql import GUARDED
from tests.storage.commands import command
from vaxelflode.demo.ports import free_port
from vaxelflode.errors import SettingError
from vaxelflode.settings import load
from vaxelflode.storage.database import Database

SECRET = "hemligt"

NONE = [
    "",
    "nonsense",
    "nosuch://x/y",
    "sqlite+nosuch:///x",
    "mysql://vx:hemligt@db/vx",
    "postgresql+psycopg2://vx:hemligt@db/vx",
    "postgresql+psycopg://vx:ord@hemligt@db/vx",  # what follows the first @ would be looked up, and said
    "postgresql+psycopg://vx:ord@db/hemligt@db/vx",
    "postgresql+psycopg://vx:hemligt@db:hemligt/vx",
    "postgresql+psycopg://vx:hemligt@db/vx?colour=hemligt",
]


@pytest.mark.parametrize("url", NONE)
def test_an_address_that_is_none_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(SettingError, match="DATABASE_URL") as caught:
        Database.open(url)
    assert SECRET not in caught.value.message
    assert "\n" not in caught.value.message


def test_a_folder_that_cannot_be_made_is_a_wrong_setting() -> None:
    with pytest.raises(SettingError, match="DATA_DIR"):
        Database.open("sqlite+aiosqlite:////dev/null/company.sqlite")


@pytest.mark.parametrize(
    "url", ["postgresql://vx@db/vx", "postgresql+psycopg://vx:a%40b%2Fc@db:5433/vx?sslmode=require"]
)
def test_an_address_that_is_one_is_taken(url: str) -> None:
    Database.open(url)


def test_settings_that_are_shown_hide_the_password() -> None:
    settings = load(database_url="postgresql+psycopg://vx:hemligt@db/vx")
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json()
    assert settings.database == "postgresql+psycopg://vx:hemligt@db/vx"


async def _line(url: str, folder: Path, *arguments: str) -> str:
    """The one line in which a command fails."""
    status, said = await command(url, folder, *arguments, told="en lång nog lösenfras")
    assert status == 1, said
    (line,) = said.splitlines()
    assert line.startswith("vaxelflode: ")
    assert SECRET not in line
    return line


UNUSABLE = {
    "nobody listens": ("vx:{secret}@127.0.0.1:{free}/vx", "refused"),
    "nobody listens at two": ("vx:{secret}@/vx?host=127.0.0.1:{free}&host=localhost:{free}", "did not answer"),
    "no such host": ("vx:{secret}@nowhere.invalid/vx", "did not answer"),
    "no such socket": ("vx:{secret}@/vx?host=/nowhere", "did not answer"),
    "a wrong password": (GUARDED + ":{secret}@/addresses?host={here}", "password authentication failed"),
    "no password": (GUARDED + "@/addresses?host={here}", "no password"),
    "no such user": ("nosuch:{secret}@/addresses?host={here}", "nosuch"),
    "no such database": ("vaxelflode:{secret}@/nosuch?host={here}", "nosuch"),
    "no such option": ("vaxelflode:{secret}@/addresses?host={here}&options=-c%20nosuch%3D1", "nosuch"),
    "no address": ("vx:ord@{secret}@db/vx", "VAXELFLODE_DATABASE_URL"),
}


@pytest.mark.parametrize(("url", "words"), UNUSABLE.values(), ids=UNUSABLE)
async def test_a_postgresql_that_cannot_be_used_is_one_line(tmp_path: Path, url: str, words: str) -> None:
    here = CLUSTER.database("addresses").rpartition("=")[2]
    url = "postgresql+psycopg://" + url.format(secret=SECRET, free=free_port("tcp"), here=here)
    assert words in await _line(url, tmp_path, "migrate")


@pytest.mark.parametrize(
    "arguments",
    [
        "migrate",
        "serve",
        "apply",
        "apply --dry-run",
        "check",
        "simulate 0101022290",
        "user add a@example.org --name A --password-stdin",
        "user list",
        "user disable a@example.org",
        "user passwd a@example.org --password-stdin",
        "token create a@example.org",
        "token revoke a@example.org",
    ],
)
async def test_every_command_says_so_in_one_line_when_nobody_answers(tmp_path: Path, arguments: str) -> None:
    url = f"postgresql+psycopg://vx:{SECRET}@127.0.0.1:{free_port('tcp')}/vx"
    assert "the database did not answer" in await _line(url, tmp_path, *arguments.split())
