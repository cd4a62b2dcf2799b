"""A selection of `make fuzz`: garbled AMI brings about nothing but what is declared."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.peer import Line, Nonsense, cut, garbled, operations, stream
from vaxelflode.errors import PbxError


@pytest.mark.parametrize("seed", range(100))
async def test_a_garbled_stream_ends_in_answers_or_declared_errors(seed: int) -> None:
    chance = random.Random(seed)
    line = Line()
    line.hear(*cut(garbled(stream(chance), chance), chance))
    line.protocol.drop("the end")
    assert "pending" not in str(line.outcome())


@pytest.mark.parametrize("seed", range(3))
async def test_a_stream_cut_anywhere_is_the_same_stream(seed: int) -> None:
    chance = random.Random(seed)
    data = garbled(stream(chance), chance)[:3000]
    whole = Line().hear(data)
    for at in range(len(data)):
        assert Line().hear(data[:at], data[at:]) == whole


async def test_nonsense_is_understood_or_refused() -> None:
    every = dict(operations(Nonsense(random.Random(1))))
    assert len(every) > 20
    understood = 0
    for _ in range(50):
        for ask in every.values():
            try:
                await ask()
            except PbxError:
                continue
            understood += 1
    assert 0 < understood < 50 * len(every)
