"""History: the changes that a person may know of, newest first."""

from __future__ import annotations

from vaxelflode.domain.change import Change
from vaxelflode.domain.flow import Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import NotFound
from vaxelflode.services.context import Context
from vaxelflode.storage import changes, flows


async def listed(
    context: Context, person: Person, *, ref: ObjectRef | None, flow: str | None, after: str | None, limit: int
) -> list[Change]:
    """Changes of one object, of one flow's objects, or of all that the person may read."""
    async with context.reading(person) as desk:
        if ref is not None:
            desk.readable(ref)
            objects = [ref]
        elif flow is not None:
            found = await flows.get(desk.db, flow)
            mine = {f.id for f in desk.authority.flows}
            if found is None or not (desk.authority.is_administrator or flow in mine):
                raise NotFound("there is no such flow")
            objects = [g.object for g in found.grants if desk.authority.may_read(g.object).allowed]
        elif desk.authority.is_administrator:
            return await changes.listed(desk.db, objects=None, after=after, limit=limit)
        else:
            objects = [r for r in desk.authority.visible() if desk.authority.may_read(r).allowed]
        return await changes.listed(desk.db, objects=objects, after=after, limit=limit)
