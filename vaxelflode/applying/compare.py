"""Desired, disk and live held against each other, without changing any of them."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from vaxelflode.applying.charge import HeldBack, require_charge
from vaxelflode.applying.entries import Entries
from vaxelflode.applying.proof import Prover
from vaxelflode.applying.store import Store, StoreError
from vaxelflode.domain.company import EMPTY, Company
from vaxelflode.errors import PbxRefused
from vaxelflode.rendering.render import FILES, Bundle, Renderer
from vaxelflode.storage import objects
from vaxelflode.storage.database import Database


@dataclass(frozen=True, slots=True)
class Comparison:
    """One of the pairs: whether they agree, and in words."""

    part: str
    agrees: bool
    words: str


async def _desired(
    database: Database, renderer: Renderer, disk: Bundle | None, now: dt.datetime
) -> tuple[Company, Bundle]:
    async with database.read() as db:
        company = await objects.refreshed(db, EMPTY, now)
    return company, renderer.render(company, disk)


def _disk(store: Store) -> Bundle | None:
    current = store.current()
    return None if current is None else store.read(current)


async def compare(
    database: Database, store: Store, renderer: Renderer, prover: Prover, entries: Entries, now: dt.datetime
) -> list[Comparison]:
    """The database against the disk and the PBX's own small database, and the disk against the PBX."""
    try:
        disk = _disk(store)
    except StoreError as err:
        return [Comparison("disk", agrees=False, words=err.message)]
    if disk is None:
        return [Comparison("disk", agrees=False, words="nothing has been published yet")]
    company, desired = await _desired(database, renderer, disk, now)
    if (held := await _held_back(database, store)) is not None:
        return [Comparison("disk", agrees=False, words=held.message)]
    everything = renderer.part(disk, company.everything)
    differing = [n for n in FILES if not desired.files[n].is_same_as(disk.files[n])]
    words = f"{', '.join(differing)} differ" if differing else f"revision {company.revision} is on the disk"
    found = [Comparison("disk", not differing, words)]
    for name in FILES:
        try:
            await prover.readable(disk, [name])
            await prover.live(everything, [name], company)
        except PbxRefused as err:
            found.append(Comparison(name, agrees=False, words=err.message))
        else:
            found.append(Comparison(name, agrees=True, words=f"{disk.files[name].stamp} is live"))
    wrong = await entries.differing(company)
    words = f"{', '.join(wrong)} differ" if wrong else "positions and PINs are in the PBX"
    return [*found, Comparison("AstDB", not wrong, words)]


async def _held_back(database: Database, store: Store) -> HeldBack | None:
    """Why this database may bring nothing to the PBX, if it may not."""
    try:
        async with database.read() as db:
            await require_charge(db, store.published())
    except HeldBack as err:
        return err
    return None


async def difference(database: Database, store: Store, renderer: Renderer, now: dt.datetime) -> Iterator[str]:
    """What applying now would change, as a unified diff."""
    disk = _disk(store)
    _, desired = await _desired(database, renderer, disk, now)
    return _diff(disk, desired)


def _diff(disk: Bundle | None, desired: Bundle) -> Iterator[str]:
    for name in FILES:
        before = disk.files[name].content.decode().splitlines(keepends=True) if disk else []
        after = desired.files[name].content.decode().splitlines(keepends=True)
        yield from difflib.unified_diff(before, after, f"live/{name}", f"desired/{name}")
