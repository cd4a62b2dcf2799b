"""Sessions of the pages: begun by logging in, ended by logging out, by idleness, by age, and by a new password.

A session's token is random and shown to the browser alone; what is kept is its hash.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import logging
from collections.abc import Mapping
from typing import Any

from vaxelflode.domain.flow import Person
from vaxelflode.errors import Unauthenticated
from vaxelflode.services.context import Context
from vaxelflode.services.login import proven, require_unchanged
from vaxelflode.services.passwords import new_token, token_digest
from vaxelflode.storage import people
from vaxelflode.storage.audit import record
from vaxelflode.storage.database import StorageError

log = logging.getLogger(__name__)

#: Longest life of a session, and how long it may be idle.
LIFE, IDLE = dt.timedelta(hours=12), dt.timedelta(minutes=30)
#: A use is written down when the one before is older, so that a page with many parts writes once.
_NOTED_EVERY = dt.timedelta(minutes=1)


async def begin(context: Context, address: str, body: Mapping[str, Any]) -> str:
    """A new session from ``{email, password}``; raises as :func:`~vaxelflode.services.login.log_in` does."""
    person, verified = await proven(context, address, body)
    token, now = new_token(), context.clock()
    async with context.database.write() as db:
        await require_unchanged(db, person, verified)
        await people.end_old_sessions(db, now - IDLE)
        await people.add_session(db, token_digest(token), person.id, now)
        await record(db, now, "session", {"actor": person.email})
    return token


async def whose(context: Context, token: str, *, use: bool = True) -> Person:
    """The person behind a session, or :class:`Unauthenticated`; ``use``: it is not idle."""
    now, digest = context.clock(), token_digest(token)
    async with context.database.read() as db:
        found = await people.by_session(db, digest, now - LIFE, now - IDLE)
    if found is None:
        raise Unauthenticated("this session has ended; log in again")
    person, used_at = found
    if use and now - used_at >= _NOTED_EVERY:
        await _note_use(context, digest, now)
    return person


async def _note_use(context: Context, digest: str, now: dt.datetime) -> None:
    """Whoever reads a page is not to wait for the disk for this, nor to see no page where nothing can be written."""
    try:
        async with context.database.write(durable=False) as db:
            await people.use_session(db, digest, now)
    except StorageError as err:
        log.warning("cannot write down that a session is in use: %s", err)


async def end(context: Context, token: str) -> None:
    """End one session; one that is over already stays so."""
    async with context.database.write() as db:
        await people.end_session(db, token_digest(token))


def csrf_token(session: str) -> str:
    """What a form of this session carries: nobody who does not hold the session can make it."""
    return hmac.new(session.encode("utf-8", "replace"), b"csrf", hashlib.sha256).hexdigest()


def is_csrf_token(session: str, given: str) -> bool:
    """Whether it is the session's own."""
    return hmac.compare_digest(csrf_token(session).encode(), given.encode("utf-8", "replace"))
