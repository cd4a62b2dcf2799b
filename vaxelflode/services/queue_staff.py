"""Who answers a queue, as it is written down: what the live view shows is read from the PBX instead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from vaxelflode.domain.agents import Agent
from vaxelflode.domain.company import Object
from vaxelflode.domain.flow import Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.phones import extension
from vaxelflode.services.choosing import LATEST, Pickable, near
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.flows import some
from vaxelflode.services.read_objects import pickable
from vaxelflode.storage import agents, changes


@dataclass(frozen=True, slots=True)
class Member:
    """An agent with the name of their phone."""

    agent: Agent
    name: str


@dataclass(frozen=True, slots=True)
class Staff:
    """The agents of a queue as one person may see them, and who else may be added."""

    members: Sequence[Member]
    may_see: bool
    may_change: bool
    #: Phones that may be added, without those that are there.
    others: Pickable | None


async def staff(context: Context, person: Person, flow_id: str, queue: ObjectRef) -> Staff:
    """Of a queue of a flow that the person may read; nobody where neither watching nor changing them is theirs."""
    async with context.reading(person) as desk:
        o = desk.readable(queue)
        may_change = desk.authority.may(queue, "agents").allowed
        if not (may_change or desk.authority.may(queue, "watch").allowed):
            return Staff((), may_see=False, may_change=False, others=None)
        there = await agents.of_queue(desk.db, queue)
        phones = {key: desk.company.get(extension(key)) for key in there}
        members = [Member(agent, phone.name if (phone := phones[key]) else key) for key, agent in there.items()]
        others = await _others(desk, flow_id, o, there) if may_change else None
        in_order = sorted(members, key=lambda member: (member.name.casefold(), member.agent.extension))
        return Staff(in_order, may_see=True, may_change=may_change, others=others)


async def _others(desk: Desk, flow_id: str, queue: Object, there: Collection[str]) -> Pickable:
    found = replace(pickable(desk, queue, "agents"), never=frozenset(map(extension, there)))
    if found.is_few:
        return found
    latest = await changes.latest(desk.db, [queue.ref], LATEST)
    return replace(found, near=[*near(desk.company, await some(desk, [flow_id]), [queue], latest)])
