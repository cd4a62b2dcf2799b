"""Founds the sample company in an empty database.

It is the starting point, so there is no change to show in the history or to undo. Everything else is as if an
administrator had built it: held against the same rules of the domain, in one transaction, as one revision.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from graphlib import TopologicalSorter
from pathlib import Path

from vaxelflode.audio.speech import speak
from vaxelflode.audio.telephone import check as check_sound
from vaxelflode.audio.telephone import digest
from vaxelflode.demo.logins import Login, Logins, fresh, read, write
from vaxelflode.demo.sample import Sample, SampleFlow, SampleObject, norrvik
from vaxelflode.domain.agents import Agent
from vaxelflode.domain.check import check, checked_key, checked_name, kind_named, parsed_spec
from vaxelflode.domain.company import EMPTY, Company, Object, targets
from vaxelflode.domain.flow import Flow, Grant, Person
from vaxelflode.domain.history import counted, creation
from vaxelflode.domain.identifiers import ObjectRef, new_id
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.portable import has_agents
from vaxelflode.errors import FieldError, Invalid, SettingError
from vaxelflode.services.bodies import parsed
from vaxelflode.services.passwords import hashed
from vaxelflode.services.queue_agents import AgentBody
from vaxelflode.storage import agents, audit, flows, objects, people, prompts
from vaxelflode.storage.database import Database, Transaction

__all__ = ["Login", "Logins", "found"]


async def found(database: Database, now: dt.datetime, data_dir: Path, *, sample: Sample | None = None) -> Logins:
    """Fill an empty, migrated database with the sample company and return how its users log in.

    A private file in ``data_dir`` keeps them, so that a second founding changes nothing and returns the same. Raises
    :class:`SettingError` when the database holds a company that was not founded here, and
    :class:`~vaxelflode.audio.speech.SpeechError` when the prompts cannot be spoken; nothing is written then.
    """
    sample = sample or norrvik()
    logins = await asyncio.to_thread(read, data_dir)
    async with database.read() as db:
        empty = await _is_empty(db)
    if not empty:
        return _known(logins, data_dir)
    if logins is None:
        logins = fresh(sample.logins, (flow.number for flow in sample.flows))
        # Before the database: a crash in between leaves an empty company, never one without a way in.
        await asyncio.to_thread(write, data_dir, logins)
    spoken = await _spoken(sample.words)
    hashes = await _hashes(sample, logins)
    async with database.write() as db:
        if not await _is_empty(db):
            raise SettingError(f"somebody else is filling the database of {data_dir}", name="DATA_DIR")
        await _write(db, sample, spoken, hashes, now)
    return logins


async def _is_empty(db: Transaction) -> bool:
    return await objects.current_revision(db) == 0 and await people.count(db) == 0


def _known(logins: Logins | None, data_dir: Path) -> Logins:
    if logins is None:
        raise SettingError(f"{data_dir} holds a company, but not the demo's; choose another --data-dir")
    return logins


async def _spoken(words: Iterable[str]) -> dict[str, bytes]:
    """Words → their sound; ``speak`` bounds how many are under way at once."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {text: group.create_task(speak(text)) for text in words}
    except ExceptionGroup as err:
        raise err.exceptions[0] from None  # they fail alike: one says it
    return {text: task.result() for text, task in tasks.items()}


async def _hashes(sample: Sample, logins: Logins) -> dict[str, str]:
    """Address → hash of the password; at random, kept by nobody, for those who have no login."""
    known = {login.email: login.password for login in (logins.admin, logins.supervisor, logins.other_supervisor)}
    emails = [person.email for person in sample.people]
    made = await asyncio.gather(*(hashed(known.get(email) or secrets.token_urlsafe(24)) for email in emails))
    return dict(zip(emails, made, strict=True))


async def _write(
    db: Transaction, sample: Sample, spoken: Mapping[str, bytes], hashes: Mapping[str, str], now: dt.datetime
) -> None:
    for text, wav in spoken.items():
        await prompts.add(db, digest(wav), wav, round(check_sound(wav).seconds), text, now)
    revision = await objects.next_revision(db, now)
    company = EMPTY
    for o in in_order(_object(ref, given, spoken) for ref, given in sample.objects.items()):
        check(o, company)
        await objects.save(db, o, revision)
        company = company.with_objects(revision, [o])
    for ref, agent in _agents(sample, company, now):
        await agents.put(db, ref, agent.extension, agent)
    for given in sample.people:
        person = Person(0, given.email, checked_name(given.name), given.rights)
        await people.add(db, person, hashes[given.email], now)
    for flow in sample.flows:
        await flows.save(db, _flow(flow, company), now, new=True)
    await audit.record(db, now, "company founded", {"company": sample.name, "revision": revision})


def _object(ref: ObjectRef, given: SampleObject, spoken: Mapping[str, bytes]) -> Object:
    kind = kind_named(ref.kind)
    sounds = {field: digest(spoken[text]) for field, text in given.says.items()}
    made = Object(checked_key(kind, ref.key), checked_name(given.name), parsed_spec(kind, {**given.spec, **sounds}))
    return replace(made, versions=counted(made, creation(made)))


def _agents(sample: Sample, company: Company, now: dt.datetime) -> Iterator[tuple[ObjectRef, Agent]]:
    """Each queue's agents, until somebody removes them; the PBX is told of them as soon as it answers."""
    for ref, given in sample.objects.items():
        for extension, body in given.agents.items():
            if not has_agents(ref) or ObjectRef("extension", extension) not in company:
                raise Invalid([FieldError("agents", "unknown", f"there is no extension {extension} to answer {ref}")])
            said = parsed(AgentBody, body).model_dump(exclude_none=True)
            yield ref, Agent(extension, permanent=True, added_by=sample.admin.name, added_at=now, **said)


def in_order(made: Iterable[Object]) -> Iterator[Object]:
    """The objects, each after all that its exits lead to; ``graphlib.CycleError`` when that cannot be."""
    by_ref = {o.ref: o for o in made}
    order = TopologicalSorter({ref: list(targets(o.spec)) for ref, o in by_ref.items()})
    return (by_ref[ref] for ref in order.static_order() if ref in by_ref)


def _flow(given: SampleFlow, company: Company) -> Flow:
    grants = tuple(Grant(ref, frozenset(aspects)) for ref, aspects in given.grants.items())
    flow = Flow(new_id(), checked_name(given.name), given.description, given.number, grants, given.supervisors)
    if faults := list(_faults(flow, company)):
        raise Invalid(faults)
    return flow


def _faults(flow: Flow, company: Company) -> Iterator[FieldError]:
    if flow.number_ref is None or flow.number_ref not in company:
        yield FieldError("number", "unknown", f"there is no number {flow.number}")
    for grant in flow.grants:
        wrong = grant.aspects - set(kinds()[grant.object.kind].aspects)
        if grant.object not in company or wrong:
            yield FieldError("grants", "unknown", f"{grant.object} has no {', '.join(sorted(wrong)) or 'such object'}")
