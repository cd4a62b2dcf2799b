"""``user`` and ``token``."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click

from vaxelflode.bootstrap import utc_now
from vaxelflode.cli.options import Group, as_json, run, show, with_settings
from vaxelflode.domain.flow import RIGHTS, Person, Right
from vaxelflode.errors import NotFound
from vaxelflode.services import local
from vaxelflode.services.forgotten import BY_HAND, make_link
from vaxelflode.services.users import as_json as person_json
from vaxelflode.settings import Settings
from vaxelflode.storage.database import Database
from vaxelflode.storage.existing import existing
from vaxelflode.storage.migrate import migrate

T = TypeVar("T")

_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


def _with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    async def go() -> T:
        database = Database.open(settings.database)
        try:
            await migrate(database)
            return await work(database)
        finally:
            await database.close()

    return run(go())


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@click.group(cls=Group)
def user() -> None:
    """People who can log in."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="Their name, as people write it.")
@click.option("--right", "rights", multiple=True, type=click.Choice(RIGHTS), help="Again for more than one.")
@_stdin
@with_settings
def add(settings: Settings, email: str, name: str, rights: tuple[Right, ...], password_stdin: bool) -> None:
    """Add a person."""
    password = _password(password_stdin)
    wanted = rights or ("flow_user",)
    made = _with_database(settings, lambda db: local.add_user(db, email, name, password, wanted, utc_now()))
    click.echo(f"added {made.email}")


@user.command("list")
@as_json
@with_settings
def list_(settings: Settings, as_json: bool) -> None:
    """List everybody."""
    people = run(_listed(settings))
    rows: list[dict[str, Any]] = [{**person_json(p)} for p in people]
    show(rows if as_json else [{k: r[k] for k in ("email", "name", "rights")} for r in rows], as_json=as_json)


async def _listed(settings: Settings) -> list[Person]:
    async with existing(settings.database) as database:
        return await local.list_users(database)


@user.command()
@click.argument("email")
@click.option("--enable", is_flag=True, help="Let them in again.")
@with_settings
def disable(settings: Settings, email: str, enable: bool) -> None:
    """Let a person in no longer; ends their tokens."""
    _with_database(settings, lambda db: local.set_disabled(db, email, utc_now(), disabled=not enable))
    click.echo(f"{email} is {'enabled' if enable else 'disabled'}")


@user.command()
@click.argument("email")
@_stdin
@with_settings
def passwd(settings: Settings, email: str, password_stdin: bool) -> None:
    """Set a person's password; ends their sessions and tokens."""
    password = _password(password_stdin)
    _with_database(settings, lambda db: local.set_password(db, email, password, utc_now()))
    click.echo(f"{email} has a new password")


@user.command("reset-link")
@click.argument("email")
@with_settings
def reset_link(settings: Settings, email: str) -> None:
    """Make a link by which a person chooses a new password, within a day; it works once."""
    made = _with_database(settings, lambda db: make_link(db, email, utc_now(), BY_HAND))
    if made is None:
        raise NotFound(f"nobody who may log in has the address {email}")
    click.echo(f"{settings.public_url or settings.own_url}/reset/{made[1]}")


@click.group(cls=Group)
def token() -> None:
    """Tokens for scripts."""


@token.command("create")
@click.argument("email")
@click.option("--label", default="command line", help="What it is for.")
@with_settings
def create(settings: Settings, email: str, label: str) -> None:
    """Make a token for a person and print it, once."""
    click.echo(_with_database(settings, lambda db: local.create_token(db, email, label, utc_now())))


@token.command()
@click.argument("email")
@with_settings
def revoke(settings: Settings, email: str) -> None:
    """End every token of a person."""
    _with_database(settings, lambda db: local.revoke_tokens(db, email, utc_now()))
    click.echo(f"the tokens of {email} have ended")
