"""Whether this database is in charge of the PBX: the one whose configuration is live.

A release's manifest says whose it is and of which revision, also where its files were edited by hand; where the
manifest was damaged itself, the release's name still does.
"""

from __future__ import annotations

import datetime as dt

from vaxelflode.applying.store import Published
from vaxelflode.errors import VaxelflodeError
from vaxelflode.storage import objects
from vaxelflode.storage.database import Transaction
from vaxelflode.storage.installation import installation_id

_REMEDY = "all the same, stop the control plane and run `vaxelflode apply`"


class HeldBack(VaxelflodeError):
    """The database is not the one whose configuration is live; nothing is brought to the PBX until somebody says so."""


class OlderDatabase(HeldBack):
    """The database was put back to an older state than what is live."""

    key = "older_database"


class OtherInstallation(HeldBack):
    """What is live was made from another database."""

    key = "other_installation"


async def require_charge(db: Transaction, live: Published | None) -> None:
    """Raise :class:`HeldBack` where what is ``live`` is another installation's, or not of this database's past."""
    if live is not None:
        ours, revision = await installation_id(db), await objects.current_revision(db)
        judge(live, ours, revision, await objects.made_at(db, live.revision))


def judge(live: Published, installation: str, revision: int, made_at: dt.datetime | None) -> None:
    """The same of values: the database's name and newest revision, and when it made the one that is live.

    That it has a revision of that number proves nothing: an older database has as many as people have saved since. A
    release from before name and time were written down is taken for ours.
    """
    if not live.is_of(installation):
        raise OtherInstallation(
            f"what is live in the PBX was made from another database than this one; to make this one live {_REMEDY}"
        )
    if revision < live.revision:
        raise OlderDatabase(
            f"the database is at revision {revision}, older than {live.revision}, which is live; "
            f"to make the older one live {_REMEDY}"
        )
    if live.made_at not in (None, made_at):
        raise OlderDatabase(
            f"the database was put back to an older state than revision {live.revision}, which is live, and has gone "
            f"another way since; to make that one live {_REMEDY}"
        )
