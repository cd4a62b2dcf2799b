"""Ports for one Asterisk: found by binding, told apart from ports in use.

Asterisk starts even when a port of its is taken, and then another instance answers in its place. So every port is
tried here first, and a taken one is an error that names the port and the setting behind it.
"""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass
from typing import Literal

from vaxelflode.errors import PbxError

LOOPBACK = "127.0.0.1"
RTP_PORTS = 200
"""How many RTP ports an instance gets: fifty calls between two ends, RTP and RTCP each."""

# Below the ports that the kernel hands to outgoing connections, so that none of those takes ours in between.
_SIGNALLING = range(20000, 28000)
_MEDIA = range(12000, 20000, RTP_PORTS + 2)

Protocol = Literal["tcp", "udp"]


def is_free(port: int, protocol: Protocol, host: str = LOOPBACK) -> bool:
    """Whether a server could bind this port now."""
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if protocol == "tcp":  # connections of an earlier run that only wait for their end do not count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def require_free(port: int, protocol: Protocol, setting: str) -> None:
    """Raise ``PbxError`` naming port and setting when somebody else has the port."""
    if not is_free(port, protocol):
        raise PbxError(
            f"port {port}/{protocol} ({setting}) is taken by another program; choose another",
            port=port,
            setting=setting,
        )


def free_port(protocol: Protocol) -> int:
    """A port that is free now. Chosen at random, so that instances starting at once do not meet."""
    for port in random.sample(_SIGNALLING, 200):
        if is_free(port, protocol):
            return port
    raise PbxError(f"no free {protocol} port between {_SIGNALLING.start} and {_SIGNALLING.stop}")


@dataclass(frozen=True, slots=True)
class RtpBlock:
    """``RTP_PORTS`` ports from ``start`` to ``end``, both included, kept for us by a bound socket beside them.

    Asterisk binds a media port only when a call needs it, so a block looks free although it is another
    instance's. The socket, on the port below ``start``, is what others find taken; it ends with the process.
    """

    start: int
    end: int
    _guard: socket.socket

    def close(self) -> None:
        """Give the block back."""
        self._guard.close()


def reserve_rtp() -> RtpBlock:
    """Take a block of media ports that no other instance has."""
    blocks = list(_MEDIA)
    random.shuffle(blocks)
    for below in blocks:
        guard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        start = below + 2  # RTP ports are even
        try:
            guard.bind((LOOPBACK, below))
        except OSError:
            guard.close()
            continue
        if all(is_free(port, "udp") for port in range(start, start + RTP_PORTS)):
            return RtpBlock(start, start + RTP_PORTS - 1, guard)
        guard.close()
    raise PbxError(f"no {RTP_PORTS} free RTP ports in a row between {_MEDIA.start} and {_MEDIA.stop}")
