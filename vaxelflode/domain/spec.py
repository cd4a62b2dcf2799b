"""What a kind declares of its fields, once, for everybody who reads it.

A spec is a frozen Pydantic model. Each field says, by :func:`field`, which aspect covers it, its unit and the
Asterisk option behind it; forms, API schema, policy, history and rendering read that. Whatever is a destination
in a spec is an exit, hence an edge of the graph.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, Field

from vaxelflode.domain.destination import DESTINATIONS, AnyDestination
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.passage import Caller, Passage

#: Names a prompt by the SHA-256 of its sound.
PROMPT_PATTERN = r"^[0-9a-f]{64}$"


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of an object: ``name`` as the graph shows it, ``field`` as the spec's dotted path.

    Its words are those of the field that it stands in, with ``name`` put in (the key of a menu); ``label`` is text that
    people typed for it, if they did.
    """

    name: str
    field: str
    destination: AnyDestination
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What a field's declaration says beside its type and bounds."""

    aspect: str | None
    unit: str | None
    option: str | None
    slot: str | None
    secret: bool
    unique: str | None


def field(
    default: Any = ...,
    *,
    aspect: str | None = None,
    unit: str | None = None,
    option: str | None = None,
    slot: str | None = None,
    secret: bool = False,
    unique: str | None = None,
    **bounds: Any,
) -> Any:
    """A field of a spec.

    ``aspect`` is what must be granted to change it (``None``: an administrator's), ``unit`` as in ``s`` or
    ``calls``, ``option`` the Asterisk option behind it, ``slot`` the name of its sound in the API. What is ``secret``
    is shown to nobody. ``unique`` names what no two objects may share (of any kind: a code that phones dial).
    ``bounds`` are Pydantic's (``ge``, ``le``, ``max_length``, …).
    """
    extra = {"aspect": aspect, "unit": unit, "asterisk": option, "slot": slot, "unique": unique}
    said: dict[str, Any] = {f"x-{k}": v for k, v in extra.items() if v is not None}
    return Field(default, json_schema_extra=said | ({"x-secret": True} if secret else {}), **bounds)


