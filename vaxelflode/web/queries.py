"""What may stand behind the question mark, operation by operation, and the one way to read it.

What is not named, or is given twice, is refused: a filter with a typing error would show more than was asked for.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar, get_origin

from aiohttp import web
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from vaxelflode.domain.check import field_errors
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.text import Line
from vaxelflode.errors import FieldError, Invalid

#: Items of a list without ``limit``, and at most.
PAGE, LONGEST_PAGE = 100, 1000


def _whole(text: object) -> object:
    """Only digits are a number: Pydantic would take ``1_0`` and ``1.0`` as well."""
    if isinstance(text, str) and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(f"must be from 1 to {LONGEST_PAGE}")
    return text


def _seconds(text: object) -> object:
    if isinstance(text, str) and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError("must be from 0 to 86400")
    return text


def _kind(name: str) -> str:
    if name not in kinds():
        raise ValueError(f"must be one of {', '.join(kinds())}")
    return name


def _after_object(text: str) -> str:
    return str(ObjectRef.parse(text))


Id = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$", description="As lists show it")]
Limit = Annotated[
    int, Field(ge=1, le=LONGEST_PAGE, description="How many at most; `Link` leads on"), BeforeValidator(_whole)
]
KindName = Annotated[str, AfterValidator(_kind), Field(json_schema_extra=lambda s: s.update(enum=[*kinds()]))]


class Query(BaseModel):
    """Base of all."""

    model_config = ConfigDict(extra="forbid")


class FlowsQuery(Query):
    """A page of flows."""

    after: Id | None = Field(None, description="The last flow of the page before")
    limit: Limit = PAGE


class EventsQuery(Query):
    """How long events are listened for."""

    seconds: Annotated[int, Field(ge=0, le=86400), BeforeValidator(_seconds)] | None = Field(
        None, alias="for", description="Seconds until the stream ends; without it, when one goes"
    )


class GraphQuery(Query):
    """The call that is simulated on a graph."""

    at: Line | None = Field(
        None,
        description="When: ISO 8601 (without an offset in the setting TIME_ZONE) or epoch seconds; without it now",
        examples=["2027-03-16T10:42", "1805190120"],
    )
    caller: Line | None = Field(None, description="The caller's number", examples=["+46701740601"])
    digits: str = Field(
        "",
        description="The keys that the caller presses, in order; a comma is a pause",
        json_schema_extra={"pattern": "^[0-9*#,]{0,20}$"},
    )
    held: str | None = Field(
        None,
        description="How many seconds the caller holds the line",
        json_schema_extra={"pattern": r"^([0-9]{1,6}(\.[0-9]{1,3})?)?$"},
    )
    luck: list[Line] = Field(
        [],
        description="How it goes in single objects, where that is not the caller's doing; may be given more than once",
        examples=[["queue/kundservice=full", "extension/201=busy"]],
    )


class ObjectsQuery(Query):
    """A page of objects."""

    kind: KindName | None = Field(None, description="Only objects of this kind")
    after: Annotated[str, AfterValidator(_after_object)] | None = Field(
        None, description="The last object of the page before, as `kind/key`", examples=["menu/huvudmeny"]
    )
    limit: Limit = PAGE


class ChoicesQuery(Query):
    """A search among choices."""

    q: str = Field("", description="Part of a name or a key, in any case of letters")


class ChangesQuery(Query):
    """A page of the history."""

    object: ObjectRef | None = Field(None, description="Only changes of this object, as `kind/key`")
    flow: Id | None = Field(None, description="Only changes of this flow's objects")
    after: Id | None = Field(None, description="The last change of the page before")
    limit: Limit = PAGE


class UsersQuery(Query):
    """A page of people."""

    after: Line | None = Field(None, description="The address of the last person of the page before")
    limit: Limit = PAGE


Q = TypeVar("Q", bound=Query)


def query(request: web.Request, model: type[Q]) -> Q:
    """The request's query as its declared model, or :class:`Invalid`."""
    given: dict[str, Any] = {name: request.query.getall(name) for name in request.query}
    many = {name for name, field in model.model_fields.items() if get_origin(field.annotation) is list}
    if twice := [name for name, texts in given.items() if name not in many and len(texts) > 1]:
        raise Invalid([FieldError(name, "twice", "is given more than once") for name in twice])
    try:
        return model.model_validate({name: texts if name in many else texts[0] for name, texts in given.items()})
    except ValidationError as err:
        raise Invalid(field_errors(err)) from err
