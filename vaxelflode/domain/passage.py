"""What an object does to a call: the words in which kinds declare their step of the simulation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from vaxelflode.domain.destination import AnyDestination
from vaxelflode.domain.identifiers import ObjectRef

#: How it goes in an object where that is not the caller's doing: nobody answers, the queue is full, …
Luck = Literal["answered", "full", "waited", "no_agents", "no_answer", "busy"]


@dataclass(frozen=True, slots=True)
class Caller:
    """A call to be simulated: when (aware), from whom, the keys that are pressed in order, and how it goes.

    ``luck`` names what happens in single objects; elsewhere calls are answered.
    """

    at: dt.datetime
    number: str | None = None
    keys: str = ""
    luck: Mapping[ObjectRef, Luck] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passage:
    """A call's passage through one object.

    ``why`` says in one word what decided (``open``, ``override``, ``key``, ``timeout``, …). ``destination`` is where it
    goes on, by ``exit``; without one the call stays here, and ``why`` says how (``queued``, ``ringing``,
    ``recording``).
    ``prompts`` are heard in this order; ``pressed`` keys are used up.
    """

    why: str
    exit: str | None = None
    destination: AnyDestination | None = None
    prompts: tuple[str, ...] = ()
    pressed: int = 0


def through(
    name: str, destination: AnyDestination, *prompts: str | None, why: str | None = None, pressed: int = 0
) -> Passage:
    """A passage out by the exit ``name``."""
    return Passage(why or name, name, destination, tuple(p for p in prompts if p), pressed)


def stays(why: str, *prompts: str | None) -> Passage:
    """A call that stays."""
    return Passage(why, prompts=tuple(p for p in prompts if p))
