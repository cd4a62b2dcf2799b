"""Undo: a new change that restores the values before, judged by the undoer's grants now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from vaxelflode.domain.change import Change, Origin, Via
from vaxelflode.domain.company import Object
from vaxelflode.domain.destination import target_of
from vaxelflode.domain.edits import ABSENT, Edit, shown, shown_value
from vaxelflode.domain.flow import Person
from vaxelflode.domain.history import creation, edited, made_last, object_value, overtaken, recreated
from vaxelflode.domain.identifiers import ObjectRef, is_id
from vaxelflode.errors import Conflict, NotFound
from vaxelflode.policy.authority import Decision
from vaxelflode.policy.limits import destinations_in
from vaxelflode.services import queue_agents
from vaxelflode.services.bodies import Body
from vaxelflode.services.commit import Draft, Saved, carry_out, refuse_if_used
from vaxelflode.services.context import Context, Desk
from vaxelflode.storage import changes, objects


class UndoBody(Body):
    """How a change is taken back: with ``force`` also over what came later."""

    force: bool = False


async def undo(
    context: Context, person: Person, origin: Origin, change_id: str, *, force: bool = False
) -> tuple[Saved | None, ObjectRef]:
    """Take a change back; returns what was saved and the object.

    Raises :class:`Conflict` when it is undone already, was never live, or still waits, so that it is to be withdrawn;
    or when something later touched the same value: then ``conflicts`` holds both, and ``force`` restores the older one
    all the same.
    """
    async with context.reading(person) as desk:
        change = await _found(desk, change_id)
    if change.action == "agents":
        return await queue_agents.undo(context, person, origin, change, force=force), change.object

    async def decide(desk: Desk) -> Draft:
        return await _draft(desk, await _found(desk, change_id), force=force)

    return await carry_out(context, person, origin, decide), change.object


async def _found(desk: Desk, change_id: str) -> Change:
    change = await changes.get(desk.db, change_id) if is_id(change_id) else None
    if change is None or not (desk.authority.is_administrator or desk.authority.knows(change.object)):
        raise NotFound("there is no such change")
    if not desk.authority.is_administrator:
        desk.require(desk.authority.may_read(change.object))
    if change.state in ("rejected", "withdrawn"):
        raise Conflict("the change never took effect, so there is nothing to undo", state=change.state)
    if change.state == "pending":
        # Undone and done, both would wait, and both would take effect when the PBX is back.
        raise Conflict("the change still waits for the PBX: withdraw it, and it never takes effect", state=change.state)
    if change.undone_by is not None:
        raise Conflict("the change is undone already", undone_by=change.undone_by)
    return change


async def _draft(desk: Desk, change: Change, *, force: bool) -> Draft:
    here = desk.company.everything.get(change.object)
    if change.action != "delete" and here is None:
        raise Conflict("the object is deleted already")
    match change.action:
        case "create":
            assert here is not None  # noqa: S101 -- see above
            desk.require_administrator()
            if here.retired:
                raise Conflict("the object is deleted already")
            await refuse_if_used(desk, here)
            taken = tuple(edit.reversed() for edit in creation(here))
            return Draft(here, None, "delete", taken, Via(None), change.id)
        case "delete":
            desk.require_administrator()
            # After a day it is no longer in the PBX, nor in the company at hand.
            back = replace(here, retired=False) if here is not None else await _from_history(desk, change)
            return Draft(None, back, "create", creation(back), Via(None), change.id)
        case _:
            assert here is not None  # noqa: S101 -- see above
            return _edit_back(desk, change, here, force=force)


async def _from_history(desk: Desk, change: Change) -> Object:
    used = await objects.used_versions(desk.db, [change.object])
    return replace(recreated(change), versions=used.get(change.object, {}))


def _edit_back(desk: Desk, change: Change, here: Object, *, force: bool) -> Draft:
    desk.readable(change.object)
    wanted = tuple(edit.reversed() for edit in change.edits)
    actual = tuple(replace(edit, before=object_value(here, edit)) for edit in wanted)
    decision = judge_restored(desk, here, actual)
    actual = tuple(edit for edit in actual if edit.before != edit.after)
    if not actual:
        raise Conflict("what the change did is gone already, so there is nothing to undo")
    if not force:
        refuse_overtaken(here, overtaken(here, change.edits))
    back = edited(here, actual)
    if force:
        back = made_last(back, actual, desk.now)
    back = replace(back, spec=back.spec.stamped(here.spec, desk.now))
    saved = tuple(replace(edit, after=object_value(back, edit)) for edit in actual)
    return Draft(here, back, "edit", saved, decision.via or Via(None), change.id)


def judge_restored(desk: Desk, o: Object, edits: Sequence[Edit]) -> Decision:
    """Whether the person may lead ``o`` back by these edits; :class:`Forbidden` with the reason.

    An object that an exit led to is within reach although the change itself took it off the graph; limits bind as ever.
    """
    was_there = frozenset(ref for e in edits for d in destinations_in(e.after) if (ref := target_of(d)) is not None)
    return desk.require(desk.authority.may_edit(o.ref, edits, desk.today(o), was_there))


def refuse_overtaken(o: Object, found: list[tuple[Edit, Any]]) -> None:
    """Raise :class:`Conflict` with, for each path, what the change set, what it would restore, and what is there.

    Of what is secret only whether it is set.
    """
    if not found:
        return
    both = [
        {"path": list(edit.path)}
        | {k: v for k, v in {"set": edit.after, "restores": edit.before, "now": now}.items() if v is not ABSENT}
        for edit, now in ((*shown(o.kind, [e]), shown_value(o.kind, e, now)) for e, now in found)
    ]
    raise Conflict("something later changed the same value; undo with force to restore the older one", conflicts=both)
