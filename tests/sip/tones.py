"""Tone pairs: the voices of the tests.

Every prompt, phone and caller speaks a pair of sine tones of its own, so that a recording tells who was heard. The
tones lie on a 50 Hz grid: within a frame of 40 ms each makes whole periods and no two of them mix in the spectrum.
The grid leaves out what telephony listens for: DTMF (ITU-T Q.23) with 5 % around it (a receiver must refuse what is
3.5 % off, Q.24), dial, ringing and progress tones, and the fax tones (ITU-T T.30).
"""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from typing import Final

import numpy as np

from .g711 import RATE, Samples

_DTMF = (697, 770, 852, 941, 1209, 1336, 1477, 1633)
_SUPERVISORY = (350, 425, 440, 480, 620, 1100, 2100)
_LEVEL = 8000  # of 32767 for each tone: 12 dB below full scale, so that two of them never clip


def _free(frequency: int) -> bool:
    near_key = any(abs(frequency - key) <= 0.05 * key for key in _DTMF)
    return not near_key and all(abs(frequency - tone) > 60 for tone in _SUPERVISORY)


GRID: Final = tuple(frequency for frequency in range(500, 3400, 50) if _free(frequency))
"""The frequencies in use, in Hz, rising."""


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """Two frequencies in Hz, the lower first."""

    low: int
    high: int

    @property
    def name(self) -> str:
        """Such as ``550+1750``."""
        return f"{self.low}+{self.high}"


def _pairs() -> tuple[Pair, ...]:
    """All pairs at least four steps of the grid apart; neighbours in the list share no frequency."""
    half = len(GRID) // 2
    gaps = sorted(range(4, len(GRID)), key=lambda gap: (abs(gap - half), gap))
    return tuple(Pair(GRID[at], GRID[at + gap]) for gap in gaps for at in range(len(GRID) - gap))


PAIRS: Final = _pairs()
"""Every pair, in a fixed order: the first ones are the most unlike each other."""


def pair(number: int) -> Pair:
    """The pair of that number, from 0 to ``len(PAIRS) - 1``; tests number their voices."""
    return PAIRS[number]


def synthesise(tones: Pair, seconds: float, rate: int = RATE) -> Samples:
    """The pair as mono sound, both tones equally loud, peak at half of full scale."""
    time = np.arange(round(seconds * rate)) / rate
    wave_form = np.sin(2 * np.pi * tones.low * time) + np.sin(2 * np.pi * tones.high * time)
    return np.asarray(np.rint(_LEVEL * wave_form), np.int16)


def wav_bytes(samples: Samples, rate: int = RATE) -> bytes:
    """A WAV file of mono 16-bit samples, as Asterisk's ``format_wav`` wants it at 8 kHz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()
