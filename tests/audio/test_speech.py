"""What espeak-ng says is in the telephone's form, loud enough, and clean."""

from __future__ import annotations

import os
import time
from array import array
from pathlib import Path

import numpy as np
import pytest

from vaxelflode.audio.speech import SpeechError, speak
from vaxelflode.audio.telephone import RATE, check

WORDS = "Hej och välkommen till Norrvik Energi. Kundtjänst är stängd just nu."


def _samples(wav: bytes) -> np.ndarray:
    return np.frombuffer(wav[44:], "<i2").astype(float)


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.parametrize("text", [WORDS, "Hej.", "Ja", "1 2 3 4 5 6 7 8 9 0", WORDS * 6])
async def test_what_is_spoken_is_in_form_and_loud_enough(text: str) -> None:
    sound = check(await speak(text))
    assert sound.rms_db == pytest.approx(-16, abs=1.5)
    assert sound.peak_db < -3
    assert sound.seconds > 0.3 + len(text) / 60


async def test_it_begins_and_ends_in_150_ms_of_silence() -> None:
    samples = _samples(await speak(WORDS))
    edge = round(0.15 * RATE)
    assert not samples[:edge].any()
    assert not samples[-edge:].any()
    assert samples[edge : 3 * edge].any()
    assert samples[-4 * edge : -edge].any()


async def test_the_sound_fills_the_telephones_band() -> None:
    samples = _samples(await speak(WORDS * 2))
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    bands = {(low, high): power[(hertz >= low) & (hertz < high)].sum() / power.sum() for low, high in
             [(80, 1000), (1000, 2500), (2500, 3400), (3900, 4001)]}  # fmt: skip
    assert bands[80, 1000] > 0.3
    assert bands[1000, 2500] > 0.02
    assert bands[2500, 3400] > 0.001
    assert bands[3900, 4001] < 0.001


async def test_the_same_words_give_the_same_sound() -> None:
    assert await speak(WORDS) == await speak(WORDS)


async def test_telephone_numbers_are_read_digit_by_digit() -> None:
    assert await speak("Ring 0980-319 240.") == await speak("Ring 0 9 8 0, 3 1 9, 2 4 0.")
    assert await speak("Ring 010-102 22 90!") == await speak("Ring 0 1 0, 1 0 2, 2 2, 9 0!")


async def test_words_that_look_like_options_or_markup_are_words(tmp_path: Path) -> None:
    hostile = f"--phonout={tmp_path}/x <speak> && $(touch {tmp_path}/x)"
    assert check(await speak(hostile)).seconds > 1
    assert not _files(tmp_path)


async def test_other_languages() -> None:
    assert await speak("station", language="en") != await speak("station", language="sv")


@pytest.mark.parametrize("language", ["xx", "../sv", "", "sv --stdout", "-v"])
async def test_a_language_that_is_not_there_is_one_clear_error(language: str) -> None:
    with pytest.raises(SpeechError, match=r"language|voice"):
        await speak("hej", language=language)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
async def test_nothing_to_say_is_an_error(text: str) -> None:
    with pytest.raises(SpeechError, match="no sound"):
        await speak(text)


async def test_a_missing_program_is_one_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechError, match="espeak-ng is not installed"):
        await speak("hej")


async def test_a_program_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "espeak-ng"
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    began = time.monotonic()
    with pytest.raises(SpeechError, match=r"within 0\.5 s"):
        await speak("hej", limit_s=0.5)
    assert time.monotonic() - began < 5
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    "output",
    [b"", b"RIFF", array("h", [1] * 100).tobytes(), b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00" + bytes(20)],
)
async def test_a_program_that_gives_no_sound_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, output: bytes
) -> None:
    (tmp_path / "out").write_bytes(output)
    program = tmp_path / "espeak-ng"
    program.write_text(f"#!/bin/sh\ncat > {tmp_path}/heard\nexec cat {tmp_path}/out\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SpeechError, match="no sound"):
        await speak("hej")
