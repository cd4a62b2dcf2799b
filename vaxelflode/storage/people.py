"""People, their tokens, their sessions, and the links by which a forgotten password is replaced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, literal, select, update

from vaxelflode.domain.flow import Person
from vaxelflode.errors import Conflict
from vaxelflode.storage import schema as t
from vaxelflode.storage.order import by_code_point
from vaxelflode.storage.transaction import Transaction

# What every request asks is made once: to make a statement costs more than to run it.
_EVERYBODY = select(t.users).order_by(by_code_point(t.users.c.email))
_BY_ID = select(t.users).where(t.users.c.id == bindparam("person"))
_BY_TOKEN = (
    select(t.users)
    .join(t.tokens, t.tokens.c.user_id == t.users.c.id)
    .where(t.tokens.c.hash == bindparam("digest"), t.tokens.c.expires > bindparam("now"), t.users.c.disabled.is_(False))
)


def _person(row: Row[Any]) -> Person:
    return Person(row.id, row.email, row.name, frozenset(row.rights), row.language, row.extension, row.disabled)


async def add(db: Transaction, person: Person, password_hash: str, now: dt.datetime) -> int:
    """A new person; their ``id`` is given by the database. Raises :class:`Conflict` when the address is taken."""
    await _require_free(db, person)
    values = _columns(person) | {"password": password_hash, "made_at": now}
    made = await db.execute(insert(t.users).values(**values))
    assert made.inserted_primary_key is not None  # noqa: S101 -- the table has one
    return int(made.inserted_primary_key[0])


async def _require_free(db: Transaction, person: Person) -> None:
    """Asked first, since a refused statement would end PostgreSQL's transaction; nobody else writes meanwhile."""
    query = select(t.users.c.id).where(t.users.c.email == _address(person.email), t.users.c.id != person.id)
    if (await db.execute(query)).first() is not None:
        raise Conflict(f"{person.email} is somebody's address already", field="email")


def _address(email: str) -> str:
    """The one way in which an address is kept and looked for."""
    return email.strip().casefold()


def _columns(person: Person) -> dict[str, Any]:
    return {
        "email": _address(person.email),
        "name": person.name,
        "rights": sorted(person.rights),
        "language": person.language,
        "extension": person.extension,
        "disabled": person.disabled,
    }


async def change(db: Transaction, person: Person, password_hash: str | None = None) -> None:
    """Write a person's fields; with a new password every token, session and link of theirs ends."""
    await _require_free(db, person)
    values = _columns(person) | ({"password": password_hash} if password_hash else {})
    await db.execute(update(t.users).where(t.users.c.id == person.id).values(**values))
    if password_hash or person.disabled:
        for table in (t.tokens, t.sessions, t.resets):
            await db.execute(delete(table).where(table.c.user_id == person.id))


async def remove(db: Transaction, person_id: int) -> None:
    """Delete a person, their tokens and their places as supervisor; history keeps their name."""
    await db.execute(delete(t.users).where(t.users.c.id == person_id))


async def by_id(db: Transaction, person_id: int) -> Person | None:
    """One person."""
    row = (await db.execute(_BY_ID, {"person": person_id})).first()
    return None if row is None else _person(row)


async def by_email(db: Transaction, email: str) -> tuple[Person, str] | None:
    """A person and the hash of their password, by address in any case of letters."""
    row = (await db.execute(select(t.users).where(t.users.c.email == _address(email)))).first()
    return None if row is None else (_person(row), row.password)


async def listed(db: Transaction) -> list[Person]:
    """Everybody, by address."""
    return [_person(row) for row in await db.execute(_EVERYBODY)]


async def administrators(db: Transaction) -> list[str]:
    """The names of those who can grant anything, by name."""
    return sorted(p.name for p in await listed(db) if p.is_administrator and not p.disabled)


async def ids_of(db: Transaction, emails: frozenset[str]) -> Mapping[str, int]:
    """Address → person, for those that exist."""
    query = select(t.users.c.email, t.users.c.id).where(t.users.c.email.in_(emails))
    return {row.email: row.id for row in await db.execute(query)}


