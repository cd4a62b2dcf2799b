"""The one form of sound that Asterisk is given: WAV, mono, 16-bit PCM, 8 kHz.

Asterisk plays nothing else, and says nothing about it: the call goes on as if the message had been heard. So
whatever is to be played is proven here first. Read strictly: what Asterisk might forgive is refused too.
"""

from __future__ import annotations

import hashlib
import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vaxelflode.audio.level import peak_db, rms_db
from vaxelflode.errors import FieldError, Invalid

#: Samples a second.
RATE = 8000
_PCM = 1
_WIDTH = 2
_HEADER = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")


@dataclass(frozen=True, slots=True)
class Sound:
    """What was measured of a sound: its length, its loudest sample, and the loudness of what is not a pause (dBFS)."""

    seconds: float
    peak_db: float
    rms_db: float


def check(wav: bytes, field: str = "file") -> Sound:
    """Prove that ``wav`` is a sound that Asterisk plays, and measure it.

    Raises :class:`Invalid` on ``field`` with the reason.
    """
    samples = _samples(wav, field)
    return Sound(len(samples) / RATE, peak_db(samples), rms_db(samples))


def digest(wav: bytes) -> str:
    """The name of a prompt: the SHA-256 of its file, in hex."""
    return hashlib.sha256(wav).hexdigest()


def written(samples: Sequence[float]) -> bytes:
    """The file of these samples, on the 16-bit scale at 8 kHz; what lies beyond the scale is held at its end."""
    whole = array("h", (max(-32768, min(32767, round(s))) for s in samples))
    if sys.byteorder == "big":
        whole.byteswap()
    data = whole.tobytes()
    form = _FORMAT.pack(_PCM, 1, RATE, RATE * _WIDTH, _WIDTH, 8 * _WIDTH)
    body = _CHUNK.pack(b"fmt ", len(form)) + form + _CHUNK.pack(b"data", len(data)) + data
    return _HEADER.pack(b"RIFF", 4 + len(body), b"WAVE") + body


def _samples(wav: bytes, field: str) -> Sequence[int]:
    form = None
    for name, content in _chunks(wav, field):
        if name == b"fmt ":
            form = content
        elif name == b"data":
            _check_form(form, field)
            return _decoded(content, field)
    raise _refused(field, "truncated", "has no sound in it")


def _chunks(wav: bytes, field: str) -> Iterator[tuple[bytes, bytes]]:
    if len(wav) < _HEADER.size or wav[:4] != b"RIFF" or wav[8:12] != b"WAVE":
        raise _refused(field, "format", "is not a WAV file")
    place = _HEADER.size
    while place + _CHUNK.size <= len(wav):
        name, size = _CHUNK.unpack_from(wav, place)
        place += _CHUNK.size
        if place + size > len(wav):
            raise _refused(field, "truncated", "ends before its sound does")
        yield name, wav[place : place + size]
        place += size + size % 2  # a chunk of odd length is filled up by one byte


def _check_form(form: bytes | None, field: str) -> None:
    if form is None or len(form) < _FORMAT.size:
        raise _refused(field, "format", "does not say what form its sound has")
    coding, channels, rate, byte_rate, block, bits = _FORMAT.unpack_from(form)
    if coding != _PCM:
        raise _refused(field, "coding", "is not plain PCM")
    if channels != 1:
        raise _refused(field, "channels", f"has {channels} channels, not one")
    if bits != 8 * _WIDTH:
        raise _refused(field, "bits", f"has {bits} bits a sample, not 16")
    if rate != RATE:
        raise _refused(field, "rate", f"has {rate} samples a second, not {RATE}")
    if block != _WIDTH or byte_rate != RATE * _WIDTH:
        raise _refused(field, "format", "contradicts itself in its header")


def _decoded(data: bytes, field: str) -> Sequence[int]:
    if not data or len(data) % _WIDTH:
        raise _refused(field, "truncated", "holds no whole number of samples")
    samples = array("h", data)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _refused(field: str, code: str, message: str) -> Invalid:
    return Invalid([FieldError(field, code, message)])
