"""A plan: a small company of its own behind one number, and one call to it with all that is not the caller's doing."""

from __future__ import annotations

import datetime as dt
import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tests.oracle.exchange import lengths
from tests.sip import Pair
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.extension import Extension
from vaxelflode.domain.kinds.queue import Queue
from vaxelflode.domain.passage import Caller, Luck
from vaxelflode.domain.simulate import Simulation, simulate


@dataclass(frozen=True)
class Plan:
    """One call flow and one call.

    ``dialled`` is the number as the trunk sends it, ``caller`` who calls. ``luck`` is told of every telephone, queue,
    mailbox and number outside; ``agents`` are the queue's and the extension's keys, and whether they are on a pause.
    Whoever is ``hasty`` presses keys while a prompt is still heard. ``voices`` are those of the telephones.
    """

    number: str
    objects: tuple[Object, ...]
    at: dt.datetime
    dialled: str
    caller: str
    keys: str = ""
    held: float | None = None
    luck: Mapping[ObjectRef, Luck] = field(default_factory=dict)
    agents: tuple[tuple[str, str, bool], ...] = ()
    voices: Mapping[str, Pair] = field(default_factory=dict)
    hasty: bool = False

    @cached_property
    def company(self) -> Company:
        """The company as far as this call may come."""
        return Company(1, {o.ref: o for o in self.objects})

    @property
    def start(self) -> ObjectRef:
        """The number's object."""
        return ObjectRef("number", self.number)

    @property
    def call(self) -> Caller:
        """The call as the simulation is told of it."""
        return Caller(self.at, self.caller, self.keys, self.held, self.luck, lengths())

    @cached_property
    def simulation(self) -> Simulation:
        """What the simulation says."""
        return simulate(self.company, self.start, self.call)

    def spec_of(self, ref: ObjectRef) -> object:
        """An object's spec."""
        found = self.company.get(ref)
        assert found is not None, f"{ref} is not in the plan"
        return found.spec

    @property
    def endpoints(self) -> Iterator[str]:
        """The telephones as PJSIP knows them."""
        return (o.spec.endpoint for o in self.objects if isinstance(o.spec, Extension))

    @property
    def full_queues(self) -> Iterator[str]:
        """The queues that somebody else fills."""
        return (ref.key for ref, luck in self.luck.items() if ref.kind == "queue" and luck == "full")

    @property
    def music(self) -> frozenset[str]:
        """What is played while one waits: no prompt, since it has no end."""
        return frozenset(o.spec.music for o in self.objects if isinstance(o.spec, Queue) and o.spec.music)

    def as_file(self) -> str:
        """The objects in the one-file format of ``vaxelflode simulate --file``."""
        reached = sorted(self.company.reachable_from(self.start))
        found = (self.company.everything[ref] for ref in reached)
        objects = {str(o.ref): {"name": o.name, "spec": o.spec.as_json()} for o in found}
        return json.dumps({"format": 1, "objects": objects}, ensure_ascii=False, indent=2) + "\n"

    def command(self, path: Path) -> str:
        """The command that shows what was expected."""
        words = ["vaxelflode", "simulate", "--file", str(path), f"+{self.number}", "--at", self.at.isoformat()]
        words += ["--digits", self.keys] if self.keys else []
        words += [] if self.held is None else ["--held", str(self.held)]
        words += [word for ref, luck in self.luck.items() for word in ("--luck", f"{ref}={luck}")]
        return shlex.join(words)
