"""Objects of every kind, drawn: specs from the strategies of `tests/domain`, and what they hold drawn anew."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.domain.strategies import json_specs
from tests.fuzz.strings import tried
from vaxelflode.domain.check import parsed_spec
from vaxelflode.domain.company import Object

Json = Any


def pool(kind: str, start: int, size: int) -> list[dict[str, Json]]:
    """About ``size`` JSON specs of a kind that the domain accepts; the same for the same ``start``."""
    found: list[dict[str, Json]] = []

    @seed(start)
    @settings(
        max_examples=size,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(json_specs[kind])
    def collect(spec: dict[str, Json]) -> None:
        found.append(spec)

    collect()
    return found


def with_own_code(o: Object, taken: set[str]) -> Object:
    """The object, without its code where another has that: a phone dials one thing."""
    code = getattr(o.spec, "code", None)
    if code is None or code not in taken:
        taken.add(code or "")
        return o
    return replace(o, spec=parsed_spec(o.kind, o.spec.as_json() | {"code": None}))


def texts(value: Json, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all texts in a JSON value; a name in an object is one too, its way ends in ``None``."""
    if isinstance(value, str):
        yield way
    elif isinstance(value, dict):
        for name, item in value.items():
            yield (*way, name, None)
            yield from texts(item, (*way, name))
    elif isinstance(value, list | tuple):
        for n, item in enumerate(value):
            yield from texts(item, (*way, n))


def spoiled_spec(spec: dict[str, Json], chance: random.Random) -> tuple[dict[str, Json], str]:
    """``spec`` with one text in it drawn anew, near what it was; and that text."""
    made = copy.deepcopy(spec)
    ways = list(texts(made))
    if not ways:
        return made, ""
    *way, last = chance.choice(ways)
    name = way.pop() if last is None else last
    holder: Json = made
    for step in way:
        holder = holder[step]
    was = str(name) if last is None else holder[name]
    text = tried(lambda _: was, chance)
    if last is None:
        holder[text] = holder.pop(name)
    else:
        holder[name] = text
    return made, text
