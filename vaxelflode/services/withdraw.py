"""Take back a change that still waits for the PBX: what it changed is as before, and it never takes effect."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from vaxelflode.domain.agents import Agent
from vaxelflode.domain.change import Change
from vaxelflode.domain.check import check
from vaxelflode.domain.company import Object
from vaxelflode.domain.edits import ABSENT
from vaxelflode.domain.flow import Person
from vaxelflode.domain.history import edited, overtaken
from vaxelflode.errors import Conflict, NotFound
from vaxelflode.services.commit import refuse_if_used
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.undo import judge_restored
from vaxelflode.storage import agents, audit, changes, objects


async def withdraw(context: Context, person: Person, change_id: str) -> Change:
    """Take a pending change back; whoever may undo it may.

    Raises :class:`Conflict` when it waits no longer, or when something that came later builds on it.
    """
    async with context.writing(person) as desk:
        change = await changes.get(desk.db, change_id)
        # What is deleted nobody knows any more, and its deletion may still wait.
        if change is None or not (desk.authority.is_administrator or desk.authority.knows(change.object)):
            raise NotFound("there is no such change")
        _judge(desk, change)
        if change.state != "pending":
            raise Conflict(f"the change waits no longer: it is {change.state}", state=change.state)
        if change.action == "agents":
            await _agent_back(desk, change)
        else:
            await _object_back(context, desk, change)
        await changes.settle(desk.db, [change.id], "withdrawn", desk.now)
        entry = {"actor": desk.person.email, "change": change.id}
        await audit.record(desk.db, desk.now, "withdrawn", entry)
    context.applier.wake()
    return replace(change, state="withdrawn")


def _judge(desk: Desk, change: Change) -> None:
    match change.action:
        case "edit":
            here = desk.readable(change.object)
            judge_restored(desk, here, [edit.reversed() for edit in change.edits])
        case "agents":
            desk.require(desk.authority.may(change.object, "agents"))
        case _:
            desk.require_administrator()


async def _agent_back(desk: Desk, change: Change) -> None:
    edit = change.edits[0]
    extension = edit.path[1]
    here = (await agents.of_queue(desk.db, change.object)).get(extension)
    if (ABSENT if here is None else here.as_json()) != edit.after:
        return  # something later decides already
    before = None if edit.before is ABSENT else replace(here or Agent(extension, added_at=desk.now), **edit.before)
    await agents.put(desk.db, change.object, extension, before)


async def _object_back(context: Context, desk: Desk, change: Change) -> None:
    here = desk.company.everything[change.object]
    revision = await objects.next_revision(desk.db, desk.now)
    if change.action == "create":
        await refuse_if_used(desk, here)
        await objects.retire(desk.db, here, revision, desk.now)
        return
    after = replace(here, retired=False) if change.action == "delete" else _without(here, change, desk.now)
    check(after, desk.company, outside=context.outside, before=here)
    await objects.save(desk.db, after, revision)


def _without(here: Object, change: Change, now: dt.datetime) -> Object:
    """The object with the values from before, but for those that something later has changed again."""
    again = {edit.path for edit, _ in overtaken(here, change.edits)}
    back = edited(here, [edit.reversed() for edit in change.edits if edit.path not in again])
    return replace(back, spec=back.spec.stamped(here.spec, now))
