"""A schedule as one flow's page of it needs it: what the person may, what waits for the PBX, and who else has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vaxelflode.domain.change import Change
from vaxelflode.domain.company import targets
from vaxelflode.domain.flow import Flow, Person
from vaxelflode.domain.history import without_change
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.errors import Invalid, NotFound
from vaxelflode.services.choosing import LATEST, Pickable, near
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.etag import version_text
from vaxelflode.services.flows import found as flow_of
from vaxelflode.services.flows import having, is_in
from vaxelflode.services.read_objects import View, pickable, view
from vaxelflode.storage import changes, people


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """A schedule of a flow, as one person sees it."""

    flow: Flow
    view: View
    schedule: Schedule
    version: str
    #: What holds in the PBX as far as it is known: without the changes that it has not confirmed.
    live: Schedule
    #: Newest first.
    latest: Sequence[Change]
    #: The names of the person's other flows that have it, too.
    shared: Sequence[str]
    #: The names of those who can grant what is missing.
    administrators: Sequence[str]
    #: ``object:kind/key`` or ``extension:201`` → what that is called, of everything that it leads to.
    names: Mapping[str, str]
    #: Each aspect of where callers go that is the person's, ``route`` or ``override`` → what may be picked for it.
    places: Mapping[str, Pickable]

    def may(self, aspect: str) -> bool:
        """Whether the person may change an aspect."""
        return aspect in self.view.aspects


async def of_flow(context: Context, person: Person, flow_id: str, key: str) -> OpeningHours:
    """The schedule ``key`` of a flow.

    Raises :class:`NotFound` where the flow has none of that key, and ``Forbidden`` where it may not be read.
    """
    ref = ObjectRef("schedule", key)
    async with context.reading(person) as desk:
        flow = await flow_of(desk, flow_id)
        if not is_in(desk, flow, ref):
            raise NotFound(f"the flow has no {ref}")
        o = desk.readable(ref)
        assert isinstance(o.spec, Schedule)  # noqa: S101 -- the reference says so
        latest, seen = await changes.latest(desk.db, [ref], LATEST), view(desk, o)
        return OpeningHours(
            flow,
            seen,
            o.spec,
            version_text(o),
            _live(o.spec, latest, seen),
            latest,
            [other.name for other in await having(desk, ref) if other.id != flow.id],
            await people.administrators(desk.db),
            dict(_names(desk, o.spec)),
            _places(desk, flow, seen, latest),
        )


def _names(desk: Desk, schedule: Schedule) -> Iterator[tuple[str, str]]:
    for ref in targets(schedule):
        if (found := desk.company.get(ref)) is not None:
            yield (f"extension:{ref.key}" if ref.kind == "extension" else f"object:{ref}"), found.name


def _places(desk: Desk, flow: Flow, seen: View, latest: Sequence[Change]) -> Mapping[str, Pickable]:
    o, fields = seen.object, {"route": "open", "override": "overrides"}
    found = {aspect: pickable(desk, o, field) for aspect, field in fields.items() if aspect in seen.aspects}
    if all(one.is_few for one in found.values()):
        return found
    there = [*near(desk.company, [flow], [o], latest)]
    return {aspect: replace(one, near=there) for aspect, one in found.items()}


def _live(schedule: Schedule, latest: Sequence[Change], seen: View) -> Schedule:
    """The schedule without what the PBX has not confirmed; as it is where that cannot be told."""
    before = seen.object
    try:
        for change in _waiting(latest):
            back = without_change(before, change)
            if back is None:
                return schedule
            before = back
    except Invalid:
        return schedule
    return before.spec if isinstance(before.spec, Schedule) else schedule


def _waiting(latest: Sequence[Change]) -> Iterator[Change]:
    return (change for change in latest if change.state in ("pending", "confirming") and change.action == "edit")
