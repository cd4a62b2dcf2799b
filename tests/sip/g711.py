"""G.711 by lookup tables: A-law and µ-law bytes to 16-bit samples and back (ITU-T G.711; values as in G.191)."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from .sdp import PCMA, PCMU

Samples = npt.NDArray[np.int16]
"""Sound, 16 bits at 8 kHz."""
RATE: Final = 8000
"""Samples a second."""


def _alaw() -> Samples:
    code = np.arange(256) ^ 0x55
    segment = (code & 0x70) >> 4
    size = ((code & 0x0F) << 4) + np.where(segment == 0, 8, 0x108)
    size <<= np.maximum(segment - 1, 0)
    return np.where(code & 0x80, size, -size).astype(np.int16)


def _ulaw() -> Samples:
    code = ~np.arange(256) & 0xFF
    size = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -size, size).astype(np.int16)


def _inverse(decoded: Samples) -> npt.NDArray[np.uint8]:
    """For each of the 65,536 samples the code whose value is nearest."""
    order = np.argsort(decoded, kind="stable")
    levels = decoded[order].astype(np.int32)
    middles = (levels[:-1] + levels[1:]) / 2
    samples = np.arange(65536, dtype=np.uint16).view(np.int16)
    return order[np.searchsorted(middles, samples)].astype(np.uint8)


DECODE: Final = {PCMA: _alaw(), PCMU: _ulaw()}
"""By payload type: 256 samples, indexed by code."""
_ENCODE: Final = {payload: _inverse(table) for payload, table in DECODE.items()}


def encode(samples: Samples, payload: int) -> bytes:
    """One byte a sample, in the codec of that payload type (0 or 8)."""
    return _ENCODE[payload][samples.view(np.uint16)].tobytes()


def decode(data: bytes, payload: int) -> Samples:
    """The samples of G.711 bytes."""
    return DECODE[payload][np.frombuffer(data, np.uint8)]
