"""What files of a company would change: everything is judged before anything is written.

Pure: the files' pieces are held against the company as it stands, and what comes out is the company as it would be,
with the changes that lead to it. Every fault is found, with its file and field.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vaxelflode.domain.agents import Agent
from vaxelflode.domain.check import field_errors
from vaxelflode.domain.company import Company
from vaxelflode.domain.flow import Flow, Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.outside import ANYWHERE, Outside
from vaxelflode.domain.pieces import Pieces
from vaxelflode.domain.portable import NOTHING, Prompt, Whole
from vaxelflode.errors import Invalid
from vaxelflode.services.commit import Draft
from vaxelflode.services.import_objects import (
    AgentEdit,
    agents_of,
    check_drafts,
    check_gone,
    check_overrides,
    company_with,
    drafts_of,
    missing_from,
    objects_of,
    owners_in,
    unset_in,
)
from vaxelflode.services.import_people import FLOW, PERSON, changed, flows_of, keep_an_administrator, people_of

#: Lines of text, without other control characters.
_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"


class _PromptSaid(BaseModel):
    """What a file tells of a sound."""

    model_config = ConfigDict(extra="forbid", strict=True)

    seconds: float = Field(0.0, ge=0, allow_inf_nan=False)
    words: str = Field("", max_length=10_000, pattern=_TEXT)


@dataclass(frozen=True)
class Plan:
    """The company as it would be, and what leads to it: objects in the order in which they can be made."""

    after: Whole
    objects: tuple[Draft, ...] = ()
    agents: tuple[AgentEdit, ...] = ()
    people: tuple[tuple[Person | None, Person], ...] = ()
    flows: tuple[tuple[Flow | None, Flow | None], ...] = ()
    sounds: tuple[str, ...] = ()
    #: Secrets that the files only show to be set, and that nothing stands for here: ``voicemail/kund: pin``.
    unset: tuple[str, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """What would change: ``{"action", "what", "id", "name", "paths"}``."""
        return [
            *(_row("create", "sound", digest, "") for digest in self.sounds),
            *(_row(d.action, "object", str(d.object.ref), d.object.name, _object_paths(d)) for d in self.objects),
            *(_row(_action(a.before, a.after), "agent", f"{a.queue}/{a.extension}", "") for a in self.agents),
            *(_row(_action(b, a), "person", a.email, a.name, changed(b, a, PERSON)) for b, a in self.people),
            *(_flow_row(b, a) for b, a in self.flows),
        ]


def _row(action: str, what: str, identifier: str, name: str, paths: list[str] | None = None) -> dict[str, Any]:
    return {"action": action, "what": what, "id": identifier, "name": name, "paths": paths or []}


def _action(before: object, after: object) -> str:
    return "create" if before is None else "delete" if after is None else "edit"


def _object_paths(draft: Draft) -> list[str]:
    return [".".join(edit.path) for edit in draft.edits] if draft.action == "edit" else []


def _flow_row(before: Flow | None, after: Flow | None) -> dict[str, Any]:
    flow = after or before
    assert flow is not None  # noqa: S101 -- one of them is there
    return _row(_action(before, after), "flow", flow.id, flow.name, changed(before, after, FLOW))


def plan(
    pieces: Pieces,
    standing: Whole,
    *,
    now: dt.datetime,
    outside: Outside,
    prune: bool = False,
    sounds: Container[str] | None = None,
    owners: Mapping[str, ObjectRef] | None = None,
) -> Plan:
    """What the pieces make of the company as it stands. Raises :class:`BadFiles` with every fault.

    ``prune``: objects and flows that are not in the files go. ``sounds`` are the prompts that can be had (``None``:
    that is not judged), ``owners`` which schedule each known temporary change belongs to.
    """
    objects = objects_of(pieces, standing.company)
    gone = missing_from(pieces, standing.company) if prune else []
    company = company_with(pieces, standing.company, objects, gone)
    drafts = drafts_of(standing.company, objects, gone, now)
    check_drafts(pieces, company, drafts, standing=standing.company, outside=outside, sounds=sounds)
    check_overrides(pieces, company, owners or owners_in(standing.company))
    agents = agents_of(pieces, standing, now)
    people = people_of(pieces, standing, company)
    everybody = {p.email: p for p in (*standing.people, *(after for _, after in people))}
    flows = flows_of(pieces, standing, company, everybody, prune=prune)
    after = Whole(
        company,
        _agents(standing, company, agents),
        _flows(standing, flows),
        tuple(everybody.values()),
        {**standing.sounds, **_prompts(pieces)},
    )
    check_gone(pieces, after, gone)
    keep_an_administrator(pieces, standing, after)
    pieces.faults.refuse()
    return Plan(after, drafts, agents, people, flows, unset=tuple(unset_in(pieces, standing.company)))


def alone(pieces: Pieces, now: dt.datetime) -> Whole:
    """The company that the pieces are by themselves, for whoever asks without a database."""
    return plan(pieces, NOTHING, now=now, outside=ANYWHERE).after


def _prompts(pieces: Pieces) -> dict[str, Prompt]:
    found: dict[str, Prompt] = {}
    for digest, piece in pieces.sounds.items():
        with pieces.faults.at(piece.place):
            try:
                said = _PromptSaid.model_validate({**piece.said})
                found[digest] = Prompt(said.seconds, said.words)
            except ValidationError as err:
                raise Invalid(field_errors(err)) from err
    return found


def _agents(standing: Whole, company: Company, edits: tuple[AgentEdit, ...]) -> Mapping[ObjectRef, Mapping[str, Agent]]:
    after = {queue: dict(there) for queue, there in standing.agents.items() if queue in company}
    for edit in edits:
        there = after.setdefault(edit.queue, {})
        if edit.after is None:
            del there[edit.extension]
        else:
            there[edit.extension] = edit.after
    return after


def _flows(standing: Whole, changes: tuple[tuple[Flow | None, Flow | None], ...]) -> tuple[Flow, ...]:
    kept = {flow.id: flow for flow in standing.flows}
    for before, flow in changes:
        if flow is not None:
            kept[flow.id] = flow
        elif before is not None:
            del kept[before.id]
    return tuple(kept.values())
