"""The JSON schemas of declared shapes, for the API's document: Pydantic's, named and tidied."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from vaxelflode.domain.destination import Destination
from vaxelflode.domain.kind import kinds
from vaxelflode.web.by_kind import REF, Schema, refined

#: As it is sent, and as it is answered.
SENT: Literal["validation"] = "validation"
ANSWERED: Literal["serialization"] = "serialization"
Mode = Literal["validation", "serialization"]


class Schemas:
    """The schemas of some shapes; :attr:`components` are those that have a name."""

    def __init__(self, shapes: Iterable[tuple[Any, Mode]]) -> None:
        every = [*kinds().values()]
        specs: list[tuple[Any, Mode]] = [(kind.spec, mode) for kind in every for mode in (SENT, ANSWERED)]
        asked: list[tuple[Any, Mode]] = [*shapes, *specs, (Destination, SENT)]
        made, rest = TypeAdapter.json_schemas(
            [(shape, mode, TypeAdapter(shape)) for shape, mode in dict.fromkeys(asked)],
            ref_template=REF + "{model}",
            schema_generator=_Generator,
        )
        sorts = made[Destination, SENT]["oneOf"]
        self._made = {key: _tidied(schema, sorts) for key, schema in made.items()}
        found = {name: _tidied(schema, sorts) for name, schema in rest["$defs"].items()}
        found["Destination"] = {"description": "Where an exit leads.", "oneOf": sorts}
        taken, shown = ({kind: _name(self._made[kind.spec, mode]) for kind in every} for mode in (SENT, ANSWERED))
        self.components: Mapping[str, Schema] = refined(found, taken, shown)

    def __call__(self, shape: Any, mode: Mode) -> Schema:
        """The schema of a shape: a reference where it has a name."""
        return dict(self._made[shape, mode])

    def whole(self, shape: Any, mode: Mode) -> Schema:
        """The schema of a shape that has a name, without it."""
        return self.components[_name(self(shape, mode))]


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).removeprefix(REF)


def _tidied(schema: Any, sorts: list[Schema]) -> Any:
    """The schema with a reference wherever Pydantic has written out the sorts of destination.

    And where it says what the names of a mapping are like, without leave for any others.
    """
    if isinstance(schema, list):
        return [_tidied(item, sorts) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("oneOf") == sorts:
        return {"$ref": REF + "Destination"} | {k: v for k, v in schema.items() if k != "oneOf"}
    found = {k: _tidied(v, sorts) for k, v in schema.items()}
    if isinstance(names := found.pop("patternProperties", None), dict):
        ((pattern, value),) = names.items()
        found |= {"propertyNames": {"pattern": pattern}, "additionalProperties": value}
    return found


class _Generator(GenerateJsonSchema):
    """Without titles, which only repeat names; and whatever is always answered is required there."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 -- no field has one
        return False

    def field_is_required(self, field: Any, total: bool) -> bool:
        if self.mode == "serialization" and field["type"] != "typed-dict-field":
            return True
        return super().field_is_required(field, total)

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return _untitled(super().model_schema(schema))

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        return _untitled(super().typed_dict_schema(schema))


def _untitled(schema: JsonSchemaValue) -> JsonSchemaValue:
    return {k: v for k, v in schema.items() if k != "title"}


def without_unused(document: dict[str, Any]) -> dict[str, Any]:
    """The document without components that nothing refers to, and with plain names for what is answered."""
    components: dict[str, Schema] = document["components"]["schemas"]
    while unused := set(components) - _referred(document):
        for name in unused:
            del components[name]
    text = json.dumps(document).replace("``", "`")
    for name in components:
        if (plain := name.removesuffix("-Output")) not in components:
            text = re.sub(rf'(["/]){re.escape(name)}"', rf'\g<1>{plain}"', text)
    return dict(json.loads(text))


def _referred(document: dict[str, Any]) -> set[str]:
    return set(re.findall(rf'"{REF}([^"]+)"', json.dumps(document)))
