"""Create, change and delete an object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from vaxelflode.domain.change import Origin, Via
from vaxelflode.domain.check import checked_key, kind_named, parsed_spec
from vaxelflode.domain.company import Object
from vaxelflode.domain.edits import Edit, aspects_of, patched
from vaxelflode.domain.flow import Person
from vaxelflode.domain.history import creation, edits_between
from vaxelflode.domain.identifiers import KEY_LENGTH, KEY_PATTERN, ObjectRef
from vaxelflode.errors import Conflict, FieldError, Invalid
from vaxelflode.services import sounds
from vaxelflode.services.bodies import Body, Name, given, parsed
from vaxelflode.services.commit import Draft, Saved, carry_out, refuse_if_used
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.etag import require_fresh
from vaxelflode.storage import objects, prompts

#: Fields that have a way of their own.
ELSEWHERE = {"overrides": "is changed through …/overrides"}


class NewObject(Body):
    """A new object. Its key never changes and is never used again."""

    kind: str
    key: str = Field(json_schema_extra={"pattern": KEY_PATTERN, "maxLength": KEY_LENGTH})
    name: Name
    spec: dict[str, Any] = Field({})


@given
class ObjectPatch(TypedDict, total=False):
    """What is to be otherwise: a merge patch (RFC 7396), so ``null`` takes away and what is left out stays."""

    name: Name
    spec: dict[str, Any]


async def create(context: Context, person: Person, origin: Origin, body: Mapping[str, Any]) -> Saved | None:
    """A new object from ``{kind, key, name, spec}``; administrators only. A key is never used again."""

    async def decide(desk: Desk) -> Draft:
        desk.require_administrator()
        said = parsed(NewObject, body)
        kind = kind_named(said.kind)
        ref = checked_key(kind, said.key)
        spec = parsed_spec(kind, _without_elsewhere(said.spec))
        if await objects.object_id(desk.db, ref) is not None:
            raise Conflict(f"the key {ref} is or was in use; keys are never used again", field="key")
        o = _in_time(desk, Object(ref, said.name, spec))
        await _check_prompts(desk, o)
        return Draft(None, o, "create", creation(o), Via(None))

    return await carry_out(context, person, origin, decide)


async def patch(
    context: Context, person: Person, origin: Origin, ref: ObjectRef, body: Mapping[str, Any], if_match: str
) -> Saved | None:
    """Merge ``{name?, spec?}`` (RFC 7396) into an object; stale only in the aspects that are touched."""

    async def decide(desk: Desk) -> Draft | None:
        before = desk.readable(ref)
        after = _in_time(desk, _patched(before, body), before)
        edits = edits_between(before, after)
        if not edits:
            _refuse_strangers(desk, before, body)
            return None
        decision = desk.require(_decide(desk, before, edits))
        require_fresh(before, if_match, aspects_of(before.kind, edits))
        await _check_prompts(desk, after, before)
        return Draft(before, after, "edit", edits, decision.via or Via(None))

    return await carry_out(context, person, origin, decide)


def _in_time(desk: Desk, o: Object, before: Object | None = None) -> Object:
    """The object as it is saved now. Raises :class:`Invalid` for what is asked too late, or too far ahead."""
    was = None if before is None else before.spec
    if late := [FieldError(f"spec.{field}", "time", reason) for field, reason in o.spec.late(was, desk.now)]:
        raise Invalid(late)
    return replace(o, spec=o.spec.stamped(was, desk.now))


def _decide(desk: Desk, o: Object, edits: tuple[Edit, ...]) -> Any:
    return desk.authority.may_edit(o.ref, edits, desk.today(o))


def _refuse_strangers(desk: Desk, o: Object, body: Mapping[str, Any]) -> None:
    """Raise :class:`Forbidden` where all that is named stands so already and none of it is the person's to change.

    The answer to who has no right must not hang on what somebody else has just set.
    """
    named = [*body.get("spec", {}), *(["name"] if "name" in body else [])]
    if not {o.kind.aspect_of.get(field) for field in named} & {*desk.authority.aspects(o.ref)}:
        desk.require(desk.authority.may_edit(o.ref, [Edit((field,), None, None) for field in named], desk.today(o)))


def _patched(o: Object, body: Mapping[str, Any]) -> Object:
    said = parsed(ObjectPatch, body)
    values = patched(o.kind.spec, o.spec.as_json(), _without_elsewhere(said.get("spec", {})))
    return Object(o.ref, said.get("name", o.name), parsed_spec(o.kind, values), o.versions)


def _without_elsewhere(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    for field, words in ELSEWHERE.items():
        if field in spec:
            raise Invalid([FieldError(f"spec.{field}", "elsewhere", words)])
    return spec


async def _check_prompts(desk: Desk, o: Object, before: Object | None = None) -> None:
    """A prompt that is set exists, and is one that the person may hear: on an object that they may read, or one that
    was played here before.
    """
    known = None if before is None else set(before.spec.sounds().values())
    for slot, digest in o.spec.sounds().items():
        if digest is not None and not await prompts.exists(desk.db, digest):
            field = f"spec.{o.kind.slots[slot]}"
            raise Invalid([FieldError(field, "prompt", "there is no such prompt")])
        if digest is None or known is None or digest in known:
            continue
        if not (sounds.may_hear(desk, digest) or await sounds.was_heard(desk, o, o.kind.slots[slot], digest)):
            raise Invalid([FieldError(f"spec.{o.kind.slots[slot]}", "prompt", "there is no such prompt")])


async def delete(context: Context, person: Person, origin: Origin, ref: ObjectRef, if_match: str) -> Saved | None:
    """Delete an object that nothing uses; administrators only."""

    async def decide(desk: Desk) -> Draft:
        before = desk.known(ref)
        desk.require_administrator()
        require_fresh(before, if_match, before.versions)
        await refuse_if_used(desk, before)
        edits = tuple(edit.reversed() for edit in creation(before))
        return Draft(before, None, "delete", edits, Via(None))

    return await carry_out(context, person, origin, decide)
