"""Logging in: a token for an address and a password; and whose token it is.

Five tries an account and twenty an address in 15 minutes; the same answer and time whether the account exists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from vaxelflode.domain.flow import Person
from vaxelflode.domain.text import Line
from vaxelflode.errors import Unauthenticated
from vaxelflode.services.bodies import Body, parsed
from vaxelflode.services.context import Context
from vaxelflode.services.passwords import MAX_LENGTH, matches, new_token, token_digest
from vaxelflode.storage import people
from vaxelflode.storage.audit import record
from vaxelflode.storage.database import Transaction

TOKEN_LIFE = dt.timedelta(days=90)


class LogIn(Body):
    """Who says that they are who."""

    email: Line = Field(min_length=1)
    password: str = Field(min_length=1)


async def log_in(context: Context, address: str, body: Mapping[str, Any]) -> str:
    """A new token from ``{email, password}``. Raises :class:`Unauthenticated`, :class:`TooMany` or :class:`Invalid`."""
    return await _issue(context, *await proven(context, address, body))


async def proven(context: Context, address: str, body: Mapping[str, Any]) -> tuple[Person, str]:
    """Whose ``{email, password}`` it is, and the hash that was verified; raises as :func:`log_in` does."""
    said = parsed(LogIn, body)
    tries, account, now = context.tries, said.email.strip().casefold()[:254], context.clock()
    tries.require_left(account, address, now)
    tries.failed(account, address, now)  # counted before the answer is known, so that many at once count too
    async with context.database.read() as db:
        found = await people.by_email(db, account)
    right = await matches(said.password[: MAX_LENGTH + 1], found[1] if found else None)
    if not right or found is None or found[0].disabled:
        raise Unauthenticated("the address or the password is wrong")
    tries.succeeded(account, address)
    return found


async def _issue(context: Context, person: Person, verified: str) -> str:
    """A token, shown once and kept as a hash; none when the password was changed while it was being verified."""
    token, label, now = new_token(), "login", context.clock()
    async with context.database.write() as db:
        await require_unchanged(db, person, verified)
        await people.add_token(db, token_digest(token), person.id, label, now, now + TOKEN_LIFE)
        await record(db, now, "token", {"actor": person.email, "label": label})
    return token


async def require_unchanged(db: Transaction, person: Person, verified: str) -> None:
    """Raise :class:`Unauthenticated` where the password was changed while it was being verified."""
    current = await people.by_email(db, person.email)
    if current is None or current[1] != verified or current[0].disabled:
        raise Unauthenticated("the address or the password is wrong")


async def whose(context: Context, token: str) -> Person:
    """The person behind a token, or :class:`Unauthenticated`."""
    async with context.database.read() as db:
        found = await people.by_token(db, token_digest(token), context.clock())
    if found is None:
        raise Unauthenticated("this token is not valid, or has ended")
    return found


async def log_out(context: Context, person: Person, token: str) -> None:
    """End one token."""
    async with context.database.write() as db:
        await people.end_tokens(db, person.id, token_digest(token))
