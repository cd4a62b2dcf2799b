"""How loud a sound is, and making speech as loud as it should be on a telephone line.

Levels are in dBFS: 0 is a sample at the end of the 16-bit scale. The loudness of speech is measured where somebody
speaks: pauses say nothing about it (the idea of ITU-T P.56, in its simplest form).
"""

from __future__ import annotations

import itertools
import math
import sys
from array import array
from collections.abc import Iterator, Sequence

FULL_SCALE = 32768.0
#: Parts of an outline, and about how many samples of each are looked at: enough for a drawing, in a millisecond.
PARTS, _LOOKED_AT = 110, 200
#: A WAV file's header, in samples of 16 bits.
_HEADER = 22
#: What silence measures, in dBFS: below the smallest 16-bit sample.
FLOOR = -100.0
#: Samples of a frame: 20 ms at 8 kHz.
_FRAME = 160
#: A frame this much below the loudest is a pause, in dB.
_PAUSE = 30.0
_TRIES = 6


def decibels(amplitude: float) -> float:
    """An amplitude on the 16-bit scale, in dBFS."""
    return max(FLOOR, 20 * math.log10(amplitude / FULL_SCALE)) if amplitude > 0 else FLOOR


def amplitude(level: float) -> float:
    """The inverse of :func:`decibels`."""
    return float(FULL_SCALE * 10 ** (level / 20))


def peak_db(samples: Sequence[float]) -> float:
    """The level of the loudest sample."""
    return decibels(max((abs(s) for s in samples), default=0.0))


def rms_db(samples: Sequence[float]) -> float:
    """The root mean square of the frames that are not pauses."""
    powers = [sum(s * s for s in frame) / len(frame) for frame in _frames(samples)]
    loudest = max(powers, default=0.0)
    spoken = [p for p in powers if p > loudest * 10 ** (-_PAUSE / 10)]
    return decibels(math.sqrt(sum(spoken) / len(spoken))) if spoken else FLOOR


def outline(wav: bytes, parts: int = PARTS) -> tuple[float, ...]:
    """How loud a sound (WAV, mono, 16 bit) is in each of as many equal parts: 1 is its loudest, 0 silence."""
    samples = array("h", wav[: len(wav) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    samples = samples[_HEADER:]
    edges = [len(samples) * n // parts for n in range(parts + 1)]
    step = max(1, len(samples) // parts // _LOOKED_AT)
    looked_at = [samples[start:end:step] for start, end in itertools.pairwise(edges)]
    peaks = [max(map(abs, part), default=0) for part in looked_at]
    loudest = max(1, *peaks)
    return tuple(round(peak / loudest, 3) for peak in peaks)


def _frames(samples: Sequence[float]) -> Iterator[Sequence[float]]:
    return (samples[n : n + _FRAME] for n in range(0, len(samples), _FRAME))


def levelled(samples: Sequence[float], *, rms: float = -16.0, peak: float = -3.5) -> list[float]:
    """The sound with the loudness ``rms`` and no sample above ``peak``; silence stays silence.

    Speech peaks some 18 dB above its mean, more than there is room for, so its peaks are turned down (not cut).
    What that takes from the loudness is given back, in a few rounds.
    """
    if rms_db(samples) <= FLOOR:
        return list(samples)
    gain = 1.0
    limited: list[float] = list(samples)
    for _ in range(_TRIES):
        gain *= 10 ** ((rms - rms_db(limited)) / 20)
        limited = _limited([s * gain for s in samples], amplitude(peak))
    return limited


def _limited(samples: Sequence[float], ceiling: float) -> list[float]:
    """The gain runs in straight lines between the frames' edges; at each it is the lower of the two frames' need."""
    needs = [min(1.0, ceiling / max(1.0, *(abs(s) for s in frame))) for frame in _frames(samples)]
    edges = [needs[0], *map(min, needs, needs[1:]), needs[-1]]
    out: list[float] = []
    for n, frame in enumerate(_frames(samples)):
        start, slope = edges[n], (edges[n + 1] - edges[n]) / _FRAME
        out += [s * (start + slope * k) for k, s in enumerate(frame)]
    return out
