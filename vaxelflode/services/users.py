"""People: administered by administrators, and each one's own profile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from vaxelflode.domain.company import Company
from vaxelflode.domain.flow import RIGHTS, Flow, Person, Right
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import Conflict, FieldError, Invalid, NotFound
from vaxelflode.services import shapes
from vaxelflode.services.bodies import Name, given, parsed
from vaxelflode.services.context import Context, Desk
from vaxelflode.services.passwords import MAX_LENGTH, MIN_LENGTH, hashed, matches
from vaxelflode.storage import people
from vaxelflode.storage.audit import record

_EMAIL = r"^[^@\s\x00-\x1f\x7f-\x9f]{1,64}@[^@\s\x00-\x1f\x7f-\x9f]{1,189}$"
#: The longest address, in characters, also once it is in lower case, which may be longer than what was typed.
_EMAIL_LENGTH = 254


def _address(text: str) -> str:
    """As addresses are kept."""
    kept = text.casefold()
    if not re.fullmatch(_EMAIL, text) or len(kept) > _EMAIL_LENGTH:
        raise ValueError("must be an e-mail address")
    return kept


Email = Annotated[str, Field(json_schema_extra={"pattern": _EMAIL}), AfterValidator(_address)]
Password = Annotated[str, Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]
Language = Literal["sv", "en"]


@given
class Profile(TypedDict, total=False):
    """What one may change of oneself; a new address and a new password want the password that holds now."""

    name: Name
    email: Email
    language: Language
    password: Password
    old_password: str


class _Administered(TypedDict, total=False):
    language: Language
    extension: str | None
    rights: list[Right]
    disabled: bool


@given
class PersonPatch(_Administered, total=False):
    """What administrators may change of a person; what is left out stays as it is."""

    name: Name
    email: Email
    password: Password


@given
class NewPerson(_Administered):
    """A new person; without ``rights`` one with ``flow_user``."""

    name: Name
    email: Email
    password: Password


def as_json(person: Person) -> shapes.Person:
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
    said = parsed(Profile, body)
    if said.keys() & {"password", "email"}:
        await _prove_password(context, person, said.get("old_password", ""))
    new_hash = await hashed(said["password"]) if "password" in said else None
    async with context.writing(person) as desk:
        changed = changed_person(desk.company, desk.person, said)
        await people.change(desk.db, changed, new_hash)
        await _note(desk, "profile changed", changed, password=new_hash is not None)
        return changed


async def _prove_password(context: Context, person: Person, old: str) -> None:
    """A new password and a new address want the password that holds now; wrong ones count as tries to log in."""
    tries, where, now = context.tries, f"profile of {person.email}", context.clock()
    tries.require_left(person.email, where, now)
    tries.failed(person.email, where, now)  # counted before the answer is known, so that many at once count too
    async with context.database.read() as db:
        found = await people.by_email(db, person.email)
    if not await matches(old, found[1] if found else None):
        raise Invalid([FieldError("old_password", "wrong", "is not the password that holds now")])
    tries.succeeded(person.email, where)


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
    said = parsed(NewPerson, body)
    password = await hashed(said["password"])
    async with context.writing(person) as desk:
        desk.require_administrator()
        fresh = changed_person(desk.company, Person(0, "", "", frozenset({"flow_user"})), said)
        made = replace(fresh, id=await people.add(desk.db, fresh, password, desk.now))
        await _note(desk, "person created", made, password=True)
        return made


async def change(context: Context, person: Person, person_id: int, body: Mapping[str, Any]) -> Person:
    """Change a person; administrators only. A new password or disabling ends their tokens at once."""
    async with context.reading(person) as desk:
        desk.require_administrator()
        await _found(desk, person_id)
    said = parsed(PersonPatch, body)
    new_hash = await hashed(said["password"]) if "password" in said else None
    async with context.writing(person) as desk:
        desk.require_administrator()
        before = await _found(desk, person_id)
        changed = changed_person(desk.company, before, said)
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


def changed_person(company: Company, person: Person, said: Mapping[str, Any]) -> Person:
    """The person with what was parsed of a body; :class:`Invalid` where the extension is none of the company's."""
    values: dict[str, Any] = {k: v for k, v in said.items() if k not in ("password", "old_password")}
    if "rights" in values:
        values["rights"] = frozenset(values["rights"])
    extension = values.get("extension")
    if extension is not None and ObjectRef("extension", extension) not in company:
        raise Invalid([FieldError("extension", "unknown", "there is no such extension")])
    return replace(person, **values)


def checked_email(value: str) -> str:
    """An e-mail address as it is kept, or :class:`Invalid`."""
    try:
        return _address(value.strip())
    except ValueError as err:
        raise Invalid([FieldError("email", "email", str(err))]) from err
