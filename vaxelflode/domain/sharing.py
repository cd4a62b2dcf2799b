"""Equal values kept once: a company of ten thousand schedules has few kinds of week.

What a database gives is made anew for each object. Specs never change, so what is equal in them can be the same value;
of a large company's memory that is a third.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from sys import intern
from typing import Any, TypeVar

from pydantic import BaseModel

from vaxelflode.domain.identifiers import ObjectRef

M = TypeVar("M", bound=BaseModel)


class Pool:
    """The values that were met; it keeps them all, so it lasts no longer than what is read at once."""

    def __init__(self) -> None:
        self._met: dict[Any, Any] = {}

    def share(self, model: M) -> M:
        """The model that was met first of those that equal this, which nobody else may have yet.

        It holds, of all that is equal in it to what was met, the one met first.
        """
        values = model.__dict__
        for name, value in values.items():
            values[name] = self._one(value)
        given = model.__pydantic_fields_set__
        given = self._met.setdefault(frozenset(given), given)
        object.__setattr__(model, "__pydantic_fields_set__", given)
        met: M = self._first(model, (given, *values.values()))
        return met

    def ref(self, kind: str, key: str) -> ObjectRef:
        """A reference, the same for the object and for whoever leads to it."""
        met: ObjectRef = self._one(ObjectRef(intern(kind), key))
        return met

    def versions(self, given: dict[str, int]) -> dict[str, int]:
        """Numbers by aspect; most objects were never changed."""
        met: dict[str, int] = self._one(given)
        return met

    def _one(self, value: Any) -> Any:
        if isinstance(value, BaseModel):
            return self.share(value)
        if isinstance(value, tuple) and not isinstance(value, ObjectRef):
            return self._first(value, map(self._one, value))
        if isinstance(value, dict):
            for key, item in value.items():
                value[key] = self._one(item)
            return self._first(value, (part for key, item in value.items() for part in (self._one(key), item)))
        try:
            # Of its type too, since ``1 == True``.
            return self._met.setdefault(value if type(value) is str else (type(value), value), value)
        except TypeError:  # it cannot be looked up
            return self._met.setdefault(id(value), value)

    def _first(self, value: Any, parts: Iterable[Any]) -> Any:
        """What is made of parts is known by which they are: all that were met are still there."""
        key = array("Q", map(id, (type(value), *parts))).tobytes()
        return self._met.setdefault(key, value)
