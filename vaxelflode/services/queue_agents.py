"""Agents of a queue: added, paused and removed by live actions, written down first and proven by reading back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field

from vaxelflode import request_id
from vaxelflode.applying import story
from vaxelflode.applying.agents import LiveQueue
from vaxelflode.applying.keeper import interface_of
from vaxelflode.domain.agents import Agent
from vaxelflode.domain.change import Change, Origin, Via
from vaxelflode.domain.company import Object
from vaxelflode.domain.edits import ABSENT, Edit
from vaxelflode.domain.flow import Person
from vaxelflode.domain.identifiers import ObjectRef, new_id
from vaxelflode.domain.kinds.extension import Extension
from vaxelflode.domain.text import Line
from vaxelflode.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, PbxRefused, PbxUnavailable
from vaxelflode.services.bodies import Body, parsed
from vaxelflode.services.commit import Saved
from vaxelflode.services.context import Context, Desk
from vaxelflode.storage import agents, changes
from vaxelflode.storage.objects import current_revision


class AgentBody(Body):
    """What may be said of an agent; what is left out stays as it is."""

    permanent: bool | None = None
    penalty: int | None = Field(None, ge=0, le=10)
    paused: bool | None = None
    reason: Line | None = Field(None, max_length=100)


Decide = Callable[[Desk, Agent | None], Agent | None]


async def put(
    context: Context, person: Person, origin: Origin, queue: ObjectRef, extension: str, body: Mapping[str, Any]
) -> tuple[Saved | None, Agent | None]:
    """Add an agent, or bring one that is there to what the body says."""
    said = _said(body)

    def decide(desk: Desk, here: Agent | None) -> Agent:
        base = here or Agent(extension, added_by=person.name, added_at=desk.now)
        return _brought(base, said, desk)

    return await _change(context, person, origin, queue, extension, decide)


async def change(
    context: Context, person: Person, origin: Origin, queue: ObjectRef, extension: str, body: Mapping[str, Any]
) -> tuple[Saved | None, Agent | None]:
    """Pause, unpause or change an agent that is in the queue."""
    said = _said(body)

    def decide(desk: Desk, here: Agent | None) -> Agent:
        return _brought(_present(here, queue, extension), said, desk)

    return await _change(context, person, origin, queue, extension, decide)


async def remove(
    context: Context, person: Person, origin: Origin, queue: ObjectRef, extension: str
) -> tuple[Saved | None, Agent | None]:
    """Take an agent out of the queue; a call in progress goes on."""

    def decide(_desk: Desk, here: Agent | None) -> None:
        _present(here, queue, extension)

    return await _change(context, person, origin, queue, extension, decide)


async def undo(context: Context, person: Person, origin: Origin, done: Change, *, force: bool) -> Saved | None:
    """Bring the agent back to how it was before a change."""
    edit = done.edits[0]
    extension = edit.path[1]

    def decide(desk: Desk, here: Agent | None) -> Agent | None:
        now = ABSENT if here is None else here.as_json()
        if now != edit.after and not force:
            both = [{"path": list(edit.path), "now": None if here is None else now}]
            raise Conflict("something later changed this agent; undo with force", conflicts=both)
        if edit.before is ABSENT:
            return None
        return _brought(here or Agent(extension, added_by=person.name, added_at=desk.now), edit.before, desk)

    saved, _ = await _change(context, person, origin, done.object, extension, decide, undoes=done.id)
    return saved


def _brought(here: Agent, said: Mapping[str, Any], desk: Desk) -> Agent:
    """The agent as the body says. One who was permanent and is so no longer is an agent for today."""
    after = replace(here, **said)
    return replace(after, added_at=desk.now) if here.permanent and not after.permanent else after


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    said = parsed(AgentBody, body).model_dump(exclude_none=True)
    if said.get("paused") is False:
        said["reason"] = ""
    return said


def _present(here: Agent | None, queue: ObjectRef, extension: str) -> Agent:
    if here is None:
        raise NotFound(f"{extension} is not an agent of {queue}")
    return here


async def _change(
    context: Context,
    person: Person,
    origin: Origin,
    queue: ObjectRef,
    extension: str,
    decide: Decide,
    *,
    undoes: str | None = None,
) -> tuple[Saved | None, Agent | None]:
    async with context.writing(person) as desk:
        o, via = _allowed(desk, queue)
        here = (await agents.of_queue(desk.db, queue)).get(extension)
        wanted = decide(desk, here)
        if here is None and wanted is not None:
            _require_reach(desk, queue, extension)
        phone = _phone(desk, extension)
        if wanted == here:
            return None, here
        edit = Edit(("agents", extension), *(ABSENT if a is None else a.as_json() for a in (here, wanted)))
        made = await _written(desk, o, via, edit, origin, undoes)
        await agents.put(desk.db, queue, extension, wanted)
    made = await _carry_out(context, made, phone, here, wanted)
    return Saved(made, o), here if made.state == "rejected" else wanted


def _allowed(desk: Desk, queue: ObjectRef) -> tuple[Object, Via]:
    o = desk.known(queue)
    return o, desk.require(desk.authority.may(queue, "agents")).via or Via(None)


def _require_reach(desk: Desk, queue: ObjectRef, extension: str) -> None:
    """Who joins is one of the company's phones, or of those that the grant lists; whoever is there may be changed."""
    ref = ObjectRef("extension", extension)
    if ref in desk.company and ref not in desk.authority.extensions(queue, "agents"):
        raise Forbidden(f"your grant on {queue} lists who may be an agent, and {extension} is not among them")