class Spec(BaseModel):
    """Base of every kind's spec."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    #: Exits that a call takes only after the caller has waited, listened or pressed a key: a way round that has one of
    #: them is the caller's own doing, one without goes round by itself.
    patient: ClassVar[frozenset[str]] = frozenset()

    #: Fields whose value is a mapping or a list of things with an ``id``: a change names the item, not the field.
    itemised: ClassVar[frozenset[str]] = frozenset()

    #: Exits that a caller takes by pressing a key: the field → the key, or ``""``: what the item itself is called.
    pressed: ClassVar[Mapping[str, str]] = {}

    #: Itemised fields whose items only administrators add and remove; others change what stands in them.
    fixed: ClassVar[frozenset[str]] = frozenset()

    #: Fields that a patch replaces whole rather than merging into what stands there.
    whole: ClassVar[frozenset[str]] = frozenset()

    #: Exits at which a call may well end: the caller has been told, or has spoken.
    may_end: ClassVar[frozenset[str]] = frozenset()

    #: The families of its entries in the PBX's own small database.
    families: ClassVar[frozenset[str]] = frozenset()

    #: Those of them in which the PBX itself may set something later, to be heard.
    heard_in: ClassVar[frozenset[str]] = frozenset()

    #: Whether a call may come to rest here, answered or waiting or leaving a message.
    rests: ClassVar[bool] = False

    @classmethod
    def declared(cls, name: str) -> Declared:
        """The declaration of field ``name``."""
        extra = cls.model_fields[name].json_schema_extra
        said = cast("Mapping[str, Any]", extra if isinstance(extra, dict) else {})
        return Declared(
            said.get("x-aspect"),
            said.get("x-unit"),
            said.get("x-asterisk"),
            said.get("x-slot"),
            secret=bool(said.get("x-secret")),
            unique=said.get("x-unique"),
        )

    @classmethod
    def secrets(cls) -> frozenset[str]:
        """The fields that nobody is shown."""
        return _secrets_of(cls)

    def exits(self) -> Iterator[Exit]:
        """Every way out, in the order of the fields."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, DESTINATIONS):
                yield Exit(name, name, value)
            elif isinstance(value, Mapping):
                for key, item in value.items():
                    if isinstance(item, DESTINATIONS):
                        yield Exit(str(key), f"{name}.{key}", item, self.label(name, str(key)))

    def key_of(self, way: Exit) -> str | None:
        """The key that a caller presses to take an exit; ``None`` where it is not taken by a key."""
        key = self.pressed.get(way.field.partition(".")[0])
        return None if key is None else key or way.name

    def label(self, field: str, key: str) -> str | None:  # noqa: ARG002 -- most kinds give their items no names
        """What people call the item ``key`` of an itemised field."""
        return None

    @classmethod
    @cache
    def slots(cls) -> Mapping[str, str]:
        """Sound slot of the API → field that holds its prompt."""
        found = ((cls.declared(name).slot, name) for name in cls.model_fields)
        return {slot: name for slot, name in found if slot}

    def sounds(self) -> Mapping[str, str | None]:
        """The prompt of each slot."""
        return {slot: getattr(self, name) for slot, name in self.slots().items()}

    def at_once(self) -> Iterator[Exit]:
        """The exits that are not :attr:`patient`."""
        return (way for way in self.exits() if way.field.partition(".")[0] not in self.patient)

    def refuses(self, before: Spec) -> Iterator[tuple[str, str]]:  # noqa: ARG002 -- most kinds refuse no change
        """What cannot become of ``before`` though it could be made so anew: the field and the reason."""
        return iter(())

    def doubts(self) -> Iterator[tuple[str, str]]:
        """What is permitted but surely not meant: the field, and a code of :mod:`vaxelflode.domain.lint`."""
        return iter(())

    def doubts_at(self, today: dt.date) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """As :meth:`doubts`, where it matters when one asks."""
        return iter(())

    def offers(self, field: str, language: str) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """What may be chosen in a field that leads nowhere: the value, and what people call it."""
        return iter(())

    def claims(self) -> Iterator[tuple[str, str]]:
        """What no other object may have: the name of the claim, and the value."""
        for name in type(self).model_fields:
            if (what := self.declared(name).unique) is not None and (value := getattr(self, name)) is not None:
                yield what, value

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:
        """What happens to a call that comes to the object ``ref`` with this spec."""
        raise NotImplementedError

    def turns(self, after: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:  # noqa: ARG002
        """The instants between two at which :meth:`passage` may say otherwise than before, in order."""
        return iter(())

    def entries(self, *, retired: bool = False) -> Mapping[str, str | None]:  # noqa: ARG002
        """What of it stands in the PBX's own small database, beside the files: family → value.

        ``None``: what the PBX itself keeps there. In a family of :attr:`families` that is left out there is nothing.
        What is ``retired`` needs only what calls in it still read.
        """
        return {}

    def heard(self, family: str, value: str, now: dt.datetime) -> Heard | None:  # noqa: ARG002
        """What an entry of the PBX's says that was set there later than the spec; ``None``: nothing that holds."""
        return None

    def late(self, before: Spec | None, now: dt.datetime) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """What is asked for too late, or too far ahead: the field, and the reason."""
        return iter(())

    def from_elsewhere(self, now: dt.datetime) -> Spec:  # noqa: ARG002
        """As it may come in from files: nothing of it was set later than now."""
        return self

    def stamped(self, before: Spec | None, now: dt.datetime) -> Spec:  # noqa: ARG002
        """The spec as it is saved at ``now`` in the place of ``before``, with what only whoever saves it knows."""
        return self

    def renewed(self, field: str, items: Collection[str], now: dt.datetime) -> Spec:  # noqa: ARG002
        """With items of a field as if they were set now: what is restored over what came later is to hold."""
        return self

    def lamp(self, at: dt.datetime) -> tuple[str, bool] | None:  # noqa: ARG002
        """The code that a phone's lamp watches, and whether it is lit at an instant; ``None``: there is no lamp."""
        return None

    def as_json(self) -> dict[str, Any]:
        """The spec as the database stores it."""
        return self.model_dump(mode="json", by_alias=True)

    def shown(self) -> dict[str, Any]:
        """The spec as people may see it: of what is secret only whether it is set."""
        return masked(type(self), self.as_json())


@dataclass(frozen=True, slots=True)
class Heard:
    """What somebody set at the PBX itself: the spec as it then stands, who by (a generated word), and when."""

    spec: Spec
    by: str
    at: dt.datetime


#: What stands in the place of a secret that is set.
SET = "set"


def masked(spec: type[Spec], values: Mapping[str, Any]) -> dict[str, Any]:
    """Field → value, or path → value, without what is secret."""
    secret = spec.secrets()
    return {name: SET if name in secret and value is not None else value for name, value in values.items()}


@cache
def _secrets_of(spec: type[Spec]) -> frozenset[str]:
    """Asked for each edit that is told, so looked up once."""
    return frozenset(name for name in spec.model_fields if spec.declared(name).secret)
