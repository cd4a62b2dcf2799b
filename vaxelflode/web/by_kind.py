"""Objects in the API's document, kind by kind: what :mod:`vaxelflode.services.shapes` declares for all of them alike,
with what each kind's own declaration adds. A kind is known here as soon as it is declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vaxelflode.domain.kind import Kind
from vaxelflode.domain.spec import SET
from vaxelflode.services.edit_object import ELSEWHERE

Schema = dict[str, Any]

#: Where components stand in the document.
REF = "#/components/schemas/"


#: The name of a spec's component, by kind.
Names = Mapping[Kind, str]


def refined(components: Mapping[str, Schema], taken: Names, shown: Names) -> dict[str, Schema]:
    """The components with objects by kind; ``taken`` are the specs as they are sent, ``shown`` as they are answered."""
    specs = {kind: _without_elsewhere(components[name]) for kind, name in taken.items()}
    patches = {_named("", kind, "Patch"): _patch_of(kind, spec, components) for kind, spec in specs.items()}
    return {
        **components,
        **{name: _masked(kind, components[name]) for kind, name in shown.items()},
        **{_named("New", kind, "Spec"): spec for kind, spec in specs.items()},
        **patches,
        **_union("Object", components["Object"], shown, lambda kind, base: _object(kind, base, shown[kind])),
        **_union("NewObject", components["NewObject"], specs, lambda kind, base: _new(kind, base, specs[kind])),
        "ObjectPatch": _with(components["ObjectPatch"], spec={"anyOf": [{"$ref": REF + name} for name in patches]}),
    }


def _without_elsewhere(spec: Schema) -> Schema:
    return spec | {"properties": {k: v for k, v in spec["properties"].items() if k not in ELSEWHERE}}


def _masked(kind: Kind, spec: Schema) -> Schema:
    """The spec as it is answered: of what is secret only whether it is set."""
    return _with(spec, **{name: _secret(spec["properties"][name], {"type": "null"}) for name in kind.spec.secrets()})


def _secret(schema: Schema, *others: Schema) -> Schema:
    said = {k: v for k, v in schema.items() if k.startswith("x-")}
    return {"anyOf": [{"const": SET}, *others], **said}


def _patch_of(kind: Kind, spec: Schema, components: Mapping[str, Schema]) -> Schema:
    made = _patch(spec, components)
    whole = {name: _or_null(spec["properties"][name]) for name in kind.spec.whole}
    # What is secret may come back as it was shown, and stays as it is.
    secret = {n: _secret(spec["properties"][n], *made["properties"][n]["anyOf"]) for n in kind.spec.secrets()}
    return _with(made, **whole, **secret)


def _with(base: Schema, **properties: Schema) -> Schema:
    return base | {"properties": base["properties"] | properties}


def _named(before: str, kind: Kind, after: str) -> str:
    return f"{before}{kind.name.title().replace('_', '')}{after}"


def _union(name: str, base: Schema, kinds: Iterable[Kind], make: Callable[[Kind, Schema], Schema]) -> dict[str, Schema]:
    """A component for each kind, and one that is any of them, told apart by ``kind``."""
    prefix = name.removesuffix("Object")
    every = {kind.name: (_named(prefix, kind, "Object"), make(kind, base)) for kind in kinds}
    refs = {kind: REF + component for kind, (component, _) in every.items()}
    either = {
        "description": base["description"],
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": "kind", "mapping": refs},
    }
    return dict(every.values()) | {name: either}


def _of(kind: Kind, base: Schema, **properties: Schema) -> Schema:
    described = base | {"description": (kind.spec.__doc__ or "").strip()}
    return _with(described, kind={"const": kind.name}, **properties)


def _object(kind: Kind, base: Schema, spec: str) -> Schema:
    one_of = {"items": {"enum": [*kind.aspects]}} if kind.aspects else {"maxItems": 0}
    return _of(kind, base, aspects={"type": "array", **one_of}, spec={"$ref": REF + spec})


def _new(kind: Kind, base: Schema, spec: Schema) -> Schema:
    key = base["properties"]["key"]
    if kind.key_pattern:
        key = key | {"pattern": f"^{kind.key_pattern}$", "description": kind.key_rule}
    made = _of(kind, base, key=key, spec={"$ref": REF + _named("New", kind, "Spec")})
    return made | {"required": [*base["required"], "spec"]} if spec.get("required") else made


def _patch(schema: Schema, components: Mapping[str, Schema]) -> Schema:
    """What may be merged (RFC 7396) into a value of ``schema``: each part of it alone, and ``null`` to take away.

    A destination is one value, so it is replaced as a whole; so is whatever is no object.
    """
    if (name := schema.get("$ref", "").removeprefix(REF)) not in ("", "Destination"):
        return _patch(components[name], components)
    if "properties" in schema:
        parts = {name: _or_null(_patch(part, components)) for name, part in schema["properties"].items()}
        return {k: v for k, v in schema.items() if k != "required"} | {"properties": parts}
    if isinstance(items := schema.get("additionalProperties"), dict):
        schema = schema | {"additionalProperties": _or_null(items)}
    return {k: v for k, v in schema.items() if k not in ("default", "minProperties")}


def _or_null(schema: Schema) -> Schema:
    kept = {k: schema[k] for k in schema if k.startswith("x-")}
    rest = {k: schema[k] for k in schema if not k.startswith("x-")}
    if {"type": "null"} in rest.get("anyOf", ()):
        return {k: v for k, v in schema.items() if k != "default"}
    return {"anyOf": [rest, {"type": "null"}], **kept}
