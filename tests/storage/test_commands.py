"""People and tokens by the command line, on either database."""

from __future__ import annotations

import json
from pathlib import Path

from tests.storage.commands import command as run
from vaxelflode.bootstrap import utc_now
from vaxelflode.services.passwords import matches, token_digest
from vaxelflode.storage import people
from vaxelflode.storage.database import Database

FIRST, SECOND = "en lång nog lösenfras", "en helt annan lösenfras"


async def test_people_and_their_tokens(database: Database, url: str, tmp_path: Path) -> None:
    async def command(*arguments: str, told: str = "", status: int = 0) -> str:
        found, said = await run(url, tmp_path, *arguments, told=told)
        assert found == status, said
        return said.strip()

    anna = "anna@example.org"
    assert "0" in await command("migrate")
    await command("user", "add", "Anna@Example.org", "--name", "Anna Ö", "--password-stdin", told=FIRST)
    again = await command("user", "add", anna, "--name", "A", "--password-stdin", told=FIRST, status=1)
    assert "somebody's address" in again
    (listed,) = json.loads(await command("user", "list", "--json"))
    assert (listed["email"], listed["name"], listed["rights"]) == (anna, "Anna Ö", ["flow_user"])

    token = await command("token", "create", anna)
    assert await _owner(database, token) == anna
    await command("token", "revoke", anna)
    assert await _owner(database, token) is None
    token = await command("token", "create", anna, "--label", "å" * 100)
    assert "label" in await command("token", "create", anna, "--label", "å" * 101, status=1)

    await command("user", "passwd", anna, "--password-stdin", told=SECOND)
    assert await _owner(database, token) is None
    async with database.read() as db:
        found = await people.by_email(db, anna)
    assert found is not None
    assert await matches(SECOND, found[1])
    await command("user", "disable", anna)
    assert json.loads(await command("user", "list", "--json"))[0]["disabled"]
    await command("user", "disable", anna, "--enable")
    assert not json.loads(await command("user", "list", "--json"))[0]["disabled"]
    assert "there is no number" in await command("simulate", "0101022290", status=1)


async def _owner(database: Database, token: str) -> str | None:
    async with database.read() as db:
        found = await people.by_token(db, token_digest(token), utc_now())
    return found.email if found else None
