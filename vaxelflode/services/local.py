"""What whoever runs commands on the box may do with people and tokens: they hold the database anyway."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from vaxelflode.domain.check import checked_name
from vaxelflode.domain.flow import Person, Right
from vaxelflode.domain.text import is_plain
from vaxelflode.errors import Conflict, FieldError, Invalid, NotFound
from vaxelflode.services.login import TOKEN_LIFE
from vaxelflode.services.passwords import check_password, hashed, new_token, token_digest
from vaxelflode.services.users import checked_email
from vaxelflode.storage import people
from vaxelflode.storage.audit import record
from vaxelflode.storage.database import Database, Transaction

_ACTOR = "command line"
_LABEL_LENGTH = 100


async def add_user(
    database: Database, email: str, name: str, password: str, rights: Iterable[Right], now: dt.datetime
) -> Person:
    """A new person."""
    kept = await hashed(check_password(password))
    person = Person(0, checked_email(email), checked_name(name), frozenset(rights))
    async with database.write() as db:
        made = replace(person, id=await people.add(db, person, kept, now))
        await _note(db, now, "person created", made.email)
    return made


async def list_users(database: Database) -> list[Person]:
    """Everybody."""
    async with database.read() as db:
        return await people.listed(db)


async def set_disabled(database: Database, email: str, now: dt.datetime, *, disabled: bool) -> None:
    """Let a person in no longer, or again; their tokens end."""
    async with database.write() as db:
        person = await _found(db, email)
        left = [p for p in await people.listed(db) if p.is_administrator and not p.disabled and p.id != person.id]
        if disabled and person.is_administrator and not left:
            raise Conflict(f"{email} is the last administrator", field="rights")
        await people.change(db, replace(person, disabled=disabled))
        await _note(db, now, "person disabled" if disabled else "person enabled", person.email)


async def set_password(database: Database, email: str, password: str, now: dt.datetime) -> None:
    """A new password; every session and token of the person ends."""
    kept = await hashed(check_password(password))
    async with database.write() as db:
        person = await _found(db, email)
        await people.change(db, person, kept)
        await _note(db, now, "password set", person.email)


async def create_token(database: Database, email: str, label: str, now: dt.datetime) -> str:
    """A token for scripts, shown once."""
    if len(label) > _LABEL_LENGTH or not is_plain(label):
        raise Invalid([FieldError("label", "label", f"must be at most {_LABEL_LENGTH} characters, none for control")])
    token = new_token()
    async with database.write() as db:
        person = await _found(db, email)
        await people.add_token(db, token_digest(token), person.id, label, now, now + TOKEN_LIFE)
        await _note(db, now, "token created", person.email)
    return token


async def revoke_tokens(database: Database, email: str, now: dt.datetime) -> None:
    """End every token of a person."""
    async with database.write() as db:
        person = await _found(db, email)
        await people.end_tokens(db, person.id)
        await _note(db, now, "tokens revoked", person.email)


async def _found(db: Transaction, email: str) -> Person:
    found = await people.by_email(db, email)
    if found is None:
        raise NotFound(f"nobody has the address {email}")
    return found[0]


async def _note(db: Transaction, now: dt.datetime, what: str, email: str) -> None:
    await record(db, now, what, {"actor": _ACTOR, "email": email})
