"""Sound at one rate made into sound at another, without what the new rate cannot carry.

A windowed-sinc filter in its polyphase form: per output sample one dot product with the coefficients of its phase.
Plain Python, since a few seconds of speech are all it is ever given: about 25 ms of computing a second of sound.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from operator import mul

#: Input samples on each side of an output sample; with the window below 60 dB down where the band ends.
_REACH = 36
#: Kaiser's window: shape for 60 dB (J. F. Kaiser, 1974: beta = 0.1102 (A - 8.7)).
_BETA = 0.1102 * (60 - 8.7)
#: Where the filter is 6 dB down, as a share of the lower rate: half-way between the end of the telephone's band
#: (3400 Hz of 8000) and its mirror image (4600 Hz), so that what folds back lies above the band.
_CUTOFF = 0.5


def resampled(samples: Sequence[float], rate: int, wanted: int) -> list[float]:
    """``samples`` at ``rate`` as samples at ``wanted``; a constant stays what it is, and so does the length in time."""
    if rate == wanted:
        return list(samples)
    phases = _phases(rate, wanted)
    padded = [0.0] * _REACH + list(samples) + [0.0] * _REACH
    width = 2 * _REACH
    divisor = math.gcd(rate, wanted)
    step, parts = rate // divisor, wanted // divisor
    count = len(samples) * wanted // rate
    return [
        sum(map(mul, phases[at % parts], padded[at // parts + 1 : at // parts + 1 + width]))
        for at in range(0, count * step, step)
    ]


@cache
def _phases(rate: int, wanted: int) -> tuple[tuple[float, ...], ...]:
    """The coefficients for each place that an output sample can have between two input samples."""
    parts = wanted // math.gcd(rate, wanted)
    cutoff = _CUTOFF * min(rate, wanted) / rate
    made = []
    for phase in range(parts):
        places = [k + 1 - _REACH - phase / parts for k in range(2 * _REACH)]
        raw = [_sinc(2 * cutoff * x) * _kaiser(x / _REACH) for x in places]
        total = sum(raw)
        made.append(tuple(c / total for c in raw))
    return tuple(made)


def _sinc(x: float) -> float:
    return 1.0 if x == 0 else math.sin(math.pi * x) / (math.pi * x)


def _kaiser(x: float) -> float:
    """The window at ``x`` from -1 to 1; its constant factor goes when the coefficients are made to add up to 1."""
    return _bessel(_BETA * math.sqrt(max(0.0, 1 - x * x)))


def _bessel(x: float) -> float:
    """The modified Bessel function of the first kind and order 0, by its power series."""
    term = total = 1.0
    for k in range(1, 40):
        term *= (x / (2 * k)) ** 2
        total += term
    return total
