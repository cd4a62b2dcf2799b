"""A way back for whoever forgot their password: a link, by mail or from an administrator, that ends by itself.

Whoever asks is answered the same, and as fast, whether the address is somebody's. Each address, and all those together
that are nobody's, are written down as often as there are tries and no more: the audit is nobody's to fill.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from vaxelflode.domain.flow import Person
from vaxelflode.errors import NotFound
from vaxelflode.services.context import Context
from vaxelflode.services.passwords import check_password, hashed, new_token, token_digest
from vaxelflode.services.tries import TooMany
from vaxelflode.storage import people
from vaxelflode.storage.audit import record
from vaxelflode.storage.database import Database

#: How long a link lasts that was asked for, and one that an administrator made.
BY_MAIL, BY_HAND = dt.timedelta(hours=1), dt.timedelta(hours=24)
#: Whose tries count the asks for addresses that are nobody's. No account is called so, since theirs have no capitals:
#: whoever could try one that is would learn from its end whether an address is somebody's.
_NOBODY = "Nobody"


async def ask(context: Context, address: str, email: str) -> tuple[Person, str] | None:
    """A link's token for whoever has this e-mail address; ``None``: nobody does. Raises :class:`TooMany`."""
    now, account = context.clock(), f"forgotten {email.strip().casefold()[:254]}"
    context.tries.require_left(account, address, now)
    context.tries.failed(account, address, now)
    return await make_link(context.database, email, now, BY_MAIL, lambda: _may_note(context, now))


def _may_note(context: Context, now: dt.datetime) -> bool:
    """Whether an ask for an address that is nobody's is still written down."""
    try:
        context.tries.require_left(_NOBODY, _NOBODY, now)
    except TooMany:
        return False
    context.tries.failed(_NOBODY, _NOBODY, now)
    return True


async def make_link(
    database: Database,
    email: str,
    now: dt.datetime,
    life: dt.timedelta,
    may_note: Callable[[], bool] = lambda: True,
) -> tuple[Person, str] | None:
    """A new link's token for a person; their older links end. ``may_note``: whether one for nobody is written down."""
    async with database.write() as db:
        found = await people.by_email(db, email)
        if found is None or found[0].disabled:
            if may_note():
                await record(db, now, "reset link", {"person": None})  # takes as long as a link does
            else:
                await people.add_no_reset(db, token_digest(new_token()), now)
            return None
        token = new_token()
        await people.add_reset(db, token_digest(token), found[0].id, now + life)
        await record(db, now, "reset link", {"person": found[0].email})
        return found[0], token


async def whose(context: Context, token: str) -> Person:
    """Whose link it is, or :class:`NotFound`."""
    async with context.database.read() as db:
        found = await people.by_reset(db, token_digest(token), context.clock())
    if found is None:
        raise NotFound("this link has ended, or was used already")
    return found


async def replace(context: Context, token: str, password: str) -> Person:
    """Set a new password by a link: every session, token and link of the person's ends."""
    check_password(password)
    await whose(context, token)
    new_hash = await hashed(password)
    async with context.database.write() as db:
        person = await people.by_reset(db, token_digest(token), context.clock())
        if person is None:
            raise NotFound("this link has ended, or was used already")
        await people.change(db, person, new_hash)
        await record(db, context.clock(), "password replaced", {"person": person.email})
    return person
