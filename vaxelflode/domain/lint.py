"""What is permitted but surely not meant: dead ends, silence, queues of nobody. Said by ``lint`` and where one edits.

A kind says its own doubts (:meth:`~vaxelflode.domain.spec.Spec.doubts`); here are those that any kind may have, and
those that want to know more than the object itself. What is wrong for certain is refused instead
(:mod:`vaxelflode.domain.check`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.destination import ToEnd, ToExternal
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.queue import Queue
from vaxelflode.domain.outside import Outside


@dataclass(frozen=True, slots=True)
class Doubt:
    """One finding: the object, the field as a dotted path, and what it is, by a code that has words."""

    object: ObjectRef
    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Around:
    """What of the company's surroundings the doubts ask for; what is ``None`` is not known, and not asked.

    ``agents`` are the extensions of each queue that has any, ``today`` is a date of the company's zone.
    """

    outside: Outside | None = None
    agents: Mapping[ObjectRef, Collection[str]] | None = None
    today: dt.date | None = None


def lint(company: Company, around: Around) -> Iterator[Doubt]:
    """Every doubt about every object, in the order of their references."""
    for ref in sorted(company.everything):
        if (o := company.get(ref)) is not None:
            yield from doubts_of(o, company, around)


def doubts_of(o: Object, company: Company, around: Around) -> Iterator[Doubt]:
    """Every doubt about one object."""
    found = [*o.spec.doubts(), *_dead_ends(o), *_numbers(o, around)]
    if around.today is not None:
        found += o.spec.doubts_at(around.today)
    if isinstance(o.spec, Queue) and around.agents is not None and not around.agents.get(o.ref):
        found.append(("agents", "no_agents"))
    if o.kind.reachable and not o.kind.dialled and not company.used_by.get(o.ref):
        found.append(("", "unused"))
    yield from (Doubt(o.ref, field, code) for field, code in found)


def _dead_ends(o: Object) -> Iterator[tuple[str, str]]:
    """Exits at which a caller is hung up who has been told nothing."""
    for way in o.spec.exits():
        if isinstance(way.destination, ToEnd) and way.field.partition(".")[0] not in o.spec.may_end:
            yield way.field, "dead_end"


def _numbers(o: Object, around: Around) -> Iterator[tuple[str, str]]:
    """Numbers outside that were allowed when they were chosen, and are no longer."""
    if around.outside is None:
        return
    for way in o.spec.exits():
        if isinstance(way.destination, ToExternal) and around.outside.refuses(way.destination.external):
            yield way.field, "number_not_allowed"
