"""Loudness is measured where somebody speaks, and brought to where it should be without cutting peaks."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sip.tones import wav_bytes
from vaxelflode.audio.level import FLOOR, FULL_SCALE, PARTS, amplitude, decibels, levelled, outline, peak_db, rms_db

SECOND = 8000


def _tone(level: float, seconds: float = 1) -> np.ndarray:
    """A sine whose root mean square is ``level``."""
    time = np.arange(int(seconds * SECOND)) / SECOND
    return np.sin(2 * np.pi * 500 * time) * (amplitude(level) * float(np.sqrt(2)))


def test_decibels_and_amplitudes_are_inverses() -> None:
    assert decibels(FULL_SCALE) == 0
    assert decibels(0) == FLOOR
    assert decibels(amplitude(-16)) == pytest.approx(-16)


def test_a_pause_does_not_make_speech_quieter() -> None:
    tone = _tone(-16)
    assert rms_db(tone.tolist()) == pytest.approx(-16, abs=0.01)
    assert rms_db([*tone.tolist(), *[0.0] * (5 * SECOND)]) == pytest.approx(-16, abs=0.1)


def test_silence_is_silence() -> None:
    for silence in ([], [0.0] * SECOND):
        assert rms_db(silence) == peak_db(silence) == FLOOR
        assert levelled(silence) == silence


@pytest.mark.parametrize("level", [-60, -40, -16, -6])
def test_quiet_and_loud_come_out_alike(level: float) -> None:
    made = levelled(_tone(level).tolist())
    assert rms_db(made) == pytest.approx(-16, abs=0.2)
    assert peak_db(made) <= -3.49


def test_peaks_are_turned_down_and_not_cut() -> None:
    sound = np.concatenate([_tone(-20), _tone(0, 0.1), _tone(-20)])
    made = np.array(levelled(sound.tolist()))
    assert peak_db(made.tolist()) <= -3.49
    assert rms_db(made.tolist()) == pytest.approx(-16, abs=0.5)
    loud = made[SECOND + 160 : SECOND + 640]  # the middle of the loud part is still a sine
    spectrum = np.abs(np.fft.rfft(loud * np.hanning(len(loud))))
    assert spectrum[25:35].sum() > 50 * spectrum[85:95].sum()  # 500 Hz beside its third harmonic


def test_the_gain_never_jumps() -> None:
    sound = np.concatenate([np.ones(800) * 1000, np.ones(800) * 30000, np.ones(800) * 1000])
    made = np.array(levelled(sound.tolist()))
    gain = made / sound
    assert np.abs(np.diff(gain)).max() < 0.1 * gain.max()


def test_an_outline_shows_where_it_is_loud_and_where_it_is_still() -> None:
    still = np.zeros(SECOND)
    sound = np.concatenate([_tone(-10), still, _tone(-10) / 2, still])
    drawn = outline(wav_bytes(sound.astype(np.int16)), 8)
    assert list(drawn) == pytest.approx([1, 1, 0, 0, 0.5, 0.5, 0, 0], abs=0.02)


@pytest.mark.parametrize("samples", [0, 1, 3, 200, 20 * SECOND])
def test_an_outline_has_as_many_parts_however_long_the_sound_is(samples: int) -> None:
    drawn = outline(wav_bytes(np.full(samples, 1000, np.int16)))
    assert len(drawn) == PARTS
    assert max(drawn) == (1 if samples else 0)
