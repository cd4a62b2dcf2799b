"""The RTP stream of a call (RFC 3550): speaks a tone pair, presses keys (RFC 4733), and gathers what it hears."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections import deque
from typing import Final, NamedTuple

import numpy as np

from .address import Address
from .assembly import Assembly, Packet
from .g711 import RATE, encode
from .pacer import BEAT, Pacer
from .sdp import EVENTS, PCMA, PCMU, Session
from .tones import Pair, synthesise

PACKET: Final = round(BEAT * RATE)
"""Samples in a packet: 160."""
KEYS: Final = "0123456789*#ABCD"
"""Telephone events 0 to 15, by their place (RFC 4733, 3.2)."""
_VOLUME = 10  # dB below reference, without its sign
_END = 0x80
_SIGN_OF_LIFE: Final = 50  # beats from one packet of a quiet stream to the next


class _Event(NamedTuple):
    code: int
    duration: int
    end: bool
    first: bool


class RtpStream:
    """One UDP socket and both directions of its sound.

    It reads and sends nothing until `connect` tells who the other side is; afterwards the kernel drops what others
    send to this port, such as the last packets of a call that had it before, or another stream's RTCP.
    """

    def __init__(self, host: str, speak: Pair | None = None, *, quiet: bool = False) -> None:
        """``quiet``: send keys, and else a packet a second: what a caller's line does who says nothing."""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((host, 0))
        self.assembly = Assembly()
        self.digits = ""
        self.refused = 0
        self.sent = 0
        self._quiet = quiet
        self._pacer = Pacer.current()
        self._born = int(self._pacer.clock)
        self._speak = speak
        self._codec, self._events = PCMA, EVENTS
        self._payload = b""
        self._sequence = secrets.randbits(16)
        self._offset = secrets.randbits(32)
        self._source = secrets.randbits(32)
        self._first = True
        self._plan: deque[_Event | None] = deque()
        self._pressed = asyncio.Event()
        self._event_began = 0
        self._last_event: int | None = None

    @property
    def address(self) -> Address:
        """Where we listen."""
        host, port = self.socket.getsockname()
        return host, port

    @property
    def now(self) -> int:
        """The clock in samples since the stream was made, as of the last beat: what came before it has been read."""
        return max(self._pacer.beat - self._born, 0) * PACKET

    def connect(self, session: Session) -> None:
        """Send to the other side as it has described itself, from the next beat on; may be called again."""
        self._codec = session.codecs[0]
        self._events = EVENTS if session.events is None else session.events
        self.socket.connect(session.address)
        self.speak(self._speak)
        self._pacer.join(self)

    def speak(self, voice: Pair | None) -> None:
        """Speak that pair from now on; None is silence, sent as such."""
        self._speak = voice
        # the grid of 50 Hz makes every packet of 20 ms the same
        sound = np.zeros(PACKET, np.int16) if voice is None else synthesise(voice, BEAT)
        self._payload = encode(sound, self._codec)

    async def press(self, digits: str, *, duration: float, gap: float) -> None:
        """Press keys one after the other and return when the last has been let go (and ``gap`` has passed); seconds."""
        packets, pause = max(round(duration / BEAT), 2), round(gap / BEAT)
        for digit in digits:
            code = KEYS.index(digit.upper())
            for n in range(1, packets + 1):
                self._plan.append(_Event(code, n * PACKET, n == packets, n == 1))
            # the end is sent three times, as one loss must not hold the key down (RFC 4733, 2.5.1.4)
            self._plan.extend([_Event(code, packets * PACKET, end=True, first=False)] * 2)
            self._plan.extend([None] * pause)
        self._pressed.clear()
        async with asyncio.timeout(len(self._plan) * BEAT + 5):
            await self._pressed.wait()

    def read(self) -> None:
        """The pacer's: take in what has come."""
        arrived = self.now
        while True:
            try:
                data = self.socket.recv(2048)
            except BlockingIOError:
                return
            except ConnectionRefusedError:  # an earlier packet of ours found nobody: the other side has hung up
                self.refused += 1
                continue
            packet = Packet.parse(data)
            if packet is None:
                continue
            if packet.payload_type in {PCMA, PCMU}:
                self.assembly.add(packet, arrived)
            elif packet.payload_type == self._events and packet.payload:
                self._heard_event(packet)

    def send(self, beat: int) -> None:
        """The pacer's: send the packet of that beat."""
        timestamp = (self._offset + beat * PACKET) & 0xFFFFFFFF
        event = self._plan.popleft() if self._plan else None
        if not self._plan:
            self._pressed.set()
        if event is None and self._quiet and beat % _SIGN_OF_LIFE:
            return
        if event is None:
            packet = Packet(self._codec, self._first, self._sequence, timestamp, self._source, self._payload)
        else:
            if event.first:
                self._event_began = timestamp
            volume = _VOLUME | (_END if event.end else 0)
            payload = bytes((event.code, volume)) + event.duration.to_bytes(2)
            packet = Packet(self._events, event.first, self._sequence, self._event_began, self._source, payload)
        self._first = False
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.sent += 1
        try:
            self.socket.send(packet.encode())
        except (ConnectionRefusedError, BlockingIOError):
            self.refused += 1

    def close(self) -> None:
        """Leave the pacer and close the socket; may be called twice."""
        self._pacer.leave(self)
        self._pressed.set()
        self.socket.close()

    def _heard_event(self, packet: Packet) -> None:
        if packet.timestamp != self._last_event and packet.payload[0] < len(KEYS):
            self._last_event = packet.timestamp
            self.digits += KEYS[packet.payload[0]]
