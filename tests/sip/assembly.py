"""Received sound, laid out by RTP timestamp: what came late is put in its place, what never came is silence.

Sample 0 is the moment when the call's media began; so the place of a sound is also its time. A source that starts anew
(another SSRC, timestamps that step back, or more than 2 s away from the clock) is laid down where it arrived.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

import numpy as np

from .g711 import DECODE, RATE, Samples

_JUMP: Final = 2 * RATE
_SETTLE: Final = 480  # 60 ms: how long a packet may be overtaken by others and still be analysed
_PATIENCE: Final = 1600  # 200 ms: when nothing comes for so long, it is silence
_HEADER: Final = struct.Struct("!BBHII")


class Packet(NamedTuple):
    """An RTP packet (RFC 3550, 5.1): timestamp in samples, payload without padding."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    source: int
    payload: bytes

    @classmethod
    def parse(cls, data: bytes) -> Packet | None:
        """Read a datagram; None for what is no RTP of version 2."""
        if len(data) < _HEADER.size:
            return None
        first, second, sequence, timestamp, source = _HEADER.unpack_from(data)
        if first >> 6 != 2:
            return None
        start = _HEADER.size + 4 * (first & 0x0F)
        if first & 0x10 and len(data) >= start + 4:
            start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4])
        end = len(data) - (data[-1] if first & 0x20 else 0)
        return cls(second & 0x7F, bool(second & 0x80), sequence, timestamp, source, data[start:end])

    def encode(self) -> bytes:
        """The datagram: no padding, no extension, no contributing sources."""
        second = self.payload_type | (0x80 if self.marker else 0)
        return _HEADER.pack(0x80, second, self.sequence, self.timestamp, self.source) + self.payload


class Assembly:
    """The sound of one direction of a call. Times are in samples since the media began."""

    def __init__(self) -> None:
        self._sound: Samples = np.zeros(RATE, np.int16)
        self._end = 0
        self.longest_pause = 0
        """The longest time in which no packet came, by our own clock."""
        self._arrived: int | None = None
        self._source: int | None = None
        self._zero = 0  # the timestamp that would stand at sample 0
        self._sequence = 0  # the newest sequence number

    @property
    def audio(self) -> Samples:
        """All that has come, up to the newest sample; a copy."""
        return self._sound[: self._end].copy()

    def add(self, packet: Packet, arrived: int) -> None:
        """Put a G.711 packet in its place; ``arrived`` is the clock in samples."""
        if self._arrived is not None:
            self.longest_pause = max(self.longest_pause, arrived - self._arrived)
        self._arrived = arrived
        length = len(packet.payload)
        place = self._place(packet, arrived)
        if place < 0 or length == 0:
            return
        self._reserve(place + length)
        self._sound[place : place + length] = DECODE[packet.payload_type][np.frombuffer(packet.payload, np.uint8)]
        self._end = max(self._end, place + length)

    def settled(self, now: int) -> int:
        """Up to here nothing more is expected: the newest sound but for 60 ms, or long silence."""
        return max(self._end - _SETTLE, now - _PATIENCE, 0)

    def between(self, start: int, end: int) -> Samples:
        """The samples from ``start`` to ``end``, silence where there are none yet."""
        self._reserve(end)
        return self._sound[start:end]

    def _place(self, packet: Packet, arrived: int) -> int:
        place = _signed(packet.timestamp - self._zero, 32)
        step = _signed(packet.sequence - self._sequence, 16)
        if packet.source == self._source and step <= 0:
            # overtaken by others; what is older than a second would overwrite what has long been heard
            return place if place > self._end - RATE else -1
        self._sequence = packet.sequence
        if packet.source == self._source and place >= self._end and abs(place - arrived) <= _JUMP:
            return place
        self._source = packet.source
        place = max(arrived, self._end)
        self._zero = packet.timestamp - place
        return place

    def _reserve(self, length: int) -> None:
        if length > len(self._sound):
            grown = np.zeros(max(length, 2 * len(self._sound)), np.int16)
            grown[: len(self._sound)] = self._sound
            self._sound = grown


def _signed(difference: int, bits: int) -> int:
    """The difference of two counters of so many bits, across their wrap."""
    half = 1 << (bits - 1)
    return (difference + half) % (2 * half) - half
