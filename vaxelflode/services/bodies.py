"""What people send, as declared shapes: nothing beside what is named, and nothing of another type.

The API's document is generated from the same declarations (:mod:`vaxelflode.web.openapi`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, TypeVar, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, with_config

from vaxelflode.domain.check import NAME_LENGTH, field_errors
from vaxelflode.domain.text import Line
from vaxelflode.errors import Invalid

_STRICT = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

#: For a ``TypedDict`` whose keys may be left out, which is not the same as ``null``.
given = with_config(_STRICT)


class Body(BaseModel):
    """Base of the bodies whose fields have defaults."""

    model_config = _STRICT


def _not_blank(text: str) -> str:
    if not (kept := text.strip()):
        raise ValueError("must not be empty")
    return kept


#: A label as people type it, kept without the blanks around it.
Name = Annotated[Line, Field(min_length=1, max_length=NAME_LENGTH), AfterValidator(_not_blank)]

T = TypeVar("T")


def parsed(shape: type[T], body: Mapping[str, Any]) -> T:
    """The body as its declared shape, or :class:`Invalid` with every wrong field."""
    try:
        # As JSON, since only there strict means that text is no number and a list may still be a tuple.
        return cast("T", _adapter(cast("Any", shape)).validate_json(json.dumps(body)))
    except ValidationError as err:
        raise Invalid(field_errors(err)) from err


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)
