"""A million strings through every encoder, and through the doors of the domain before them."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache

import pytest

from tests.fuzz.doors import DOORS
from tests.fuzz.drawing import pool, spoiled_spec
from tests.fuzz.laws import Broken, Tally, try_many
from tests.fuzz.positions import POSITIONS, RENDERER, Position, without_a_row
from tests.fuzz.share import SEED, count, show
from vaxelflode.domain.check import parsed_spec
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.errors import Invalid
from vaxelflode.rendering.strict import faults

#: QUALITY.md, *Bad input*.
STRINGS = 1_000_000
AT_DOORS, SPECS = 200_000, 20_000
_PIECE = 20_000


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPoolExecutor]:
    """A process a core."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), spawn, initializer=faulthandler.enable) as pool:
        yield pool


def piece(table: str, number: int, seed: str, strings: int) -> Tally:
    """A part of the strings of one row; found by its number, since rows do not travel between processes."""
    row = _TABLES[table][number]
    return try_many(row, f"{seed}/{row.name}", strings)


_TABLES = {"positions": POSITIONS, "doors": DOORS}


def _all(workers: ProcessPoolExecutor, table: str, strings: int) -> Tally:
    sizes = [min(_PIECE, strings - start) for start in range(0, strings, _PIECE)]
    work = [(table, row, f"{SEED}/{n}", size) for row in range(len(_TABLES[table])) for n, size in enumerate(sizes)]
    return sum(workers.map(piece, *zip(*work, strict=True)), Tally())


def _enough(rows: Sequence[Position], tally: Tally, strings: int) -> None:
    """Each row had its strings, many got through (else the laws were held to nothing) and many did not."""
    for row in rows:
        through = tally.accepted[row.name]
        assert tally.tried[row.name] == strings
        assert 0.2 * strings <= through <= 0.95 * strings, f"{row.name}: {through:,} of {strings:,} got through"


def test_every_encoder_has_a_row() -> None:
    assert not without_a_row()
    assert len({row.name for row in POSITIONS}) == len(POSITIONS)


def test_a_million_strings_through_every_encoder(workers: ProcessPoolExecutor) -> None:
    started, strings = time.monotonic(), count(STRINGS, 1000)
    tally = _all(workers, "positions", strings)
    show("Strings through the encoders", tally, time.monotonic() - started)
    _enough(POSITIONS, tally, strings)


def test_what_the_domain_lets_in_every_encoder_takes(workers: ProcessPoolExecutor) -> None:
    started, strings = time.monotonic(), count(AT_DOORS, 1000)
    tally = _all(workers, "doors", strings)
    show("Strings at the doors of the domain", tally, time.monotonic() - started)
    _enough(DOORS, tally, strings)


def test_a_spec_with_a_spoiled_text_is_refused_or_rendered_without_a_fault(workers: ProcessPoolExecutor) -> None:
    started, specs = time.monotonic(), count(SPECS, 200)
    work = [(kind, f"{SEED}/{n}", 500) for kind in kinds() for n in range(-(-specs // 500))]
    tally: Tally = sum(workers.map(spec_piece, *zip(*work, strict=True)), Tally())
    show("Specs with one text drawn anew", tally, time.monotonic() - started)
    assert all(tally.accepted[kind] >= 0.05 * tally.tried[kind] for kind in kinds())


@cache
def _pool(kind: str) -> list[dict[str, object]]:
    return pool(kind, int.from_bytes(SEED.encode()), 200)


def spec_piece(kind: str, seed: str, specs: int) -> Tally:
    """Specs of a kind, each with one text spoiled, held against domain, encoders and strict reader."""
    chance = random.Random(f"{seed}/{kind}")
    return sum((_tried_spec(kind, *spoiled_spec(chance.choice(_pool(kind)), chance)) for _ in range(specs)), Tally())


def _tried_spec(kind: str, said: dict[str, object], text: str) -> Tally:
    where = f"spec of a {kind}"
    try:
        spec = parsed_spec(kinds()[kind], said)
    except Invalid:
        return Tally(Counter({kind: 1}))
    except Exception as err:
        raise Broken(where, text, f"{said!r} is refused with {err!r}") from err
    ref = ObjectRef(kind, "46101022290" if kinds()[kind].key_pattern else "prov")
    for fault in _rendered_faults(Object(ref, text, spec), where, text):
        raise Broken(where, text, f"{said!r} is rendered with a fault: {fault}")
    return Tally(Counter({kind: 1}), Counter({kind: 1}))


def _rendered_faults(o: Object, where: str, text: str) -> Iterable[str]:
    try:
        files = RENDERER.render(Company(1, {o.ref: o})).files
    except Exception as err:
        raise Broken(where, text, f"is let in and cannot be rendered: {err!r}") from err
    return [f"{name}: {fault}" for name, file in files.items() for fault in faults(name, file.content)]
