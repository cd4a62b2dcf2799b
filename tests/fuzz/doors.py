"""The doors of the domain: what the API takes as text and a file will hold. What they let in, every encoder must take.

A refusal is the domain's own, with the field and the reason. An encoder that refuses behind a door is a fault: the
change would be saved and could not be rendered.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter

from tests.fuzz.positions import DIGITS, KEY, LETTERS, NAMES, WORD, Position, external, key, place, ref
from tests.fuzz.strings import Draw, of
from vaxelflode.domain.calendars import Calendar, countries
from vaxelflode.domain.check import checked_key, checked_name
from vaxelflode.domain.destination import DESTINATION_FIELDS, Destination, target_of
from vaxelflode.domain.hours import clock, minutes
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind, kinds
from vaxelflode.domain.text import is_plain
from vaxelflode.domain.zones import TimeZone, known_zones
from vaxelflode.errors import Invalid
from vaxelflode.rendering import encode

_CONTROLS = "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000))))
_DESTINATION: TypeAdapter[Any] = TypeAdapter(Destination)
_ZONE: TypeAdapter[str] = TypeAdapter(TimeZone)
_CALENDAR: TypeAdapter[str] = TypeAdapter(Calendar)

#: Valid texts of each sort of destination; a new sort wants one.
DESTINATIONS: dict[str, Draw] = {
    "object": ref,
    "extension": lambda chance: of(DIGITS, chance, 2, 10),
    "external": external,
    "dialplan": place,
    "end": lambda chance: chance.choice(["hangup", "busy", "congestion"]),
}


def _key_of(kind: Kind) -> Position:
    def draw(chance: random.Random) -> str:
        return key(chance) if kind.key_pattern is None else of(DIGITS, chance, 2, 12)

    def named(text: str) -> str:
        found = checked_key(kind, text)
        NAMES.context(found), NAMES.queue(found.key), NAMES.mailbox(found.key), encode.word(found.key)
        return found.key

    return Position(f"key of a {kind.name}", checked_key, named, draw, 40, only=KEY, made=str, refuses=Invalid)


def _destination(field: str, draw: Draw) -> Position:
    def led(text: str) -> str:
        where = _DESTINATION.validate_python({field: text})
        NAMES.goto(where)
        said = where.model_dump(mode="json")[field]
        assert isinstance(said, str)
        return said

    return Position(
        f"destination: {field}", target_of, led, draw, 130, only=WORD + "+*#,/", made=str, refuses=ValueError
    )


def _text(adapter: TypeAdapter[str], encoded: Callable[[str], str]) -> Callable[[str], str]:
    def taken(text: str) -> str:
        found = adapter.validate_python(text)
        encoded(found)
        return found

    return taken


def _typed(chance: random.Random) -> str:
    return of(LETTERS + DIGITS + " åäö;|&${}[]\"'<>\u2028\u202e🎄", chance, 1, 200)


def _plain(text: str) -> bool:
    return is_plain(text) and 0 < len(text) <= 200


DOORS: tuple[Position, ...] = (
    *(_key_of(kind) for kind in kinds().values()),
    *(_destination(field, DESTINATIONS[field]) for field in sorted(DESTINATION_FIELDS)),
    Position(
        *("reference", ObjectRef.parse, lambda text: str(ObjectRef.parse(text)), ref),
        longest=57,
        only=KEY + "_/",
        made=str,
        refuses=ValueError,
    ),
    Position(
        *("time of day", minutes, lambda t: clock(minutes(t)), lambda c: clock(c.randint(0, 1440)), 5),
        only=DIGITS + ":",
        made=str,
        refuses=ValueError,
    ),
    Position(
        *("time zone", known_zones, _text(_ZONE, encode.time_zone), lambda c: c.choice(sorted(known_zones())), 98),
        only=WORD + "+/",
        made=str,
        refuses=ValueError,
    ),
    Position(
        *("country", countries, _text(_CALENDAR, NAMES.holidays), lambda c: c.choice(sorted(countries())), 2),
        only=LETTERS,
        made=str,
        refuses=ValueError,
    ),
    Position(
        *("name of an object", checked_name, checked_name, _typed, 800),
        never=_CONTROLS,
        value=str.strip,
        made=str,
        refuses=Invalid,
        holds=_plain,
    ),
)
