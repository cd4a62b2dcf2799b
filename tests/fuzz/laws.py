"""The law of every position: refused, or plain, short, and read back as exactly the value that went in."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.fuzz.positions import Position
from tests.fuzz.strings import tried


class Broken(AssertionError):
    """A string that breaks the law at a position; made of plain arguments, so that it travels between processes."""

    def __init__(self, position: str, text: object, why: str) -> None:
        super().__init__(position, text, why)

    def __str__(self) -> str:
        position, text, why = self.args
        return f"{position}: {text!r}: {why}"


@dataclass
class Tally:
    """How many strings were tried at each position, and how many got through."""

    tried: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)

    def count(self, position: str, *, accepted: bool) -> None:
        """One string."""
        self.tried[position] += 1
        self.accepted[position] += accepted

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.tried + other.tried, self.accepted + other.accepted)


def hold(position: Position, text: str) -> str | None:
    """What came out, or ``None`` when the string was refused; raises :class:`Broken`."""
    value = position.value(text)
    try:
        made = position.encode(value)
    except position.refuses:
        return None
    except Exception as err:
        raise Broken(position.name, text, f"refused with {err!r}, not with {position.refuses.__name__}") from err
    for why in _faults(position, value, made):
        raise Broken(position.name, text, f"became {made!r}, which {why}")
    return str(made)


def _faults(position: Position, value: Any, made: Any) -> Iterable[str]:
    if type(made) is not position.made or not isinstance(made, str):
        yield f"is a {type(made).__name__}"
    elif position.only and made.strip(position.only):  # all of them stripped: none is another
        yield f"holds {set(made) - set(position.only)}"
    elif not set(position.never).isdisjoint(made):
        yield f"holds {set(made) & set(position.never)}"
    elif len(made.encode()) > position.longest:
        yield f"is {len(made.encode())} bytes long"
    elif position.holds is not None and not position.holds(made):
        yield "does not hold what must hold there"
    else:
        back = _decoded(position, made)
        if back != value or type(back) is not type(value):
            yield f"reads back as {back!r}"


def _decoded(position: Position, made: str) -> object:
    try:
        return position.decode(str(made))
    except (AssertionError, ValueError, KeyError) as err:
        return err


def try_many(position: Position, seed: str, count: int) -> Tally:
    """Hold ``count`` strings, drawn from ``seed``, against the law."""
    chance = random.Random(seed)
    through = 0
    for _ in range(count):
        through += hold(position, tried(position.valid, chance)) is not None
    return Tally(Counter({position.name: count}), Counter({position.name: through}))
