"""A company taken in from files: judged whole, then one transaction, one revision, and one change an object.

Whoever runs commands on the box may do it: they hold the database anyway. A control plane that runs beside notices
that something was written (:mod:`vaxelflode.applying.watcher`) and makes it live.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vaxelflode.audio.telephone import check as check_sound
from vaxelflode.audio.telephone import digest as digest_of
from vaxelflode.domain.change import Change, State, Via
from vaxelflode.domain.company import Object
from vaxelflode.domain.edits import ABSENT, Edit
from vaxelflode.domain.flow import Flow, Person
from vaxelflode.domain.history import counted
from vaxelflode.domain.identifiers import new_id
from vaxelflode.domain.outside import Outside
from vaxelflode.domain.pieces import FileFault, Pieces
from vaxelflode.errors import FieldError, Invalid
from vaxelflode.services import flows as flow_services
from vaxelflode.services import users
from vaxelflode.services.commit import Draft, change_of
from vaxelflode.services.export_company import standing
from vaxelflode.services.import_objects import ACTOR, AgentEdit
from vaxelflode.services.import_plan import Plan, plan
from vaxelflode.storage import agents, audit, changes, flows, objects, people, prompts
from vaxelflode.storage.database import Database, Transaction

#: How often it is looked whether a control plane has made an import live, in seconds.
_LOOK_EVERY = 0.1
#: Who makes the changes.
_BY = Person(0, ACTOR, ACTOR, frozenset())
#: A password that nobody has: no hash at all.
_NO_PASSWORD = ""

#: Digest → the sound's bytes, read when they are wanted.
Sounds = Mapping[str, Callable[[], bytes]]


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken in: the plan, the revision that carries it, and the changes in its history."""

    plan: Plan
    revision: int
    changes: tuple[str, ...]


async def planned(
    database: Database, pieces: Pieces, sounds: Sounds, now: dt.datetime, *, outside: Outside, prune: bool
) -> Plan:
    """What an import would change. Raises :class:`BadFiles` with every fault; writes nothing."""
    check_sounds(pieces, sounds)
    async with database.read() as db:
        return await _planned(db, pieces, sounds, now, outside=outside, prune=prune)


async def import_company(
    database: Database, pieces: Pieces, sounds: Sounds, now: dt.datetime, *, outside: Outside, prune: bool
) -> Imported:
    """Take a company in. Raises :class:`BadFiles` with every fault, and then nothing has changed."""
    check_sounds(pieces, sounds)
    async with database.write() as db:
        made = await _planned(db, pieces, sounds, now, outside=outside, prune=prune)
        return await _write(db, made, pieces, sounds, now)


async def _planned(
    db: Transaction, pieces: Pieces, sounds: Sounds, now: dt.datetime, *, outside: Outside, prune: bool
) -> Plan:
    there = await standing(db, now)
    made = plan(
        pieces,
        there,
        now=now,
        outside=outside,
        prune=prune,
        sounds=there.sounds.keys() | sounds.keys(),
        owners=await objects.override_owners(db),
    )
    return replace(made, sounds=tuple(sorted(sounds.keys() - there.sounds.keys())))


def check_sounds(pieces: Pieces, sounds: Sounds) -> None:
    """Every sound is what its name says, and one that Asterisk plays; what is not joins the pieces' faults."""
    for digest, read in sounds.items():
        try:
            _checked_sound(digest, read)
        except Invalid as err:
            pieces.faults.extend(FileFault(f"sounds/{digest}.wav", "", e.code, e.message) for e in err.errors)


def _checked_sound(digest: str, read: Callable[[], bytes]) -> tuple[bytes, float]:
    wav = read()
    if digest_of(wav) != digest:
        raise Invalid([FieldError("file", "digest", f"is not named by its SHA-256, which is {digest_of(wav)}")])
    return wav, check_sound(wav).seconds