def _phone(desk: Desk, extension: str) -> str:
    found = interface_of(desk.company, extension)
    if found is None:
        raise Invalid([FieldError("extension", "unknown", f"there is no extension {extension}")])
    return found


async def _written(desk: Desk, o: Object, via: Via, edit: Edit, origin: Origin, undoes: str | None) -> Change:
    change = Change(
        id=new_id(),
        at=desk.now,
        actor=desk.person.email,
        actor_name=desk.person.name,
        origin=origin,
        via=via,
        object=o.ref,
        object_name=o.name,
        action="agents",
        aspects=("agents",),
        edits=(edit,),
        revision=await current_revision(desk.db),
        undoes=undoes,
        request=request_id.current(),
    )
    await changes.add(desk.db, change, o.versions)
    return change


async def _carry_out(context: Context, made: Change, phone: str, here: Agent | None, wanted: Agent | None) -> Change:
    """Do what is written down; refused, it is written back. Without an answer it stays pending."""
    extension = made.edits[0].path[1]
    story.saved(made)
    try:
        async with asyncio.timeout(context.answer_within):
            await context.agents.bring(made.object, extension, phone, wanted)
    except (PbxUnavailable, TimeoutError):
        return made
    except PbxRefused as err:
        async with context.database.write() as db:
            await agents.put(db, made.object, extension, here)
            await changes.settle(db, [made.id], "rejected", context.clock(), reason=err.message)
        story.refused(made, err.message)
        return replace(made, state="rejected", reason=err.message)
    now = context.clock()
    ms = round((now - made.at).total_seconds() * 1000)
    async with context.database.write(durable=False) as db:  # else it waits, and is brought and proven anew
        await changes.settle(db, [made.id], "live", now, live_ms=ms)
    story.live(made, ms)
    return replace(made, state="live", live_ms=ms)


async def look(
    context: Context, person: Person, queue: ObjectRef
) -> tuple[LiveQueue, Mapping[str, Agent], Mapping[str, str]]:
    """The queue right now: what the PBX shows, what is written down, and the names of extensions by interface."""
    async with context.reading(person) as desk:
        desk.known(queue)
        desk.require(desk.authority.may(queue, "watch"))
        written = await agents.of_queue(desk.db, queue)
        company = desk.company
    names = {
        f"PJSIP/{o.spec.endpoint}": o.ref.key for o in company.of_kind("extension") if isinstance(o.spec, Extension)
    }
    return await context.agents.look(queue), written, names
