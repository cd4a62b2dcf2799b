"""What the log tells of a change on its way: saved, published, proven, live or refused, each line with its request.

The values are fields of their own where the log is JSON.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from vaxelflode import request_id
from vaxelflode.domain.change import Change

log = logging.getLogger(__name__)


def saved(change: Change) -> None:
    """It is in the database, for good."""
    words = "change %(change)s of %(object)s is saved as revision %(revision)s"
    log.info(words, _about(change) | {"revision": change.revision})


def published(revision: int, release: str, files: Sequence[str]) -> None:
    """Asterisk reads it from its next reload on."""
    values = {"revision": revision, "release": release, "files": ", ".join(files)}
    log.info("revision %(revision)s is published as %(release)s: %(files)s", values)


def proven(revision: int, release: str) -> None:
    """It was read back from the PBX."""
    log.info("revision %(revision)s is proven: %(release)s", {"revision": revision, "release": release})


def live(change: Change, ms: int) -> None:
    """What the change asks for is proven to be so, ``ms`` milliseconds after it was made."""
    with request_id.about([change.request]):
        words = "change %(change)s of %(object)s is live and proven after %(ms)s ms"
        log.info(words, _about(change) | {"ms": ms})


def refused(change: Change, reason: str) -> None:
    """The PBX did not take it, and it is taken back."""
    with request_id.about([change.request]):
        log.warning("change %(change)s of %(object)s is refused: %(reason)s", _about(change) | {"reason": reason})


def _about(change: Change) -> dict[str, object]:
    return {"change": change.id, "object": str(change.object)}
