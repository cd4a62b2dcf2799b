"""What follows a refusal: a compensating revision. Revisions never go back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from vaxelflode.domain.change import Change
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.edits import Edit
from vaxelflode.domain.history import edited, object_value, without_change
from vaxelflode.storage import objects
from vaxelflode.storage.database import Transaction


async def compensate(db: Transaction, company: Company, change: Change, good: Company, now: dt.datetime) -> None:
    """Take a refused change out of ``company``, which is what is desired, in a revision of its own.

    ``good`` is what the PBX has: its values come back, unless something later than the change stands in their place.
    """
    here, was = company.everything.get(change.object), good.everything.get(change.object)
    if here is None:
        return
    revision = await objects.next_revision(db, now)
    if was is None:
        await objects.retire(db, here, revision, now, lingers=False)
    elif was.retired:
        await objects.retire(db, here, revision, now)
    else:
        back = _restored(here, was, change)
        await objects.save(db, replace(back, spec=back.spec.stamped(here.spec, now)), revision)


def _restored(here: Object, was: Object, change: Change) -> Object:
    if change.action == "delete":
        return replace(here, retired=False)
    standing = [Edit(e.path, e.after, object_value(was, e)) for e in change.edits if object_value(here, e) == e.after]
    return edited(here, standing)


def without(company: Company, waiting: Sequence[Change]) -> Company:
    """The company as it was before the changes that wait: what a refused batch is tried on, one by one."""
    for change in reversed(waiting):
        before = without_change(company.everything.get(change.object), change)
        kept, gone = ([before], []) if before is not None else ([], [change.object])
        company = company.with_objects(change.revision - 1, kept, gone)
    return company
