"""Entries: what of an object stands in the PBX's own small database (AstDB) rather than in a file.

A switch's position and the PINs. They are brought after the files are live, read back, and held against what is
desired at every look. What the PBX itself holds newer than the database (a position that was set at a phone) is never
overwritten: it raises :class:`SetThere`, and :mod:`vaxelflode.applying.switches` writes it down first.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from vaxelflode.applying.proof import Refused
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.spec import Heard
from vaxelflode.errors import VaxelflodeError
from vaxelflode.rendering.encode import Names

#: What a key of ours may look like; what else stands in a family of ours, nobody reads.
_KEY = re.compile(r"[a-z0-9_-]{1,79}")


class SetThere(VaxelflodeError):
    """Somebody has set at the PBX itself, later, what was to be brought; it must be written down first."""

    key = "set_there"


class EntryPort(Protocol):
    """What is asked of the PBX about its small database; raises ``PbxUnavailable`` and ``PbxRefused``."""

    async def entries(self, family: str) -> Mapping[str, str]:
        """Every entry of a family, by its key."""
        ...

    async def entry(self, family: str, key: str) -> str | None:
        """One entry, or ``None``."""
        ...

    async def put_entry(self, family: str, key: str, value: str) -> None:
        """Write one."""
        ...

    async def drop_entry(self, family: str, key: str) -> None:
        """Remove one; it need not be there."""
        ...


class _Place(NamedTuple):
    """Where an entry stands: the family as AstDB has it, and the key."""

    family: str
    key: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What should stand at a place (``None``: nothing), and whose it is (``None``: nobody's)."""

    value: str | None
    family: str
    owner: Object | None = None
    #: Whether the PBX keeps there what it likes.
    free: bool = False

    def fits(self, found: str | None) -> bool:
        """Whether what stands there is what should."""
        return self.free or found == self.value

    def newer(self, found: str | None, now: dt.datetime) -> Heard | None:
        """What stands there instead, if it was set there later."""
        if found is None or self.owner is None or self.owner.retired:
            return None
        return self.owner.spec.heard(self.family, found, now)


class Entries:
    """The one writer of our entries on a node."""

    def __init__(self, pbx: EntryPort, names: Names, clock: Callable[[], dt.datetime]) -> None:
        self._pbx = pbx
        self._names = names
        self._clock = clock
        self._brought: Company | None = None

    def doubt(self) -> None:
        """What was brought may no longer be there: compare all of it next time."""
        self._brought = None

    def behind(self, company: Company) -> bool:
        """Whether something of ``company`` may still have to be brought."""
        return self._brought is None or self._brought.revision != company.revision

    async def bring(self, company: Company) -> None:
        """Bring every entry to what ``company`` says, and prove it by reading back.

        Raises :class:`SetThere` when the PBX holds something newer (all else is brought then), and
        :class:`~vaxelflode.applying.proof.Refused` when the read-back says otherwise.
        """
        before, self._brought = self._brought, None
        places = await self._differing(company, _families()) if before is None else self._changed(company, before)
        set_there = [place for place, wanted in places.items() if await self._settle(place, wanted)]
        if set_there:
            raise SetThere(f"{'/'.join(set_there[0])} was set at the PBX in the meantime")
        self._brought = company

    async def heard(self, company: Company) -> Mapping[ObjectRef, tuple[str, str]]:
        """What was set at the PBX itself later than ``company`` knows: object → family and value. Changes nothing."""
        families = {family for kind in kinds().values() for family in kind.spec.heard_in}
        found = {}
        for place, wanted in (await self._differing(company, families)).items():
            value = await self._pbx.entry(*place)
            if value is not None and wanted.owner is not None and wanted.newer(value, self._clock()):
                found[wanted.owner.ref] = (wanted.family, value)
        return found

    async def differing(self, company: Company) -> list[str]:
        """Every entry that is not what ``company`` says; changes nothing."""
        return sorted("/".join(place) for place in await self._differing(company, _families()))

    async def _settle(self, place: _Place, wanted: _Wanted) -> bool:
        """Bring one entry; whether the PBX holds something newer instead, which stays."""
        if wanted.free:
            return False
        # Read last of all before it is written: a phone may set it at any time.
        found = await self._pbx.entry(*place)
        if wanted.fits(found):
            return False
        if wanted.newer(found, self._clock()):
            return True
        if wanted.value is None:
            await self._pbx.drop_entry(*place)
        else:
            await self._pbx.put_entry(*place, wanted.value)
        found = await self._pbx.entry(*place)
        if not wanted.fits(found) and not wanted.newer(found, self._clock()):
            raise Refused(f"the PBX keeps {'/'.join(place)} otherwise than asked")
        return not wanted.fits(found)

    def _changed(self, company: Company, before: Company) -> dict[_Place, _Wanted]:
        changed, gone = company.since(before)
        places = dict(self._places(changed))
        for ref in gone:
            for family in sorted(before.everything[ref].spec.families):
                places[_Place(*self._names.entry(family, ref))] = _Wanted(None, family)
        return places

    async def _differing(self, company: Company, families: Iterable[str]) -> dict[_Place, _Wanted]:
        """What stands otherwise, and what stands there that is nobody's."""
        places = dict(self._places(company.everything.values()))
        differing: dict[_Place, _Wanted] = {}
        for family in sorted(families):
            name = self._names.own(family)
            found = await self._pbx.entries(name)
            ours = {place: wanted for place, wanted in places.items() if wanted.family == family}
            differing |= {place: wanted for place, wanted in ours.items() if not wanted.fits(found.get(place.key))}
            strays = {_Place(name, key) for key in found if _KEY.fullmatch(key)} - ours.keys()
            differing |= {place: _Wanted(None, family) for place in strays}
        return differing

    def _places(self, objects: Iterable[Object]) -> Iterator[tuple[_Place, _Wanted]]:
        for o in objects:
            if not o.spec.families:
                continue
            values = o.spec.entries(retired=o.retired)
            for family in sorted(o.spec.families):
                free = family in values and values[family] is None
                yield _Place(*self._names.entry(family, o.ref)), _Wanted(values.get(family), family, o, free)


def _families() -> set[str]:
    return {family for kind in kinds().values() for family in kind.spec.families}
