"""Logging in: a token for an address and a password; and whose token it is.

Five tries an account and twenty an address in 15 minutes; the same answer and time whether the account exists.
"""

from __future__ import annotations

import datetime as dt

from vaxelflode.domain.flow import Person
from vaxelflode.errors import FieldError, Invalid, Unauthenticated
from vaxelflode.services.context import Context
from vaxelflode.services.passwords import MAX_LENGTH, matches, new_token, token_digest
from vaxelflode.storage import people
from vaxelflode.storage.changes import record

TOKEN_LIFE = dt.timedelta(days=90)


async def log_in(context: Context, address: str, email: object, password: object) -> str:
    """A new token. Raises :class:`Unauthenticated`, :class:`TooMany` or :class:`Invalid`."""
    missing = [n for n, v in (("email", email), ("password", password)) if not isinstance(v, str) or not v]
    if missing:
        raise Invalid([FieldError(name, "required", "must be given") for name in missing])
    tries, account, now = context.tries, str(email).strip().casefold()[:254], context.clock()
    tries.require_left(account, address, now)
    tries.failed(account, address, now)  # counted before the answer is known, so that many at once count too
    async with context.database.read() as db:
        found = await people.by_email(db, account)
    right = await matches(str(password)[: MAX_LENGTH + 1], found[1] if found else None)
    if not right or found is None or found[0].disabled:
        raise Unauthenticated("the address or the password is wrong")
    tries.succeeded(account, address)
    return await _issue(context, *found)


async def _issue(context: Context, person: Person, verified: str) -> str:
    """A token, shown once and kept as a hash; none when the password was changed while it was being verified."""
    token, label, now = new_token(), "login", context.clock()
    async with context.database.write() as db:
        current = await people.by_email(db, person.email)
        if current is None or current[1] != verified or current[0].disabled:
            raise Unauthenticated("the address or the password is wrong")
        await people.add_token(db, token_digest(token), person.id, label, now, now + TOKEN_LIFE)
        await record(db, now, "token", {"actor": person.email, "label": label})
    return token


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
