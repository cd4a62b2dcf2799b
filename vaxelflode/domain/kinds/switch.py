"""Switch: a manual state with an exit for each position; from the web and from a phone; it may end by itself.

The position stands in AstDB as ``position,until,changed_at,by`` and in the spec: whichever was set last holds, and
``vaxelflode.applying.switches`` keeps the two together. The dialplan reads AstDB alone, so that a phone can set it
while the control plane is down, and reads the end too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, model_validator

from vaxelflode.domain.destination import AnyDestination, Destination
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, through
from vaxelflode.domain.pin import Code, Pin
from vaxelflode.domain.spec import Spec, field
from vaxelflode.domain.text import Line

#: What a position is called in the spec, the dialplan and AstDB.
Position = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,19}$")]


class Standing(BaseModel):
    """Where a switch was set: to which position, until when (``None``: until somebody sets it), and since when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: Position
    until: AwareDatetime | None = None
    #: When it was set; given by whoever saves it, never by whoever asks. Whichever was set last holds.
    since: AwareDatetime | None = None


class Switch(Spec):
    """The positions, each with its exit. The switch stands at ``default`` until it is set, and again when that ends.

    ``code`` is what a phone dials to set it, after the PIN if there is one.
    """

    itemised: ClassVar[frozenset[str]] = frozenset({"positions", "labels"})
    fixed: ClassVar[frozenset[str]] = frozenset({"positions"})
    whole: ClassVar[frozenset[str]] = frozenset({"position"})

    positions: Mapping[Position, Destination] = field(aspect="route", min_length=2, max_length=9)
    default: Position = field()
    labels: Mapping[Position, Line] = field({}, max_length=9)
    position: Standing | None = field(None, aspect="position", option="AstDB")
    code: Code | None = field(None, unique="code")
    pin: Pin | None = field(None, secret=True)

    @model_validator(mode="after")
    def _known(self) -> Switch:
        set_to = [self.position.at] if self.position else []
        for what, names in (("default", [self.default]), ("labels", self.labels), ("position", set_to)):
            if unknown := [name for name in names if name not in self.positions]:
                raise ValueError(f"{what}: there is no position {unknown[0]}")
        return self

    def label(self, field: str, key: str) -> str | None:
        """A position as people call it."""
        return self.labels.get(key) if field == "positions" else None

    def stands(self, at: dt.datetime) -> str:
        """The position at an instant."""
        if self.position is None or (self.position.until is not None and at >= self.position.until):
            return self.default
        return self.position.at

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:  # noqa: ARG002 -- the position decides
        """Out by the position."""
        here = self.stands(caller.at)
        destination: AnyDestination = self.positions[here]
        return through(here, destination, why="position")

    def turns(self, after: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
        """The end of the position."""
        if self.position is not None and self.position.until is not None and after < self.position.until <= until:
            yield self.position.until


KIND = Kind("switch", Switch)