async def names(db: Transaction, emails: Collection[str]) -> dict[str, str]:
    """Address → name, for those that exist."""
    query = select(t.users.c.email, t.users.c.name).where(t.users.c.email.in_(sorted(emails)))
    return {row.email: row.name for row in await db.execute(query)}


async def count(db: Transaction) -> int:
    """How many people there are."""
    return (await db.execute(select(func.count()).select_from(t.users))).scalar() or 0


async def add_token(
    db: Transaction, digest: str, person_id: int, label: str, now: dt.datetime, expires: dt.datetime
) -> None:
    """Keep the hash of a new token."""
    values = {"hash": digest, "user_id": person_id, "label": label, "made_at": now, "expires": expires}
    await db.execute(insert(t.tokens).values(**values))


async def by_token(db: Transaction, digest: str, now: dt.datetime) -> Person | None:
    """Whose token it is, unless it has ended or the person is disabled."""
    row = (await db.execute(_BY_TOKEN, {"digest": digest, "now": now})).first()
    return None if row is None else _person(row)


async def end_tokens(db: Transaction, person_id: int, digest: str | None = None) -> None:
    """End one token of a person, or all."""
    query = delete(t.tokens).where(t.tokens.c.user_id == person_id)
    await db.execute(query if digest is None else query.where(t.tokens.c.hash == digest))


async def add_session(db: Transaction, digest: str, person_id: int, now: dt.datetime) -> None:
    """Keep the hash of a new session."""
    await db.execute(insert(t.sessions).values(hash=digest, user_id=person_id, made_at=now, used_at=now))


async def by_session(
    db: Transaction, digest: str, made_after: dt.datetime, used_after: dt.datetime
) -> tuple[Person, dt.datetime] | None:
    """Whose session it is, and when it was last used, unless it is too old, was idle or the person is disabled."""
    held = (t.sessions.c.made_at > made_after) & (t.sessions.c.used_at > used_after)
    query = (
        select(t.users, t.sessions.c.used_at)
        .join(t.sessions, t.sessions.c.user_id == t.users.c.id)
        .where(t.sessions.c.hash == digest, held, t.users.c.disabled.is_(False))
    )
    row = (await db.execute(query)).first()
    return None if row is None else (_person(row), row.used_at)


async def use_session(db: Transaction, digest: str, now: dt.datetime) -> None:
    """It was used now."""
    await db.execute(update(t.sessions).where(t.sessions.c.hash == digest).values(used_at=now))


async def end_session(db: Transaction, digest: str) -> None:
    """End one session."""
    await db.execute(delete(t.sessions).where(t.sessions.c.hash == digest))


async def end_old_sessions(db: Transaction, used_before: dt.datetime) -> None:
    """Forget those that nobody can use any more."""
    await db.execute(delete(t.sessions).where(t.sessions.c.used_at <= used_before))


async def add_reset(db: Transaction, digest: str, person_id: int, expires: dt.datetime) -> None:
    """Keep the hash of a new link; the person's older ones end."""
    await db.execute(delete(t.resets).where(t.resets.c.user_id == person_id))
    await db.execute(insert(t.resets).values(hash=digest, user_id=person_id, expires=expires))


async def add_no_reset(db: Transaction, digest: str, now: dt.datetime) -> None:
    """Leave nothing, and take the disk as long as a link does: one is made that has ended, and taken away."""
    expires = literal(now, t.resets.c.expires.type)
    somebodys = select(literal(digest), t.users.c.id, expires).limit(1)  # nobody's, where there is nobody yet
    await db.execute(insert(t.resets).from_select(["hash", "user_id", "expires"], somebodys))
    await db.execute(delete(t.resets).where(t.resets.c.hash == digest))


async def by_reset(db: Transaction, digest: str, now: dt.datetime) -> Person | None:
    """Whose link it is, unless it has ended or the person is disabled."""
    query = (
        select(t.users)
        .join(t.resets, t.resets.c.user_id == t.users.c.id)
        .where(t.resets.c.hash == digest, t.resets.c.expires > now, t.users.c.disabled.is_(False))
    )
    row = (await db.execute(query)).first()
    return None if row is None else _person(row)
