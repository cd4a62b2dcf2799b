"""What a kind declares of its fields, once, for everybody who reads it.

A spec is a frozen Pydantic model. Each field says, by :func:`field`, which aspect covers it, its unit and the
Asterisk option behind it; forms, API schema, policy, history and rendering read that. Whatever is a destination
in a spec is an exit, hence an edge of the graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, Field

from vaxelflode.domain.destination import DESTINATIONS, AnyDestination
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.passage import Caller, Passage

#: Names a prompt by the SHA-256 of its sound.
PROMPT_PATTERN = r"^[0-9a-f]{64}$"


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of an object: ``name`` as the graph shows it, ``field`` as the spec's dotted path."""

    name: str
    field: str
    destination: AnyDestination


@dataclass(frozen=True, slots=True)
class Declared:
    """What a field's declaration says beside its type and bounds."""

    aspect: str | None
    unit: str | None
    option: str | None
    slot: str | None


def field(
    default: Any = ...,
    *,
    aspect: str | None = None,
    unit: str | None = None,
    option: str | None = None,
    slot: str | None = None,
    **bounds: Any,
) -> Any:
    """A field of a spec.

    ``aspect`` is what must be granted to change it (``None``: an administrator's), ``unit`` as in ``s`` or
    ``calls``, ``option`` the Asterisk option behind it, ``slot`` the name of its sound in the API. ``bounds`` are
    Pydantic's (``ge``, ``le``, ``max_length``, …).
    """
    extra = {"aspect": aspect, "unit": unit, "asterisk": option, "slot": slot}
    return Field(default, json_schema_extra={k: v for k, v in extra.items() if v is not None}, **bounds)


class Spec(BaseModel):
    """Base of every kind's spec."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    #: Exits that a call takes only after the caller has waited, listened or pressed a key: a way round that has one of
    #: them is the caller's own doing, one without goes round by itself.
    patient: ClassVar[frozenset[str]] = frozenset()

    #: Fields whose value is a mapping or a list of things with an ``id``: a change names the item, not the field.
    itemised: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def declared(cls, name: str) -> Declared:
        """The declaration of field ``name``."""
        extra = cls.model_fields[name].json_schema_extra
        said = cast("Mapping[str, str]", extra if isinstance(extra, dict) else {})
        return Declared(said.get("aspect"), said.get("unit"), said.get("asterisk"), said.get("slot"))

    def exits(self) -> Iterator[Exit]:
        """Every way out, in the order of the fields."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, DESTINATIONS):
                yield Exit(name, name, value)
            elif isinstance(value, Mapping):
                for key, item in value.items():
                    if isinstance(item, DESTINATIONS):
                        yield Exit(str(key), f"{name}.{key}", item)

    def sounds(self) -> Mapping[str, str | None]:
        """The prompt of each slot."""
        return {
            declared.slot: getattr(self, name)
            for name in type(self).model_fields
            if (declared := self.declared(name)).slot is not None
        }

    def at_once(self) -> Iterator[Exit]:
        """The exits that are not :attr:`patient`."""
        return (way for way in self.exits() if way.field.partition(".")[0] not in self.patient)

    def refuses(self, before: Spec) -> Iterator[tuple[str, str]]:  # noqa: ARG002 -- most kinds refuse no change
        """What cannot become of ``before`` though it could be made so anew: the field and the reason."""
        return iter(())

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:
        """What happens to a call that comes to the object ``ref`` with this spec."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """The spec as the API shows and the database stores it."""
        return self.model_dump(mode="json", by_alias=True)
