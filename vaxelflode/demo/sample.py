"""Reads the sample company, which is data: ``norrvik.toml`` beside this module, in the wheel too."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict

from vaxelflode.domain.flow import Right
from vaxelflode.domain.identifiers import ObjectRef


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SamplePerson(_Value):
    """Somebody who works there; ``login`` is their name in ``demo.json``, if they are in it."""

    name: str
    email: str
    rights: frozenset[Right]
    login: str | None = None


class SampleFlow(_Value):
    """A flow: objects with the aspects that are granted."""

    name: str
    description: str
    number: str
    supervisors: tuple[str, ...]
    grants: Mapping[ObjectRef, tuple[str, ...]]


class SampleObject(_Value):
    """An object: its spec without prompts, the words of each prompt by the spec's field, and a queue's agents.

    ``agents`` has, by extension, what the API takes of an agent.
    """

    name: str
    spec: Mapping[str, Any] = {}
    says: Mapping[str, str] = {}
    agents: Mapping[str, Mapping[str, Any]] = {}


class Sample(_Value):
    """The whole company."""

    name: str
    people: tuple[SamplePerson, ...]
    flows: tuple[SampleFlow, ...]
    objects: Mapping[ObjectRef, SampleObject]

    @property
    def words(self) -> frozenset[str]:
        """Everything that is to be spoken."""
        return frozenset(text for o in self.objects.values() for text in o.says.values())

    @property
    def codes(self) -> dict[ObjectRef, tuple[str, str]]:
        """Object → the code that phones dial, and its PIN ('' for none)."""
        return {
            ref: (str(o.spec["code"]), str(o.spec.get("pin", "")))
            for ref, o in self.objects.items()
            if "code" in o.spec
        }

    @property
    def admin(self) -> SamplePerson:
        """Who built it."""
        return next(person for person in self.people if "flow_admin" in person.rights)

    @property
    def logins(self) -> dict[str, str]:
        """Name in ``demo.json`` → address."""
        return {person.login: person.email for person in self.people if person.login}


@cache
def norrvik() -> Sample:
    """Norrvik Energi."""
    text = files(__package__).joinpath("norrvik.toml").read_text("utf-8")
    return Sample.model_validate(tomllib.loads(text))