async def _write(db: Transaction, made: Plan, pieces: Pieces, sounds: Sounds, now: dt.datetime) -> Imported:
    for digest in made.sounds:
        wav, seconds = _checked_sound(digest, sounds[digest])
        await prompts.add(db, digest, wav, round(seconds), _words(pieces, digest), now)
    revision = await (objects.next_revision(db, now) if made.objects else objects.current_revision(db))
    written = [*await _write_objects(db, made.objects, revision, now), *await _write_agents(db, made, revision, now)]
    await _write_people(db, made, now)
    await _write_flows(db, made, now)
    return Imported(made, revision, tuple(written))


def _words(pieces: Pieces, digest: str) -> str:
    said = pieces.sounds.get(digest)
    words = said.said.get("words") if said else None
    return words if isinstance(words, str) else ""


async def _write_objects(db: Transaction, drafts: Sequence[Draft], revision: int, now: dt.datetime) -> list[str]:
    used = await objects.used_versions(db, [d.object.ref for d in drafts if d.before is None])
    made: list[tuple[Change, Mapping[str, int]]] = []
    saved: list[Object] = []
    for draft in drafts:
        base = draft.before.versions if draft.before is not None else used.get(draft.object.ref, {})
        made.append((change_of(draft, new_id(), revision, now, _BY, "cli"), base))
        if draft.after is not None:
            after = replace(draft.after, versions=base)
            saved.append(replace(after, versions=counted(after, draft.edits)))
    await objects.save_all(db, saved, revision)
    for draft in drafts:
        if draft.after is None:
            await objects.retire(db, draft.object, revision, now)
    await changes.add_all(db, made)
    return [change.id for change, _ in made]


async def _write_agents(db: Transaction, made: Plan, revision: int, now: dt.datetime) -> list[str]:
    ids: list[str] = []
    for edit in made.agents:
        queue = made.after.company.everything[edit.queue]
        change = _agent_change(edit, queue, revision, now)
        await changes.add(db, change, queue.versions)
        await agents.put(db, edit.queue, edit.extension, edit.after)
        ids.append(change.id)
    return ids


def _agent_change(edit: AgentEdit, queue: Object, revision: int, now: dt.datetime) -> Change:
    values = (ABSENT if agent is None else agent.as_json() for agent in (edit.before, edit.after))
    edits = (Edit(("agents", edit.extension), *values),)
    draft = Draft(queue, queue, "agents", edits, Via(None))
    return replace(change_of(draft, new_id(), revision, now, _BY, "cli"), aspects=("agents",))


async def _write_people(db: Transaction, made: Plan, now: dt.datetime) -> None:
    for before, person in made.people:
        if before is None:
            await people.add(db, person, _NO_PASSWORD, now)
        else:
            await people.change(db, person)
        entry = {"actor": ACTOR, "person": users.as_json(person), "password": False}
        await audit.record(db, now, "person created" if before is None else "person changed", entry)


async def _write_flows(db: Transaction, made: Plan, now: dt.datetime) -> None:
    for before, after in made.flows:
        if after is not None:
            await flows.save(db, after, now, new=before is None)
            await _note(db, "flow created" if before is None else "flow changed", after, now)
        elif before is not None:
            await flows.remove(db, before.id)
            await _note(db, "flow deleted", before, now)


async def _note(db: Transaction, what: str, flow: Flow, now: dt.datetime) -> None:
    entry: dict[str, Any] = {"actor": ACTOR, "flow": flow_services.as_json(flow)}
    await audit.record(db, now, what, entry)


@dataclass(frozen=True, slots=True)
class Result:
    """What has become of an import: how many of its changes wait, and what the PBX refused, in its words."""

    pending: int
    refused: tuple[str, ...]


async def result(database: Database, done: Imported, limit: float) -> Result:
    """What becomes of the changes, waiting at most ``limit`` seconds for a control plane to decide."""
    found = await _states(database, done)
    for _ in range(round(limit / _LOOK_EVERY)):
        if not found.pending:
            break
        await asyncio.sleep(_LOOK_EVERY)
        found = await _states(database, done)
    return found


async def _states(database: Database, done: Imported) -> Result:
    async with database.read() as db:
        found = await changes.states(db, done.changes)
    waiting: set[State] = {"pending", "confirming"}
    refused = tuple(reason or "" for state, reason in found.values() if state == "rejected")
    return Result(sum(state in waiting for state, _ in found.values()), refused)
