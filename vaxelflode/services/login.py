"""Logging in: a token for an address and a password; and whose token it is.

Five tries an account and twenty an address in 15 minutes; the same answer and time whether the account exists.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict, deque

from vaxelflode.domain.flow import Person
from vaxelflode.errors import FieldError, Invalid, Unauthenticated, VaxelflodeError
from vaxelflode.services.context import Context
from vaxelflode.services.passwords import MAX_LENGTH, matches, new_token, token_digest
from vaxelflode.storage import people
from vaxelflode.storage.changes import record

TOKEN_LIFE = dt.timedelta(days=90)
_WINDOW = dt.timedelta(minutes=15)
_PER_ACCOUNT, _PER_ADDRESS = 5, 20
#: Accounts and addresses remembered at most.
_REMEMBERED = 10_000


class TooMany(VaxelflodeError):
    """Too many tries; ``retry_after`` says in how many seconds the next may be made."""

    key = "too_many"


class Tries:
    """Failed tries by account and by address, within the window."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, deque[dt.datetime]] = OrderedDict()

    def require_left(self, email: str, address: str, now: dt.datetime) -> None:
        """Raise :class:`TooMany` when one of the two has used up its tries."""
        for who, most in ((f"account {email}", _PER_ACCOUNT), (f"address {address}", _PER_ADDRESS)):
            times = self._failed.get(who, deque())
            while times and times[0] <= now - _WINDOW:
                times.popleft()
            if len(times) >= most:
                wait = round((times[0] + _WINDOW - now).total_seconds()) + 1
                raise TooMany("too many failed attempts; try again later", retry_after=wait)

    def failed(self, email: str, address: str, now: dt.datetime) -> None:
        """One more."""
        for who in (f"account {email}", f"address {address}"):
            self._failed.setdefault(who, deque(maxlen=_PER_ADDRESS)).append(now)
            self._failed.move_to_end(who)
        while len(self._failed) > _REMEMBERED:
            self._failed.popitem(last=False)

    def succeeded(self, email: str, address: str) -> None:
        """The account's tries begin anew, and the address has one back."""
        self._failed.pop(f"account {email}", None)
        if times := self._failed.get(f"address {address}"):
            times.pop()


async def log_in(context: Context, tries: Tries, address: str, email: object, password: object) -> str:
    """A new token. Raises :class:`Unauthenticated`, :class:`TooMany` or :class:`Invalid`."""
    missing = [n for n, v in (("email", email), ("password", password)) if not isinstance(v, str) or not v]
    if missing:
        raise Invalid([FieldError(name, "required", "must be given") for name in missing])
    account, now = str(email).strip().casefold()[:254], context.clock()
    tries.require_left(account, address, now)
    tries.failed(account, address, now)  # counted before the answer is known, so that many at once count too
    async with context.database.read() as db:
        found = await people.by_email(db, account)
    right = await matches(str(password)[: MAX_LENGTH + 1], found[1] if found else None)
    if not right or found is None or found[0].disabled:
        raise Unauthenticated("the address or the password is wrong")
    tries.succeeded(account, address)
    return await issue(context, found[0], "login")


async def issue(context: Context, person: Person, label: str) -> str:
    """A token for a person; shown once, kept as a hash."""
    token, now = new_token(), context.clock()
    async with context.database.write() as db:
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
