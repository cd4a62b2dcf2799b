"""Flows and grants: who may change what. And the people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from vaxelflode.domain.identifiers import ObjectRef

Right = Literal["flow_user", "flow_admin"]
RIGHTS: tuple[Right, ...] = ("flow_user", "flow_admin")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a flow's supervisors may do with one object: aspects, within limits, until it expires (UTC)."""

    object: ObjectRef
    aspects: frozenset[str]
    limits: Mapping[str, Any] = field(default_factory=dict)
    expires: dt.datetime | None = None

    def holds(self, now: dt.datetime) -> bool:
        """Whether the grant has not expired."""
        return self.expires is None or now < self.expires


@dataclass(frozen=True, slots=True)
class Flow:
    """Name, description, optional number, granted objects, supervisors (by e-mail)."""

    id: str
    name: str
    description: str = ""
    number: str | None = None
    grants: tuple[Grant, ...] = ()
    supervisors: tuple[str, ...] = ()
    version: int = 1

    @property
    def number_ref(self) -> ObjectRef | None:
        """The number as an object."""
        return ObjectRef("number", self.number.removeprefix("+")) if self.number else None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can log in. ``extension`` is their own phone."""

    id: int
    email: str
    name: str
    rights: frozenset[Right]
    language: str = "sv"
    extension: str | None = None
    disabled: bool = False

    @property
    def is_administrator(self) -> bool:
        """Has the right to all of Växelflöde."""
        return "flow_admin" in self.rights
