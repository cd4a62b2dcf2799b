"""Who answers a queue, as it is written down: what the live view shows is read from the PBX instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vaxelflode.domain.agents import Agent
from vaxelflode.domain.flow import Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.phones import extension
from vaxelflode.services import shapes
from vaxelflode.services.context import Context
from vaxelflode.services.read_objects import pickable
from vaxelflode.storage import agents


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
    others: Sequence[shapes.Choice]


async def staff(context: Context, person: Person, queue: ObjectRef) -> Staff:
    """Of a queue that the person may read; nobody where neither watching nor changing them is theirs."""
    async with context.reading(person) as desk:
        o = desk.readable(queue)
        may_change = desk.authority.may(queue, "agents").allowed
        if not (may_change or desk.authority.may(queue, "watch").allowed):
            return Staff((), may_see=False, may_change=False, others=())
        there = await agents.of_queue(desk.db, queue)
        phones = {key: desk.company.get(extension(key)) for key in there}
        members = [Member(agent, phone.name if (phone := phones[key]) else key) for key, agent in there.items()]
        others = [c for c in pickable(desk, o, "agents") if c["key"] not in there] if may_change else []
        in_order = sorted(members, key=lambda member: (member.name.casefold(), member.agent.extension))
        return Staff(in_order, may_see=True, may_change=may_change, others=others)
