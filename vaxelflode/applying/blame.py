"""What follows a refusal: a compensating revision. Revisions never go back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from vaxelflode.domain.change import Change
from vaxelflode.domain.company import Company
from vaxelflode.domain.history import without_change
from vaxelflode.storage import objects
from vaxelflode.storage.database import Transaction


async def compensate(db: Transaction, company: Company, change: Change, now: dt.datetime) -> Company:
    """Take a refused change out of what is desired, in a revision of its own; returns the company after it."""
    company = await objects.refreshed(db, company, now)
    here = company.everything.get(change.object)
    restored = without_change(here, change)
    revision = await objects.next_revision(db, now)
    if restored is not None:
        await objects.save(db, restored, revision)
    elif here is not None:
        await objects.retire(db, here, revision, now)
    return await objects.refreshed(db, company, now)


def without(company: Company, waiting: Sequence[Change]) -> Company:
    """The company as it was before the changes that wait: what a refused batch is tried on, one by one."""
    for change in reversed(waiting):
        before = without_change(company.everything.get(change.object), change)
        kept, gone = ([before], []) if before is not None else ([], [change.object])
        company = company.with_objects(change.revision - 1, kept, gone)
    return company
