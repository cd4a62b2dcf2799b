"""Create, change and delete an object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaxelflode.domain.change import Origin, Via
from vaxelflode.domain.check import checked_key, checked_name, kind_named, parsed_spec
from vaxelflode.domain.company import Object
from vaxelflode.domain.edits import Edit, aspects_of, patched
from vaxelflode.domain.flow import Person
from vaxelflode.domain.history import creation, edits_between
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import Conflict, FieldError, Invalid
from vaxelflode.services.commit import Draft, Saved, carry_out, refuse_if_used
from vaxelflode.services.context import Context, Desk, require
from vaxelflode.services.etag import require_fresh
from vaxelflode.storage import agents, flows, objects, people, prompts

#: Fields that have a way of their own.
_ELSEWHERE = {"overrides": "is changed through …/overrides"}


async def create(context: Context, person: Person, origin: Origin, body: Mapping[str, Any]) -> Saved | None:
    """A new object from ``{kind, key, name, spec}``; administrators only. A key is never used again."""

    async def decide(desk: Desk) -> Draft:
        desk.require_administrator()
        if extra := sorted(set(body) - {"kind", "key", "name", "spec"}):
            raise Invalid([FieldError(name, "extra", "there is no such field") for name in extra])
        kind = kind_named(body.get("kind"))
        ref = checked_key(kind, body.get("key"))
        name = checked_name(body.get("name"))
        given = _without_elsewhere(body.get("spec", {}))
        spec = parsed_spec(kind, given)
        if await objects.object_id(desk.db, ref) is not None:
            raise Conflict(f"the key {ref} is or was in use; keys are never used again", field="key")
        o = Object(ref, name, spec)
        await _check_prompts(desk, o)
        return Draft(None, o, "create", creation(o), Via(None))

    return await carry_out(context, person, origin, decide)


async def patch(
    context: Context, person: Person, origin: Origin, ref: ObjectRef, body: Mapping[str, Any], if_match: str
) -> Saved | None:
    """Merge ``{name?, spec?}`` (RFC 7396) into an object; stale only in the aspects that are touched."""

    async def decide(desk: Desk) -> Draft | None:
        before = desk.readable(ref)
        after = _patched(before, body)
        edits = edits_between(before, after)
        if not edits:
            return None
        decision = require(_decide(desk, before, edits))
        require_fresh(before, if_match, aspects_of(before.kind, edits))
        await _check_prompts(desk, after, before)
        return Draft(before, after, "edit", edits, decision.via or Via(None))

    return await carry_out(context, person, origin, decide)


def _decide(desk: Desk, o: Object, edits: tuple[Edit, ...]) -> Any:
    return desk.authority.may_edit(o.ref, edits, desk.today(o))


def _patched(o: Object, body: Mapping[str, Any]) -> Object:
    if extra := sorted(set(body) - {"name", "spec"}):
        raise Invalid([FieldError(name, "extra", "cannot be changed") for name in extra])
    name = checked_name(body["name"]) if "name" in body else o.name
    patch_of_spec = _without_elsewhere(body.get("spec", {}))
    values = patched(o.kind.spec, o.spec.as_json(), patch_of_spec)
    return Object(o.ref, name, parsed_spec(o.kind, values), o.versions)


def _without_elsewhere(spec: object) -> Mapping[str, Any]:
    if not isinstance(spec, Mapping):
        raise Invalid([FieldError("spec", "type", "must be an object")])
    for field, words in _ELSEWHERE.items():
        if field in spec:
            raise Invalid([FieldError(f"spec.{field}", "elsewhere", words)])
    return spec


async def _check_prompts(desk: Desk, o: Object, before: Object | None = None) -> None:
    """A prompt that is set exists, and is one that the person may hear: on an object that they may read."""
    known = None if before is None else set(before.spec.sounds().values())
    for slot, digest in o.spec.sounds().items():
        if digest is not None and not await prompts.exists(desk.db, digest):
            field = f"spec.{o.kind.slots[slot]}"
            raise Invalid([FieldError(field, "prompt", "there is no such prompt")])
        if digest is not None and known is not None and digest not in known and not _may_hear(desk, digest):
            raise Invalid([FieldError(f"spec.{o.kind.slots[slot]}", "prompt", "there is no such prompt")])


def _may_hear(desk: Desk, digest: str) -> bool:
    if desk.authority.is_administrator:
        return True
    readable = (ref for ref in desk.authority.visible() if desk.authority.may_read(ref).allowed)
    return any(digest in desk.known(ref).spec.sounds().values() for ref in readable)


async def _refuse_if_held(desk: Desk, o: Object) -> None:
    """What people or flows are bound to is not deleted under them: raises :class:`Conflict` that names them."""
    if o.ref.kind == "extension":
        queues = sorted(str(q) for q, found in (await agents.of_all(desk.db)).items() if o.ref.key in found)
        if queues:
            raise Conflict(f"{o.ref} is an agent of {', '.join(queues)}", used_by=queues)
        owners = [p.name for p in await people.listed(desk.db) if p.extension == o.ref.key]
        if owners:
            raise Conflict(f"{o.ref} is the phone of {', '.join(owners)}", used_by=owners)
    about = [f.name for f in await flows.listed(desk.db) if f.number_ref == o.ref]
    if about:
        raise Conflict(f"{o.ref} is the number of the flow {', '.join(about)}", used_by=about)


async def delete(context: Context, person: Person, origin: Origin, ref: ObjectRef, if_match: str) -> Saved | None:
    """Delete an object that nothing uses; administrators only."""

    async def decide(desk: Desk) -> Draft:
        before = desk.known(ref)
        desk.require_administrator()
        require_fresh(before, if_match, before.versions)
        refuse_if_used(desk, before)
        await _refuse_if_held(desk, before)
        edits = tuple(edit.reversed() for edit in creation(before))
        return Draft(before, None, "delete", edits, Via(None))

    return await carry_out(context, person, origin, decide)
