"""Whether this database is in charge of the PBX: the one whose configuration is live.

A release's manifest says whose it is and of which revision, also where its files were edited by hand.
"""

from __future__ import annotations

from vaxelflode.applying.store import Published
from vaxelflode.errors import VaxelflodeError

_REMEDY = "all the same, stop the control plane and run `vaxelflode apply`"


class HeldBack(VaxelflodeError):
    """The database is not the one whose configuration is live; nothing is brought to the PBX until somebody says so."""


class OlderDatabase(HeldBack):
    """The database was put back to an older state than what is live."""

    key = "older_database"


class OtherInstallation(HeldBack):
    """What is live was made from another database."""

    key = "other_installation"


def require_charge(live: Published | None, installation: str | None, revision: int) -> None:
    """Raise :class:`HeldBack` where what is ``live`` is another installation's, or newer than ``revision``.

    A release from before it was written down whose it is, is taken for ours.
    """
    if live is None:
        return
    if live.installation not in (None, installation):
        raise OtherInstallation(
            f"what is live in the PBX was made from another database than this one; to make this one live {_REMEDY}"
        )
    if revision < live.revision:
        raise OlderDatabase(
            f"the database is at revision {revision}, older than {live.revision}, which is live; "
            f"to make the older one live {_REMEDY}"
        )
