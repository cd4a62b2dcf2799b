"""A kind of object, declared once; and the registry that finds the declarations.

A new kind is one module in :mod:`vaxelflode.domain.kinds` (or any package on its path) with a ``KIND``, one
dialplan template and its words. Nothing else names kinds one by one.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, get_args

from pydantic import BaseModel

from vaxelflode.domain.destination import DESTINATIONS, ToExtension, ToObject
from vaxelflode.domain.phones import ExtensionKey
from vaxelflode.domain.spec import Spec


@dataclass(frozen=True)
class Kind:
    """One kind: its name, the model of its spec, and the aspects that cover no field (live actions)."""

    name: str
    spec: type[Spec]
    #: Aspects that grant live actions or watching, such as a queue's ``watch``; with their order in lists.
    live_aspects: tuple[str, ...] = ()
    #: Keys that an object of this kind may have beside the general rule, as words for an error; ``None``: any key.
    key_rule: str | None = None
    key_pattern: str | None = None
    #: Version of the spec's shape in the database; storage upgrades older ones.
    spec_version: int = 1
    #: Whether phones dial its key, so that it must not be an emergency number.
    dialled: bool = False
    #: How a call is led to it; ``False`` for what is only an entry (a number).
    reachable: bool = True

    @cached_property
    def aspect_of(self) -> Mapping[str, str | None]:
        """Field name → the aspect that covers it."""
        return {name: self.spec.declared(name).aspect for name in self.spec.model_fields}

    @cached_property
    def aspects(self) -> tuple[str, ...]:
        """All that can be granted, live aspects first, then in the order of the fields."""
        return tuple(dict.fromkeys([*self.live_aspects, *(a for a in self.aspect_of.values() if a)]))

    @cached_property
    def picked(self) -> Mapping[str, str]:
        """Field → what one picks in it; other fields are typed.

        A ``destination``, a ``phone`` (a destination that is an extension), or an ``extension`` by its key alone.
        """
        found = ((name, _picked(field.annotation)) for name, field in self.spec.model_fields.items())
        return {name: what for name, what in found if what is not None}

    @property
    def slots(self) -> Mapping[str, str]:
        """Sound slot of the API → field that holds its prompt."""
        return self.spec.slots()


def _picked(annotation: Any) -> str | None:
    """What a field's type is made of: anything that a call may be led to, phones alone, or neither."""
    parts = list(_parts(annotation))
    if ToObject in parts:
        return "destination"
    if ToExtension in parts:
        return "phone"
    return "extension" if ExtensionKey in parts else None


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and not issubclass(annotation, DESTINATIONS):
        for field in annotation.model_fields.values():
            yield from _parts(field.annotation)


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by name, found once: the ``KIND`` of each module of :mod:`vaxelflode.domain.kinds`."""
    return {kind.name: kind for kind in _found()}


def _found() -> Iterator[Kind]:
    from vaxelflode.domain import kinds as package  # noqa: PLC0415 -- the package's modules import this one

    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        declared = importlib.import_module(f"{package.__name__}.{module.name}")
        yield declared.KIND
