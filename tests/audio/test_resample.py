"""The band comes through as it was; what the telephone cannot carry does not fold into it."""

from __future__ import annotations

import time

import numpy as np
import pytest

from vaxelflode.audio.resample import resampled

ESPEAK, RATE = 22050, 8000


def _through(hertz: float, rate: int = ESPEAK) -> np.ndarray:
    tone = np.sin(2 * np.pi * hertz * np.arange(rate) / rate)
    return np.array(resampled(tone.tolist(), rate, RATE))


def _level(samples: np.ndarray) -> float:
    middle = samples[200:-200]
    return float(20 * np.log10(np.sqrt((middle**2).mean()) * np.sqrt(2) + 1e-9))


@pytest.mark.parametrize("hertz", [100, 300, 1000, 2000, 3000, 3400])
def test_the_band_is_kept(hertz: int) -> None:
    assert _level(_through(hertz)) == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("hertz", [4600, 5000, 6000, 8000, 9500, 10900])
def test_what_would_fold_into_the_band_is_gone(hertz: int) -> None:
    assert _level(_through(hertz)) < -55


def test_a_tone_keeps_its_pitch_and_phase() -> None:
    made = _through(1000)
    wanted = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    assert np.abs(made[200:-200] - wanted[200:-200]).max() < 0.01


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 44100, 48000, 6000])
def test_length_and_constants_are_kept_whatever_the_rate(rate: int) -> None:
    made = resampled([1.0] * rate, rate, RATE)
    assert len(made) == RATE
    assert made[RATE // 2] == pytest.approx(1)


def test_nothing_stays_nothing() -> None:
    assert resampled([], ESPEAK, RATE) == []


def test_it_costs_a_small_part_of_the_time_that_it_sounds() -> None:
    began = time.process_time()
    resampled([0.5] * (5 * ESPEAK), ESPEAK, RATE)
    assert time.process_time() - began < 2.5
