"""Writing one change of an object: one transaction for object, change and audit; then waiting for the proof."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from vaxelflode import request_id
from vaxelflode.applying import story
from vaxelflode.applying.outcome import Outcome
from vaxelflode.domain.change import Action, Change, Origin, Via
from vaxelflode.domain.check import check
from vaxelflode.domain.company import Object
from vaxelflode.domain.edits import Edit, aspects_of
from vaxelflode.domain.flow import Person
from vaxelflode.domain.history import counted
from vaxelflode.domain.identifiers import new_id
from vaxelflode.errors import Conflict
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.read_objects import View, view
from vaxelflode.storage import agents, changes, flows, objects, people


@dataclass(frozen=True, slots=True)
class Saved:
    """A change that is saved, with what became of it so far."""

    change: Change
    #: The object as saved; ``None`` when it was deleted.
    object: Object | None
    #: The object as whoever saved it sees it; ``None`` where it must be read anew: it was just made, or refused.
    view: View | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that is decided and checked, to be written. ``after`` is ``None`` when the object goes."""

    before: Object | None
    after: Object | None
    action: Action
    edits: tuple[Edit, ...]
    via: Via
    undoes: str | None = None

    @property
    def object(self) -> Object:
        """What the change is about."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 -- a draft has one of them
        return found


def change_of(draft: Draft, change_id: str, revision: int, now: dt.datetime, actor: Person, origin: Origin) -> Change:
    """The draft as the change that history keeps."""
    o = draft.object
    return Change(
        id=change_id,
        at=now,
        actor=actor.email,
        actor_name=actor.name,
        origin=origin,
        via=draft.via,
        object=o.ref,
        object_name=o.name,
        action=draft.action,
        aspects=aspects_of(o.kind, draft.edits),
        edits=draft.edits,
        revision=revision,
        undoes=draft.undoes,
        request=request_id.current(),
    )


async def carry_out(
    context: Context, person: Person, origin: Origin, decide: Callable[[Desk], Awaitable[Draft | None]]
) -> Saved | None:
    """Decide and write in one transaction, then wait for the PBX; ``None``: nothing to change.

    ``decide`` reads at the desk, asks policy, and returns the draft; what it raises leaves everything as it was.
    """
    change_id = new_id()
    with context.applier.watching(change_id) as watch:
        async with context.writing(person) as desk:
            draft = await decide(desk)
            if draft is None:
                return None
            saved = await _write(context, desk, change_id, origin, draft)
        story.saved(saved.change)
        outcome = await watch.outcome(context.answer_within)
    return _with_outcome(saved, outcome)


async def _write(context: Context, desk: Desk, change_id: str, origin: Origin, draft: Draft) -> Saved:
    o = draft.object
    revision = await objects.next_revision(desk.db, desk.now)
    change = change_of(draft, change_id, revision, desk.now, desk.person, origin)
    if draft.after is None:
        await objects.retire(desk.db, o, revision, desk.now)
        after = None
    else:
        lingers = desk.company.everything.get(o.ref)
        check(draft.after, desk.company, outside=context.outside, before=draft.before, lingers=lingers)
        after = replace(draft.after, versions=counted(draft.before or draft.after, draft.edits))
        await objects.save(desk.db, after, revision)
    await changes.add(desk.db, change, draft.before.versions if draft.before else {})
    seen = view(desk, after) if after is not None and draft.before is not None else None
    return Saved(change, after, seen)


def _with_outcome(saved: Saved, outcome: Outcome | None) -> Saved:
    if outcome is None:
        return saved
    change = replace(saved.change, state=outcome.state, reason=outcome.reason, live_ms=outcome.ms)
    return replace(saved, change=change, view=None if change.state == "rejected" else saved.view)


async def refuse_if_used(desk: Desk, o: Object) -> None:
    """What is used cannot be deleted: raises :class:`Conflict` that names the users."""
    users = sorted(str(ref) for ref in desk.company.used_by.get(o.ref, ()) if ref != o.ref)
    if users:
        raise Conflict(f"{o.ref} is used by {_listed(users)}", used_by=users)
    await _refuse_if_held(desk, o)


async def _refuse_if_held(desk: Desk, o: Object) -> None:
    """What people or flows are bound to is not deleted under them either."""
    if o.ref.kind == "extension":
        queues = sorted(str(q) for q, found in (await agents.of_all(desk.db)).items() if o.ref.key in found)
        if queues:
            raise Conflict(f"{o.ref} is an agent of {_listed(queues)}", used_by=queues)
        owners = [p.name for p in await people.listed(desk.db) if p.extension == o.ref.key]
        if owners:
            raise Conflict(f"{o.ref} is the phone of {_listed(owners)}", used_by=owners)
    about = [flow.name for flow in await flows.names_of_numbers(desk.db, [o.ref])]
    if about:
        raise Conflict(f"{o.ref} is the number of the flow {_listed(about)}", used_by=about)


def _listed(users: Sequence[str]) -> str:
    return ", ".join(users[:10]) + (f" and {len(users) - 10} more" if len(users) > 10 else "")
