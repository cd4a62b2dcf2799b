"""Names what is heard: frames of 40 ms, their spectrum, and a vote among neighbours.

A frame bears the name of a pair when two tones of the grid hold most of its energy. Three of five frames (200 ms) that
agree begin a segment; a segment ends where another begins or where five frames pass without its name. So a lost
packet or a click splits nothing, and a prompt played twice is heard twice when at least 0.2 s lie between.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from .g711 import RATE, Samples
from .tones import GRID, Pair

FRAME: Final = 320
"""Samples in a frame: 40 ms, so that the spectrum's lines are 25 Hz apart."""
_WINDOW = 5
_VOTES = 3
_BINS: Final = np.array(GRID) * FRAME // RATE
_SILENCE = (FRAME / 2) ** 2 * 100.0**2  # a tone with a peak of 100 in 32767; A-law's own noise lies below
_BOTH, _EACH = 0.6, 0.08  # shares of the frame's energy: of the two tones together, and of each


class Heard(NamedTuple):
    """A stretch of one pair: its name, and when it began and ended in seconds from the start of the call's media."""

    name: str
    start: float
    end: float


class Listener:
    """Takes sound as it comes and keeps the segments; every frame is analysed once."""

    def __init__(self) -> None:
        self._frames = 0
        self._recent: deque[str | None] = deque([None] * _WINDOW, _WINDOW)
        self._segments: list[tuple[str, int, int]] = []  # name, first frame, frame after the last
        self._open = False

    @property
    def position(self) -> int:
        """How many samples have been analysed: feed those from here on."""
        return self._frames * FRAME

    @property
    def heard(self) -> list[Heard]:
        """All segments so far, in order; the last may still grow."""
        frame = FRAME / RATE
        return [Heard(name, first * frame, after * frame) for name, first, after in self._segments]

    @property
    def hearing(self) -> str | None:
        """The pair that is being heard now."""
        return self._segments[-1][0] if self._open else None

    def feed(self, samples: Samples) -> None:
        """Analyse the whole frames in ``samples``; the rest is to come again with what follows."""
        count = len(samples) // FRAME
        if count:
            for name in name_frames(samples[: count * FRAME].reshape(count, FRAME)):
                self._vote(name)

    def _vote(self, name: str | None) -> None:
        self._frames += 1
        self._recent.append(name)
        current = self.hearing
        if name is not None and name == current:
            _, first, _ = self._segments[-1]
            self._segments[-1] = (name, first, self._frames)
        elif name is not None and self._recent.count(name) >= _VOTES:
            first = self._frames - _WINDOW + self._recent.index(name)
            self._segments.append((name, first, self._frames))
            self._open = True
        elif current is not None and current not in self._recent:
            self._open = False


def name_frames(frames: npt.NDArray[np.int16]) -> list[str | None]:
    """Name each row of ``FRAME`` samples, or None for silence, speech, music and noise."""
    power = np.abs(np.fft.rfft(frames.astype(np.float32), axis=1)) ** 2
    total = power[:, 1:].sum(axis=1)
    on_grid = power[:, _BINS]
    best = np.argpartition(on_grid, -2, axis=1)[:, -2:]
    two = np.take_along_axis(on_grid, best, axis=1)
    clear = (total > _SILENCE) & (two.sum(axis=1) > _BOTH * total) & (two.min(axis=1) > _EACH * total)
    return [
        Pair(GRID[min(pick)], GRID[max(pick)]).name if good else None
        for pick, good in zip(best.tolist(), clear.tolist(), strict=True)
    ]
