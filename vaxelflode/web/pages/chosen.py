"""Which flows are closed or opened at once: one that the address names, or several that were chosen in the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.errors import Forbidden, NotFound
from vaxelflode.services import opening_hours, overview
from vaxelflode.services.overview import Card
from vaxelflode.web.http import context, person


@dataclass(frozen=True, slots=True)
class Group:
    """Flows that share a schedule, and so are changed once; ``also`` names others that have it."""

    key: str
    cards: Sequence[Card]
    also: Sequence[str]

    @property
    def schedule(self) -> Schedule:
        """What they share."""
        hours = self.cards[0].hours
        assert hours is not None  # noqa: S101 -- a group is made by its hours
        assert isinstance(hours.object.spec, Schedule)  # noqa: S101 -- overview looks for no others
        return hours.object.spec


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the question is about; ``one`` is the only one, where the address names a flow."""

    ids: Sequence[str]
    groups: Sequence[Group]
    #: The flows whose hours the person may not change.
    refused: Sequence[Card]
    one: Group | None

    @property
    def schedule(self) -> Schedule | None:
        """The hours of the one that it is about; several have hours of their own each."""
        return None if self.one is None else self.one.schedule


async def chosen_of(request: web.Request, ids: Sequence[str]) -> Chosen:
    """The flow that the path names, else those of ``ids``; all of them are the person's own, or :class:`NotFound`."""
    if "id" in request.match_info:
        one = await _one(request, request.match_info["id"])
        return Chosen((), [one], (), one)
    cards = await overview.chosen(context(request), person(request), ids)
    also = await overview.sharing(context(request), person(request), cards)
    return Chosen(ids, _grouped(cards, also), [c for c in cards if c.hours is None or not c.hours.may_override], None)


async def _one(request: web.Request, flow_id: str) -> Group:
    card = await overview.card(context(request), person(request), flow_id)
    if card.hours is None:
        raise NotFound("the flow has no opening hours")
    if not card.hours.may_override:
        raise Forbidden("no flow of yours grants override of its hours; an administrator can grant it")
    key = card.hours.object.ref.key
    found = await opening_hours.of_flow(context(request), person(request), flow_id, key)
    return Group(key, [card], found.shared)


def _grouped(cards: Sequence[Card], also: Mapping[str, Sequence[str]]) -> list[Group]:
    found: dict[str, list[Card]] = {}
    for card in cards:
        if card.hours is not None and card.hours.may_override:
            found.setdefault(card.hours.object.ref.key, []).append(card)
    return [Group(key, inside, also.get(key, ())) for key, inside in found.items()]
