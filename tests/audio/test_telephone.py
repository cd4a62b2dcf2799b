"""Only what Asterisk plays passes, and whatever does not pass is refused with the reason."""

from __future__ import annotations

import contextlib
import hashlib
import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxelflode.audio.telephone import RATE, check, digest, written
from vaxelflode.errors import Invalid

GOOD = written([8000.0, -8000.0] * RATE)


def _wav(*, channels: int = 1, width: int = 2, rate: int = RATE, frames: bytes = bytes(RATE)) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(frames)
    return out.getvalue()


def test_a_sound_in_form_is_measured() -> None:
    sound = check(GOOD)
    assert sound.seconds == 2
    assert sound.peak_db == sound.rms_db == pytest.approx(-12.25, abs=0.01)


def test_what_is_written_is_what_the_standard_library_reads() -> None:
    with wave.open(io.BytesIO(GOOD)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        assert file.readframes(2) == struct.pack("<hh", 8000, -8000)
    assert check(_wav()).seconds == 0.5


def test_samples_beyond_the_scale_are_held_at_its_end() -> None:
    assert written([1e9, -1e9])[-4:] == struct.pack("<hh", 32767, -32768)


def test_chunks_beside_the_sound_are_passed_over() -> None:
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    assert check(GOOD[:12] + odd + GOOD[12:]).seconds == 2
    assert check(GOOD + odd).seconds == 2


@pytest.mark.parametrize(
    ("wav", "code", "reason"),
    [
        (b"", "format", "not a WAV"),
        (b"ID3\x03" + bytes(100), "format", "not a WAV"),
        (b"RIFF\0\0\0\0AVI " + bytes(100), "format", "not a WAV"),
        (GOOD[:12], "truncated", "no sound"),
        (GOOD[:12] + GOOD[36:], "format", "what form"),
        (GOOD[:-1], "truncated", "ends before"),
        (_wav(frames=b""), "truncated", "whole number"),
        (_wav(channels=2), "channels", "2 channels"),
        (_wav(width=1), "bits", "8 bits"),
        (_wav(width=3, frames=bytes(3 * RATE)), "bits", "24 bits"),
        (_wav(rate=16000), "rate", "16000 samples"),
        (_wav(rate=44100), "rate", "44100 samples"),
        (GOOD[:20] + struct.pack("<H", 6) + GOOD[22:], "coding", "plain PCM"),
        (GOOD[:20] + struct.pack("<H", 0xFFFE) + GOOD[22:], "coding", "plain PCM"),
        (GOOD[:28] + struct.pack("<I", 1) + GOOD[32:], "format", "contradicts"),
    ],
)
def test_anything_else_is_refused_with_the_reason(wav: bytes, code: str, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        check(wav, "sound")
    (error,) = caught.value.errors
    assert (error.field, error.code) == ("sound", code)
    assert reason in error.message


@given(st.binary(max_size=200), st.integers(0, 60), st.integers(0, 60))
def test_no_bytes_whatever_raise_anything_but_invalid(junk: bytes, start: int, skipped: int) -> None:
    for wav in (junk, GOOD[:start] + junk, GOOD[:start] + junk + GOOD[start + skipped : 400]):
        with contextlib.suppress(Invalid):
            assert check(wav).seconds > 0


def test_a_prompt_is_named_by_its_bytes() -> None:
    assert digest(GOOD) == hashlib.sha256(GOOD).hexdigest()
    assert digest(GOOD) != digest(GOOD + b"\0")
