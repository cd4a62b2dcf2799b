"""Hand edits of our files: kept aside before they are put right, and shown with their difference.

A release says in its manifest what was written. What no longer is that was changed by somebody else: it is copied to
``aside/`` beside the releases, so that nobody's work is lost, and what it would have changed is told to administrators.
"""

from __future__ import annotations

import datetime as dt
import difflib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from vaxelflode.applying.store import Store, StoreError

log = logging.getLogger(__name__)

#: Copies kept, and the longest difference that is told, in characters.
_KEPT, _LONGEST = 20, 20_000


@dataclass(frozen=True, slots=True)
class HandEdit:
    """A file of ours as somebody left it; ``found`` is ``None`` where it was removed or cannot be read."""

    file: str
    at: dt.datetime
    found: bytes | None


def set_aside(store: Store, now: dt.datetime, known: Sequence[HandEdit] = ()) -> list[HandEdit]:
    """Copy every file of the current release that is no longer what was written, but for those that are ``known``."""
    current = store.current()
    if current is None:
        return []
    told = {(edit.file, edit.found) for edit in known}
    edits = store.edited(current).items()
    found = [HandEdit(file, now, content) for file, content in edits if (file, content) not in told]
    for edit in found:
        try:
            if edit.found is not None:
                store.keep_aside(f"{now:%Y%m%dT%H%M%SZ}-{edit.file}", edit.found, _KEPT)
        except StoreError as err:  # to put it right matters more than to keep it
            log.warning("%s was changed by hand, and could not be kept aside: %s", edit.file, err.message)
    return found


def difference(edit: HandEdit, ours: bytes) -> str:
    """What the edit changed in what we write, as a unified diff; its beginning, if it is long."""
    if edit.found is None:
        return f"{edit.file} was removed, or could not be read\n"
    before, after = (text.decode("utf-8", "replace").splitlines(keepends=True) for text in (ours, edit.found))
    lines = "".join(difflib.unified_diff(before, after, f"ours/{edit.file}", f"found/{edit.file}"))
    return lines if len(lines) <= _LONGEST else lines[:_LONGEST] + "\n… and more, in the copy that was kept aside\n"
