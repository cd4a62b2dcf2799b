"""Switch: a manual state with an exit for each position; from the web and from a phone; it may end by itself.

The position stands in AstDB as ``position,until,changed_at,by`` and in the spec: whichever was set last holds, and
:mod:`vaxelflode.applying.entries` and :mod:`vaxelflode.applying.switches` keep the two together. The dialplan reads
AstDB alone, so that a phone can set it while the control plane is down, and reads the end too.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from vaxelflode.domain import pin as pins
from vaxelflode.domain.destination import AnyDestination, Destination
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, through
from vaxelflode.domain.pin import Code, Pin
from vaxelflode.domain.spec import Heard, Spec, field
from vaxelflode.domain.text import Line
from vaxelflode.domain.zones import Instant

#: What a position is called in the spec, the dialplan and AstDB.
Position = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,19}$")]
#: Who set it, in a generated word: ``web``, or the digits of the phone's endpoint (``phone`` where it has none).
By = Annotated[str, StringConstraints(pattern=r"^(?:web|phone|[0-9]{1,20})$")]

WEB = "web"
#: The family of its entries in AstDB.
FAMILY = "switch"
#: How far ahead a position may be set to end.
LONGEST = dt.timedelta(days=366)
#: How far the PBX's clock may be ahead of ours for its word on the time to be taken.
AHEAD = dt.timedelta(minutes=5)

_ENTRY = re.compile(r"([a-z][a-z0-9]{0,19}),([0-9]{1,11})?,([0-9]{1,14}),(web|phone|[0-9]{1,20})")
_TICK = dt.timedelta(milliseconds=1)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Standing(BaseModel):
    """Where a switch was set: to which position, until when (``None``: until somebody sets it), since when, by whom."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: Position
    until: Instant | None = None
    #: When it was set, and who by; given by whoever saves it, never by whoever asks. Whichever was set last holds.
    since: Instant | None = Field(None, json_schema_extra={"readOnly": True})
    by: By = Field(WEB, json_schema_extra={"readOnly": True})

    @property
    def set_at(self) -> dt.datetime:
        """When it was set; before everything else where nobody knows."""
        return self.since or _EPOCH

    def as_entry(self) -> str:
        """``position,until,changed_at,by`` as AstDB holds it: epoch seconds, and milliseconds."""
        until = "" if self.until is None else str(int(self.until.timestamp()))
        return f"{self.at},{until},{(self.set_at - _EPOCH) // _TICK},{self.by}"

    @classmethod
    def from_entry(cls, text: str) -> Standing | None:
        """The inverse of :meth:`as_entry`; ``None`` for what is no such entry."""
        if (found := _ENTRY.fullmatch(text)) is None:
            return None
        at, until, since, by = found.groups()
        end = None if until is None else _EPOCH + dt.timedelta(seconds=int(until))
        return cls(at=at, until=end, since=_EPOCH + int(since) * _TICK, by=by)


class Switch(Spec):
    """The positions, each with its exit. The switch stands at ``default`` until it is set, and again when that ends.

    ``code`` is what a phone dials to set it, after the PIN if there is one. A switch of two positions goes to the
    other; of more, to the one whose number is pressed: they count from 1, in the order of ``positions``.
    """

    itemised: ClassVar[frozenset[str]] = frozenset({"positions", "labels"})
    fixed: ClassVar[frozenset[str]] = frozenset({"positions"})
    whole: ClassVar[frozenset[str]] = frozenset({"position"})
    families: ClassVar[frozenset[str]] = frozenset({FAMILY}) | pins.FAMILIES
    heard_in: ClassVar[frozenset[str]] = frozenset({FAMILY})

    positions: Mapping[Position, Destination] = field(aspect="route", min_length=2, max_length=9)
    default: Position = field()
    labels: Mapping[Position, Line] = field({}, max_length=9)
    position: Standing | None = field(None, aspect="position", option="AstDB")
    code: Code | None = field(None, unique="code")
    pin: Pin | None = field(None, secret=True)

    @field_validator("default", "labels", "position")
    @classmethod
    def _known(cls, value: Any, info: ValidationInfo) -> Any:
        """A position that is spoken of is one of the positions."""
        names = [value] if isinstance(value, str) else [value.at] if isinstance(value, Standing) else value or ()
        for name in names if "positions" in info.data else ():
            if name not in info.data["positions"]:
                raise ValueError(f"there is no position {name}")
        return value

    def doubts(self) -> Iterator[tuple[str, str]]:
        """A code that anybody at any phone may use."""
        if self.code is not None and self.pin is None:
            yield "code", "code_without_pin"

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

    def entries(self, *, retired: bool = False) -> Mapping[str, str | None]:
        """Its position, if it was ever set, and its PIN."""
        position: dict[str, str | None] = {} if self.position is None else {FAMILY: self.position.as_entry()}
        return position | pins.entries(self.pin, retired=retired)

    def heard(self, family: str, value: str, now: dt.datetime) -> Heard | None:
        """A position that was set at a phone later than the one that is known here."""
        found = Standing.from_entry(value) if family == FAMILY else None
        if found is None or found.at not in self.positions or found.set_at > now + AHEAD:
            return None
        if self.position is not None and found.set_at <= self.position.set_at:
            return None
        return Heard(self.model_copy(update={"position": found}), found.by, found.set_at)

    def late(self, before: Spec | None, now: dt.datetime) -> Iterator[tuple[str, str]]:
        """An end that has passed, or is more than a year ahead; one that stood there already may have passed."""
        until = None if self.position is None else self.position.until
        if until is None or _same(self.position, _position(before)):
            return
        if until <= now:
            yield "position.until", "must lie in the future"
        elif until > now + LONGEST:
            yield "position.until", "must be at most a year ahead"

    def stamped(self, before: Spec | None, now: dt.datetime) -> Switch:
        """Since when and who by; never older than what it replaces, since whichever was set last holds.

        A position that is restored after its end has passed is the default, as it would be had nobody touched it.
        """
        was = _position(before)
        if _same(self.position, was):
            return self.model_copy(update={"position": was})
        wanted = self.position or Standing(at=self.default)
        if wanted.until is not None and wanted.until <= now:
            wanted = Standing(at=self.default)
        since = now.astimezone(dt.UTC).replace(microsecond=now.microsecond // 1000 * 1000)
        if was is not None:
            since = max(since, was.set_at + _TICK)
        until = wanted.until and wanted.until.astimezone(dt.UTC).replace(microsecond=0)
        return self.model_copy(update={"position": Standing(at=wanted.at, until=until, since=since)})

    def from_elsewhere(self, now: dt.datetime) -> Switch:
        """A position that was set at an instant to come would be older than nothing that a phone sets."""
        ahead = self.position is not None and self.position.set_at > now
        return self.stamped(None, now) if ahead else self

    def lamp(self, at: dt.datetime) -> tuple[str, bool] | None:
        """Lit while it does not stand at the default."""
        return None if self.code is None else (self.code, self.stands(at) != self.default)


def _position(spec: Spec | None) -> Standing | None:
    return spec.position if isinstance(spec, Switch) else None


def _same(one: Standing | None, other: Standing | None) -> bool:
    """Whether two say the same of where it stands and until when, whoever set it."""
    if one is None or other is None:
        return one is other
    return (one.at, one.until) == (other.at, other.until)


KIND = Kind("switch", Switch)
