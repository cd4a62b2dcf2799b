"""What an object does to a call: the words in which kinds declare their step of the simulation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from vaxelflode.domain import calendars
from vaxelflode.domain.destination import AnyDestination
from vaxelflode.domain.identifiers import ObjectRef

#: How it goes in an object where that is not the caller's doing: nobody answers, the queue is full, … A phone that is
#: ``busy`` was declined or is in a call, one that is ``unreachable`` is not registered: neither rings.
Luck = Literal["answered", "busy", "no_answer", "unreachable", "full", "no_agents"]
LUCKS: tuple[Luck, ...] = get_args(Luck)


@dataclass(frozen=True, slots=True)
class Caller:
    """A call to be simulated.

    ``at`` is the instant at which it comes to the next object (aware), ``keys`` are pressed in order; a ``,`` among
    them is a pause as long as a menu waits for more. ``held`` is how many seconds the caller still holds the line;
    ``None``: as long as it takes. ``luck`` says how it goes in single objects; elsewhere whoever is rung answers, or
    nobody does where ``held`` is given: that is a question of how long one waits. ``sounds`` is the length of each
    prompt in seconds.
    """

    at: dt.datetime
    number: str | None = None
    keys: str = ""
    held: float | None = None
    luck: Mapping[ObjectRef, Luck] = field(default_factory=dict)
    sounds: Mapping[str, float] = field(default_factory=dict)

    def luck_of(self, ref: ObjectRef) -> Luck:
        """How it goes in ``ref``."""
        return self.luck.get(ref, "answered" if self.held is None else "no_answer")

    def length(self, prompt: str | None) -> float:
        """Seconds of a prompt; 0 for none, and for one whose length is not known."""
        return 0.0 if prompt is None else self.sounds.get(prompt, 0.0)


class Played(NamedTuple):
    """A prompt that the caller hears, ``after`` so many seconds in the object."""

    prompt: str
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A call's passage through one object.

    ``why`` says in one word what decided (``open``, ``override``, ``key``, ``timeout``, …). ``destination`` is where it
    goes on, by ``exit``, after ``seconds``; without one the call stays here, and ``why`` says how (``queued``,
    ``ringing``, ``recording``), or the PBX ends it here after ``seconds``: it is ``over``. ``played`` are the prompts
    in their order; ``pressed`` keys are used up. ``note`` is what people call what decided: the holiday, the temporary
    change; of a day of a country's ``calendar`` in that country's language.
    """

    why: str
    exit: str | None = None
    destination: AnyDestination | None = None
    played: tuple[Played, ...] = ()
    pressed: int = 0
    seconds: float = 0.0
    note: str = ""
    over: bool = False
    calendar: str | None = None

    def note_in(self, language: str) -> str:
        """The note to whoever reads ``language``; what people typed is as they typed it."""
        return calendars.in_language(self.calendar, self.note, language)

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts alone."""
        return tuple(p.prompt for p in self.played)


def heard(*prompts: str | None) -> tuple[Played, ...]:
    """Prompts that are played one after the other from the beginning on; what is ``None`` is no prompt."""
    return tuple(Played(p) for p in prompts if p)


def through(
    name: str,
    destination: AnyDestination,
    *prompts: str | None,
    why: str | None = None,
    played: tuple[Played, ...] = (),
    pressed: int = 0,
    seconds: float = 0.0,
    note: str = "",
    calendar: str | None = None,
) -> Passage:
    """A passage out by the exit ``name``."""
    sounds = played or heard(*prompts)
    return Passage(why or name, name, destination, sounds, pressed, seconds, note, calendar=calendar)


def stays(why: str, *prompts: str | None, played: tuple[Played, ...] = ()) -> Passage:
    """A call that stays."""
    return Passage(why, played=played or heard(*prompts))


def ends(why: str, seconds: float = 0.0) -> Passage:
    """A call that the PBX ends here."""
    return Passage(why, seconds=seconds, over=True)
