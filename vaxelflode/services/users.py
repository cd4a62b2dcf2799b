"""People: administered by administrators, and each one's own profile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vaxelflode.domain.check import checked_name
from vaxelflode.domain.company import Company
from vaxelflode.domain.flow import RIGHTS, Flow, Person, Right
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import Conflict, FieldError, Invalid, NotFound
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.passwords import check_password, hashed, matches
from vaxelflode.storage import people
from vaxelflode.storage.changes import record

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")
_OWN = frozenset({"name", "email", "language", "password", "old_password"})
_ADMINISTERED = frozenset({"name", "email", "language", "extension", "password", "rights", "disabled"})


def as_json(person: Person) -> dict[str, Any]:
    """As the API shows a person."""
    return {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "rights": [r for r in RIGHTS if r in person.rights],
        "language": person.language,
        "extension": person.extension,
        "disabled": person.disabled,
    }


async def me(context: Context, person: Person) -> tuple[Person, list[Flow]]:
    """Who one is, and one's flows."""
    async with context.reading(person) as desk:
        return desk.person, list(desk.authority.flows) if "flow_user" in person.rights else []


async def change_me(context: Context, person: Person, body: Mapping[str, Any]) -> Person:
    """One's own name, address, language and password; address and password want the old password beside it."""
    _only(body, _OWN)
    if body.keys() & {"password", "email"}:
        await _prove_password(context, person, body)
    new_hash = await hashed(check_password(body["password"])) if "password" in body else None
    async with context.writing(person) as desk:
        changed = changed_person(desk.company, desk.person, body)
        await people.change(desk.db, changed, new_hash)
        await _note(desk, "profile changed", changed, password=new_hash is not None)
        return changed


async def _prove_password(context: Context, person: Person, body: Mapping[str, Any]) -> None:
    """A new password and a new address want the password that holds now; wrong ones count as tries to log in."""
    if "password" in body:
        check_password(body["password"])
    now = context.clock()
    context.tries.require_left(person.email, f"profile of {person.email}", now)
    async with context.database.read() as db:
        found = await people.by_email(db, person.email)
    old = body.get("old_password")
    if not await matches(old if isinstance(old, str) else "", found[1] if found else None):
        context.tries.failed(person.email, f"profile of {person.email}", now)
        raise Invalid([FieldError("old_password", "wrong", "is not the password that holds now")])


async def listed(context: Context, person: Person) -> list[Person]:
    """Everybody; administrators only."""
    async with context.reading(person) as desk:
        desk.require_administrator()
        return await people.listed(desk.db)


async def one(context: Context, person: Person, person_id: int) -> Person:
    """One person; administrators only."""
    async with context.reading(person) as desk:
        desk.require_administrator()
        return await _found(desk, person_id)


async def _found(desk: Desk, person_id: int) -> Person:
    found = await people.by_id(desk.db, person_id)
    if found is None:
        raise NotFound("there is no such person")
    return found


async def create(context: Context, person: Person, body: Mapping[str, Any]) -> Person:
    """A new person from ``{email, name, password, rights}``; administrators only."""
    async with context.reading(person) as desk:
        desk.require_administrator()
    _only(body, _ADMINISTERED)
    missing = [n for n in ("email", "name", "password") if n not in body]
    if missing:
        raise Invalid([FieldError(n, "required", "must be given") for n in missing])
    password = await hashed(check_password(body["password"]))
    async with context.writing(person) as desk:
        desk.require_administrator()
        fresh = changed_person(desk.company, Person(0, "", "", frozenset({"flow_user"})), body)
        made = replace(fresh, id=await people.add(desk.db, fresh, password, desk.now))
        await _note(desk, "person created", made, password=True)
        return made


async def change(context: Context, person: Person, person_id: int, body: Mapping[str, Any]) -> Person:
    """Change a person; administrators only. A new password or disabling ends their tokens at once."""
    async with context.reading(person) as desk:
        desk.require_administrator()
    _only(body, _ADMINISTERED)
    new_hash = await hashed(check_password(body["password"])) if "password" in body else None
    async with context.writing(person) as desk:
        desk.require_administrator()
        before = await _found(desk, person_id)
        changed = changed_person(desk.company, before, body)
        await _keep_an_administrator(desk, before, changed)
        await people.change(desk.db, changed, new_hash)
        await _note(desk, "person changed", changed, password=new_hash is not None)
        return changed


async def remove(context: Context, person: Person, person_id: int) -> None:
    """Delete a person; administrators only. History keeps their name."""
    async with context.writing(person) as desk:
        desk.require_administrator()
        found = await _found(desk, person_id)
        await _keep_an_administrator(desk, found, None)
        await people.remove(desk.db, person_id)
        await _note(desk, "person deleted", found, password=False)


async def _keep_an_administrator(desk: Desk, before: Person, after: Person | None) -> None:
    still = after is not None and after.is_administrator and not after.disabled
    if not before.is_administrator or still:
        return
    others = [p for p in await people.listed(desk.db) if p.is_administrator and not p.disabled and p.id != before.id]
    if not others:
        raise Conflict("this is the last administrator", field="rights")


async def _note(desk: Desk, what: str, person: Person, *, password: bool) -> None:
    entry = {"actor": desk.person.email, "person": as_json(person), "password": password}
    await record(desk.db, desk.now, what, entry)


def _only(body: Mapping[str, Any], known: frozenset[str]) -> None:
    if extra := sorted(set(body) - known):
        raise Invalid([FieldError(name, "extra", "cannot be changed here") for name in extra])


def changed_person(company: Company, person: Person, body: Mapping[str, Any]) -> Person:
    """The person with what is given of ``{name, email, language, rights, extension, disabled}``; :class:`Invalid`."""
    values: dict[str, Any] = {}
    for field, checked in (
        ("name", checked_name),
        ("email", checked_email),
        ("language", _language),
        ("rights", _rights),
    ):
        if field in body:
            values[field] = checked(body[field])
    if "extension" in body:
        values["extension"] = _extension(company, body["extension"])
    if "disabled" in body:
        if not isinstance(body["disabled"], bool):
            raise Invalid([FieldError("disabled", "type", "must be true or false")])
        values["disabled"] = body["disabled"]
    return replace(person, **values)


def checked_email(value: object) -> str:
    """An e-mail address in lower case, or :class:`Invalid`."""
    kept = value.strip().casefold() if isinstance(value, str) else ""  # which may be longer: ß becomes ss
    if not _EMAIL.fullmatch(kept):
        raise Invalid([FieldError("email", "email", "must be an e-mail address")])
    return kept


def _language(value: object) -> str:
    if value not in ("sv", "en"):
        raise Invalid([FieldError("language", "unknown", "must be sv or en")])
    return str(value)


def _rights(value: object) -> frozenset[Right]:
    if not isinstance(value, list) or not all(r in RIGHTS for r in value):
        raise Invalid([FieldError("rights", "unknown", f"must be a list of {', '.join(RIGHTS)}")])
    return frozenset(r for r in RIGHTS if r in value)


def _extension(company: Company, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or ObjectRef("extension", value) not in company:
        raise Invalid([FieldError("extension", "unknown", "there is no such extension")])
    return value
