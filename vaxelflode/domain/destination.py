"""Where an exit leads: an object, an extension, an external number, existing dialplan, or the end of the call."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, StringConstraints, Tag

from vaxelflode.domain.identifiers import ObjectRef


class _Destination(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ToObject(_Destination):
    """Another object of the company."""

    object: ObjectRef


class ToExtension(_Destination):
    """A phone, by its extension."""

    extension: Annotated[str, StringConstraints(pattern=r"^[0-9]{2,10}$")]


class ToExternal(_Destination):
    """A number outside the company, in E.164 with ``+``."""

    external: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{4,14}$")]


class ToDialplan(_Destination):
    """Dialplan that the box already has: ``context,exten,priority``. Only administrators may choose it."""

    dialplan: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,70},[A-Za-z0-9_+*#-]{1,40},[1-9][0-9]{0,3}$")]


class ToEnd(_Destination):
    """The end of the call, and what the caller's network is told."""

    end: Literal["hangup", "busy", "congestion"]


#: The ways in which a call may end.
ENDS = ("hangup", "busy", "congestion")


_FIELDS: dict[str, type[_Destination]] = {
    "object": ToObject,
    "extension": ToExtension,
    "external": ToExternal,
    "dialplan": ToDialplan,
    "end": ToEnd,
}

#: The fields that tell the sorts of destination apart.
DESTINATION_FIELDS = frozenset(_FIELDS)


def _which(value: Any) -> str | None:
    """The one field that tells the sort of destination apart; ``None`` makes Pydantic name the choices."""
    if isinstance(value, _Destination):
        return next(iter(type(value).model_fields))
    if isinstance(value, dict):
        named = [field for field in _FIELDS if field in value]
        return named[0] if len(named) == 1 else None
    return None


Destination = Annotated[
    Annotated[ToObject, Tag("object")]
    | Annotated[ToExtension, Tag("extension")]
    | Annotated[ToExternal, Tag("external")]
    | Annotated[ToDialplan, Tag("dialplan")]
    | Annotated[ToEnd, Tag("end")],
    Discriminator(
        _which,
        custom_error_type="destination",
        custom_error_message="must hold exactly one of object, extension, external, dialplan, end",
    ),
]

#: For ``isinstance``: any destination.
DESTINATIONS = (ToObject, ToExtension, ToExternal, ToDialplan, ToEnd)

AnyDestination = ToObject | ToExtension | ToExternal | ToDialplan | ToEnd

HANGUP = ToEnd(end="hangup")


def target_of(destination: AnyDestination) -> ObjectRef | None:
    """The object that a destination leads to (an extension is an object too), or ``None`` outside the company."""
    match destination:
        case ToObject(object=ref):
            return ref
        case ToExtension(extension=number):
            return ObjectRef("extension", number)
        case _:
            return None
