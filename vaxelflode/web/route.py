"""One row of the table of routes: what an operation takes, what it gives, and what it may refuse with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from vaxelflode.web.marks import Handler, is_public
from vaxelflode.web.queries import Query


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no error: the declared shape of its body (``None``: no body), its media type and headers."""

    shape: Any = None
    media: str = "application/json"
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A method of a path, and whoever answers it.

    ``gives`` is status → answer. ``body`` and ``query`` are the declared shapes of what is sent. ``refuses`` are the
    statuses of problem documents beside those that follow from the rest (:attr:`problems`).
    """

    method: str
    path: str
    handler: Handler
    gives: Mapping[int, Answer]
    body: Any = None
    query: type[Query] | None = None
    if_match: Literal["required", "optional"] | None = None
    refuses: tuple[int, ...] = ()

    @property
    def public(self) -> bool:
        """Whether it may be called without logging in."""
        return is_public(self.handler)

    @property
    def problems(self) -> tuple[int, ...]:
        """Every status that comes with a problem document."""
        found = set(self.refuses)
        if not self.public:
            found |= {401, 503}
        if self.body is not None:
            found |= {400, 413, 415, 422}
        if 202 in self.gives:
            found.add(502)
        if self.query is not None:
            found.add(422)
        if self.if_match is not None:
            found |= {412, 428} if self.if_match == "required" else {412}
        return tuple(sorted(found))


def shows(shape: Any, *headers: str) -> Mapping[int, Answer]:
    """200 with what was asked for."""
    return {200: Answer(shape, headers=headers)}


def lists(item: Any) -> Mapping[int, Answer]:
    """200 with a page of a list; ``Link`` leads to the next page where there is one."""
    return shows(list[item], "Link")


def makes(shape: Any, *headers: str) -> Mapping[int, Answer]:
    """201 with what was made."""
    return {201: Answer(shape, headers=headers)}


def sends(media: str) -> Mapping[int, Answer]:
    """200 with something that is no JSON."""
    return {200: Answer(bytes, media)}


def changes(shape: Any, *headers: str) -> Mapping[int, Answer]:
    """200 once the change is live in the PBX, 202 while it is not; a refusal of the PBX is a problem document."""
    return dict.fromkeys((200, 202), Answer(shape, headers=headers))


#: 204: it is done, and there is nothing to show.
DONE: Mapping[int, Answer] = {204: Answer()}
